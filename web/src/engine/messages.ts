/** What the page and its worker say to each other. */

import type { About, NetworkName } from "./about";
import type { Backend } from "./painter";

/** A style in the worker, by key: bundled, of a file, or of a picture. */
export type StyleSource =
  | { readonly kind: "bundled"; readonly name: string }
  | { readonly kind: "file"; readonly content: Uint8Array }
  | { readonly kind: "picture"; readonly name: string; readonly picture: ImageBitmap };

export interface LookAsked {
  readonly network: NetworkName;
  readonly parts: readonly (readonly [key: string, share: number])[];
  readonly strength: number;
}

export interface Thumbnail {
  readonly pixels: Uint8Array;
  readonly width: number;
  readonly height: number;
}

export type Request =
  | { readonly kind: "open"; readonly backend: Backend; readonly threads: number; readonly base: string; readonly about: About }
  | { readonly kind: "style"; readonly key: string; readonly source: StyleSource }
  | { readonly kind: "look"; readonly look: LookAsked }
  | { readonly kind: "paint"; readonly frame: ImageBitmap; readonly steady: boolean; readonly cut: boolean }
  | { readonly kind: "trial"; readonly width: number; readonly height: number; readonly frames: number };

export interface Answers {
  open: { readonly threads: number };
  style: { readonly name: string; readonly brush: number | null; readonly thumbnail: Thumbnail | null };
  look: Record<string, never>;
  paint: {
    readonly painted: Uint8ClampedArray<ArrayBuffer>;
    readonly content: Uint8ClampedArray<ArrayBuffer>;
    readonly width: number;
    readonly height: number;
    readonly ms: number;
  };
  trial: { readonly ms: number };
}

export interface Asked {
  readonly id: number;
  readonly request: Request;
}

export type Answered =
  | { readonly id: number; readonly answer: Answers[keyof Answers] }
  | { readonly id: number; readonly error: string };
