// The page served on the loopback with its headers, and headless Chromium before it.
import { createReadStream, existsSync, readdirSync, statSync } from "node:fs";
import { createServer } from "node:http";
import { extname, join, normalize } from "node:path";
import { chromium } from "playwright-core";

const TYPES = {
  ".html": "text/html", ".js": "text/javascript", ".mjs": "text/javascript", ".css": "text/css", ".json": "application/json",
  ".wasm": "application/wasm", ".svg": "image/svg+xml", ".jpg": "image/jpeg", ".webmanifest": "application/manifest+json",
};
const ISOLATED = { "Cross-Origin-Opener-Policy": "same-origin", "Cross-Origin-Embedder-Policy": "require-corp" };

/** Serves a folder; isolated: with the headers that allow threads. */
export function serve(folder, { isolated = true } = {}) {
  const server = createServer((request, response) => {
    const path = normalize(decodeURIComponent(new URL(request.url, "http://x").pathname));
    const file = join(folder, path.endsWith("/") ? `${path}index.html` : path);
    if (!file.startsWith(folder) || !existsSync(file) || !statSync(file).isFile()) {
      response.writeHead(404).end();
      return;
    }
    response.writeHead(200, {
      "Content-Type": TYPES[extname(file)] ?? "application/octet-stream", "Content-Length": statSync(file).size,
      ...(isolated ? ISOLATED : {}),
    });
    createReadStream(file).pipe(response);
  });
  return new Promise((resolve) => {
    server.listen(0, "127.0.0.1", () => resolve({
      address: `http://127.0.0.1:${server.address().port}/`,
      close: () => new Promise((done) => { server.closeAllConnections(); server.close(done); }),
    }));
  });
}

/** Headless Chromium, whose camera shows a film (.mjpeg or .y4m) where one is given. */
export function browse({ camera, flags = [] } = {}) {
  return chromium.launch({
    executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
    args: [
      "--no-sandbox", "--disable-dev-shm-usage", "--use-gl=angle", "--use-angle=swiftshader", "--enable-unsafe-swiftshader",
      "--use-fake-ui-for-media-stream", "--use-fake-device-for-media-stream", "--autoplay-policy=no-user-gesture-required",
      ...(camera ? [`--use-file-for-fake-video-capture=${camera}`] : []), ...flags,
    ],
  });
}

/** Waits until the page has painted more frames than before. */
export async function paintedAfter(page, count = 0, timeout = 30_000) {
  await page.waitForFunction((before) => Number(document.body.dataset.painted ?? 0) > before, count, { timeout });
  return page.evaluate(() => Number(document.body.dataset.painted));
}

/** Opens a worker of the page's, on one thread, in an empty page: its `self.ask(request, moved)` gives the answer. */
export async function workerIn(page, address, folder) {
  const worker = readdirSync(join(folder, "assets")).find((name) => name.startsWith("worker-"));
  await page.goto(`${address}icon.svg`);
  await page.evaluate(async ({ address, worker }) => {
    const working = new Worker(`${address}assets/${worker}`, { type: "module" });
    self.ask = (request, moved = []) => new Promise((settle, refuse) => {
      working.onmessage = ({ data }) => ("error" in data ? refuse(new Error(data.error)) : settle(data.answer));
      working.postMessage({ id: 1, request }, moved);
    });
    const about = await (await fetch(`${address}models/about.json`)).json();
    await self.ask({ kind: "open", backend: "wasm", threads: 1, base: address, about });
  }, { address, worker });
}
