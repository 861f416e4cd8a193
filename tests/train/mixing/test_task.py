"""A step painted part by part, as a processor does, and at once, as a GPU does."""

from __future__ import annotations

import pytest
import torch

from allaprima.functional.affinity import Pairs
from allaprima.nets.compact import CompactNetwork
from allaprima.nets.mixed import MixedNetwork
from allaprima.nets.shape import Shape
from allaprima.train.fit.losses import StyleTarget
from allaprima.train.mixing.settings import MixingObjective
from allaprima.train.mixing.styles import KnownStyles
from allaprima.train.mixing.task import Place, Step, null_distance, painted_at_once, painted_thrice

NONE = torch.zeros(0)
OBJECTIVE = MixingObjective(styles_a_step=4, contents_a_style=2, again_share=0.5, steady=1.0, contents=8, styles=4)


@pytest.fixture
def network() -> MixedNetwork:
    torch.manual_seed(5)
    network = MixedNetwork(CompactNetwork(Shape(8, 8, 16, 1, 1, skip_half=True)), 2)
    with torch.no_grad():
        for part in (*network.common, *network.differences):
            part.normal_(std=0.05)
        network.null_rows.weight.normal_(std=0.02)
    return network


@pytest.fixture
def step() -> Step:
    place = Place(torch.arange(8), torch.arange(8))
    codes = torch.randn(4, 1920)
    return Step(KnownStyles(codes, StyleTarget({}, {}, NONE)), codes, torch.rand(8, 3, 144, 144), place, {},
                Pairs(NONE, NONE), torch.rand(4, 3, 144, 144), place)


def test_at_once_gives_what_parts_give(network: MixedNetwork, step: Step) -> None:
    styles = network.styles(step.codes)
    painted, again, back = painted_thrice(network, step, styles, OBJECTIVE)
    assert again is not None
    own = step.window[:4]
    at_once = painted_at_once(network, step, styles, styles.first(2), own)
    assert (len(at_once[1]), len(at_once[2])) == (4, 4)
    assert torch.equal(at_once[0], painted)
    assert torch.equal(at_once[1], again)
    assert at_once[2].shape == own.shape
    assert back.shape == (4, 3, 136, 136)
    assert (null_distance(at_once[2], step.window) - null_distance(back, step.window)).abs() < 0.02


def test_other_light_is_painted_only_where_it_is_looked_at(network: MixedNetwork, step: Step) -> None:
    styles = network.styles(step.codes)
    unlooked = MixingObjective(styles_a_step=4, contents_a_style=2, again_share=0.5, contents=8, styles=4)
    assert painted_thrice(network, step, styles, unlooked)[1] is None


def test_the_null_distance_is_that_of_what_was_given_back_within_its_margin() -> None:
    contents = torch.rand(3, 3, 96, 96)
    back = contents[:2, :, :80, :80] + 0.25
    back[:, :, 0] += 9  # the margin is not looked at
    assert torch.allclose(null_distance(back, contents), torch.tensor(0.25))
