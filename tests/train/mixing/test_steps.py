"""Kernels in coarse steps: the picture stays, the file shrinks, and steps are coarse where no picture shows it."""

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import Tensor

from allaprima.kernel_coding import packed_steps
from allaprima.nets.compact import CompactNetwork
from allaprima.nets.mixed import MixedNetwork
from allaprima.train.mixing.files import read_kernels_into, write_kernels
from allaprima.train.mixing.gauge import correction_of, settle_units, spread_of
from allaprima.train.mixing.steps import Steps, coarse, noise, rounded_matrix, sensitivities
from allaprima.train.settings import SHAPES
from allaprima.weights import stored_tensors


@pytest.fixture(scope="module")
def network() -> MixedNetwork:
    torch.set_num_threads(1)
    torch.manual_seed(6)
    made = MixedNetwork(CompactNetwork(SHAPES["fast"]), 2)
    for parts, size in ((made.common, 0.02), (made.differences, 0.02)):
        for part in parts:
            torch.nn.init.normal_(part, std=size)
    return made


@torch.no_grad()
def painted(network: MixedNetwork, code: Tensor) -> Tensor:
    return network.paint(noise(3)[..., :64, :64], network.mixture(code))


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("coded") / "base.safetensors"
    path.write_bytes(b"a network")
    return path


@pytest.fixture(scope="module")
def coded(network: MixedNetwork, base: Path) -> Path:
    return write_kernels(network, base.with_name("coded.safetensors"), base, {"to_half": (-0.5, 0.5)},
                         drawn_codes(400))


def drawn_codes(count: int) -> Tensor:
    generator = torch.Generator().manual_seed(1)
    directions = torch.randn(32, 1920, generator=generator)
    return 0.2 * torch.randn(count, 32, generator=generator) @ directions


def distance(network: MixedNetwork, other: MixedNetwork) -> float:
    apart = [(painted(network, code) - painted(other, code)).square().mean().sqrt() for code in drawn_codes(4)]
    return 255 * float(torch.stack(apart).mean())


def test_coded_kernels_paint_the_same_picture_in_fewer_bytes(network: MixedNetwork, base: Path, coded: Path) -> None:
    plain = write_kernels(network, base.with_name("plain.safetensors"), base, {})
    assert coded.stat().st_size < 0.9 * plain.stat().st_size  # chance's own kernels: trained ones take a third
    read = MixedNetwork(network.base, 2)
    read_kernels_into(read, coded)
    assert distance(read, network) < 0.1 * distance(MixedNetwork(network.base, 2), network)


def numbers(steps: Mapping[str, Steps]) -> dict[str, np.ndarray]:
    return {name: values.numpy() for name, (values, _) in steps.items()}


def test_the_same_kernels_give_the_same_steps_and_coarser_ones_where_the_picture_may_err_more(
        network: MixedNetwork, coded: Path) -> None:
    held = stored_tensors(coded)
    ours, again = coarse(network, drawn_codes(400))
    assert all((held[name] == steps.numpy()).all() and (held[f"scales.{name}"] == scale.numpy()).all()
               for name, (steps, scale) in again.items())
    other, fewer = coarse(network, drawn_codes(400), 8 / 255)
    assert distance(other, network) > 2 * distance(ours, network)
    assert len(packed_steps(numbers(fewer))) < 0.95 * len(packed_steps(numbers(again)))


def test_a_sensitivity_is_how_far_pixels_move(network: MixedNetwork) -> None:
    codes = drawn_codes(8)
    found = sensitivities(network, codes)
    rows = found["rows"]
    row, step = int(rows.argmax()), 1e-2
    moved = []
    with torch.no_grad():
        for code in codes:
            style = network.mixture(code)
            other = style.row.clone()
            other[row] += step
            change = network.paint(noise(1), style, other) - network.paint(noise(1), style)
            moved.append(float((change / step).square().mean()))
    assert float(rows[row]) == pytest.approx(sum(moved) / len(moved), rel=2)  # eight draws of a square of a sum
    assert float(rows[row]) > 0.1 * sum(moved) / len(moved)
    assert found["to_rgb.weight"].mean() > 10 * found["eighth.1.first.convolution.weight"].mean()


def test_what_rounding_does_to_a_product_is_made_up_for_by_the_numbers_after_it() -> None:
    torch.manual_seed(7)
    inputs = torch.randn(400, 6) @ torch.randn(6, 48) + 3 + 0.05 * torch.randn(400, 48)
    layer = torch.nn.Linear(48, 12)
    with torch.no_grad():
        wanted, step = layer(inputs), torch.full((12,), 0.05)
        plainly = (layer.weight / 0.05).round() * 0.05
        plain = inputs @ plainly.T + layer.bias - wanted
        mean, covariance = spread_of(inputs)
        steps, scale = rounded_matrix(layer, step, mean, correction_of(covariance))
        ours = layer(inputs) - wanted
    assert (steps * scale[:, None] == layer.weight).all()
    assert ours.square().mean() < 0.1 * plain.square().mean()
    assert ours.mean(dim=0).abs().max() < 1e-3


def test_units_in_another_order_and_size_say_the_same(network: MixedNetwork) -> None:
    codes = drawn_codes(64)
    wanted = network.styles(codes)
    other = MixedNetwork(network.base, 2)
    other.load_state_dict(network.state_dict())
    settle_units(other, codes)
    found = other.styles(codes)
    for ours, theirs in ((found.shares, wanted.shares), (found.rows, wanted.rows)):
        assert torch.allclose(ours, theirs, atol=1e-3)
    varying = other.mapping(codes).gt(0).any(dim=0)
    assert not varying[int(varying.sum()):].any()
