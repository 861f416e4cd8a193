"""How steadily a network paints the film that it was fitted on: unfitted, fitted, and fitted without the film's motion.

    python tools/measure_film_fits.py CLIP.mp4 ... --style art.jpg -o FOLDER [--steps 60] [--lines 256] [--frames 16]

Measures are those of ``allaprima evaluate --video`` with steadying off: warping error from frame to frame beyond the
film's own, in thousandths, and style loss; beside them the content loss. Frames are the film's first, at so many
lines. Written are the fits, the figures, and a sheet: the film, and what each network makes of it. A fit that is in
FOLDER is not made again, and one that was stopped goes on.
"""

from __future__ import annotations

import argparse
import json
import time
from pathlib import Path
from statistics import fmean

import numpy as np
import torch

from allaprima.bundled import bundled_styles
from allaprima.cli.fitting import FitRequest, fitted_style, planned
from allaprima.engines import Engine, Look, Style, engine_for
from allaprima.evaluate.judge import Judge, open_judge
from allaprima.evaluate.pictures import load_squares
from allaprima.evaluate.temporal import Take, measured_take, remembered, style_loss, warping_error
from allaprima.pipeline.looks.styles import read_style, write_style
from allaprima.runtimes import runtime_for
from allaprima.sheets import encode_png, grid
from measure_painted_frames import Frame, frames_of

STYLE_PX = 256


def content_loss(judge: Judge, painted: list[Frame], frames: list[Frame]) -> float:
    """The mean content loss of the first and the last frame."""
    losses = []
    for index in (0, -1):
        found, own = (judge.features(film[index].astype(np.float32) / np.float32(255)).content
                      for film in (painted, frames))
        losses.append(float((found - own).square().mean()))
    return fmean(losses)


def measured(engine: Engine, style: Style, take: Take, judge: Judge, picture: Frame) -> tuple[dict[str, float], Frame]:
    """The figures of a film painted frame by frame, and its middle frame."""
    frames = list(take.frames)
    painted = [np.asarray(engine.stylize(frame[None], [Look(style)])[0][0], np.uint8) for frame in frames]
    excess = warping_error(painted, take, 1) - warping_error(frames, take, 1)
    return {"excess": 1000 * excess, "style": style_loss(painted, judge, judge.features(picture)),
            "content": content_loss(judge, painted, frames)}, painted[len(painted) // 2]


def fitted(request: FitRequest, path: Path) -> Style:
    """The style that is asked for, fitted and kept at the path, or read from there."""
    if not path.is_file():
        began = time.process_time()
        fit, done = fitted_style(request, planned(request), torch.device("cpu"), lambda standing, network: None)
        if not done:
            raise SystemExit(f"stopped in the fit of {path.stem}: the same command goes on")
        print(f"  {path.stem}: {time.process_time() - began:.0f} s of processor time", flush=True)
        write_style(path, fit)
    return read_style(path)


def main() -> None:
    """Measures every film, prints a row for each network, and writes figures and a sheet."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("films", type=Path, nargs="+")
    parser.add_argument("--style", type=Path, required=True, help="a picture, or the name of a bundled style")
    parser.add_argument("-o", "--output", type=Path, required=True)
    parser.add_argument("--steps", type=int, default=60)
    parser.add_argument("--lines", type=int, default=256)
    parser.add_argument("--frames", type=int, default=16)
    parser.add_argument("--model", default="balanced")
    parser.add_argument("--without-motion", action="store_true", help="fit without the film's motion too")
    given = parser.parse_args()
    given.output.mkdir(parents=True, exist_ok=True)
    judge, engine = open_judge(), engine_for(given.model, runtime_for("cpu"))
    art = bundled_styles().get(str(given.style), given.style)
    picture = load_squares([art], STYLE_PX)[0][0].image
    for film in given.films:
        take = remembered(measured_take(film.stem, frames_of(film, given.lines, given.frames)))
        styles = {"unfitted": engine.encode(picture, art.stem, STYLE_PX / engine.style_size)}
        for name, values in [("fitted", ()), ("without motion", (("steady", 0.0),))][:1 + given.without_motion]:
            request = FitRequest((art,), given.model, film, steps=given.steps, lines=given.lines,
                                 values=(("style_px", float(STYLE_PX)), *values))
            kept = f"{film.stem}-{art.stem}-{given.steps}-{name.replace(' ', '-')}.style"
            styles[name] = fitted(request, given.output / kept)
        figures, row = {}, [take.frames[len(take.frames) // 2]]
        for name, style in styles.items():
            figures[name], shown = measured(engine, style, take, judge, picture)
            row.append(shown)
            print(film.stem, name, ", ".join(f"{key} {value:.3f}" for key, value in figures[name].items()), flush=True)
        path = given.output / f"{film.stem}-{art.stem}.json"
        path.write_text(json.dumps(figures, indent=2) + "\n")
        path.with_suffix(".png").write_bytes(encode_png(grid([row], gap=4)))


if __name__ == "__main__":
    main()
