/** A graph's weights as they lie beside it, made of a network's tensors: the counterpart of allaprima.engines.export. */

import type { Place } from "./about";

export type Kernels = ReadonlyMap<string, Float32Array>;

/** Which small row each of the three large ones about the centre of a phase lies in. */
const TAPS = [[0, 0, 1], [0, 1, 1]] as const;

/** The bytes that a graph's places refer to. */
export function weightsOf(places: readonly Place[], tensors: Kernels): Uint8Array {
  const end = places.reduce((most, place) => Math.max(most, place.offset + place.length), 0);
  const all = new Float32Array(end / 4);
  for (const place of places) {
    const values = tensors.get(place.tensor);
    if (values === undefined) {
      throw new Error(`the network lacks ${place.tensor}`);
    }
    const laid = arranged(values, place);
    if (laid.length * 4 !== place.length) {
      throw new Error(`${place.tensor} has ${laid.length} numbers, not ${place.length / 4}`);
    }
    all.set(laid, place.offset / 4);
  }
  return new Uint8Array(all.buffer);
}

function arranged(values: Float32Array, place: Place): Float32Array {
  switch (place.as) {
    case "phases":
      return phases(values);
    case "squares":
      return squares(values);
    case "phase-bias":
      return Float32Array.from({ length: 4 * values.length }, (_, at) => values[at % values.length]! + 0.5);
    default:
      return values;
  }
}

/** 2x2 kernels (4, pairs, 2, 2) that do for a small map what 3x3 ones (pairs, 3, 3) do for the upsampled one. */
export function phases(kernel: Float32Array): Float32Array {
  const pairs = kernel.length / 9;
  const laid = new Float32Array(4 * pairs * 4);
  for (let phase = 0; phase < 4; phase += 1) {
    const rows = TAPS[phase >> 1]!;
    const columns = TAPS[phase & 1]!;
    for (let pair = 0; pair < pairs; pair += 1) {
      const target = (phase * pairs + pair) * 4;
      for (let tap = 0; tap < 9; tap += 1) {
        laid[target + 2 * rows[Math.floor(tap / 3)]! + columns[tap % 3]!]! += kernel[pair * 9 + tap]!;
      }
    }
  }
  return laid;
}

/** Kernels (O, 12, 3, 3) whose inputs are ordered by colour, then place, in the order place, then colour. */
export function squares(kernel: Float32Array): Float32Array {
  const laid = new Float32Array(kernel.length);
  for (let outgoing = 0; outgoing < kernel.length / 108; outgoing += 1) {
    for (let colour = 0; colour < 3; colour += 1) {
      for (let place = 0; place < 4; place += 1) {
        const source = outgoing * 108 + (colour * 4 + place) * 9;
        laid.set(kernel.subarray(source, source + 9), outgoing * 108 + (place * 3 + colour) * 9);
      }
    }
  }
  return laid;
}
