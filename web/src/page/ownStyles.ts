/** Styles of one's own: pictures, whose style the page measures, and fitted .style files; chosen, or dropped anywhere. */

import type { Engine } from "../engine/engine";
import { byId, say, sayWrong } from "./dom";
import { thumbnailOf, type Swatches } from "./swatches";

const LARGEST = 16 << 20; // bytes of a style file

export class OwnStyles {
  private count = 0;

  constructor(private readonly engine: Engine, private readonly swatches: Swatches, private readonly chosen: () => void) {}

  /** Adds styles and chooses the last one; what is none is said. */
  async add(files: readonly File[]): Promise<void> {
    for (const file of files) {
      try {
        say(`Looking at ${file.name}…`);
        const key = `own-${(this.count += 1)}`;
        const name = await (file.name.endsWith(".style") ? this.addFile(key, file) : this.addPicture(key, file));
        this.swatches.choose(key);
        this.chosen();
        say(`Painting in the style of ${name}.`);
      } catch (error) {
        sayWrong(new Error(`${file.name}: ${error instanceof Error ? error.message : String(error)}`));
      }
    }
  }

  /** Takes what is dropped: pictures and style files are styles, films are painted; with Shift pictures are, too. */
  acceptDrops(paint: (file: File) => void): void {
    const veil = byId("drop");
    addEventListener("dragover", (event) => {
      event.preventDefault();
      veil.hidden = false;
    });
    addEventListener("dragleave", (event) => { veil.hidden = event.relatedTarget === null; });
    addEventListener("drop", (event) => {
      event.preventDefault();
      veil.hidden = true;
      const files = [...(event.dataTransfer?.files ?? [])];
      const content = files.find((file) => file.type.startsWith("video/") || event.shiftKey);
      if (content !== undefined) {
        paint(content);
      } else {
        void this.add(files);
      }
    });
  }

  private async addFile(key: string, file: File): Promise<string> {
    if (file.size > LARGEST) {
      throw new Error("it is too large to be a style");
    }
    const content = new Uint8Array(await file.arrayBuffer());
    const { thumbnail } = await this.engine.addStyle(key, { kind: "file", content });
    return this.shown(key, file, thumbnailOf(thumbnail));
  }

  private async addPicture(key: string, file: File): Promise<string> {
    const picture = await createImageBitmap(file, { imageOrientation: "from-image" }).catch(() => {
      throw new Error("it is no picture that this browser reads");
    });
    await this.engine.addStyle(key, { kind: "picture", name: file.name, picture });
    return this.shown(key, file, thumbnailOf(picture));
  }

  private shown(key: string, file: File, thumbnail: HTMLCanvasElement): string {
    const name = file.name.replace(/\.[^.]+$/, "");
    this.swatches.addOwn(key, name, thumbnail);
    return name;
  }
}
