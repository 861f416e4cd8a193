// Paints a film in the page, as a visitor would, and says how long that took.
// node tests/film.mjs FOLDER FILM OUTPUT: FOLDER as allaprima web wrote it; OUTPUT ends as the page names it, .mp4 or .webm.
import { resolve } from "node:path";
import { browse, paintedAfter, serve } from "./served.mjs";

const [folder, film, output] = process.argv.slice(2).map((path) => resolve(path));
const served = await serve(folder);
const browser = await browse();
const page = await browser.newPage();
await page.goto(`${served.address}?example&backend=wasm&nocache`);
await paintedAfter(page);
await page.click("label:has(input[name=strokes][value='280'])");
await page.setInputFiles("#film", film);
await page.waitForSelector("#player:not([hidden])");
const start = Date.now();
const [painted] = await Promise.all([page.waitForEvent("download", { timeout: 600_000 }), page.click("#paint-film")]);
await painted.saveAs(output);
console.log(`${painted.suggestedFilename()}: ${((Date.now() - start) / 1000).toFixed(1)} s. ${await page.textContent("#status")}`);
await browser.close();
await served.close();
