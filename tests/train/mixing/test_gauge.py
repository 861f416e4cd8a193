import pytest
import torch
from torch import Tensor

from allaprima.nets.compact import CompactNetwork
from allaprima.nets.mixed import MixedNetwork
from allaprima.train.mixing.gauge import reduce_into
from allaprima.train.settings import SHAPES


def by_chance(count: int) -> MixedNetwork:
    torch.manual_seed(5)
    network = MixedNetwork(CompactNetwork(SHAPES["fast"]), count)
    for parts, size in ((network.common, 0.02), (network.differences, 0.05)):
        for part in parts:
            torch.nn.init.normal_(part, std=size)
    return network


def kernels(network: MixedNetwork, code: Tensor) -> dict[str, Tensor]:
    return dict(network.mixture(code).kernels)


def apart(one: MixedNetwork, other: MixedNetwork, code: Tensor) -> float:
    ours, theirs = kernels(one, code), kernels(other, code)
    return max(float((ours[name] - theirs[name]).norm() / ours[name].norm()) for name in ours)


@torch.no_grad()
def test_as_many_differences_mix_the_same_kernels_and_fewer_mix_nearer_ones_than_none() -> None:
    network, codes = by_chance(3), torch.randn(64, 1920)
    same, fewer, none = (MixedNetwork(network.base, count) for count in (3, 2, 1))
    assert reduce_into(same, network, codes) == pytest.approx(1, abs=1e-4)
    assert apart(network, same, codes[0]) < 1e-3
    kept = [reduce_into(reduced, network, codes) for reduced in (fewer, none)]
    assert 0.6 < kept[0] < 1 - 1e-3
    assert kept[1] < kept[0] - 0.05
    assert apart(network, fewer, codes[0]) < apart(network, none, codes[0])
