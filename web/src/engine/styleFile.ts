/** Fitted styles read from .style files, as allaprima.engines.style_files writes them; strangers' files are checked. */

import { floats, inflated, parseTensors, scaleRows, widened, type Shapes, type Tensor, type TensorFile } from "./safetensors";

export const CODE_LENGTH = 1920;
const UNITS = 256;
const MOST_PARTS = 16;
const MOST_UNITS = 8; // files of kernels

/** What a network was fitted to a style by: differences of its kernels, and rows of gains and biases. */
export interface Fit {
  readonly sha256: string;
  readonly brush: number | null;
  readonly kernels: ReadonlyMap<string, Float32Array>;
  readonly row: Float32Array;
  readonly nothing: Float32Array | null;
}

/** units: what it mixes kernels by in place of what its code is mapped to, by the sha256 of each file of kernels. */
export interface Style {
  readonly name: string;
  readonly code: Float32Array;
  readonly units: ReadonlyMap<string, Float32Array>;
  readonly fits: readonly Fit[];
  readonly parts: readonly (readonly [Style, number])[];
}

export interface StyleFile {
  readonly style: Style;
  readonly thumbnail: { readonly pixels: Uint8Array; readonly width: number; readonly height: number } | null;
}

interface SaidFit {
  sha256: string;
  brush: number | null;
  steps: Shapes;
}

interface Said {
  kind?: string;
  name: string;
  fits: SaidFit[];
  parts: (Said & { weight: number })[];
}

/** The style in a file's content; throws an Error with a sentence where it is none. */
export async function parseStyle(content: Uint8Array): Promise<StyleFile> {
  if (content[8] !== 0x7b) {
    return parseText(new TextDecoder().decode(content));
  }
  const file = parseTensors(content);
  const said = JSON.parse(file.words["allaprima"] ?? "null") as Said | null;
  if (said === null || said.kind !== "style") {
    throw new Error("it is no style file");
  }
  const picture = file.tensors.get("thumbnail");
  const thumbnail = picture === undefined ? null : {
    pixels: picture.bytes.slice(), width: picture.shape[1]!, height: picture.shape[0]!,
  };
  return { style: await assembled(file, said, ""), thumbnail };
}

/** A style without a fit is a file of text, its numbers in base64; what was fitted may stand in it the same way. */
async function parseText(text: string): Promise<StyleFile> {
  const said = JSON.parse(text) as { allaprima?: string; name?: string; code?: string; units?: unknown; fitted?: string };
  if (said.allaprima !== "style") {
    throw new Error("it is no style file");
  }
  if (said.fitted !== undefined) {
    return parseStyle(fromBase64(said.fitted));
  }
  const code = new Float32Array(fromBase64(said.code ?? "").buffer);
  if (code.length !== CODE_LENGTH || !code.every(Number.isFinite)) {
    throw new Error(`its code is not ${CODE_LENGTH} numbers`);
  }
  const units = unitsInText(said.units === undefined ? {} : said.units);
  return { style: { name: String(said.name).slice(0, 200), code, units, fits: [], parts: [] }, thumbnail: null };
}

function unitsInText(said: unknown): Style["units"] {
  if (typeof said !== "object" || said === null || Array.isArray(said)) {
    throw new Error("its units make no sense");
  }
  return checkedUnits(Object.entries(said).map(([kernels, text]) =>
    [kernels, { shape: [UNITS], dtype: "F32", bytes: fromBase64(String(text)) }]));
}

function unitsInTensors(file: TensorFile, prefix: string): Style["units"] {
  return checkedUnits([...file.tensors].filter(([name]) => name.startsWith(prefix))
    .map(([name, tensor]) => [name.slice(prefix.length), tensor]));
}

function checkedUnits(found: readonly (readonly [string, Tensor])[]): Style["units"] {
  if (found.length > MOST_UNITS) {
    throw new Error(`its units are those of ${found.length} networks`);
  }
  return new Map(found.map(([kernels, tensor]) => {
    const { shape, dtype, bytes } = tensor;
    const values = dtype === "F32" && shape.length === 1 && bytes.length === 4 * UNITS ? widened(tensor) : null;
    if (values === null || !values.every(Number.isFinite)) {
      throw new Error(`its units are no ${UNITS} numbers`);
    }
    return [kernels, values];
  }));
}

function fromBase64(text: string): Uint8Array<ArrayBuffer> {
  try {
    return Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
  } catch {
    throw new Error("its numbers cannot be read"); // atob's own message speaks of its caller
  }
}

async function assembled(file: TensorFile, said: Said, prefix: string): Promise<Style> {
  const listed = prefix === "" ? (said.parts ?? []).slice(0, MOST_PARTS) : [];
  const parts = await Promise.all(listed.map(async (part, index): Promise<readonly [Style, number]> =>
    [await assembled(file, part, `part${index}.`), part.weight]));
  const total = parts.reduce((sum, [, weight]) => sum + weight, 0);
  const fits = await Promise.all((said.fits ?? []).map((fit, index) => fitted(file, fit, `${prefix}fit${index}.`)));
  const code = parts.length > 0 ? blendedCode(parts) : floats(file, `${prefix}code`);
  if (code.length !== CODE_LENGTH) {
    throw new Error(`its code has ${code.length} numbers, not ${CODE_LENGTH}`);
  }
  const units = unitsInTensors(file, `${prefix}units.`);
  return {
    name: String(said.name).slice(0, 200), code, units, fits, parts: parts.map(([part, weight]) => [part, weight / total]),
  };
}

/** The code of a blend: codes combine linearly. */
export function blendedCode(parts: readonly (readonly [Style, number])[]): Float32Array {
  const total = parts.reduce((sum, [, weight]) => sum + weight, 0);
  const code = new Float32Array(CODE_LENGTH);
  for (const [style, weight] of parts) {
    style.code.forEach((value, at) => { code[at]! += (value * weight) / total; });
  }
  return code;
}

async function fitted(file: TensorFile, said: SaidFit, prefix: string): Promise<Fit> {
  const kernels = new Map<string, Float32Array>();
  const coded = file.tensors.get(`${prefix}steps`);
  if (coded !== undefined) {
    const steps = await inflated(coded, said.steps);
    for (const [name, values] of steps) {
      kernels.set(name, scaled(Float32Array.from(values), floats(file, `${prefix}scales.${name}`)));
    }
  }
  const place = `${prefix}kernels.`;
  for (const [name, tensor] of file.tensors) {
    if (name.startsWith(place)) {
      const own = name.slice(place.length);
      const values = widened(tensor);
      kernels.set(own, tensor.dtype === "I8" ? scaled(values, floats(file, `${prefix}scales.${own}`)) : values);
    }
  }
  const nothing = file.tensors.has(`${prefix}null`) ? floats(file, `${prefix}null`) : null;
  return { sha256: said.sha256, brush: said.brush, kernels, row: floats(file, `${prefix}row`), nothing };
}

function scaled(values: Float32Array, scales: Float32Array): Float32Array {
  scaleRows(values, scales);
  return values;
}
