/** What a style mixes of a network's kernels by its code or units of its own: the counterpart of allaprima.engines.mixing. */

import type { NetworkAbout } from "./about";
import { rectified, type Whitening } from "./rows";
import { floats, scaleRows, widened, type Tensor, type TensorFile } from "./safetensors";
import type { Fit, Style } from "./styleFile";

/** A kernel's tensor: what every style has of it, the differences that styles mix, and where its filters' shares lie. */
interface Mixed {
  readonly name: string;
  readonly common: Float32Array;
  readonly differences: Tensor;
  readonly scales: Float32Array | null;
  readonly filters: number;
  readonly start: number;
}

export class KernelMixer {
  private readonly weights = new Map<string, Float32Array>();
  private readonly kernels: readonly Mixed[];
  private readonly count: number;
  private readonly fits = new WeakMap<Style, Fit>();

  constructor(file: TensorFile, private readonly about: NetworkAbout, private readonly whitening: Whitening) {
    for (const layer of ["mapping.0", "mapping.2", "coefficients", "rows", "null_rows"]) {
      this.weights.set(`${layer}.weight`, scaled(file, `${layer}.weight`));
      this.weights.set(`${layer}.bias`, floats(file, `${layer}.bias`));
    }
    this.kernels = kernelsOf(file);
    this.count = this.kernels[0]!.differences.shape[0]!;
    if (this.kernels.some(({ differences }) => differences.shape[0] !== this.count)) {
      throw new Error("the kernels that styles mix are not whole");
    }
  }

  /** What a style makes of the network: mixed once, and remembered as long as the style is. */
  fit(style: Style): Fit {
    const known = this.fits.get(style) ?? this.mixed(style);
    this.fits.set(style, known);
    return known;
  }

  private mixed({ code, units }: Style): Fit {
    const mapped = units.get(this.about.kernels!) ?? this.mapped(code); // only a network with kernels has a mixer
    const shares = this.linear("coefficients", mapped);
    return {
      sha256: this.about.sha256, brush: null, row: this.linear("rows", mapped), nothing: this.linear("null_rows", mapped),
      kernels: new Map(this.kernels.map((kernel) => [kernel.name, this.mixture(kernel, shares)])),
    };
  }

  /** The units that a code is mapped to. */
  private mapped(code: Float32Array): Float32Array {
    const { mean, deviation } = this.whitening;
    const whitened = code.map((value, at) => (value - mean[at]!) / deviation[at]!);
    return rectified(this.linear("mapping.2", rectified(this.linear("mapping.0", whitened))));
  }

  /** The common difference, and every other one by its filter's share in it. */
  private mixture({ common, differences, scales, filters, start }: Mixed, shares: Float32Array): Float32Array {
    const sum = common.slice();
    const each = common.length / filters;
    const values = scales === null ? widened(differences) : new Int8Array(
      differences.bytes.buffer, differences.bytes.byteOffset, differences.bytes.length);
    for (let one = 0; one < this.count; one += 1) {
      for (let filter = 0; filter < filters; filter += 1) {
        const place = one * filters + filter;
        const share = shares[(start + filter) * this.count + one]! * (scales === null ? 1 : scales[place]!);
        for (let at = filter * each, source = place * each; at < (filter + 1) * each; at += 1, source += 1) {
          sum[at]! += share * values[source]!;
        }
      }
    }
    return sum;
  }

  private linear(name: string, x: Float32Array): Float32Array {
    const weight = this.weights.get(`${name}.weight`)!;
    return this.weights.get(`${name}.bias`)!.map((bias, row) => {
      let sum = bias;
      for (let at = 0, start = row * x.length; at < x.length; at += 1) {
        sum += weight[start + at]! * x[at]!;
      }
      return sum;
    });
  }
}

/** A tensor whose scales, where it is in 8 bits, lie under a name of their own. */
function scaled(file: TensorFile, name: string): Float32Array {
  const tensor = file.tensors.get(name);
  if (tensor === undefined) {
    throw new Error(`it lacks ${name}`);
  }
  const values = widened(tensor);
  if (tensor.dtype === "I8") {
    scaleRows(values, floats(file, `scales.${name}`));
  }
  return values;
}

/** Every kernel's tensor, with the place of its filters among those of all layers, in the order of the layers' names. */
function kernelsOf(file: TensorFile): Mixed[] {
  const prefix = "common.";
  const layerOf = (name: string): string => name.slice(0, name.lastIndexOf("."));
  const names = [...file.tensors.keys()].filter((name) => name.startsWith(prefix)).map((name) => name.slice(prefix.length));
  let place = 0;
  return [...new Set(names.map(layerOf))].sort().flatMap((layer) => {
    const start = place;
    const found = names.filter((name) => layerOf(name) === layer).map((name): Mixed => {
      const differences = file.tensors.get(`differences.${name}`);
      const common = scaled(file, prefix + name);
      if (differences === undefined || differences.shape.reduce((product, side) => product * side, 1) % common.length !== 0) {
        throw new Error("the kernels that styles mix are not whole");
      }
      const scales = differences.dtype === "I8" ? floats(file, `scales.differences.${name}`) : null;
      return { name, common, differences, scales, filters: differences.shape[1]!, start };
    });
    place += found[0]!.filters;
    return found;
  });
}
