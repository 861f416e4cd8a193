/** What models/about.json says of the networks and styles beside the page. */

export interface Place {
  readonly tensor: string;
  readonly as: "plain" | "phases" | "squares" | "phase-bias";
  readonly offset: number;
  readonly length: number;
}

export interface NetworkAbout {
  readonly sha256: string;
  readonly channels: number;
  readonly layers: readonly (readonly [string, number])[];
  readonly gate: number;
  readonly kiloMacs: number;
  readonly kernels: string | null; // sha256 of what styles that nothing was fitted to mix; null where they mix nothing
  readonly places: readonly Place[];
}

export interface StyleAbout {
  readonly name: string;
  readonly networks: readonly string[];
  readonly brush: number | null;
}

export interface About {
  readonly version: string;
  readonly networks: Readonly<Record<NetworkName, NetworkAbout>>;
  readonly encoder: { readonly places: readonly Place[]; readonly styleSize: number };
  readonly styles: readonly StyleAbout[];
}

export type NetworkName = "fast" | "balanced";

/** The bytes of a file beside the page; throws an Error with a sentence where it cannot be fetched. */
export async function fetched(base: string, name: string): Promise<Uint8Array> {
  const answer = await fetch(new URL(name, base)).catch(() => null);
  if (answer === null || !answer.ok) {
    throw new Error(`${name} could not be fetched: is the network there?`);
  }
  return new Uint8Array(await answer.arrayBuffer());
}
