/** The page's painter: the faster of two backends, found by a trial; looks and frames, the newest of each. */

import type { About } from "./about";
import { PaintingWorker } from "./client";
import type { Answers, LookAsked, StyleSource } from "./messages";
import type { Backend } from "./painter";

const TRIAL = { width: 256, height: 256, frames: 3 };
const MOST_THREADS = 4;

export interface Trial {
  readonly backend: Backend;
  readonly threads: number;
  readonly ms: number;
}

export interface Painted {
  readonly answer: Answers["paint"];
  readonly look: LookAsked;
}

export class Engine {
  private readonly styles = new Map<string, StyleSource>();
  private look: LookAsked | null = null;
  private prepared: { readonly look: LookAsked; readonly done: Promise<unknown> } | null = null;
  trials: Trial[] = [];

  private constructor(private worker: PaintingWorker, readonly base: string, private readonly about: About,
                      public backend: Backend) {}

  /** Opens the painter on WebAssembly, which is everywhere and begins at once. */
  static async open(base: string, about: About): Promise<Engine> {
    const engine = new Engine(new PaintingWorker(), base, about, "wasm");
    await engine.worker.ask({ kind: "open", backend: "wasm", threads: threadsHere(), base, about });
    return engine;
  }

  /** What a style is called, once the worker knows it; rejects with a sentence where it is none. */
  async addStyle(key: string, source: StyleSource): Promise<Answers["style"]> {
    const answer = await this.worker.ask({ kind: "style", key, source });
    this.styles.set(key, source);
    return answer;
  }

  /** The look to paint in from the next frame on. */
  ask(look: LookAsked): void {
    this.look = look;
  }

  /** A frame painted in the newest look that was asked for. */
  async paint(frame: ImageBitmap, steady: boolean, cut = false): Promise<Painted> {
    const look = this.look;
    if (look === null) {
      throw new Error("no style is chosen");
    }
    await this.ready(look);
    const answer = await this.worker.ask({ kind: "paint", frame, steady, cut }, [frame]);
    return { answer, look };
  }

  /** Makes ready for the look that was asked for, before there is a frame to be painted. */
  async warm(): Promise<void> {
    if (this.look !== null) {
      await this.ready(this.look);
    }
  }

  private ready(look: LookAsked): Promise<unknown> {
    if (this.prepared?.look !== look) {
      const done = this.worker.ask({ kind: "look", look });
      this.prepared = { look, done };
      done.catch(() => { this.prepared = null; });
    }
    return this.prepared!.done;
  }

  /** Tries WebGPU beside WebAssembly where the browser has it, and goes on with the faster one; tells what was measured. */
  async tryFaster(only: Backend | null): Promise<readonly Trial[]> {
    if (only === "wasm" || this.look === null || !(await hasWebGpu())) {
      return this.trials;
    }
    const other = new PaintingWorker();
    try {
      const { base, about } = this;
      await other.ask({ kind: "open", backend: "webgpu", threads: 1, base, about });
      await other.ask({ kind: "look", look: bundledOnly(this.look) });
      const gpu = await other.ask({ kind: "trial", ...TRIAL });
      const cpu = await this.worker.ask({ kind: "trial", ...TRIAL });
      this.trials = [{ backend: "webgpu", threads: 1, ms: gpu.ms }, { backend: "wasm", threads: threadsHere(), ms: cpu.ms }];
      if (gpu.ms < cpu.ms || only === "webgpu") {
        await this.moveTo(other);
        return this.trials;
      }
    } catch {
      this.trials = []; // a browser that offers WebGPU and cannot use it goes on with WebAssembly
    }
    other.end();
    return this.trials;
  }

  private async moveTo(other: PaintingWorker): Promise<void> {
    for (const [key, source] of this.styles) {
      if (source.kind !== "bundled") {
        await other.ask({ kind: "style", key, source });
      }
    }
    const before = this.worker;
    [this.worker, this.backend, this.prepared] = [other, "webgpu", null];
    before.end();
  }
}

/** How many threads a network in this page may use. */
export function threadsHere(): number {
  return self.crossOriginIsolated ? Math.max(1, Math.min(MOST_THREADS, (navigator.hardwareConcurrency || 2) - 1)) : 1;
}

/** Whether there is a WebGPU adapter, and the suspending calls that onnxruntime's smaller build needs. */
async function hasWebGpu(): Promise<boolean> {
  const gpu = (navigator as { gpu?: { requestAdapter(): Promise<unknown> } }).gpu;
  if (gpu === undefined || !("Suspending" in WebAssembly)) {
    return false;
  }
  return (await gpu.requestAdapter().catch(() => null)) !== null;
}

/** The look for a trial: what it takes does not depend on the style. */
function bundledOnly(look: LookAsked): LookAsked {
  return { ...look, parts: [["starry", 1]] };
}
