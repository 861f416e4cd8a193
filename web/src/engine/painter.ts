/** Paints pictures with one network on one of onnxruntime's backends; held steady by the moments of frames before. */

import type { InferenceSession, Tensor as OrtTensor, TypedTensor } from "onnxruntime-common";
import { apart, smallCopy, visibilityOf, type SmallCopy } from "../picture/visibility";
import type { About, NetworkAbout, NetworkName } from "./about";
import { fetched } from "./about";
import { KernelMixer } from "./mixing";
import { fitOf, flat, Mapping, modulationOf, needsMapping, type Modulation, type Whitening } from "./rows";
import { floats, parseTensors, unpackedTensors } from "./safetensors";
import type { Fit, Style } from "./styleFile";
import { weightsOf } from "./weights";

export type Backend = "wasm" | "webgpu";

export interface Runtime {
  readonly backend: Backend;
  readonly InferenceSession: typeof InferenceSession;
  readonly Tensor: typeof OrtTensor;
}

export interface Look {
  readonly network: NetworkName;
  readonly parts: readonly (readonly [Style, number])[];
  readonly strength: number;
}

export interface Pixels {
  readonly data: Uint8ClampedArray<ArrayBuffer>;
  readonly width: number;
  readonly height: number;
}

const OUTSIDE = "weights.bin";
const KEPT_SESSIONS = 4;
const MOMENTUM = 0.15; // a new frame's share in the moments of a shot
const CUT = 0.12;      // mean difference of neighbouring frames from which they are two shots

interface Base {
  readonly about: NetworkAbout;
  readonly graph: Uint8Array;
  readonly kernels: Map<string, Float32Array>;
}

interface Prepared {
  readonly key: string;
  readonly session: InferenceSession;
  readonly modulation: Modulation;
  readonly about: NetworkAbout;
}

interface Before {
  readonly key: string;
  readonly size: string;
  readonly copy: SmallCopy;
  readonly mean: Float32Array;
  readonly variance: Float32Array;
}

export class Painter {
  private readonly bases = new Map<NetworkName, Promise<Base>>();
  private readonly mappings = new Map<NetworkName, Promise<Mapping>>();
  private readonly mixers = new Map<NetworkName, Promise<KernelMixer>>();
  private readonly sessions = new Map<string, Promise<InferenceSession>>();
  private before: Before | null = null;
  private prepared: Prepared | null = null;

  constructor(private readonly runtime: Runtime, private readonly base: string, private readonly about: About) {}

  /** Makes ready what paints a look; a network's session is made once for each mixture of kernels. */
  async prepare(look: Look): Promise<void> {
    const base = await this.baseOf(look.network);
    const { sha256 } = base.about;
    const parts = await this.withKernels(look.network, flat(look.parts).filter(([, share]) => share > 0));
    const mapping = needsMapping(parts, sha256) ? await this.mappingOf(look.network) : null;
    const key = `${look.network} ${parts.map(([style, share]) =>
      fitOf(style, sha256) === null ? "" : `${styleKey(style)}:${share.toFixed(4)}`).join("+")}`;
    const session = await this.sessionOf(key, base, parts);
    const modulation = modulationOf(parts, look.strength, base.about, mapping);
    this.prepared = { key, session, modulation, about: base.about };
  }

  /** Forgets the frames before: the next one is normalised by its own moments. */
  cut(): void {
    this.before = null;
  }

  /** The picture painted in the look that was prepared; alone, or held steady with the frames before. */
  async paint(picture: Pixels, steady: boolean): Promise<Pixels> {
    const prepared = this.prepared;
    if (prepared === null) {
      throw new Error("no look was prepared");
    }
    const { Tensor } = this.runtime;
    const { data, width, height } = picture;
    const copy = smallCopy(data, width, height);
    const shown = visibilityOf(copy);
    const { about, modulation } = prepared;
    const before = steady ? this.shotBefore(prepared.key, `${width}x${height}`, copy) : null;
    const row = (values: Float32Array): OrtTensor => new Tensor("float32", values, [1, about.channels]);
    const one = (value: number): OrtTensor => new Tensor("float32", Float32Array.of(value), [1, 1]);
    const results = await prepared.session.run({
      picture: new Tensor("float32", planes(data, width * height), [1, 3, height, width]),
      scale: row(modulation.scale), bias: row(modulation.bias), mix: one(modulation.mix),
      given_mean: row(before?.mean ?? new Float32Array(about.channels)),
      given_variance: row(before?.variance ?? new Float32Array(about.channels)),
      momentum: one(before === null ? 1 : MOMENTUM),
    });
    const painted = (results["painted"] as TypedTensor<"float32">).data;
    if (steady) {
      this.before = {
        key: prepared.key, size: `${width}x${height}`, copy,
        mean: Float32Array.from((results["mean"] as TypedTensor<"float32">).data),
        variance: Float32Array.from((results["variance"] as TypedTensor<"float32">).data),
      };
    }
    const mixed = interleaved(painted, data, shown);
    Object.values(results).forEach((tensor) => tensor.dispose());
    return { data: mixed, width, height };
  }

  private shotBefore(key: string, size: string, copy: SmallCopy): Before | null {
    const { before } = this;
    return before !== null && before.key === key && before.size === size && apart(before.copy, copy) < CUT ? before : null;
  }

  private baseOf(name: NetworkName): Promise<Base> {
    return remembered(this.bases, name, async () => {
      const [graph, content] = await Promise.all([
        fetched(this.base, `models/${name}.onnx`), fetched(this.base, `models/${name}.kernels`)]);
      const file = parseTensors(content);
      const kernels = new Map([...file.tensors.keys()].map((tensor) => [tensor, floats(file, tensor)]));
      return { about: this.about.networks[name], graph, kernels };
    });
  }

  private mappingOf(name: NetworkName): Promise<Mapping> {
    return remembered(this.mappings, name, async () => {
      const [content, whitening] = await Promise.all([fetched(this.base, `models/${name}.mapping`), this.whitening()]);
      return new Mapping(parseTensors(content), this.about.networks[name], whitening);
    });
  }

  private async whitening(): Promise<Whitening> {
    const tensors = parseTensors(await fetched(this.base, "models/style-encoder.tensors"));
    return { mean: floats(tensors, "whitening.mean"), deviation: floats(tensors, "whitening.deviation") };
  }

  private mixerOf(name: NetworkName): Promise<KernelMixer> {
    return remembered(this.mixers, name, async () => {
      const [content, whitening] = await Promise.all([fetched(this.base, `models/${name}.mixed`), this.whitening()]);
      return new KernelMixer(await unpackedTensors(content), this.about.networks[name], whitening);
    });
  }

  /** The styles, each that nothing was fitted to with the kernels that it mixes, where the network has such. */
  private async withKernels(name: NetworkName, parts: Look["parts"]): Promise<Look["parts"]> {
    const { sha256, kernels } = this.about.networks[name];
    if (kernels === null || parts.every(([style]) => fitOf(style, sha256) !== null)) {
      return parts;
    }
    const mixer = await this.mixerOf(name);
    return parts.map(([style, share]) =>
      [fitOf(style, sha256) === null ? withFit(style, mixer.fit(style)) : style, share] as const);
  }

  private async sessionOf(key: string, base: Base, parts: Look["parts"]): Promise<InferenceSession> {
    const session = await remembered(this.sessions, key, () => this.opened(base, parts));
    const kept = this.sessions.get(key)!;
    this.sessions.delete(key);
    this.sessions.set(key, kept); // the last used stands last
    for (const oldest of [...this.sessions.keys()].slice(0, -KEPT_SESSIONS)) {
      const dropped = this.sessions.get(oldest)!;
      this.sessions.delete(oldest);
      void dropped.then((one) => one.release());
    }
    return session;
  }

  private opened(base: Base, parts: Look["parts"]): Promise<InferenceSession> {
    const kernels = mixedKernels(base.kernels, parts, base.about.sha256);
    return this.runtime.InferenceSession.create(base.graph, {
      executionProviders: [this.runtime.backend],
      externalData: [{ path: OUTSIDE, data: weightsOf(base.about.places, kernels) }],
    });
  }
}

/** The base's kernels with the differences of fitted styles added, each by its share. */
function mixedKernels(base: Map<string, Float32Array>, parts: Look["parts"], sha256: string): Map<string, Float32Array> {
  const kernels = new Map(base);
  for (const [style, share] of parts) {
    for (const [name, difference] of fitOf(style, sha256)?.kernels ?? []) {
      const values = kernels.get(name);
      if (values === undefined || values.length !== difference.length) {
        throw new Error(`${style.name} was fitted to another network`);
      }
      kernels.set(name, values.map((value, at) => value + share * difference[at]!));
    }
  }
  return kernels;
}

const completed = new WeakMap<Style, Map<string, Style>>();

/** The style with what it mixes, the same one every time: sessions are told apart by their styles. */
function withFit(style: Style, fit: Fit): Style {
  const known = completed.get(style) ?? new Map<string, Style>();
  completed.set(style, known);
  const found = known.get(fit.sha256) ?? { ...style, fits: [...style.fits, fit] };
  known.set(fit.sha256, found);
  return found;
}

const keys = new WeakMap<Style, number>();
let lastKey = 0;

/** A number of a style's own: two files may bear one name. */
function styleKey(style: Style): number {
  if (!keys.has(style)) {
    keys.set(style, (lastKey += 1));
  }
  return keys.get(style)!;
}

/** What a map holds, or what is made for it once; what failed is made anew the next time. */
function remembered<K, V>(map: Map<K, Promise<V>>, key: K, make: () => Promise<V>): Promise<V> {
  const known = map.get(key) ?? make();
  map.set(key, known);
  known.catch(() => map.delete(key));
  return known;
}

/** An RGBA picture as planes of red, green and blue in [0, 1]. */
export function planes(data: Uint8ClampedArray, area: number): Float32Array {
  const values = new Float32Array(3 * area);
  for (let at = 0, source = 0; at < area; at += 1, source += 4) {
    values[at] = data[source]! / 255;
    values[area + at] = data[source + 1]! / 255;
    values[2 * area + at] = data[source + 2]! / 255;
  }
  return values;
}

/** Planes in [0, 1] as RGBA, in that share over the content. */
function interleaved(painted: Float32Array, content: Uint8ClampedArray, share: number): Uint8ClampedArray<ArrayBuffer> {
  const area = painted.length / 3;
  const mixed = new Uint8ClampedArray(4 * area);
  for (let at = 0, target = 0; at < area; at += 1, target += 4) {
    for (let channel = 0; channel < 3; channel += 1) {
      const value = painted[channel * area + at]! * 255;
      mixed[target + channel] = share === 1 ? value : share * value + (1 - share) * content[target + channel]!;
    }
    mixed[target + 3] = 255;
  }
  return mixed;
}
