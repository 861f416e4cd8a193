/** A film decoded, painted and muxed in the page: its frames, times and sound kept. */

import type { Conversion as ConversionType } from "mediabunny";
import type { Engine } from "../engine/engine";
import { atHeight } from "../engine/ladder";
import { Compositor } from "../picture/compositor";

export interface Progress {
  readonly share: number;
  readonly frames: number;
  readonly secondsLeft: number;
}

export interface PaintedFilm {
  readonly content: Blob;
  readonly suffix: "mp4" | "webm";
  readonly frames: number;
  readonly lost: readonly string[]; // what of the film could not be taken along
}

const BITS_A_PIXEL = 0.16; // of an H.264 film at 30 frames a second: strokes take more than photographs

export class FilmPainting {
  private conversion: ConversionType | null = null;
  private cancelled = false;
  private frames = 0;

  constructor(private readonly engine: Engine, private readonly lines: number, private readonly colours: boolean,
              private readonly progress: (progress: Progress) => void) {}

  /** Ends the painting; what was painted is dropped. */
  cancel(): void {
    this.cancelled = true;
    void this.conversion?.cancel();
  }

  /** The painted film; null where it was cancelled. Throws an Error with a sentence where the browser cannot. */
  async paint(file: File): Promise<PaintedFilm | null> {
    const { ALL_FORMATS, BlobSource, BufferTarget, Conversion, getFirstEncodableVideoCodec, Input, Mp4OutputFormat, Output,
            WebMOutputFormat } = await import("mediabunny");
    const input = new Input({ source: new BlobSource(file), formats: ALL_FORMATS });
    const track = await input.getPrimaryVideoTrack();
    if (track === null || !(await track.canDecode())) {
      throw new Error(`${file.name} holds no film that this browser decodes`);
    }
    const [width, height] = [even(track.displayWidth), even(track.displayHeight)];
    const codec = await getFirstEncodableVideoCodec(["avc", "vp9", "av1", "vp8"], { width, height });
    if (codec === null) {
      throw new Error("this browser encodes no films");
    }
    const suffix = codec === "avc" ? "mp4" : "webm";
    const target = new BufferTarget();
    const output = new Output({ format: suffix === "mp4" ? new Mp4OutputFormat({ fastStart: "in-memory" })
      : new WebMOutputFormat(), target });
    const compositor = new Compositor(new OffscreenCanvas(width, height));
    const canvas = new OffscreenCanvas(width, height);
    const context = canvas.getContext("2d", { alpha: false })!;
    const small = atHeight(width, height, this.lines);
    const start = performance.now();
    this.conversion = await Conversion.init({
      input, output,
      video: {
        codec, width, height, fit: "fill", forceTranscode: true, processedWidth: width, processedHeight: height,
        bitrate: Math.round(Math.max(1e6, width * height * 30 * BITS_A_PIXEL)), allowTransformationMetadata: false,
        process: async (sample) => {
          sample.draw(context, 0, 0, width, height);
          const frame = await createImageBitmap(canvas, {
            resizeWidth: small.width, resizeHeight: small.height, resizeQuality: "high",
          });
          const { answer } = await this.engine.paint(frame, true, this.frames === 0);
          compositor.take(canvas, width, height, answer);
          compositor.draw({ split: 0, mirrored: false, colours: this.colours });
          this.frames += 1;
          return compositor.canvas;
        },
      },
      showWarnings: false,
    });
    if (!this.conversion.isValid) {
      throw new Error(`${file.name} cannot be written again: ${reasons(this.conversion)}`);
    }
    this.conversion.onProgress = (share): void => {
      const seconds = (performance.now() - start) / 1000;
      this.progress({ share, frames: this.frames, secondsLeft: share > 0 ? seconds * (1 / share - 1) : 0 });
    };
    const lost = this.conversion.discardedTracks.map(({ track: { type } }) => (type === "audio" ? "sound" : type));
    if (!(await this.executed(this.conversion))) {
      return null;
    }
    const type = suffix === "mp4" ? "video/mp4" : "video/webm";
    return { content: new Blob([target.buffer!], { type }), suffix, frames: this.frames, lost };
  }

  private async executed(conversion: ConversionType): Promise<boolean> {
    try {
      await conversion.execute();
    } catch (error) {
      if (!this.cancelled) {
        throw error;
      }
    }
    return !this.cancelled;
  }
}

function even(length: number): number {
  return Math.max(2, 2 * Math.round(length / 2));
}

function reasons(conversion: ConversionType): string {
  return conversion.discardedTracks.map(({ track, reason }) => `${track.type}: ${reason.replaceAll("_", " ")}`).join(", ");
}
