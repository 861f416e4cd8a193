/** Scales and biases of a network's normalisations for a look: the counterpart of allaprima.engines.adain. */

import type { NetworkAbout } from "./about";
import { floats, type TensorFile } from "./safetensors";
import { blendedCode, type Fit, type Style } from "./styleFile";

export interface Modulation {
  readonly scale: Float32Array;
  readonly bias: Float32Array;
  readonly mix: number;
}

export interface Whitening {
  readonly mean: Float32Array;
  readonly deviation: Float32Array;
}

/** What maps a style's code to a row; needed only for styles that nothing was fitted to. */
export class Mapping {
  private readonly weights: Map<string, Float32Array>;

  constructor(file: TensorFile, private readonly about: NetworkAbout, private readonly whitening: Whitening) {
    this.weights = new Map([...file.tensors.keys()].map((name) => [name, floats(file, name)]));
  }

  /** The row (2 M) of a style's code. */
  row(code: Float32Array): Float32Array {
    const { mean, deviation } = this.whitening;
    const whitened = code.map((value, at) => (value - mean[at]!) / deviation[at]!);
    const hidden = rectified(this.linear("mapping.0", whitened));
    return this.modulations(rectified(this.linear("mapping.2", hidden)));
  }

  /** The row of the null style, which stands for the content. */
  nothing(): Float32Array {
    return this.modulations(this.tensor("null_style"));
  }

  private modulations(mapped: Float32Array): Float32Array {
    const row = new Float32Array(2 * this.about.channels);
    let start = 0;
    for (const [layer] of this.about.layers) {
      const part = this.linear(`${layer}.modulation`, mapped);
      row.set(part, start);
      start += part.length;
    }
    return row;
  }

  private linear(name: string, x: Float32Array): Float32Array {
    const weight = this.tensor(`${name}.weight`);
    return this.tensor(`${name}.bias`).map((bias, row) => {
      let sum = bias;
      for (let at = 0, start = row * x.length; at < x.length; at += 1) {
        sum += weight[start + at]! * x[at]!;
      }
      return sum;
    });
  }

  private tensor(name: string): Float32Array {
    const values = this.weights.get(name);
    if (values === undefined) {
      throw new Error(`the network lacks ${name}`);
    }
    return values;
  }
}

/** What was fitted to a style for the network with that hash. */
export function fitOf(style: Style, sha256: string): Fit | null {
  return style.fits.find((fit) => fit.sha256 === sha256) ?? null;
}

/** A blend as single styles and their shares, blends in it taken apart. */
export function flat(parts: readonly (readonly [Style, number])[]): (readonly [Style, number])[] {
  return parts.flatMap(([style, share]) => style.parts.length > 0
    ? style.parts.map(([part, own]) => [part, share * own] as const) : [[style, share] as const]);
}

/** Whether a row for these styles takes a mapping: one of them, or their content, has none of its own. */
export function needsMapping(parts: readonly (readonly [Style, number])[], sha256: string): boolean {
  return parts.some(([style]) => (fitOf(style, sha256)?.nothing ?? null) === null);
}

/**
 * The row of a blend at a strength: 0 is the content, 1 the styles, above it goes on the same way.
 *
 * Parts that something was fitted to add their rows; where nothing was fitted to any, their codes are blended.
 */
function rowOf(parts: readonly (readonly [Style, number])[], strength: number, sha256: string,
                      mapping: Mapping | null): Float32Array {
  if (parts.every(([style]) => fitOf(style, sha256) === null) && mapping !== null) {
    return between(mapping.nothing(), mapping.row(blendedCode(parts)), strength);
  }
  const rows = parts.map(([style, share]): [Float32Array, number] => {
    const fit = fitOf(style, sha256);
    const nothing = fit?.nothing ?? mapping?.nothing();
    const row = fit?.row ?? mapping?.row(style.code);
    if (nothing === undefined || row === undefined) {
      throw new Error("the mapping of styles is not loaded");
    }
    return [between(nothing, row, strength), share];
  });
  return rows[0]![0].map((_, at) => rows.reduce((sum, [row, share]) => sum + share * row[at]!, 0));
}

function between(nothing: Float32Array, row: Float32Array, strength: number): Float32Array {
  return row.map((value, at) => (1 - strength) * nothing[at]! + strength * value);
}

/**
 * Scales, biases and the network's share for styles at a strength.
 *
 * Kernels of a style's own know that style alone: below 1 its whole picture is mixed with the content.
 */
export function modulationOf(parts: readonly (readonly [Style, number])[], strength: number, about: NetworkAbout,
                             mapping: Mapping | null): Modulation {
  const own = parts.some(([style]) => fitOf(style, about.sha256) !== null);
  const row = rowOf(parts, own ? Math.max(strength, 1) : strength, about.sha256, mapping);
  const scale = new Float32Array(about.channels);
  const bias = new Float32Array(about.channels);
  let start = 0;
  for (const [, width] of about.layers) {
    for (let channel = 0; channel < width; channel += 1) {
      scale[start + channel] = 1 + row[2 * start + channel]!;
      bias[start + channel] = row[2 * start + width + channel]!;
    }
    start += width;
  }
  const way = Math.min(strength / about.gate, 1);
  return { scale, bias, mix: own ? Math.min(strength, 1) : way * way * (3 - 2 * way) };
}

/** What is above 0 of it. */
export function rectified(values: Float32Array): Float32Array {
  return values.map((value) => Math.max(0, value));
}
