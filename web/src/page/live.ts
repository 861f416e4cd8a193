/** Paints what a source shows: one frame in flight, and after it the newest one. */

import type { Engine } from "../engine/engine";
import { atHeight, type Ladder } from "../engine/ladder";
import type { Compositor, Shown } from "../picture/compositor";
import type { Source } from "../picture/sources";

export interface Told {
  readonly framesASecond: number;
  readonly latencyMs: number;
  readonly paintMs: number;
  readonly width: number;
  readonly height: number;
}

const USUAL = 0.1; // a new frame's share in what is told

export class Live {
  private source: Source | null = null;
  private changed: () => void = () => undefined;
  private paused = 0;
  told: Told | null = null;
  painted = 0;
  asked = 0;      // how often something was to be painted anew
  answered = 0;   // what of that the last painting knew

  constructor(private readonly engine: Engine, private readonly compositor: Compositor, private readonly ladder: Ladder,
              private readonly shown: () => Shown, private readonly showing: (source: Source) => void,
              private readonly wrong: (error: unknown) => void) {}

  /** Goes over to another source; the one before is closed. */
  show(source: Source): void {
    this.source?.close();
    const first = this.source === null;
    this.source = source;
    this.told = null;
    this.repaint();
    if (first) {
      void this.run();
    }
  }

  /** What is shown now. */
  get current(): Source | null {
    return this.source;
  }

  /** Paints a frame that stands still once more. */
  repaint(): void {
    this.asked += 1;
    this.changed();
  }

  /** Leaves the engine to something else until what is given back is called. */
  pause(): () => void {
    this.paused += 1;
    this.source?.media?.pause();
    return (): void => {
      this.paused -= 1;
      this.repaint();
    };
  }

  private async run(): Promise<never> {
    let last: Source | null = null;
    let due = true;
    for (;;) {
      const change = new Promise<void>((resolve) => { this.changed = resolve; });
      const source = this.source!;
      if (due && this.paused === 0) {
        try {
          await this.frame(source, source !== last);
        } catch (error) {
          this.wrong(error);
        }
      }
      last = source;
      due = source === this.source;
      if (due) {
        await Promise.race([change, source.next()]);
      }
      due = true;
    }
  }

  private async frame(source: Source, cut: boolean): Promise<void> {
    const start = performance.now();
    const { asked } = this;
    const still = source.kind === "picture";
    const { width, height } = source;
    const small = atHeight(width, height, still ? this.ladder.asked : this.ladder.height);
    const [content, frame] = await Promise.all([source.frame(), source.frame(small.width, small.height)]);
    const { answer } = await this.engine.paint(frame, !still, cut);
    if (source === this.source) {
      this.compositor.take(content, content.width, content.height, answer);
      this.compositor.draw(this.shown());
      this.painted += 1;
      this.answered = asked;
      this.tell(performance.now() - start, answer.ms, answer.width, answer.height);
      this.showing(source);
    }
    content.close();
    if (!still) {
      this.ladder.took(performance.now() - start, answer.ms);
    }
  }

  private tell(latencyMs: number, paintMs: number, width: number, height: number): void {
    const before = this.told;
    const usual = (own: number, known: number | undefined): number =>
      known === undefined ? own : known + USUAL * (own - known);
    this.told = {
      latencyMs: usual(latencyMs, before?.latencyMs), paintMs: usual(paintMs, before?.paintMs), width, height,
      framesASecond: 1000 / usual(latencyMs, before === null ? undefined : 1000 / before.framesASecond),
    };
  }
}
