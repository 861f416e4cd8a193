"""Measures whether anything accumulates in long shots that hold still: a photograph, a flat colour, a noisy photograph.

``python tools/measure_stillness.py [--size 160x96] [--frames 2000] [--style starry] [--model fast] [--temporal fast]``:
each scene is painted and held steady frame by frame, as a film is. Printed after a twentieth, a half and all of the
frames, from the ten frames before: how much the picture changes from frame to frame beside what its content does (root
mean square, of 255 levels), how far its colours are from what was painted (mean difference of the means of 8 x 8
pixels), and how strong its finest detail is beside what was painted. Ends with 1 where one of them has grown.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import get_args

import numpy as np
from numpy.typing import NDArray

from allaprima.config import Temporal
from allaprima.engines import Engine, Look, engine_for
from allaprima.evaluate.temporal_clips import covering
from allaprima.frames import Frame, Rgb8
from allaprima.io.still.picture import as_uint8
from allaprima.io.still.reading import read_image
from allaprima.pipeline.looks.styles import load_style
from allaprima.pipeline.stylizers.state import State
from allaprima.pipeline.stylizers.stylizer import stylizer_for
from allaprima.runtimes import runtime_for
from allaprima.temporal.blend import Stabilizer, as_working
from allaprima.temporal.detail import fineness
from allaprima.temporal.flow import single_threaded
from allaprima.temporal.shots import Change, watched

PHOTOGRAPH = Path(__file__).parents[1] / "examples" / "photos" / "mountains.jpg"
FLAT = (96, 128, 160)
NOISE = {"flat": 1.0, "noisy": 4.0}  # deviation, of 255 levels
WINDOW = 10               # frames that every figure is taken of
MARKS = (0.05, 0.5, 1.0)  # of all frames: after so many figures are taken
BLOCK = 8                 # pixels a side, whose mean is a colour
GROWN = 1.25              # times the first figure, and LEAST_GROWN more, is grown
LEAST_GROWN = 0.1         # levels
DETAIL = (0.95, 1.05)     # finest detail beside the painted that is as it should be


@dataclass(frozen=True, slots=True)
class Shown:
    """One frame: what it was, as it was painted, and as it was shown; (H, W, 3) each."""

    content: Rgb8
    painted: Rgb8
    shown: Rgb8


@dataclass(frozen=True, slots=True)
class Figures:
    """What some neighbouring frames measure: changes and colours in levels, detail beside the painted."""

    change: float
    of_content: float
    colors: float
    detail: float


def scene(name: str, photograph: Rgb8, size: tuple[int, int], frames: int) -> Iterator[Rgb8]:
    """The frames (H, W, 3) of "still", "flat" or "noisy", of that (height, width)."""
    height, width = size
    base = np.full((height, width, 3), FLAT, np.float32) if name == "flat" else covering(photograph, *size)
    random = np.random.default_rng(11)
    for _ in range(frames):
        noise = random.normal(0, NOISE.get(name, 0.0), (height, width, 3))
        yield np.clip(np.rint(base[:height, :width] + noise), 0, 255).astype(np.uint8)


def held(frames: Iterable[Rgb8], engine: Engine, look: Look, temporal: Temporal) -> Iterator[Shown]:
    """The frames painted one by one, and held steady, as those of a film are."""
    stylizer = stylizer_for(temporal, engine, Stabilizer().stability)
    state, seen = State(), None
    for index, content in enumerate(frames):
        change, seen = watched(content, seen)
        changes: Sequence[Change] = [change]
        begun = stylizer.begin([Frame(content, None, index, 1, index)], [look], changes, state.painting)
        images, state = stylizer.finish(begun, state)
        yield Shown(content, as_uint8(begun.painted[0]), as_uint8(images[0]))


def figures(window: Sequence[Shown]) -> Figures:
    """What the frames of a window measure."""
    def changed(picture: Callable[[Shown], Rgb8]) -> float:
        return float(np.sqrt(np.mean([np.square(picture(after).astype(np.float32) - picture(before)).mean()
                                      for before, after in pairwise(window)])))

    colors = [np.abs(blocks(one.shown) - blocks(one.painted)).mean() for one in window]
    detail = [fineness(as_working(one.shown))[0] / max(fineness(as_working(one.painted))[0], 1e-6) for one in window]
    return Figures(changed(lambda one: one.shown), changed(lambda one: one.content), float(np.mean(colors)),
                   float(np.mean(detail)))


def blocks(picture: Rgb8) -> NDArray[np.float32]:
    """The means (h, w, 3) of 8 x 8 pixels."""
    rows, columns = picture.shape[0] // BLOCK, picture.shape[1] // BLOCK
    cut = picture[:BLOCK * rows, :BLOCK * columns].astype(np.float32)
    return np.asarray(cut.reshape(rows, BLOCK, columns, BLOCK, 3).mean(axis=(1, 3)), np.float32)


def measured(frames: Iterable[Shown], count: int) -> dict[int, Figures]:
    """The figures of so many frames by the number of frames until then."""
    marks = {max(WINDOW, round(mark * count)) for mark in MARKS}
    window, found = list[Shown](), {}
    for number, one in enumerate(frames, 1):
        window = [*window[1 - WINDOW:], one]
        if number in marks:
            found[number] = figures(window)
    return found


def grown(found: dict[int, Figures]) -> list[str]:
    """What has grown since the first of the figures, in words."""
    first, *later = found.values()
    said = []
    for name in ("change", "colors"):
        most = max(getattr(one, name) for one in later)
        if most > GROWN * getattr(first, name) + LEAST_GROWN:
            said.append(f"{name} {getattr(first, name):.2f} became {most:.2f}")
    said += [f"detail {one.detail:.2f} times the painted" for one in later if not DETAIL[0] <= one.detail <= DETAIL[1]]
    return said


def main() -> None:
    """Measures what the command line asks for, and prints it."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--size", default="160x96")
    parser.add_argument("--frames", type=int, default=2000)
    parser.add_argument("--style", default="starry")
    parser.add_argument("--model", default="fast")
    parser.add_argument("--temporal", choices=get_args(Temporal), default="fast")
    asked = parser.parse_args()
    width, height = map(int, asked.size.split("x"))
    engine = engine_for(asked.model, runtime_for("cpu"))
    look = Look(load_style(asked.style, engine))
    photograph = as_uint8(read_image(PHOTOGRAPH).image)
    said = []
    print("scene     frames  change  of content  colours  detail")
    for name in ("still", "flat", "noisy"):
        frames = scene(name, photograph, (height, width), asked.frames)
        with single_threaded():
            found = measured(held(frames, engine, look, asked.temporal), asked.frames)
        for number, one in found.items():
            print(f"{name:8}  {number:6}  {one.change:6.2f}  {one.of_content:10.2f}  {one.colors:7.2f}  "
                  f"{one.detail:6.2f}", flush=True)
        said += [f"{name}: {line}" for line in grown(found)]
    print("\n".join(said) or "nothing accumulates")
    sys.exit(bool(said))


if __name__ == "__main__":
    main()
