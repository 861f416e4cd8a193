// What the page's worker paints, beside OpenVINO's pictures; and the page without a network.
// PAGE: a folder as allaprima web wrote it. MADE: a folder with references.json and what it names.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { after, before, test } from "node:test";
import { browse, paintedAfter, serve, workerIn } from "./served.mjs";

const folder = resolve(process.env.PAGE);
const made = resolve(process.env.MADE);
let served, browser;

before(async () => {
  served = await serve(folder);
  browser = await browse();
});

after(async () => {
  await browser?.close();
  await served?.close();
});

test("WebAssembly paints what OpenVINO paints in fp32, within one code value, kernels that codes or units mix as well", async () => {
  const context = await browser.newContext();
  const bare = await context.newPage();
  await workerIn(bare, served.address, folder);
  for (const one of JSON.parse(readFileSync(join(made, "references.json")))) {
    const content = readFileSync(join(made, `${one.name}.content`)).toString("base64");
    const style = one.file === undefined ? null : readFileSync(join(made, one.file)).toString("base64");
    const painted = Buffer.from(await bare.evaluate(paintedByWorker, { one, content, style }), "base64");
    const expected = readFileSync(join(made, `${one.name}.painted`));
    let most = 0;
    for (let at = 0; at < expected.length; at += 1) {
      most = Math.max(most, Math.abs(expected[at] - painted[4 * Math.floor(at / 3) + (at % 3)]));
    }
    assert.ok(most <= 1, `${one.name} is off by ${most}`);
    console.log(`${one.name}: at most ${most} levels from OpenVINO's fp32`);
  }
  await context.close();
});

async function paintedByWorker({ one, content, style }) {
  if (style !== null) {
    const file = Uint8Array.from(atob(style), (letter) => letter.charCodeAt(0));
    await self.ask({ kind: "style", key: one.file, source: { kind: "file", content: file } });
  }
  await self.ask({ kind: "look", look: { network: one.network, parts: one.parts, strength: one.strength } });
  const pixels = Uint8ClampedArray.from(atob(content), (letter) => letter.charCodeAt(0));
  const frame = await createImageBitmap(new ImageData(pixels, one.side, one.side));
  const { painted } = await self.ask({ kind: "paint", frame, steady: false, cut: false }, [frame]);
  const reader = new FileReader();
  reader.readAsDataURL(new Blob([painted]));
  await new Promise((settle) => { reader.onload = settle; });
  return reader.result.split(",")[1];
}

test("units of a style that make no sense are refused in words", async () => {
  const context = await browser.newContext();
  const bare = await context.newPage();
  await workerIn(bare, served.address, folder);
  const refused = async (content, what) => assert.match(
    await bare.evaluate(answerTo, Buffer.from(content).toString("base64")), /^its (units|numbers) (are|make|cannot) /, what);
  const numbers = (count, value) => Buffer.from(new Float32Array(count).fill(value).buffer).toString("base64");
  const text = JSON.parse(readFileSync(join(made, "fast-units.style")));
  const many = Object.fromEntries(Array.from({ length: 9 }, (_, at) => [at, numbers(256, 1)]));
  for (const units of [{ a: numbers(255, 1) }, { a: numbers(256, NaN) }, { a: "AAAAAA==" }, { a: "?" }, { a: 1 }, many, 5, [], null]) {
    await refused(JSON.stringify({ ...text, units }), JSON.stringify(units).slice(0, 40));
  }
  const tensors = readFileSync(join(made, "fast-blend.style"));
  const length = Number(tensors.readBigUInt64LE(0));
  const header = JSON.parse(tensors.subarray(8, 8 + length));
  const name = Object.keys(header).find((one) => one.startsWith("part1.units."));
  tensors.writeFloatLE(NaN, 8 + length + header[name].data_offsets[0]);
  await refused(tensors, name);
  await context.close();
});

async function answerTo(style) {
  const content = Uint8Array.from(atob(style), (letter) => letter.charCodeAt(0));
  return self.ask({ kind: "style", key: "own", source: { kind: "file", content } }).then(() => "taken", (error) => error.message);
}

test("after a first visit the page works without a network", async () => {
  const plain = await serve(folder, { isolated: false });
  const context = await browser.newContext();
  const one = await context.newPage();
  await one.goto(`${plain.address}?example&backend=wasm`);
  await paintedAfter(one);
  await one.evaluate(() => navigator.serviceWorker.ready.then(() => undefined));
  await one.waitForFunction(() => navigator.serviceWorker.controller !== null);
  await plain.close();
  await one.reload();
  await paintedAfter(one);
  assert.ok(await one.evaluate(() => self.crossOriginIsolated), "its worker gives the headers that a server did not");
  const known = await one.evaluate(() => Number(document.body.dataset.painted));
  await one.click("label.swatch:has(input[value=delft])");
  await paintedAfter(one, known);
  await context.close();
});
