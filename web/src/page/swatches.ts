/** The styles as a row of thumbnails, of which one is chosen: radio buttons, so that keys and readers know them. */

import type { About } from "../engine/about";
import type { Thumbnail } from "../engine/messages";
import { byId } from "./dom";

export class Swatches {
  private readonly row = byId("swatches");
  private readonly other = byId<HTMLSelectElement>("other");
  private readonly adding: HTMLLabelElement;

  constructor(about: About, chosen: () => void, added: (files: readonly File[]) => void) {
    this.adding = this.makeAdding(added);
    this.row.append(this.adding);
    about.styles.forEach(({ name }) => {
      const picture = new Image(164, 164);
      picture.src = `styles/${name}.jpg`;
      picture.alt = "";
      picture.loading = "eager";
      this.add(name, name, picture);
    });
    this.row.addEventListener("change", (event) => {
      if ((event.target as HTMLInputElement).type === "radio") {
        chosen();
      }
    });
  }

  /** The key of the chosen style. */
  get chosen(): string {
    return this.row.querySelector<HTMLInputElement>("input[name=style]:checked")?.value ?? "starry";
  }

  /** Chooses a style by its key, and brings it into view. */
  choose(key: string): void {
    const radio = [...this.radios()].find(({ value }) => value === key);
    if (radio !== undefined) {
      radio.checked = true;
      const { offsetLeft, offsetWidth } = radio.parentElement!;
      this.row.scrollTo({ left: offsetLeft - (this.row.clientWidth - offsetWidth) / 2, behavior: "smooth" });
    }
  }

  /** The key of the style that stands so many places after the chosen one. */
  beside(steps: number): string {
    const keys = [...this.radios()].map(({ value }) => value);
    return keys[(keys.indexOf(this.chosen) + steps + keys.length) % keys.length]!;
  }

  /** The name that a style is shown by. */
  label(key: string): string {
    return [...this.radios()].find(({ value }) => value === key)?.nextElementSibling?.nextElementSibling?.textContent ?? key;
  }

  /** Adds a style of one's own before the bundled ones. */
  addOwn(key: string, name: string, thumbnail: HTMLCanvasElement): void {
    this.add(key, name, thumbnail, true);
  }

  private add(key: string, name: string, picture: HTMLElement, first = false): void {
    const label = document.createElement("label");
    label.className = "swatch";
    const radio = Object.assign(document.createElement("input"), { type: "radio", name: "style", value: key });
    const words = document.createElement("span");
    words.textContent = name.replaceAll("-", " ");
    label.append(radio, picture, words);
    label.title = words.textContent;
    if (first) {
      this.adding.after(label);
    } else {
      this.row.append(label);
    }
    this.other.append(new Option(words.textContent, key));
  }

  private radios(): NodeListOf<HTMLInputElement> {
    return this.row.querySelectorAll<HTMLInputElement>("input[name=style]");
  }

  private makeAdding(added: (files: readonly File[]) => void): HTMLLabelElement {
    const label = document.createElement("label");
    label.className = "swatch";
    const chooser = Object.assign(document.createElement("input"), {
      type: "file", accept: "image/*,.style", multiple: true, id: "own-style",
    });
    chooser.setAttribute("aria-label", "Add a style of your own: a picture or a .style file");
    chooser.addEventListener("change", () => {
      added([...(chooser.files ?? [])]);
      chooser.value = "";
    });
    const sign = Object.assign(document.createElement("b"), { className: "add", textContent: "+" });
    const words = Object.assign(document.createElement("span"), { textContent: "your own" });
    label.append(chooser, sign, words);
    return label;
  }
}

/** A thumbnail as a canvas: pixels of a style file, or a picture's middle. */
export function thumbnailOf(source: Thumbnail | ImageBitmap | null): HTMLCanvasElement {
  const canvas = Object.assign(document.createElement("canvas"), { width: 164, height: 164 });
  canvas.setAttribute("aria-hidden", "true"); // its name stands below it
  const context = canvas.getContext("2d")!;
  if (source instanceof ImageBitmap) {
    const side = Math.min(source.width, source.height);
    context.imageSmoothingQuality = "high";
    context.drawImage(source, (source.width - side) / 2, (source.height - side) / 2, side, side, 0, 0, 164, 164);
  } else if (source !== null) {
    const small = Object.assign(document.createElement("canvas"), { width: source.width, height: source.height });
    const data = new ImageData(source.width, source.height);
    for (let at = 0; at < source.width * source.height; at += 1) {
      data.data.set([...source.pixels.subarray(3 * at, 3 * at + 3), 255], 4 * at);
    }
    small.getContext("2d")!.putImageData(data, 0, 0);
    context.drawImage(small, 0, 0, 164, 164);
  }
  return canvas;
}
