/** The height that the network works at: as high as was asked for, but so that it paints 24 frames a second. */

export const FRAMES_A_SECOND = 24;
const HEIGHTS = [96, 128, 160, 192, 224, 256, 288, 320, 360, 400, 440, 480, 540, 600] as const;
const TOO_SLOW = 1.1;  // times the time that a frame has, before a step down
const ROOM = 0.85;     // of that time that the next step may take, before a step up
const LEAST = 0.6;     // of a frame's time that the network has, however long the rest takes: a lower height would not help
const SEEN = 8;        // frames that are looked at before a step

export class Ladder {
  private times: [all: number, paint: number][] = [];
  private current: number;

  constructor(private wanted: number, private held: boolean, start: number) {
    this.current = Math.min(start, wanted);
  }

  /** The height to paint the next frame at. */
  get height(): number {
    return this.held ? this.current : this.wanted;
  }

  /** The height that was asked for, whatever it takes. */
  get asked(): number {
    return this.wanted;
  }

  /** Asks for another height, or for it to be held whatever it takes. */
  ask(wanted: number, held: boolean): void {
    this.wanted = wanted;
    this.held = held;
    this.current = Math.min(this.current, wanted);
    this.times = [];
  }

  /** Takes the milliseconds that a frame took, and those of the network in them, and steps where that is called for. */
  took(ms: number, paintMs: number): void {
    this.times.push([ms, paintMs]);
    if (this.times.length < SEEN) {
      return;
    }
    const paint = usual(this.times.map(([, own]) => own));
    const rest = usual(this.times.map(([all, own]) => all - own));
    this.times = [];
    const frame = 1000 / FRAMES_A_SECOND;
    const budget = Math.max(frame - rest, LEAST * frame);
    const above = HEIGHTS.find((height) => height > this.current && height <= this.wanted) ?? this.wanted;
    if (paint > TOO_SLOW * budget) {
      this.current = heightFor(this.current * Math.sqrt(budget / paint), this.wanted);
    } else if (paint * (above / this.current) ** 2 < ROOM * budget) {
      this.current = above;
    }
  }
}

/** The one in the middle. */
function usual(times: readonly number[]): number {
  return [...times].sort((one, other) => one - other)[times.length >> 1]!;
}

/** The highest step that is not above a height, nor above what was asked for. */
export function heightFor(height: number, wanted: number): number {
  const steps = HEIGHTS.filter((step) => step <= Math.min(height, wanted));
  return steps.at(-1) ?? Math.min(HEIGHTS[0], wanted);
}

/** The sides of a picture whose shorter side is to be of that height; its own, where it is smaller. */
export function atHeight(width: number, height: number, lines: number): { width: number; height: number } {
  const scale = Math.min(1, lines / Math.min(width, height));
  return { width: Math.max(16, Math.round(width * scale)), height: Math.max(16, Math.round(height * scale)) };
}
