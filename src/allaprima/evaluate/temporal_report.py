"""Models and ways of steadying measured on clips, and told: as plain data, as a table, as one HTML file with strips."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import cast

import numpy as np
from numpy.typing import NDArray

from allaprima.config import Temporal
from allaprima.engines import Look, Style
from allaprima.evaluate.candidates import REFERENCE, Candidate
from allaprima.evaluate.judge import Judge
from allaprima.evaluate.pictures import Picture
from allaprima.evaluate.temporal import Frames, Steadiness, Take, steadiness
from allaprima.frames import Frame
from allaprima.pipeline.run import run
from allaprima.pipeline.steadying import Steadying, pooled_by_shot
from allaprima.sheets import Curve, chart, encode_png, fitted, grid, heading, page, paragraph, pictures, table
from allaprima.temporal.blend import Stabilizer

MODES: tuple[Temporal, ...] = ("off", "fast", "best")
STRIP = 4                # consecutive frames shown
STRIP_WIDTH = 320
DIFFERENCE_GAIN = 4.0    # differences are shown that much stronger, around grey
HEADER = ("clip", "style", "model", "temporal", "excess lag 1", "excess lag 8", "ratio lag 1", "ratio lag 8", "style",
          "style ratio", "ghosting", "flicker")
EXPLANATION = (
    "Excess: mean squared warping error of the result less the content's own, by exact motion where the clip was made "
    "and by a flow other than the blender's where it was filmed. Ratio: to the reference model frame by frame, where "
    "it ran, else to the same model frame by frame; for the style loss always the latter. Ghosting: what is left of "
    "the old frame in newly uncovered places, 1 for all of it. Flicker: RMS change in time of what holds still.")


@dataclass(frozen=True, slots=True, eq=False)
class Row:
    """One clip painted by one model in one style, steadied in one way."""

    take: str
    style: str
    model: str
    temporal: Temporal
    measured: Steadiness
    strip: NDArray[np.uint8]


class Kept:
    """A sink that keeps pictures."""

    def __init__(self) -> None:
        self.pictures: list[NDArray[np.uint8]] = []

    def write(self, frame: Frame) -> None:
        """Keeps the frame's picture."""
        self.pictures.append(cast(NDArray[np.uint8], frame.image))

    def __enter__(self) -> Kept:
        return self

    def __exit__(self, *error: object) -> None:
        pass


def painted(frames: Frames, candidate: Candidate, style: Style, temporal: Temporal, stability: float) -> Frames:
    """The frames painted through the one loop, as a film is."""
    look = Look(style)
    stream = [Frame(frame, None, index, 1, index) for index, frame in enumerate(frames)]
    steadying = None
    if temporal != "off":
        pooled = pooled_by_shot(stream, candidate.painter, lambda pts: look, 1) if temporal == "best" else {}
        steadying = Steadying(Stabilizer(stability), pooled)
    kept = Kept()
    run(stream, kept, candidate.painter, lambda pts: look, batch_size=1, steadying=steadying)
    return kept.pictures


def evaluate_films(takes: Sequence[Take], styles: Sequence[Picture], candidates: Sequence[Candidate], judge: Judge,
                   stability: float = Stabilizer().stability, modes: Sequence[Temporal] = MODES,
                   advance: Callable[[str], None] = lambda name: None) -> list[Row]:
    """Every take by every model in every style, unsteadied and in each of the other modes.

    advance: told of each clip that was painted and measured, with the model's name.
    """
    rows = []
    for style in styles:
        target = judge.look(style.image)
        for candidate in candidates:
            code = candidate.encode(style, style.image.shape[0])
            for take in takes:
                alone = painted(take.frames, candidate, code, "off", 0.0)
                for mode in modes:
                    shown = alone if mode == "off" else painted(take.frames, candidate, code, mode, stability)
                    rows.append(Row(take.name, style.name, candidate.name, mode,
                                    steadiness(take, shown, alone, judge, target), strip_of(shown)))
                    advance(candidate.name)
    return rows


def strip_of(frames: Frames) -> NDArray[np.uint8]:
    """Consecutive frames from the clip's middle on, over their differences, strengthened around grey."""
    start = max(0, min(len(frames) // 2, len(frames) - STRIP))
    shown = [frames[index] for index in range(start, min(start + STRIP, len(frames)))]
    gaps = [np.clip(128 + DIFFERENCE_GAIN * (after.astype(np.float32) - before), 0, 255).astype(np.uint8)
            for before, after in pairwise(shown)]
    height = shown[0].shape[0]
    small = [[fitted(picture, STRIP_WIDTH, height) for picture in row] for row in (shown, gaps)]
    return grid([small[0], [None, *small[1]]], gap=4)


def baseline(rows: Sequence[Row], row: Row, model: str) -> Steadiness | None:
    """What that model does to the same clip in the same style, frame by frame."""
    return next((other.measured for other in rows if other.temporal == "off" and other.model == model
                 and (other.take, other.style) == (row.take, row.style)), None)


def ratio(value: float | None, base: float | None) -> float | None:
    """The ratio, where both are known and the base is not nothing."""
    return value / base if value is not None and base else None


def told(rows: Sequence[Row]) -> list[dict[str, str | float | None]]:
    """The rows as plain data, under the names of the table's columns."""
    lines = []
    for row in rows:
        own = baseline(rows, row, row.model)
        base = baseline(rows, row, REFERENCE) or own
        excess = row.measured.excess
        values = (row.take, row.style, row.model, row.temporal, excess.get(1), excess.get(8),
                  ratio(excess.get(1), base.excess.get(1) if base else None),
                  ratio(excess.get(8), base.excess.get(8) if base else None), row.measured.style,
                  ratio(row.measured.style, own.style if own else None), row.measured.ghosting, row.measured.flicker)
        lines.append(dict(zip(HEADER, values, strict=True)))
    return lines


def html(rows: Sequence[Row], notes: Sequence[str] = ()) -> str:
    """The report: the table, spectra of flicker where something holds still, and strips of every row."""
    lines = [[line[name] for name in HEADER] for line in told(rows)]
    parts = [paragraph(EXPLANATION), *(paragraph(note) for note in notes), table(HEADER, lines)]
    for take, style in dict.fromkeys((row.take, row.style) for row in rows):
        group = [row for row in rows if (row.take, row.style) == (take, style)]
        parts.append(heading(f"{take} in {style}"))
        curves = [Curve(f"{row.model} {row.temporal}", np.arange(1, len(row.measured.spectrum) + 1)
                        / (2 * len(row.measured.spectrum)), row.measured.spectrum)
                  for row in group if row.measured.spectrum is not None and row.measured.spectrum.any()]
        if curves:
            parts.append(chart(curves, x_label="cycles a frame", y_label="power of what holds still", log_y=True))
        parts.append(pictures([(encode_png(row.strip), f"{row.model}, temporal {row.temporal}: frames, and their "
                                f"differences times {DIFFERENCE_GAIN:g}") for row in group], wide=True))
    return page("Steadiness of painted films", *parts)
