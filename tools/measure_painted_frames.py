"""How well a shot is painted by a network fitted to a frame or two of it, against a painter who is known exactly.

    python tools/measure_painted_frames.py SHOT.mp4 ... -o FOLDER [--pairs 2] [--steps 100] [--lines 360]
        [--guides 0,1] [--places little|much]

The painter is a fixed filter: colours in few steps, ink along edges, hatching by darkness, the left part cooler than
the right; with ``--places much`` the right part is moreover in two tones and not hatched, its light and dark exchanged
in the lower half. One or two frames of each shot are painted, a network is fitted to them, and every frame it paints is
held against the painter's own: SSIM, the distance of VGG's relu3_1, the mean difference in levels, and flicker (the
mean change from frame to frame beyond the painter's own, painted frame by frame, and held steady as `--temporal fast`
does), for networks that are told where in the frame they are (``--guides 1``) and such that are not. Beside it the
network as it is, given the first painted frame as a style picture.
"""

from __future__ import annotations

import argparse
import json
import tempfile
import time
from itertools import pairwise
from pathlib import Path
from statistics import fmean

import cv2
import numpy as np
import torch
from numpy.typing import NDArray

from allaprima.cli.fitting import FitRequest, fitted_style, planned
from allaprima.config import VideoOptions
from allaprima.engines import AdaINEngine, Look, Style
from allaprima.engines.adain import compact
from allaprima.evaluate.judge import open_judge
from allaprima.evaluate.temporal_painting import painted
from allaprima.io.film.source import VideoSource
from allaprima.io.still.picture import Picture, as_uint8
from allaprima.io.still.writing import write_image
from allaprima.pipeline.resizing import resized
from allaprima.runtimes.openvino import OpenVINORuntime
from allaprima.sheets import encode_png, grid

Frame = NDArray[np.uint8]
LEVELS = 5               # of each channel
HATCHED = 0.45           # darker than this is hatched one way, darker than half of it the other way too
PERIOD_PX = 7
TONES = (0.95, 0.87, 0.7), (0.55, 0.12, 0.1)  # of the right part, where much depends on the place
SHOWN_ROWS = 3
STABILITY = VideoOptions().stability


def painter(frame: Frame, *, by_place: bool = False) -> Frame:
    """What the painter makes of a frame (H, W, 3); by_place: whether other places are painted otherwise altogether."""
    smooth = cv2.bilateralFilter(frame, 9, 40, 7).astype(np.float32) / 255
    flat = np.rint(smooth * (LEVELS - 1)) / (LEVELS - 1)
    height, width = frame.shape[:2]
    y, x = np.mgrid[0:height, 0:width].astype(np.float32)
    warmth = np.clip((x / width - 0.5) * 4, -1, 1)[..., None]
    flat = flat * (1 + 0.18 * warmth * np.array([1.0, 0.1, -1.0], np.float32))
    grey = cv2.GaussianBlur(cv2.cvtColor(frame, cv2.COLOR_RGB2GRAY), (0, 0), 1.6).astype(np.float32) / 255
    for darkness, slope in ((HATCHED, 1.0), (HATCHED / 2, -1.0)):
        line = (np.mod(x + slope * y, PERIOD_PX) < 1.6) & (grey < darkness)
        flat[line] *= 0.55
    slope = np.hypot(cv2.Sobel(grey, cv2.CV_32F, 1, 0), cv2.Sobel(grey, cv2.CV_32F, 0, 1))
    if by_place:
        light = np.where(y > height / 2, 1 - grey, grey)
        two = np.where(light[..., None] > 0.5, *(np.array(tone, np.float32) for tone in TONES))
        flat = np.where((x > width / 2)[..., None], two, flat)
    ink = np.clip((slope - 0.18) * 6, 0, 1)[..., None]
    return np.rint(np.clip(flat * (1 - ink) + ink * 0.08, 0, 1) * 255).astype(np.uint8)


def frames_of(path: Path, lines: int, count: int) -> list[Frame]:
    """The first frames of a shot at so many lines, sides even."""
    frames = []
    with VideoSource(path) as source:
        for frame, _ in zip(source, range(count), strict=False):
            image = as_uint8(frame.image)
            scale = min(1.0, lines / min(image.shape[:2]))
            width, height = (2 * round(side * scale / 2) for side in (image.shape[1], image.shape[0]))
            frames.append(np.asarray(resized(image, width, height), np.uint8))
    return frames


def changes(frames: list[Frame]) -> list[float]:
    """The mean absolute change between neighbouring frames, of 255."""
    return [float(np.abs(one.astype(np.int16) - other).mean()) for one, other in pairwise(frames)]


def measured(made: list[Frame], steadied: list[Frame], truth: list[Frame]) -> dict[str, float]:
    """A film against the painter's own: SSIM, distance of relu3_1, flicker beyond the painter's own."""
    judge = open_judge(content_layer="relu3_1")
    rows = []
    for one, other in zip(made[::4], truth[::4], strict=True):
        target = judge.features(other.astype(np.float32) / np.float32(255))
        found = judge.features(one.astype(np.float32) / np.float32(255))
        rows.append((judge.measure(found, target, judge.style_target(target)).ssim,
                     float((found.content - target.content).square().mean()),
                     float(np.abs(one.astype(np.float32) - other).mean())))
    return {"ssim": fmean(row[0] for row in rows), "vgg": fmean(row[1] for row in rows),
            "levels": fmean(row[2] for row in rows),
            "flicker": fmean(changes(made)) - fmean(changes(truth)),
            "steadied flicker": fmean(changes(steadied)) - fmean(changes(truth))}


def fitted_to(pairs: list[tuple[Frame, Frame]], shot: Path, folder: Path, given: argparse.Namespace,
              guides: int) -> Style:
    """The style that a network learns of painted frames."""
    paths = []
    for index, pair in enumerate(pairs):
        for kind, frame in zip(("frame", "painted"), pair, strict=True):
            write_image(folder / f"{kind}{index}.png", Picture(frame), overwrite=True)
        paths.append((folder / f"frame{index}.png", folder / f"painted{index}.png"))
    request = FitRequest(tuple(painted for _, painted in paths), on=shot, steps=given.steps, lines=given.lines,
                         pairs=tuple(paths), values=(("guides", guides),))
    began = time.process_time()

    def watch(standing: object, network: object) -> None:
        print(f"  {standing}"[:230], f"{time.process_time() - began:.0f} s", flush=True)

    return fitted_style(request, planned(request), torch.device("cpu"), watch)[0].style


def film(engine: AdaINEngine, style: Style, frames: list[Frame]) -> tuple[list[Frame], list[Frame]]:
    """The frames painted one by one, as they are, and held steady."""
    alone = [np.asarray(engine.stylize(frame[None], [Look(style)])[0][0], np.uint8) for frame in frames]
    return alone, list(painted(frames, engine, style, "fast", STABILITY)[0])


def main() -> None:
    """Measures every shot, prints a row for each, and writes a sheet and the figures."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("shots", type=Path, nargs="+")
    parser.add_argument("-o", "--output", type=Path, required=True)
    parser.add_argument("--pairs", type=int, default=2, choices=(1, 2))
    parser.add_argument("--steps", type=int, default=100)
    parser.add_argument("--lines", type=int, default=360)
    parser.add_argument("--frames", type=int, default=48)
    parser.add_argument("--guides", default="0,1", help="whether networks are told where in the frame they are")
    parser.add_argument("--places", choices=("little", "much"), default="little", help="what depends on the place")
    given = parser.parse_args()
    given.output.mkdir(parents=True, exist_ok=True)
    engine = compact("balanced", OpenVINORuntime("cpu", "auto"))
    for shot in given.shots:
        frames = frames_of(shot, given.lines, given.frames)
        truth = [painter(frame, by_place=given.places == "much") for frame in frames]
        places = [len(frames) // 2] if given.pairs == 1 else [len(frames) // 5, 4 * len(frames) // 5]
        made = {}
        for guides in map(int, given.guides.split(",")):
            with tempfile.TemporaryDirectory() as folder:
                fit = fitted_to([(frames[at], truth[at]) for at in places], shot, Path(folder), given, guides)
            made["fitted, guided" if guides else "fitted"] = film(engine, fit, frames)
        made["as a style"] = film(engine, engine.encode(truth[places[0]], "painted"), frames)
        figures = {name: measured(*films, truth) for name, films in made.items()}
        print(shot.stem, json.dumps(figures), flush=True)
        (given.output / f"{shot.stem}.json").write_text(json.dumps(figures, indent=2) + "\n")
        rows = [[frames[at], truth[at], *(alone[at] for alone, _ in made.values())]
                for at in np.linspace(0, len(frames) - 1, SHOWN_ROWS).round().astype(int)]
        (given.output / f"{shot.stem}.png").write_bytes(encode_png(grid(rows, gap=4)))


if __name__ == "__main__":
    main()
