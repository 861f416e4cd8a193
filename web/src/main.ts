/** The page: its controls, what they ask of the painter, and what is shown. */

import type { About, NetworkName } from "./engine/about";
import { Engine } from "./engine/engine";
import { Ladder } from "./engine/ladder";
import type { Backend } from "./engine/painter";
import { FilmDesk } from "./page/filmDesk";
import { button, byId, download, input, resultName, say, sayWrong } from "./page/dom";
import { bindKeys } from "./page/keys";
import { Live } from "./page/live";
import { OwnStyles } from "./page/ownStyles";
import { Swatches } from "./page/swatches";
import { Recorder } from "./film/recorder";
import { Compositor, type Shown } from "./picture/compositor";
import { openCamera, openFilm, openPicture, type Source } from "./picture/sources";
import { mountStudio } from "./studio";

const FIRST_STYLE = "starry";
const FIRST_HEIGHT = 128; // of the first frames, before any was timed
const asked = new URLSearchParams(location.search);

void start().catch((error: unknown) => {
  byId("waiting").textContent = error instanceof Error ? error.message : String(error);
});

async function start(): Promise<void> {
  const base = new URL(".", location.href).href;
  const opening = firstSource();
  opening.catch(() => undefined); // it is told when it is shown
  const about = (await (await fetch("models/about.json")).json()) as About;
  const engine = await Engine.open(base, about);
  performance.mark("opened");
  const compositor = new Compositor(byId<HTMLCanvasElement>("canvas"));
  const swatches = new Swatches(about, () => lookChanged(), (files) => void own.add(files));
  const ladder = new Ladder(linesAsked(), input("hold").checked, FIRST_HEIGHT);
  const live = new Live(engine, compositor, ladder, shown, showing, sayWrong);
  const own = new OwnStyles(engine, swatches, () => lookChanged());
  const desk = new FilmDesk(engine, live, { lines: linesAsked, colours: () => input("colours").checked,
                                            style: () => swatches.chosen });
  const recorder = new Recorder();
  let handChosen = false;
  swatches.choose(asked.get("style") ?? FIRST_STYLE);
  lookChanged();
  void mountStudio();
  engine.warm().then(() => performance.mark("warm"), sayWrong);

  function lookChanged(): void {
    const second = byId<HTMLSelectElement>("other").value;
    const share = second === "" || second === swatches.chosen ? 0 : Number(input("blend").value) / 100;
    const network = document.querySelector<HTMLInputElement>("input[name=network]:checked")!.value as NetworkName;
    const strength = Number(input("strength").value) / 100;
    byId("strength-told").textContent = `${Math.round(strength * 100)} %`;
    input("blend").disabled = second === "";
    const parts = ([[swatches.chosen, 1 - share], [second, share]] as [string, number][]).filter(([, part]) => part > 0);
    engine.ask({ network, parts, strength });
    repaint();
  }

  function sizeChanged(): void {
    ladder.ask(linesAsked(), input("hold").checked);
    repaint();
  }

  function repaint(): void {
    live.repaint();
    document.body.dataset["asked"] = String(live.asked);
  }

  function viewChanged(): void {
    const split = input("split").checked;
    input("divider").hidden = !split;
    compositor.draw(shown());
  }

  async function show(opening: Promise<Source>): Promise<void> {
    try {
      document.body.classList.add("busy");
      const source = await opening;
      performance.mark("source");
      input("mirror").checked = source.kind === "camera";
      button("camera").setAttribute("aria-pressed", String(source.kind === "camera"));
      byId("stage").style.setProperty("--ratio", String(source.width / source.height));
      handFor(source);
      desk.take(source);
      live.show(source);
      say(source.kind === "camera" ? "Painting your camera. Nothing leaves this machine." : `Painting ${source.name}.`);
    } catch (error) {
      document.body.classList.remove("busy");
      sayWrong(error);
    }
  }

  /** A picture stands still, so that the careful hand may take its time; whoever has chosen one keeps it. */
  function handFor(source: Source): void {
    if (!handChosen) {
      const wanted = source.kind === "picture" ? "balanced" : "fast";
      document.querySelector<HTMLInputElement>(`input[name=network][value=${wanted}]`)!.checked = true;
      lookChanged();
    }
  }

  function snapshot(): void {
    byId<HTMLCanvasElement>("canvas").toBlob((picture) => {
      if (picture !== null) {
        const name = resultName(swatches.label(swatches.chosen), "png");
        download(picture, name);
        say(`Saved ${name}.`);
      }
    }, "image/png");
  }

  async function record(): Promise<void> {
    if (recorder.running) {
      const { content, suffix } = await recorder.stop();
      const name = resultName(swatches.label(swatches.chosen), suffix);
      download(content, name);
      say(`Saved ${name}, ${(content.size / 1e6).toFixed(1)} MB.`);
    } else {
      recorder.start(byId<HTMLCanvasElement>("canvas"), live.current?.kind === "film" ? live.current.media : null);
      say("Recording.");
    }
    button("record").setAttribute("aria-pressed", String(recorder.running));
    button("record").textContent = recorder.running ? "Stop" : "Record";
  }

  const on = (id: string, event: string, act: () => void): void => byId(id).addEventListener(event, act);
  on("camera", "click", () => void show(openCamera()));
  on("picture", "change", () => withFile("picture", (file) => void show(openPicture(file, file.name))));
  on("film", "change", () => withFile("film", (file) => void show(openFilm(file))));
  on("strength", "input", lookChanged);
  on("other", "change", lookChanged);
  on("blend", "input", lookChanged);
  document.querySelectorAll("input[name=network]").forEach((one) => one.addEventListener("change", () => {
    handChosen = true;
    lookChanged();
  }));
  document.querySelectorAll("input[name=strokes]").forEach((one) => one.addEventListener("change", sizeChanged));
  on("hold", "change", sizeChanged);
  ["colours", "split", "mirror"].forEach((id) => on(id, "change", viewChanged));
  on("divider", "input", () => compositor.draw(shown()));
  on("snapshot", "click", snapshot);
  on("record", "click", () => void record().catch(sayWrong));
  on("fullscreen", "click", () => void byId("stage").querySelector(".mat")!.requestFullscreen().catch(sayWrong));
  on("help", "click", () => byId<HTMLDialogElement>("about").showModal());
  bindKeys({ swatches, lookChanged });
  own.acceptDrops((file) => void show(file.type.startsWith("video/") ? openFilm(file) : openPicture(file, file.name)));
  setInterval(() => tell(live, engine), 250);

  await show(opening);
  await firstPainting(live);
  keepForLater();
  const trials = await engine.tryFaster(asked.get("backend") as Backend | null);
  byId("engine").textContent = engineInWords(engine, trials);
  document.body.dataset["backend"] = engine.backend;
  live.repaint();

  function showing(): void {
    document.body.classList.add("live");
    document.body.classList.remove("busy");
    Object.assign(document.body.dataset, { painted: live.painted, answered: live.answered });
    performance.mark("painted");
  }
}

/** The height that the strokes asked for stand for. */
function linesAsked(): number {
  return Number(document.querySelector<HTMLInputElement>("input[name=strokes]:checked")!.value);
}

function shown(): Shown {
  return { split: input("split").checked ? Number(input("divider").value) / 100 : 0, mirrored: input("mirror").checked,
           colours: input("colours").checked };
}

/** The camera, where it was allowed before or the address asks for it; else a photograph that comes with the page. */
async function firstSource(): Promise<Source> {
  const known = await navigator.permissions.query({ name: "camera" as PermissionName }).catch(() => null);
  if (!asked.has("example") && (asked.has("camera") || known?.state === "granted")) {
    return openCamera();
  }
  return openPicture(await (await fetch("example.jpg")).blob(), "an example");
}

function withFile(id: string, act: (file: File) => void): void {
  const chooser = input(id);
  const [file] = chooser.files ?? [];
  chooser.value = "";
  if (file !== undefined) {
    act(file);
  }
}

/** Settles once a frame was painted. */
async function firstPainting(live: Live): Promise<void> {
  while (live.painted === 0) {
    await new Promise((resolve) => { setTimeout(resolve, 50); });
  }
}

/** Lets the page be kept for visits without a network, once it is painting. */
function keepForLater(): void {
  if ("serviceWorker" in navigator && !asked.has("nocache")) {
    void navigator.serviceWorker.register("sw.js").catch(() => undefined);
  }
}

function tell(live: Live, engine: Engine): void {
  const { told } = live;
  if (told !== null && !byId("readout").hidden) {
    byId("readout").textContent = `${told.framesASecond.toFixed(1)} a second   ${told.latencyMs.toFixed(0)} ms, `
      + `${told.paintMs.toFixed(0)} of it the network\n${told.width} x ${told.height}   ${engine.backend}`;
  }
}

function engineInWords(engine: Engine, trials: readonly { backend: Backend; threads: number; ms: number }[]): string {
  const measured = trials.map(({ backend, threads, ms }) =>
    `${backend}${threads > 1 ? `, ${threads} threads` : ""}: ${ms.toFixed(0)} ms`).join("; ");
  return `Painted by ${engine.backend === "webgpu" ? "WebGPU" : "WebAssembly"}`
    + (measured === "" ? "." : `, the faster one at 256 x 256 (${measured}).`);
}
