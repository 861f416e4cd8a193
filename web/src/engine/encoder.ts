/** The style of one's own picture: the style encoder, run in the page, at the sizes that allaprima.engines.encoding takes. */

import type { InferenceSession, TypedTensor } from "onnxruntime-common";
import type { About } from "./about";
import { fetched } from "./about";
import { planes, type Runtime } from "./painter";
import { floats, unpackedTensors } from "./safetensors";
import type { Style } from "./styleFile";
import { weightsOf } from "./weights";

const SMALLEST = 16;
const LONGEST = 4; // times the shorter side: of a longer picture its middle is looked at

export class StyleEncoder {
  private session: Promise<InferenceSession> | null = null;

  constructor(private readonly runtime: Runtime, private readonly base: string, private readonly about: About) {}

  /** The style of a picture; throws an Error with a sentence where it is too small to have a texture. */
  async encode(name: string, picture: ImageBitmap): Promise<Style> {
    if (Math.min(picture.width, picture.height) < SMALLEST) {
      throw new Error(`${name} is ${picture.width} x ${picture.height} pixels, too small to have a texture`);
    }
    this.session ??= this.opened();
    this.session.catch(() => { this.session = null; });
    const session = await this.session;
    const { data, width, height } = atWork(picture, this.about.encoder.styleSize);
    const { Tensor } = this.runtime;
    const results = await session.run({
      picture: new Tensor("float32", planes(data, width * height), [1, 3, height, width]),
    });
    const code = Float32Array.from((results["code"] as TypedTensor<"float32">).data);
    return { name, code, units: new Map(), fits: [], parts: [] };
  }

  private async opened(): Promise<InferenceSession> {
    const [graph, content] = await Promise.all([
      fetched(this.base, "models/style-encoder.onnx"), fetched(this.base, "models/style-encoder.tensors")]);
    const file = await unpackedTensors(content);
    const named = [...file.tensors.keys()].filter((name) => !name.endsWith(".scales"));
    const tensors = new Map(named.map((name) => [name, floats(file, name)]));
    return this.runtime.InferenceSession.create(graph, {
      executionProviders: ["wasm"],
      externalData: [{ path: "weights.bin", data: weightsOf(this.about.encoder.places, tensors) }],
    });
  }
}

/** The picture's pixels with a shorter side of about so many, both sides even; shrunk by halves, so that none is lost. */
function atWork(picture: ImageBitmap, side: number): ImageData {
  const shorter = Math.min(picture.width, picture.height);
  const [seenWidth, seenHeight] = [Math.min(picture.width, LONGEST * shorter), Math.min(picture.height, LONGEST * shorter)];
  const scale = side / shorter;
  const [width, height] = [seenWidth, seenHeight].map((length) => Math.max(2, 2 * Math.round((length * scale) / 2)));
  let source: CanvasImageSource = picture;
  let [left, top, wide, high] = [(picture.width - seenWidth) / 2, (picture.height - seenHeight) / 2, seenWidth, seenHeight];
  while (wide >= 2 * width! && high >= 2 * height!) {
    const half = new OffscreenCanvas(Math.ceil(wide / 2), Math.ceil(high / 2));
    half.getContext("2d")!.drawImage(source, left, top, wide, high, 0, 0, half.width, half.height);
    [source, left, top, wide, high] = [half, 0, 0, half.width, half.height];
  }
  const canvas = new OffscreenCanvas(width!, height!);
  const context = canvas.getContext("2d")!;
  context.imageSmoothingQuality = "high";
  context.drawImage(source, left, top, wide, high, 0, 0, width!, height!);
  return context.getImageData(0, 0, width!, height!);
}
