/** The worker that paints: one backend, one thing at a time, in the order in which it was asked. */

import type { About } from "./about";
import { fetched } from "./about";
import { StyleEncoder } from "./encoder";
import type { Answered, Answers, Asked, Request, StyleSource } from "./messages";
import { Painter, type Backend, type Runtime } from "./painter";
import { parseStyle, type Style, type StyleFile } from "./styleFile";

interface Opened {
  readonly painter: Painter;
  readonly encoder: StyleEncoder;
  readonly base: string;
  readonly about: About;
  readonly styles: Map<string, Style>;
  readonly bundled: Map<string, Promise<Style>>;
}

let opened: Opened | null = null;
let turn: Promise<void> = Promise.resolve();
const canvas = new OffscreenCanvas(16, 16);
const context = canvas.getContext("2d", { willReadFrequently: true })!;

self.onmessage = ({ data }: MessageEvent<Asked>): void => {
  turn = turn.then(() => answered(data));
};

async function answered({ id, request }: Asked): Promise<void> {
  let said: Answered;
  let moved: Transferable[] = [];
  try {
    const answer = await answerTo(request);
    moved = "painted" in answer ? [answer.painted.buffer, answer.content.buffer] : [];
    said = { id, answer };
  } catch (error) {
    said = { id, error: error instanceof Error ? error.message : String(error) };
  }
  self.postMessage(said, { transfer: moved });
}

async function answerTo(request: Request): Promise<Answers[keyof Answers]> {
  if (request.kind === "open") {
    const { runtime, threads } = await runtimeOf(request.backend, request.threads, request.base);
    const { base, about } = request;
    opened = {
      painter: new Painter(runtime, base, about), encoder: new StyleEncoder(runtime, base, about), base, about,
      styles: new Map(), bundled: new Map(),
    };
    return { threads };
  }
  if (opened === null) {
    throw new Error("the painter is not open");
  }
  switch (request.kind) {
    case "style":
      return keptStyle(opened, request.key, request.source);
    case "look": {
      const { network, parts, strength } = request.look;
      const styles = await Promise.all(parts.map(async ([key, share]) =>
        [await styleFor(opened!, key, network), share] as const));
      await opened.painter.prepare({ network, parts: styles, strength });
      return {};
    }
    case "paint":
      return painted(opened, request);
    case "trial":
      return { ms: await tried(opened, request.width, request.height, request.frames) };
  }
}

/** onnxruntime for a backend; the files of its WebAssembly lie beside the page. */
async function runtimeOf(backend: Backend, threads: number, base: string): Promise<{ runtime: Runtime; threads: number }> {
  const ort = backend === "wasm" ? await import("onnxruntime-web/wasm") : await import("onnxruntime-web/jspi");
  const name = backend === "wasm" ? "ort-wasm-simd-threaded" : "ort-wasm-simd-threaded.jspi";
  const used = self.crossOriginIsolated ? threads : 1;
  ort.env.wasm.numThreads = used;
  ort.env.wasm.wasmPaths = {
    mjs: new URL(`runtime/${name}.mjs`, base).href, wasm: new URL(`runtime/${name}.wasm`, base).href,
  };
  ort.env.logLevel = "error";
  return { runtime: { backend, InferenceSession: ort.InferenceSession, Tensor: ort.Tensor }, threads: used };
}

async function keptStyle(here: Opened, key: string, source: StyleSource): Promise<Answers["style"]> {
  if (source.kind === "bundled") {
    throw new Error("bundled styles are fetched by themselves");
  }
  const file: StyleFile = source.kind === "file" ? await parseStyle(source.content)
    : { style: await here.encoder.encode(source.name, source.picture), thumbnail: null };
  here.styles.set(key, file.style);
  return { name: file.style.name, brush: file.style.fits[0]?.brush ?? null, thumbnail: file.thumbnail };
}

/** A style by its key; a bundled one is fetched on first use, for the network that is to paint. */
async function styleFor(here: Opened, key: string, network: string): Promise<Style> {
  const own = here.styles.get(key);
  if (own !== undefined) {
    return own;
  }
  const file = `styles/${key}.${network}.style`;
  const known = here.bundled.get(file) ?? fetched(here.base, file).then(parseStyle).then(({ style }) => style);
  here.bundled.set(file, known);
  known.catch(() => here.bundled.delete(file));
  return known;
}

async function painted(here: Opened, { frame, steady, cut }: Request & { kind: "paint" }): Promise<Answers["paint"]> {
  const { width, height } = frame;
  if (canvas.width !== width || canvas.height !== height) {
    canvas.width = width;
    canvas.height = height;
  }
  context.drawImage(frame, 0, 0);
  frame.close();
  const content = context.getImageData(0, 0, width, height).data as Uint8ClampedArray<ArrayBuffer>;
  if (cut) {
    here.painter.cut();
  }
  const start = performance.now();
  const result = await here.painter.paint({ data: content, width, height }, steady);
  return { painted: result.data, content, width, height, ms: performance.now() - start };
}

/** The milliseconds that a frame of noise of that size takes, the best of several after one that warms up. */
async function tried(here: Opened, width: number, height: number, frames: number): Promise<number> {
  const data = new Uint8ClampedArray(4 * width * height).map((_, at) => (at * 7919) % 251);
  let best = Infinity;
  for (let frame = 0; frame <= frames; frame += 1) {
    const start = performance.now();
    await here.painter.paint({ data, width, height }, false);
    best = frame === 0 ? best : Math.min(best, performance.now() - start);
  }
  return best;
}
