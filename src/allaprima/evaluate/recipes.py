"""Two recipes for optimised pictures against each other: how near each comes to the style for what it costs of the
content.

The published recipe (Gatys et al. 2016): Gram matrices of five layers alike, from noise, L-BFGS, one size. Ours is the
model gatys as it is by default. Both may look at the loss and its gradient equally often.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Literal, cast

import numpy as np

from allaprima.config import FIRST_SIZE_SHARE, OptimiserOptions
from allaprima.engines import Look
from allaprima.engines.gatys import GatysEngine, as_pixels
from allaprima.engines.optimising import sizes_to
from allaprima.evaluate.judge import LAYERS, Judge
from allaprima.evaluate.pictures import Picture, Square
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

    content: mean squared error at relu4_2. gram, wasserstein: sums over relu1_1 to relu5_1.
    """

    pair: str
    recipe: str
    content_weight: float
    content: float
    gram: float
    wasserstein: float
    evaluations: int
    seconds: float


def painted(engine: GatysEngine, content: Picture, style: Picture, options: OptimiserOptions,
            evaluations: int) -> tuple[Square, int, float]:
    """The content (H, W, 3) optimised in the style, the evaluations that it took, and the seconds.

    Evaluations are those given, or a few more where a line search is still under way.
    """
    size = min(style.image.shape[:2])
    look = Look(engine.encode(style.image, style.name, size / engine.style_size))
    height, width = content.image.shape[:2]
    steps = steps_for(options, height, width, evaluations)
    driven = engine.with_options(replace(options, steps=steps, patience=NEVER), None)
    started = time.perf_counter()
    for step in driven.steps(content.image, look):
        if step.evaluations >= evaluations:
            break
    return cast(Square, as_pixels(step.picture, np.dtype(np.float32))), step.evaluations, time.perf_counter() - started


def steps_for(options: OptimiserOptions, height: int, width: int, evaluations: int) -> int:
    """Steps at each size after the first that want that many evaluations at least, at one a step."""
    later = len(sizes_to(height, width, options.smallest)) - 1
    return math.ceil(evaluations / (FIRST_SIZE_SHARE + later))


def point_of(judge: Judge, content: Picture, style: Picture, result: Square, recipe: str, content_weight: float,
             evaluations: int, seconds: float) -> Point:
    """Where a result lies, by the judge's eyes; the judge looks at relu4_2 for the content."""
    seen, target = judge.look(content.image), judge.style_target(judge.look(style.image))
    measures = judge.measure(judge.look(result), seen, target)
    return Point(f"{content.name} in {style.name}", recipe, content_weight, measures.content, sum(measures.gram),
                 sum(measures.wasserstein), evaluations, seconds)


def beside(theirs: Point, curve: Sequence[Point], measure: Measure) -> float | None:
    """Our style distance over theirs at their content distance; below 1 our curve lies below their point.

    Between our points the logarithms go straight. Where theirs is further from the content than all of ours, our
    furthest stands for the curve, which would only go down from there; None where it is nearer than all of ours.
    """
    known = sorted(curve, key=lambda point: point.content)
    if theirs.content < known[0].content:
        return None
    at = np.interp(math.log(theirs.content), [math.log(point.content) for point in known],
                   [math.log(getattr(point, measure)) for point in known])
    return float(math.exp(at)) / float(getattr(theirs, measure))


def verdicts(points: Sequence[Point]) -> list[tuple[Point, dict[Measure, float | None]]]:
    """Every point of the published recipe, and by measure how our curve of the same pair lies to it."""
    found = []
    for theirs in (point for point in points if point.recipe == "published"):
        curve = [point for point in points if point.recipe == "ours" and point.pair == theirs.pair]
        if curve:
            found.append((theirs, {measure: beside(theirs, curve, measure) for measure in MEASURES}))
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
