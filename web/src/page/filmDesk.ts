/** What is done with a film from disk: played, sought, and painted whole into a film of its own. */

import type { Engine } from "../engine/engine";
import { FilmPainting, type Progress } from "../film/painting";
import type { Source } from "../picture/sources";
import { button, byId, download, input, say, sayWrong } from "./dom";
import type { Live } from "./live";

export interface Wishes {
  lines(): number;
  colours(): boolean;
  style(): string;
}

export class FilmDesk {
  private source: Source | null = null;
  private painting: FilmPainting | null = null;

  constructor(private readonly engine: Engine, private readonly live: Live, private readonly wishes: Wishes) {
    button("play").addEventListener("click", () => this.playOrPause());
    input("seek").addEventListener("input", () => this.seek());
    button("paint-film").addEventListener("click", () => void this.paint());
    button("cancel").addEventListener("click", () => this.painting?.cancel());
  }

  /** Shows the player for a film, and hides it for anything else. */
  take(source: Source): void {
    this.source = source.kind === "film" ? source : null;
    byId("player").hidden = this.source === null;
    const media = this.source?.media;
    if (media) {
      media.ontimeupdate = (): void => { input("seek").value = String(1000 * (media.currentTime / media.duration || 0)); };
      media.onplay = media.onpause = (): void => {
        button("play").textContent = media.paused ? "Play" : "Pause";
        button("play").setAttribute("aria-pressed", String(!media.paused));
      };
      media.onseeked = (): void => this.live.repaint();
    }
  }

  private playOrPause(): void {
    const media = this.source?.media;
    if (media) {
      void (media.paused ? media.play() : media.pause());
    }
  }

  private seek(): void {
    const media = this.source?.media;
    if (media) {
      media.currentTime = (Number(input("seek").value) / 1000) * media.duration;
    }
  }

  private async paint(): Promise<void> {
    const file = this.source?.file;
    if (!file || this.painting !== null) {
      return;
    }
    const resume = this.live.pause();
    byId("painting").hidden = false;
    byId("player").hidden = true;
    button("cancel").focus();
    try {
      this.painting = new FilmPainting(this.engine, this.wishes.lines(), this.wishes.colours(), told);
      told({ share: 0, frames: 0, secondsLeft: 0 });
      const painted = await this.painting.paint(file);
      if (painted === null) {
        say("The painting of the film was cancelled.");
      } else {
        const name = `${file.name.replace(/\.[^.]+$/, "")}-${this.wishes.style()}.${painted.suffix}`;
        download(painted.content, name);
        const without = painted.lost.length > 0 ? `, without its ${painted.lost.join(" and ")}` : "";
        say(`Saved ${name}: ${painted.frames} frames, ${(painted.content.size / 1e6).toFixed(1)} MB${without}.`);
      }
    } catch (error) {
      sayWrong(error);
    } finally {
      this.painting = null;
      byId("painting").hidden = true;
      byId("player").hidden = this.source === null;
      resume();
    }
  }
}

function told({ share, frames, secondsLeft }: Progress): void {
  byId<HTMLProgressElement>("progress").value = share;
  byId("progress-text").textContent = `${frames} frames, ${Math.round(share * 100)} %`
    + (share > 0.02 ? `, ${timeInWords(secondsLeft)} left` : "");
}

function timeInWords(seconds: number): string {
  return seconds < 90 ? `${Math.round(seconds)} s` : `${Math.round(seconds / 60)} min`;
}
