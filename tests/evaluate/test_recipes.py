"""The published recipe beside ours: what is counted, and when one curve lies below the other."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from allaprima.config import OptimiserOptions
from allaprima.engines.gatys import GatysEngine
from allaprima.evaluate.judge import Judge
from allaprima.evaluate.pictures import Sample
from allaprima.evaluate.recipes import (
    RECIPES,
    Point,
    beside,
    curves_html,
    ours,
    painted,
    point_of,
    published,
    share_of,
    steps_for,
    verdicts,
)
from allaprima.nets.vgg import VGG19


def point(recipe: str, content: float, style: float) -> Point:
    return Point("a in b", recipe, 0.1, content, style, 2 * style, 10, 8.0, 1.0)


def test_a_curve_that_lies_below_gives_less_than_one() -> None:
    curve = [point("ours", 1.0, 4.0), point("ours", 4.0, 1.0)]
    assert beside(curve, point("published", 2.0, 4.0), "gram") == pytest.approx(0.5)
    assert beside(curve, point("published", 2.0, 1.0), "wasserstein") == pytest.approx(2.0)


def test_beyond_our_curve_its_end_stands_for_it_and_before_it_nothing_is_said() -> None:
    curve = [point("ours", 1.0, 4.0), point("ours", 4.0, 1.0)]
    assert beside(curve, point("published", 9.0, 2.0), "gram") == pytest.approx(0.5)
    assert beside(curve, point("published", 0.5, 2.0), "gram") is None


def test_each_curve_is_held_beside_the_points_of_the_other_and_ours_is_always_above_the_line() -> None:
    points = [point("ours", 1.0, 2.0), point("ours", 4.0, 0.5), point("published", 2.0, 4.0),
              point("published", 4.0, 2.0)]
    found = {(told.recipe, told.content): said["gram"] for told, said in verdicts(points)}
    assert found[("published", 2.0)] == pytest.approx(0.25)
    assert found[("published", 4.0)] == pytest.approx(0.25)
    assert found[("ours", 4.0)] == pytest.approx(0.25)
    assert found[("ours", 1.0)] is None


def test_the_published_recipe_is_gram_from_noise_by_lbfgs_at_one_size() -> None:
    options = published(0.2)
    assert (options.distance, options.start, options.optimiser, options.variation) == ("gram", "noise", "lbfgs", 0.0)
    assert len({weight for _, weight in options.style}) == 1
    assert steps_for(options, 256, 256, 90) == 90


def test_ours_is_the_default_and_looks_at_small_sizes_cost_it_as_much_less_as_they_are_smaller() -> None:
    assert ours(0.05) == OptimiserOptions(steps=1, content_weight=0.05)
    assert steps_for(ours(0.05), 256, 256, 60 * (0.45 / 4 + 0.45 * (181 / 256)**2 + 1)) == 60
    assert share_of((128, 96), 256, 192) == 0.25


@pytest.mark.parametrize("recipe", RECIPES)
def test_a_run_ends_when_its_work_is_done_and_is_judged(recipe: str, judge: Judge, squares: list[Sample]) -> None:
    torch.manual_seed(0)
    network = VGG19(last="relu5_1")
    for convolution in network.convolutions.values():
        torch.nn.init.kaiming_normal_(convolution.weight)
    tensors = {name: tensor.numpy() for name, tensor in network.state_dict().items()}
    engine = GatysEngine(tensors, "cpu", torch.float32, lambda picture: np.zeros(1920, np.float32), {}, 48,
                         OptimiserOptions())
    content, style = squares[:2]
    run = painted(engine, content, style, RECIPES[recipe](0.1), 6)
    assert run.picture.shape == content.image.shape
    assert 6 <= run.work <= 6 + 25
    assert run.evaluations >= run.work - 1e-9
    assert run.seconds > 0
    found = point_of(judge, content, style, run, recipe, 0.1)
    assert (found.evaluations, found.work, found.seconds) == (run.evaluations, run.work, run.seconds)
    assert found.content > 0
    assert found.gram > 0
    assert curves_html([found])[0].count("<circle") == 1
