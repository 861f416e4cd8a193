// Measures the page: opened to the first painted frame, frames a second at 256 x 256 on one thread and on several, and
// what a style that nothing was fitted to takes until it can be painted, beside a fitted one.
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

/** The milliseconds until styles by codes of chance are ready to be painted: the first, with what is fetched, and the next. */
async function readyIn(page, network) {
  const name = readdirSync(resolve(folder, "assets")).find((file) => file.startsWith("worker-"));
  await page.goto(`${served.address}icon.svg`);
  const [fitted, first, next] = await page.evaluate(async ({ address, name, network }) => {
    const worker = new Worker(`${address}assets/${name}`, { type: "module" });
    const ask = (request) => new Promise((settle, refuse) => {
      worker.onmessage = ({ data }) => ("error" in data ? refuse(new Error(data.error)) : settle(data.answer));
      worker.postMessage({ id: 1, request });
    });
    const about = await (await fetch(`${address}models/about.json`)).json();
    await ask({ kind: "open", backend: "wasm", threads: 1, base: address, about });
    const looked = async (key) => {
      const start = performance.now();
      await ask({ kind: "look", look: { network, parts: [[key, 1]], strength: 1 } });
      return performance.now() - start;
    };
    await looked("starry");
    const times = [await looked("delft")];
    for (const key of ["one", "other"]) {
      const code = Float32Array.from({ length: 1920 }, (_, at) => Math.abs(Math.sin(at * (key === "one" ? 1.7 : 2.3))));
      const bytes = String.fromCharCode(...new Uint8Array(code.buffer));
      const text = JSON.stringify({ allaprima: "style", name: key, code: btoa(bytes) });
      await ask({ kind: "style", key, source: { kind: "file", content: new TextEncoder().encode(text) } });
      times.push(await looked(key));
    }
    return times;
  }, { address: served.address, name, network });
  const told = (ms) => `${ms.toFixed(0)} ms`;
  return `${network}, ready to paint: a fitted style ${told(fitted)}, one that mixes kernels ${told(first)}, the next ${told(next)}`;
}
