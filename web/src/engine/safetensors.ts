/** Tensors of a safetensors file: half floats and bytes are widened only when they are asked for. */

export interface Tensor {
  readonly shape: readonly number[];
  readonly dtype: string;
  readonly bytes: Uint8Array;
}

export interface TensorFile {
  readonly tensors: ReadonlyMap<string, Tensor>;
  readonly words: Readonly<Record<string, string>>;
}

interface Entry {
  dtype: string;
  shape: number[];
  data_offsets: [number, number];
}

/** Names and shapes of tensors whose steps are coded together, one after the other. */
export type Shapes = readonly (readonly [string, readonly number[]])[];

const LARGEST_HEADER = 1 << 22;
const MOST_STEPS = 1 << 25;

/** What a safetensors file holds; throws an Error with a sentence where it is none. */
export function parseTensors(content: Uint8Array): TensorFile {
  const view = new DataView(content.buffer, content.byteOffset, content.byteLength);
  const length = content.byteLength > 8 ? Number(view.getBigUint64(0, true)) : 0;
  if (length <= 0 || length > Math.min(LARGEST_HEADER, content.byteLength - 8)) {
    throw new Error("it is no file of tensors");
  }
  const header = JSON.parse(new TextDecoder().decode(content.subarray(8, 8 + length))) as Record<string, Entry>;
  const tensors = new Map<string, Tensor>();
  let words: Record<string, string> = {};
  for (const [name, entry] of Object.entries(header)) {
    if (name === "__metadata__") {
      words = entry as unknown as Record<string, string>;
      continue;
    }
    const [start, stop] = entry.data_offsets;
    if (!(start >= 0 && start <= stop && 8 + length + stop <= content.byteLength)) {
      throw new Error("it is cut short");
    }
    tensors.set(name, {
      dtype: entry.dtype, shape: entry.shape, bytes: content.subarray(8 + length + start, 8 + length + stop),
    });
  }
  return { tensors, words };
}

/** What a file of weights holds, tensors whose steps are coded decoded: the counterpart of allaprima.kernel_coding. */
export async function unpackedTensors(content: Uint8Array): Promise<TensorFile> {
  const file = parseTensors(content);
  const said = file.words["steps"];
  const coded = file.tensors.get("steps");
  if (said === undefined || coded === undefined) {
    return file;
  }
  const shapes = JSON.parse(said) as Shapes;
  const tensors = new Map(file.tensors);
  tensors.delete("steps");
  const steps = await inflated(coded, shapes);
  for (const [name, shape] of shapes) {
    const values = steps.get(name)!;
    tensors.set(name, { shape, dtype: "I8", bytes: new Uint8Array(values.buffer, values.byteOffset, values.length) });
  }
  return { tensors, words: file.words };
}

/** The steps of several tensors that were coded together, by name; no more is unpacked than was said. */
export async function inflated(coded: Tensor, shapes: Shapes): Promise<Map<string, Int8Array>> {
  const sizes = shapes.map(([, shape]) => shape.reduce((product, side) => product * side, 1));
  const total = sizes.reduce((sum, size) => sum + size, 0);
  if (!(total > 0 && total <= MOST_STEPS)) {
    throw new Error("its kernels are damaged");
  }
  const stream = new Blob([coded.bytes.slice()]).stream().pipeThrough(new DecompressionStream("deflate-raw"));
  const content = new Int8Array(total);
  let end = 0;
  for await (const chunk of chunksOf(stream)) {
    if (end + chunk.length > total) {
      throw new Error("its kernels are damaged");
    }
    content.set(new Int8Array(chunk.buffer, chunk.byteOffset, chunk.length), end);
    end += chunk.length;
  }
  if (end !== total) {
    throw new Error("its kernels are damaged");
  }
  const found = new Map<string, Int8Array>();
  let start = 0;
  shapes.forEach(([name], index) => {
    found.set(name, content.subarray(start, start + sizes[index]!));
    start += sizes[index]!;
  });
  return found;
}

async function* chunksOf(stream: ReadableStream<Uint8Array>): AsyncGenerator<Uint8Array> {
  const reader = stream.getReader();
  for (;;) {
    const { done, value } = await reader.read();
    if (done) {
      return;
    }
    yield value;
  }
}

/** The tensor of that name in float32; one in 8 bits is multiplied by the scales of its rows. */
export function floats(file: TensorFile, name: string): Float32Array {
  const tensor = file.tensors.get(name);
  if (tensor === undefined) {
    throw new Error(`it lacks ${name}`);
  }
  const values = widened(tensor);
  if (tensor.dtype !== "I8") {
    return values;
  }
  const scales = floats(file, `${name}.scales`);
  scaleRows(values, scales);
  return values;
}

/** Multiplies each of as many equal rows as there are scales by its scale. */
export function scaleRows(values: Float32Array, scales: Float32Array): void {
  const length = values.length / scales.length;
  scales.forEach((scale, row) => {
    for (let at = row * length; at < (row + 1) * length; at += 1) {
      values[at]! *= scale;
    }
  });
}

/** A tensor's numbers in float32. */
export function widened(tensor: Tensor): Float32Array {
  const { bytes, dtype } = tensor;
  const own = bytes.slice(); // aligned, whatever the file's offset was
  if (dtype === "F32") {
    return new Float32Array(own.buffer);
  }
  if (dtype === "F16") {
    return Float32Array.from(new Uint16Array(own.buffer), fromHalf);
  }
  if (dtype === "I8") {
    return Float32Array.from(new Int8Array(own.buffer));
  }
  throw new Error(`it holds numbers of the kind ${dtype}`);
}

/** The number whose IEEE half-precision bits those are. */
export function fromHalf(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 31;
  const fraction = bits & 1023;
  if (exponent === 0) {
    return sign * fraction * 2 ** -24;
  }
  return exponent === 31 ? (fraction ? NaN : sign * Infinity) : sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}
