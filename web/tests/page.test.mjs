// The page in headless Chromium: what it paints, and every control driven by real events.
// PAGE: a folder as allaprima web wrote it. MADE: a folder with references.json, art.png, film.mp4, own.style.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { after, before, test } from "node:test";
import { browse, paintedAfter, serve } from "./served.mjs";

const folder = resolve(process.env.PAGE);
const made = resolve(process.env.MADE);
let served, browser, page;
const wrong = [];

before(async () => {
  served = await serve(folder);
  browser = await browse();
  page = await opened("?example&backend=wasm&nocache");
});

after(async () => {
  await browser?.close();
  await served?.close();
  assert.deepEqual(wrong, [], "errors in the page");
});

/** A page of a browser of its own storage, painting. */
async function opened(search, options = {}) {
  const context = await browser.newContext({ viewport: { width: 1100, height: 760 }, ...options });
  const one = await context.newPage();
  one.on("pageerror", (error) => wrong.push(error.message));
  one.on("console", (message) => message.type() === "error" && !/404/.test(message.text()) && wrong.push(message.text()));
  await one.goto(served.address + search);
  await paintedAfter(one);
  return one;
}

/** A part of the canvas, told by its sides from 0 to 1, as 24 x 24 pixels of red, green and blue. */
function colours([left, right] = [0, 1], flipped = false) {
  return page.evaluate(([from, to, mirrored]) => {
    const canvas = document.getElementById("canvas");
    const small = new OffscreenCanvas(24, 24);
    const context = small.getContext("2d");
    context.imageSmoothingQuality = "high";
    if (mirrored) {
      context.scale(-1, 1);
      context.translate(-24, 0);
    }
    context.drawImage(canvas, from * canvas.width, 0, (to - from) * canvas.width, canvas.height, 0, 0, 24, 24);
    return [...context.getImageData(0, 0, 24, 24).data].filter((_, at) => at % 4 < 3);
  }, [left, right, flipped]);
}

const apart = (one, other) => one.reduce((sum, value, at) => sum + Math.abs(value - other[at]), 0) / one.length;
const count = () => page.evaluate(() => Number(document.body.dataset.painted));

/** Waits until everything that was asked for after that many wishes is painted. */
function settled(known) {
  return page.waitForFunction((before) => {
    const { asked, answered } = document.body.dataset;
    return Number(asked) > before && Number(answered) >= Number(asked);
  }, known);
}

/** What the canvas shows before and after something that makes it be painted anew. */
async function repainted(act) {
  await settled(0);
  const shown = await colours();
  const known = await page.evaluate(() => Number(document.body.dataset.asked));
  await act();
  await settled(known);
  return apart(shown, await colours());
}

test("a photograph is painted before anything is asked for", async () => {
  assert.match(await page.textContent("#status"), /an example/);
  assert.ok(await page.evaluate(() => self.crossOriginIsolated));
  assert.equal(await page.evaluate(() => document.querySelectorAll("input[name=style]").length), 16);
});

test("a click on a style and the arrow keys paint in another", async () => {
  assert.ok(await repainted(() => page.click("label.swatch:has(input[value=woodcut])")) > 5);
  assert.ok(await repainted(() => page.press("input[value=woodcut]", "ArrowLeft")) > 3);
  assert.ok(await page.isChecked("input[value=watercolour]"));
  assert.ok(await repainted(() => page.keyboard.press("[")) > 3);
  assert.ok(await page.isChecked("input[value=starry]"));
});

test("strength goes from the content to beyond the style", async () => {
  await page.focus("#strength");
  await repainted(() => page.keyboard.press("Home"));
  assert.equal(await page.textContent("#strength-told"), "0 %");
  await page.check("#split");
  assert.ok(apart(await colours([0, 0.49]), await colours([0, 0.49])) === 0);
  const content = await colours([0.51, 1]);
  await page.focus("#divider");
  await page.keyboard.press("End");
  assert.ok(apart(content, await colours([0.51, 1])) < 1.5, "strength 0 is the content");
  await page.uncheck("#split");
  await page.focus("#strength");
  assert.ok(await repainted(() => page.keyboard.press("End")) > 5);
  assert.equal(await page.textContent("#strength-told"), "150 %");
  await page.keyboard.press("Escape");
  await repainted(() => page.fill("#strength", "100"));
});

test("two styles blend", async () => {
  assert.ok(await page.isDisabled("#blend"));
  assert.ok(await repainted(() => page.selectOption("#other", "woodcut")) > 2);
  assert.ok(await repainted(() => page.fill("#blend", "100")) > 2);
  await repainted(() => page.selectOption("#other", ""));
});

test("strokes and the careful hand change the painting", async () => {
  const size = async () => (await page.evaluate(() => document.getElementById("readout").textContent)).split("\n")[1];
  await page.keyboard.press("l");
  await repainted(() => page.click("label:has(input[name=strokes][value='280'])"));
  await page.waitForFunction(() => /280/.test(document.getElementById("readout").textContent));
  assert.match(await size(), /280 +wasm/);
  assert.ok(await page.isChecked("input[name=network][value=balanced]"), "a picture is painted with care");
  assert.ok(await repainted(() => page.click("label:has(input[name=network][value=fast])")) > 1);
  await page.keyboard.press("l");
  assert.ok(await page.isHidden("#readout"));
});

test("colours are kept, the picture is split and mirrored", async () => {
  const painted = await colours();
  await page.keyboard.press("c");
  assert.ok(await page.isChecked("#colours"));
  assert.ok(apart(painted, await colours()) > 3);
  await page.uncheck("#colours");
  assert.ok(apart(painted, await colours()) < 0.5);
  const [left, right] = [await colours([0, 0.48]), await colours([0.52, 1])];
  await page.check("#mirror");
  assert.ok(apart(painted, await colours([0, 1], true)) < 2);
  assert.ok(apart(painted, await colours()) > 5);
  await page.uncheck("#mirror");
  await page.keyboard.press("v");
  assert.ok(await page.isVisible("#divider"));
  await page.fill("#divider", "50");
  assert.ok(apart(right, await colours([0.52, 1])) < 0.5);
  assert.ok(apart(left, await colours([0, 0.48])) > 2);
  await page.keyboard.press("v");
});

test("a picture of one's own becomes a style, and a fitted style file is one", async () => {
  assert.ok(await repainted(() => page.setInputFiles("#own-style", join(made, "art.png"))) > 2);
  assert.match(await page.textContent("#status"), /style of art/);
  const content = readFileSync(join(made, "own.style")).toString("base64");
  assert.ok(await repainted(() => page.evaluate((text) => {
    const transfer = new DataTransfer();
    transfer.items.add(new File([Uint8Array.from(atob(text), (one) => one.charCodeAt(0))], "own.style"));
    dispatchEvent(new DragEvent("drop", { dataTransfer: transfer, cancelable: true }));
  }, content)) > 2);
  assert.match(await page.textContent("#status"), /style of own/);
  const known = await page.evaluate(() => document.querySelectorAll("input[name=style]").length);
  assert.equal(known, 18);
  await page.setInputFiles("#own-style", { name: "no.style", mimeType: "", buffer: Buffer.from("none") });
  await page.waitForFunction(() => /no.style: /.test(document.getElementById("status").textContent));
  await repainted(() => page.click("label.swatch:has(input[value=mosaic])"));
});

test("a snapshot is saved", async () => {
  const [picture] = await Promise.all([page.waitForEvent("download"), page.keyboard.press("s")]);
  assert.match(picture.suggestedFilename(), /^allaprima-mosaic-.*\.png$/);
  const saved = readFileSync(await picture.path());
  assert.deepEqual([...saved.subarray(1, 4)], [...Buffer.from("PNG")]);
});

test("a film is played, and painted whole with its sound", async () => {
  await page.setInputFiles("#film", join(made, "film.mp4"));
  await page.waitForSelector("#player:not([hidden])");
  await paintedAfter(page, await count());
  await page.click("#play");
  await page.waitForFunction(() => document.getElementById("play").textContent === "Play");
  const [film] = await Promise.all([page.waitForEvent("download", { timeout: 90_000 }), page.click("#paint-film")]);
  await film.saveAs(join(made, `painted${film.suggestedFilename().match(/\.\w+$/)[0]}`));
  assert.match(await page.textContent("#status"), /\d+ frames, .* MB\.$/);
  await page.click("#paint-film");
  await page.waitForFunction(() => /^[1-9]/.test(document.getElementById("progress-text").textContent));
  await page.click("#cancel");
  await page.waitForFunction(() => /cancelled/.test(document.getElementById("status").textContent));
  assert.ok(await page.isVisible("#player"));
});

test("what is no picture is refused in words", async () => {
  await page.setInputFiles("#picture", { name: "no.png", mimeType: "image/png", buffer: Buffer.from("none") });
  await page.waitForFunction(() => /no picture that this browser reads/.test(document.getElementById("status").textContent));
  await page.setInputFiles("#film", { name: "no.mp4", mimeType: "video/mp4", buffer: Buffer.from("none") });
  await page.waitForFunction(() => /no film that this browser plays/.test(document.getElementById("status").textContent));
});

test("a camera is painted, frame after frame, and recorded", async () => {
  await page.click("#camera");
  await page.waitForFunction(() => document.getElementById("camera").getAttribute("aria-pressed") === "true");
  await paintedAfter(page, (await count()) + 3);
  assert.ok(await page.isChecked("#mirror"));
  assert.match(await page.textContent("#status"), /Nothing leaves this machine/);
  await page.click("#record");
  assert.equal(await page.getAttribute("#record", "aria-pressed"), "true");
  await paintedAfter(page, (await count()) + 5);
  const [film] = await Promise.all([page.waitForEvent("download"), page.click("#record")]);
  assert.ok(readFileSync(await film.path()).length > 1000);
  assert.equal(await page.textContent("#record"), "Record");
});

test("the keys are told in a dialog that keys close", async () => {
  await page.keyboard.press("?");
  assert.ok(await page.isVisible("#about"));
  await page.keyboard.press("Escape");
  assert.ok(await page.isHidden("#about"));
});

test("every control has a name", async () => {
  const nameless = await page.evaluate(() => [...document.querySelectorAll("input, button, select, progress, canvas:not([aria-hidden])")]
    .filter((one) => !(one.getAttribute("aria-label") || one.labels?.[0]?.textContent.trim() || one.textContent.trim()))
    .map((one) => one.outerHTML));
  assert.deepEqual(nameless, []);
});
