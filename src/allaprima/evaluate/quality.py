"""How well models paint: every content in every style, measured, beside untouched copies of both."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from statistics import fmean

import numpy as np
import torch
from numpy.typing import NDArray

from allaprima.config import LARGEST_STRENGTH
from allaprima.engines import Style
from allaprima.errors import OptionError
from allaprima.evaluate.candidates import Candidate
from allaprima.evaluate.judge import Judge, Measures, Seen, StyleTarget
from allaprima.evaluate.pictures import Sample, Square, centre_square
from allaprima.functional import artefacts

CONTENT_COPY, STYLE_COPY = "content, untouched", "style, untouched"
NOT_LOOKED_FOR = (math.nan,) * len(artefacts.PERIODS)  # weave of a copy of the style, which has no place of the content

Advance = Callable[[str], None]
"""Called after each picture that was painted and measured, with the candidate's name."""


@dataclass(frozen=True, slots=True)
class QualityOptions:
    """What is measured.

    size: of the squares, in pixels. style_size: at which the models see the styles; None: the same.
    strengths: of the curve, on ``curve_pairs`` pairs. shown: pairs whose pictures are kept. shifts: whether every
    content is painted a second time, moved by a few pixels.
    """

    size: int = 256
    style_size: int | None = None
    strength: float = 1.0
    strengths: tuple[float, ...] = (0.0, 0.25, 0.5, 0.75, 1.0)
    curve_pairs: int = 6
    shown: int = 8
    seed: int = 0
    shifts: bool = True

    def __post_init__(self) -> None:
        if not 32 <= self.size <= 4096:
            raise OptionError(f"size {self.size} is out of range", "choose 32 to 4096 pixels")
        if any(not 0 <= strength <= LARGEST_STRENGTH for strength in (self.strength, *self.strengths)):
            raise OptionError(f"a strength among {self.strength:g}, {list(self.strengths)} is out of range",
                              f"choose strengths from 0 to {LARGEST_STRENGTH:g}")


@dataclass(frozen=True, slots=True)
class CurvePoint:
    """Means over the curve's pairs at one strength."""

    strength: float
    content: float
    style: float
    wasserstein: float
    ssim: float


@dataclass(frozen=True, slots=True, eq=False)
class Evaluation:
    """What came of it.

    rows: by candidate (copies first), the measures of every pair, contents outside, styles inside.
    curves: by candidate, over strength. painted: by candidate, the pictures of the pairs ``shown``.
    """

    contents: list[Sample]
    styles: list[Sample]
    options: QualityOptions
    rows: dict[str, list[list[Measures]]] = field(default_factory=dict)
    curves: dict[str, list[CurvePoint]] = field(default_factory=dict)
    shown: list[tuple[int, int]] = field(default_factory=list)
    painted: dict[str, dict[tuple[int, int], Square]] = field(default_factory=dict)

    def grid(self, name: str, measure: Callable[[Measures], float]) -> NDArray[np.float64]:
        """One measure of a candidate over all pairs, (contents, styles)."""
        return np.array([[measure(cell) for cell in row] for row in self.rows[name]], dtype=np.float64)


def spread_pairs(contents: int, styles: int, count: int) -> list[tuple[int, int]]:
    """``count`` pairs of the grid in which contents and styles come up as evenly as they can, none twice."""
    everything = contents * styles
    return [(index % contents, (index + index // np.lcm(contents, styles)) % styles)
            for index in range(min(count, everything))]


def evaluate(contents: Sequence[Sample], styles: Sequence[Sample], candidates: Sequence[Candidate], judge: Judge,
             options: QualityOptions = QualityOptions(),
             advance: Advance | None = None) -> Evaluation:
    """Measures of every content in every style by every candidate; ``work`` counts the pictures that this takes.

    contents: squares of ``options.size``; styles: of that or, for a larger ``style_size``, of more.
    """
    done = Evaluation(list(contents), list(styles), options,
                      shown=spread_pairs(len(contents), len(styles), options.shown))
    content_targets = [judge.features(picture.image) for picture in contents]
    style_targets = [judge.style_target(judge.features(centre_square(picture.image, options.size)))
                     for picture in styles]
    tell = advance or (lambda name: None)
    measure_copies(done, judge, content_targets, style_targets, tell)
    for candidate in candidates:
        codes = [candidate.encode(style, options.style_size or options.size) for style in styles]
        candidate.paint(contents[0].image, codes[0])  # compiles and warms up, outside the time that is measured
        done.painted[candidate.name] = {}
        done.rows[candidate.name] = []
        for row, target in enumerate(content_targets):
            cells = []
            for column, code in enumerate(codes):
                picture, seconds = candidate.paint(contents[row].image, code, options.strength)
                measures = judge.measure(judge.features(picture), target, style_targets[column], seconds)
                if options.shifts:
                    measures = replace(measures, shift=shift_error_of(candidate, contents[row].image, code, picture,
                                                                      options.strength, row * len(codes) + column))
                cells.append(measures)
                if (row, column) in done.shown:
                    done.painted[candidate.name][row, column] = picture
                tell(candidate.name)
            done.rows[candidate.name].append(cells)
        done.curves[candidate.name] = curve(done, candidate, codes, judge, content_targets, style_targets, tell)
    return done


def shift_error_of(candidate: Candidate, content: Square, code: Style, painted: Square, strength: float,
                   index: int) -> float:
    """The error under a shift of the content: it is painted again, moved by the pair's own number of pixels."""
    shift = artefacts.shift_of(index)
    again, _ = candidate.paint(np.ascontiguousarray(np.roll(content, shift, axis=(0, 1))), code, strength)
    first, second = (torch.from_numpy(picture).permute(2, 0, 1)[None] for picture in (painted, again))
    return artefacts.shift_error(first, second, shift)


def work(contents: int, styles: int, candidates: int, options: QualityOptions) -> int:
    """How many pictures an evaluation paints and measures, its copies included."""
    pairs = min(options.curve_pairs, contents * styles)
    return contents * styles * (candidates + 2) + candidates * pairs * len(options.strengths)


def measure_copies(done: Evaluation, judge: Judge, contents: Sequence[Seen], styles: Sequence[StyleTarget],
                   tell: Advance) -> None:
    """The rows of an untouched copy of the content and of the style: the two ends of every measure."""
    done.rows[CONTENT_COPY], done.rows[STYLE_COPY] = [], []
    for content in contents:
        for name in (CONTENT_COPY, STYLE_COPY):
            cells = []
            for style in styles:
                measures = judge.measure(content if name == CONTENT_COPY else style.seen, content, style)
                cells.append(replace(measures, shift=0.0) if name == CONTENT_COPY else
                             replace(measures, weave=NOT_LOOKED_FOR, halo=math.nan))
                tell(name)
            done.rows[name].append(cells)


def curve(done: Evaluation, candidate: Candidate, codes: Sequence[Style], judge: Judge,
          contents: Sequence[Seen], styles: Sequence[StyleTarget], tell: Advance) -> list[CurvePoint]:
    """Means over a few pairs at each strength: the way from the content to the style."""
    points = []
    pairs = spread_pairs(len(contents), len(styles), done.options.curve_pairs)
    for strength in done.options.strengths:
        cells = []
        for row, column in pairs:
            picture, _ = candidate.paint(done.contents[row].image, codes[column], strength)
            cells.append(judge.measure(judge.features(picture), contents[row], styles[column]))
            tell(candidate.name)
        points.append(CurvePoint(
            strength, content=fmean(cell.content for cell in cells), style=fmean(cell.style for cell in cells),
            wasserstein=fmean(sum(cell.wasserstein) for cell in cells), ssim=fmean(cell.ssim for cell in cells)))
    return points
