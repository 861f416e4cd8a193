// Measures the page: opened to the first painted frame, frames a second at 256 x 256 on one thread and on several, and
// what a style that nothing was fitted to takes until it can be painted, beside a fitted one.
// node tests/measure.mjs FOLDER [FILM.mjpeg]: FOLDER as allaprima web wrote it, FILM what the camera shows.
import { resolve } from "node:path";
import { browse, paintedAfter, serve, workerIn } from "./served.mjs";

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
      console.log(await readyIn(page, network));
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
  await workerIn(page, served.address, resolve(folder));
  const ms = await page.evaluate(async (network) => {
    await self.ask({ kind: "look", look: { network, parts: [["starry", 1]], strength: 1 } });
    return (await self.ask({ kind: "trial", width: 256, height: 256, frames: 10 })).ms;
  }, network);
  return `${network}, 256 x 256, one thread: ${ms.toFixed(1)} ms, ${(1000 / ms).toFixed(1)} a second`;
}

/** The milliseconds until styles by codes of chance are ready to be painted: the first, with what is fetched, and the next. */
async function readyIn(page, network) {
  await workerIn(page, served.address, resolve(folder));
  const [fitted, first, next] = await page.evaluate(async (network) => {
    const looked = async (key) => {
      const start = performance.now();
      await self.ask({ kind: "look", look: { network, parts: [[key, 1]], strength: 1 } });
      return performance.now() - start;
    };
    await looked("starry");
    const times = [await looked("delft")];
    for (const key of ["one", "other"]) {
      const code = Float32Array.from({ length: 1920 }, (_, at) => Math.abs(Math.sin(at * (key === "one" ? 1.7 : 2.3))));
      const bytes = String.fromCharCode(...new Uint8Array(code.buffer));
      const text = JSON.stringify({ allaprima: "style", name: key, code: btoa(bytes) });
      await self.ask({ kind: "style", key, source: { kind: "file", content: new TextEncoder().encode(text) } });
      times.push(await looked(key));
    }
    return times;
  }, network);
  const told = (ms) => `${ms.toFixed(0)} ms`;
  return `${network}, ready to paint: a fitted style ${told(fitted)}, one that mixes kernels ${told(first)}, the next ${told(next)}`;
}
