/** The page's side of a worker that paints: questions and their answers. */

import type { Answered, Answers, Request } from "./messages";

export class PaintingWorker {
  private readonly worker = new Worker(new URL("./worker.ts", import.meta.url), { type: "module" });
  private readonly waiting = new Map<number, { resolve(answer: never): void; reject(error: Error): void }>();
  private last = 0;

  constructor() {
    this.worker.onmessage = ({ data }: MessageEvent<Answered>): void => {
      const asker = this.waiting.get(data.id);
      this.waiting.delete(data.id);
      if ("error" in data) {
        asker?.reject(new Error(data.error));
      } else {
        asker?.resolve(data.answer as never);
      }
    };
    this.worker.onerror = (event): void => this.fail(event.message || "the painting worker could not be started");
  }

  /** What the worker answers; rejects with a sentence where it failed. */
  ask<K extends Request["kind"]>(request: Request & { kind: K }, moved: Transferable[] = []): Promise<Answers[K]> {
    const id = (this.last += 1);
    return new Promise<Answers[K]>((resolve, reject) => {
      this.waiting.set(id, { resolve: resolve as (answer: never) => void, reject });
      this.worker.postMessage({ id, request }, moved);
    });
  }

  /** Ends the worker; what was asked of it is refused. */
  end(): void {
    this.worker.terminate();
    this.fail("the painting worker was ended");
  }

  private fail(reason: string): void {
    this.waiting.forEach(({ reject }) => reject(new Error(reason)));
    this.waiting.clear();
  }
}
