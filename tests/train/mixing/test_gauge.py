import pytest
import torch
from torch import Tensor

from allaprima.nets.compact import CompactNetwork
from allaprima.nets.mixed import MixedNetwork
from allaprima.train.mixing.gauge import evened, reduce_into, units_at_work, wake_units, whiten_units, with_plain_units
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


@torch.no_grad()
def test_numbers_that_were_coded_learn_alike_again() -> None:
    network, codes = by_chance(3), torch.randn(64, 1920)
    torch.nn.init.normal_(network.coefficients.weight, std=0.2)
    last = network.get_submodule("mapping.2")
    for part in ("weight", "bias"):  # as coding may leave a unit and a coefficient
        last.get_parameter(part)[3] *= 1000
    for name in ("coefficients", "rows", "null_rows"):
        network.get_submodule(name).get_parameter("weight")[:, 3] /= 1000
    network.differences[0][0] /= 1000
    filters = network.coefficients.weight.view(-1, 3, 256)[:network.filters[0], 0]
    filters *= 1000
    even = evened(network, codes)
    assert apart(network, even, codes[0]) < 1e-3
    assert torch.allclose(even.styles(codes).rows, network.styles(codes).rows, atol=1e-3)
    assert network.styles(codes).shares.std(dim=0).max() > 100
    assert even.styles(codes).shares.std(dim=0).max() < 1
    units, before = (one.mapping(codes).std(dim=0) for one in (even, network))
    assert before.max() > 100 * before.median()
    assert units.max() < 4 * units.median()


@torch.no_grad()
def test_units_that_sleep_are_begun_anew_without_a_change_of_the_picture() -> None:
    network, codes = by_chance(2), torch.randn(64, 1920)
    network.get_submodule("mapping.2").get_parameter("bias")[20:] = -100
    before = network.styles(codes)
    assert wake_units(network, codes) == 236
    after = network.styles(codes)
    assert torch.allclose(before.rows, after.rows, atol=1e-5)
    assert torch.allclose(before.shares, after.shares, atol=1e-5)
    at_work = units_at_work(network.mapping(codes))
    assert at_work.gt(0).all()
    assert at_work[20:].mean().item() == pytest.approx(1, abs=0.3)
    assert wake_units(network, codes) == 0


@torch.no_grad()
def test_units_are_read_whitened_and_plain_again_without_a_change_of_the_picture() -> None:
    network, codes = by_chance(2), torch.randn(600, 1920)
    before = network.styles(codes[:8])
    whiten_units(network, codes)
    for units in (network.mapping[:2](codes), network.mapping(codes)):
        assert units.mean(dim=0).abs().max() < 1e-2
        covariance = units.T @ units / len(units)
        assert covariance.diagonal().max() < 1 + 1e-3
        assert (covariance - covariance.diagonal().diag()).abs().max() < 0.5
    written = with_plain_units(network)
    assert written.mapping(codes).min() == 0  # rectified, and nothing else
    for styles in (network.styles(codes[:8]), written.styles(codes[:8])):
        for part in ("shares", "rows", "null_rows"):
            assert torch.allclose(getattr(styles, part), getattr(before, part), atol=2e-4)
    assert not torch.equal(network.coefficients.weight, written.coefficients.weight)
