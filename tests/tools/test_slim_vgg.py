"""VGG-19 in low rank, found in closed form: exact where nothing is lost, and on inputs that have few directions."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor, nn

import slim_vgg
from allaprima.nets.vgg import LowRank


def found(inputs: Tensor, ranks: tuple[int, int]) -> tuple[Tensor, Tensor]:
    """What a convolution and its low-rank form give, away from the borders, where patches have zeros in them."""
    torch.manual_seed(1)
    convolution = nn.Conv2d(inputs.shape[1], 12, 3, padding=1).requires_grad_(False)
    layer = LowRank(inputs.shape[1], ranks, 12, "zeros").requires_grad_(False)
    aims = convolution(inputs)
    slim_vgg.write_layer(layer, inputs, aims, convolution.weight, torch.Generator().manual_seed(0))
    return aims[:, :, 1:-1, 1:-1], layer(inputs)[:, :, 1:-1, 1:-1]


def unexplained(aims: Tensor, given: Tensor) -> float:
    return float((aims - given).square().mean() / aims.var())


@pytest.fixture(scope="module")
def maps() -> Tensor:
    torch.manual_seed(0)
    return torch.rand(4, 6, 20, 20)


def test_with_full_ranks_nothing_is_lost(maps: Tensor) -> None:
    assert unexplained(*found(maps, (6, 12))) < 1e-4


def test_few_directions_are_enough_for_inputs_that_have_few(maps: Tensor) -> None:
    few = torch.einsum("ij,njyx->niyx", torch.rand(6, 2), maps[:, :2])
    assert unexplained(*found(few, (2, 12))) < 1e-4
    assert unexplained(*found(maps, (2, 12))) > 0.05


def test_more_ranks_lose_less(maps: Tensor) -> None:
    lost = [unexplained(*found(maps, (6, given))) for given in (2, 5, 9)]
    assert lost[0] > lost[1] > lost[2] > 0
