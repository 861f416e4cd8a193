/** How much there is in a picture to be painted, as allaprima.functional.visibility tells it: a flat one stays as it is. */

const COPY_AREA = 160 * 90;
const LIGHT = [0.02, 0.5] as const;
const CONTRAST = [0.05, 0.4] as const;
const POWER = 1.5;

/** A small copy of a picture's channels: means over blocks. */
export interface SmallCopy {
  readonly width: number;
  readonly height: number;
  readonly values: Float32Array;
}

/** Means over blocks of an RGBA picture, about 160 x 90 of them, in [0, 1], three numbers each. */
export function smallCopy(pixels: Uint8ClampedArray, width: number, height: number): SmallCopy {
  const block = Math.max(1, Math.round(Math.sqrt((width * height) / COPY_AREA)));
  const columns = Math.max(1, Math.floor(width / block));
  const rows = Math.max(1, Math.floor(height / block));
  const values = new Float32Array(3 * rows * columns);
  for (let y = 0; y < rows * block && y < height; y += 1) {
    const row = Math.floor(y / block) * columns;
    for (let x = 0; x < columns * block && x < width; x += 1) {
      const target = 3 * (row + Math.floor(x / block));
      const source = 4 * (y * width + x);
      values[target]! += pixels[source]!;
      values[target + 1]! += pixels[source + 1]!;
      values[target + 2]! += pixels[source + 2]!;
    }
  }
  const scale = 1 / (255 * block * block);
  return { width: columns, height: rows, values: values.map((value) => value * scale) };
}

/** The share, 0 to 1, in which a picture is to be painted: less where there is no light, shade or contrast. */
export function visibilityOf(copy: SmallCopy): number {
  const low = [1, 1, 1];
  const high = [0, 0, 0];
  copy.values.forEach((value, at) => {
    low[at % 3] = Math.min(low[at % 3]!, value);
    high[at % 3] = Math.max(high[at % 3]!, value);
  });
  const shares = [
    (Math.max(...high) - LIGHT[0]) / (LIGHT[1] - LIGHT[0]),
    (1 - Math.min(...low) - LIGHT[0]) / (LIGHT[1] - LIGHT[0]),
    (Math.max(...high.map((value, at) => value - low[at]!)) - CONTRAST[0]) / (CONTRAST[1] - CONTRAST[0]),
  ];
  return Math.min(1, Math.max(0, Math.min(...shares))) ** POWER;
}

/** The mean difference of two small copies in [0, 1]; 1 where their sizes differ. */
export function apart(one: SmallCopy, other: SmallCopy): number {
  if (one.width !== other.width || one.height !== other.height) {
    return 1;
  }
  return one.values.reduce((sum, value, at) => sum + Math.abs(value - other.values[at]!), 0) / one.values.length;
}
