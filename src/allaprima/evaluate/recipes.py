"""Two recipes for optimised pictures against each other: how near each comes to the style for what it costs of the
content.

The published recipe (Gatys et al. 2016): Gram matrices of five layers alike, from noise, L-BFGS, one size. Ours is the
model gatys as it is by default. Both do the same work, counted in evaluations at the full size: ours is small
most of the time and is evaluated oftener for it.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Literal, cast

import numpy as np

from allaprima.config import COARSER_SHARE, OptimiserOptions
from allaprima.engines import Look
from allaprima.engines.gatys import GatysEngine, as_pixels
from allaprima.engines.optimising import sizes_to
from allaprima.evaluate.judge import LAYERS, Judge
from allaprima.evaluate.pictures import Sample, Square
from allaprima.sheets import Curve, chart

NEVER = 1_000_000  # steps without a gain: both recipes use up what they are given

Measure = Literal["gram", "wasserstein"]
MEASURES: tuple[Measure, ...] = ("gram", "wasserstein")


def published(content_weight: float) -> OptimiserOptions:
    """The options that make the published recipe of the model gatys."""
    return OptimiserOptions(steps=1, content_weight=content_weight, variation=0.0, distance="gram", start="noise",
                            style=tuple((layer, 1.0) for layer in LAYERS), optimiser="lbfgs", smallest=NEVER)


def ours(content_weight: float) -> OptimiserOptions:
    """The model gatys as it is by default."""
    return OptimiserOptions(steps=1, content_weight=content_weight)


RECIPES: dict[str, Callable[[float], OptimiserOptions]] = {"published": published, "ours": ours}


@dataclass(frozen=True, slots=True)
class Point:
    """One run: where it ended, by the judge's eyes, and what it took.

    content: mean squared error at relu4_2. gram, wasserstein: sums over relu1_1 to relu5_1. evaluations: of the loss
    and its gradient. work: the same in evaluations at the full size. seconds: of the processor.
    """

    pair: str
    recipe: str
    content_weight: float
    content: float
    gram: float
    wasserstein: float
    evaluations: int
    work: float
    seconds: float


@dataclass(frozen=True, slots=True, eq=False)
class Run:
    """What an optimisation ended with, and what it took; in the units of ``Point``."""

    picture: Square
    evaluations: int
    work: float
    seconds: float


def painted(engine: GatysEngine, content: Sample, style: Sample, options: OptimiserOptions, work: float) -> Run:
    """The content (H, W, 3) optimised in the style until that much work is done, or a little more where a line search
    is still under way.
    """
    size = min(style.image.shape[:2])
    look = Look(engine.encode(style.image, style.name, size / engine.style_size))
    height, width = content.image.shape[:2]
    steps = steps_for(options, height, width, work)
    driven = engine.with_options(replace(options, steps=steps, patience=NEVER), None)
    started = time.process_time()
    done, before = 0.0, 0
    for step in driven.steps(content.image, look):
        done += (step.evaluations - before) * share_of(tuple(step.picture.shape[2:]), height, width)
        before = step.evaluations
        if done >= work:
            break
    seconds = time.process_time() - started
    return Run(cast(Square, as_pixels(step.picture, np.dtype(np.float32))), before, done, seconds)


def share_of(size: tuple[int, ...], height: int, width: int) -> float:
    """The work of an evaluation of a picture of that height and width, where one at the full size is 1."""
    return math.prod(size) / (height * width)


def steps_for(options: OptimiserOptions, height: int, width: int, work: float) -> int:
    """Steps at the full size that are that much work at least with those before, at one evaluation a step."""
    *coarser, full = (share_of(size, height, width) for size in sizes_to(height, width, options.smallest))
    return math.ceil(work / (COARSER_SHARE * sum(coarser) + full))


def point_of(judge: Judge, content: Sample, style: Sample, run: Run, recipe: str, content_weight: float) -> Point:
    """Where a run ended, by the judge's eyes; the judge looks at relu4_2 for the content."""
    seen, target = judge.features(content.image), judge.style_target(judge.features(style.image))
    measures = judge.measure(judge.features(run.picture), seen, target)
    return Point(f"{content.name} in {style.name}", recipe, content_weight, measures.content, sum(measures.gram),
                 sum(measures.wasserstein), run.evaluations, run.work, run.seconds)


def beside(curve: Sequence[Point], other: Point, measure: Measure) -> float | None:
    """The curve's style distance over the other point's, at its content distance; below 1 the curve lies below it.

    Between the curve's points the logarithms go straight. Where the other is further from the content than all of
    them, the furthest stands for the curve, which would only go down from there; None where it is nearer than all.
    """
    known = sorted(curve, key=lambda point: point.content)
    if other.content < known[0].content:
        return None
    at = np.interp(math.log(other.content), [math.log(point.content) for point in known],
                   [math.log(getattr(point, measure)) for point in known])
    return float(math.exp(at)) / float(getattr(other, measure))


def verdicts(points: Sequence[Point]) -> list[tuple[Point, dict[Measure, float | None]]]:
    """Every point, and by measure ours over the published: our curve beside a point of theirs, theirs beside ours.

    Both ways, since a curve bends between its points, and a straight line there flatters whoever's it is.
    """
    found: list[tuple[Point, dict[Measure, float | None]]] = []
    for point in points:
        curve = [other for other in points if other.recipe != point.recipe and other.pair == point.pair]
        if curve:
            ratios = {measure: beside(curve, point, measure) for measure in MEASURES}
            found.append((point, ratios if point.recipe == "published" else
                          {measure: None if ratio is None else 1 / ratio for measure, ratio in ratios.items()}))
    return found


def curves_html(points: Sequence[Point]) -> list[str]:
    """A chart for each measure and pair: style distance over content distance, a curve for each recipe."""
    parts = []
    for pair in dict.fromkeys(point.pair for point in points):
        for measure in MEASURES:
            curves = []
            for recipe in RECIPES:
                own = sorted((p for p in points if (p.pair, p.recipe) == (pair, recipe)), key=lambda p: p.content)
                if own:
                    curves.append(Curve(recipe, [p.content for p in own], [float(getattr(p, measure)) for p in own]))
            parts.append(chart(curves, x_label=f"content distance at relu4_2: {pair}",
                               y_label=f"style distance, {measure}", log_x=True, log_y=True))
    return parts
