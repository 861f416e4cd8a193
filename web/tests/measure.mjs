// Measures the page: opened to the first painted frame, and frames a second at 256 x 256 on one thread and on several.
// node tests/measure.mjs FOLDER [FILM.mjpeg]: FOLDER as allaprima web wrote it, FILM what the camera shows.
import { readdirSync } from "node:fs";
import { resolve } from "node:path";
import { browse, paintedAfter, serve } from "./served.mjs";

const [folder, camera] = process.argv.slice(2);
const RUNS = 3;
const served = await serve(resolve(folder));

for (let run = 0; run < RUNS; run += 1) {
  const browser = await browse({ camera: camera && resolve(camera) });
  const page = await browser.newPage({ viewport: { width: 1280, height: 800 } });
  await page.goto(`${served.address}?camera&backend=wasm`, { waitUntil: "commit" });
  await paintedAfter(page);
  const marks = await page.evaluate(() => ["opened", "source", "warm", "painted"].map((name) =>
    `${name} ${(performance.getEntriesByName(name)[0].startTime / 1000).toFixed(2)} s`).join(", "));
  const told = await toldOf(page, 6000);
  console.log(`${marks}; then ${told}`);
  if (run === RUNS - 1) {
    for (const network of ["fast", "balanced"]) {
      console.log(await framesASecond(page, network));
    }
  }
  await browser.close();
}
await served.close();

/** What the page says of itself after so many milliseconds. */
async function toldOf(page, ms) {
  await page.keyboard.press("l");
  await page.waitForTimeout(ms);
  return (await page.textContent("#readout")).replaceAll("\n", ", ").replaceAll(/ {2,}/g, ", ");
}

/** Frames a second of 256 x 256, painted by a worker of its own on one thread. */
async function framesASecond(page, network) {
  const name = readdirSync(resolve(folder, "assets")).find((file) => file.startsWith("worker-"));
  await page.goto(`${served.address}icon.svg`);
  const ms = await page.evaluate(async ({ address, name, network }) => {
    const worker = new Worker(`${address}assets/${name}`, { type: "module" });
    const ask = (request) => new Promise((settle, refuse) => {
      worker.onmessage = ({ data }) => ("error" in data ? refuse(new Error(data.error)) : settle(data.answer));
      worker.postMessage({ id: 1, request });
    });
    const about = await (await fetch(`${address}models/about.json`)).json();
    await ask({ kind: "open", backend: "wasm", threads: 1, base: address, about });
    await ask({ kind: "look", look: { network, parts: [["starry", 1]], strength: 1 } });
    return (await ask({ kind: "trial", width: 256, height: 256, frames: 10 })).ms;
  }, { address: served.address, name, network });
  return `${network}, 256 x 256, one thread: ${ms.toFixed(1)} ms, ${(1000 / ms).toFixed(1)} a second`;
}
