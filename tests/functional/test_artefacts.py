"""Artefacts on pictures with known answers: weave of a known height, halos of a known step, networks with a grid."""

from __future__ import annotations

import math

import pytest
import torch
from torch import Tensor
from torch.nn import functional as F

from allaprima.functional import artefacts

SIDE = 128
NOTHING = torch.zeros(3)


def flat(value: float = 0.5) -> Tensor:
    return torch.full((1, 3, SIDE, SIDE), value)


def waves(period: float, height: float) -> Tensor:
    """Waves along the rows of that height about 0: the mean square is half of its square."""
    columns = torch.arange(SIDE, dtype=torch.float32)
    return (height * (2 * math.pi * columns / period + math.pi / 4).cos()).expand(1, 3, SIDE, SIDE)


def step() -> Tensor:
    """Dark at the left, bright at the right."""
    picture = flat(0.2)
    picture[..., SIDE // 2:] = 0.8
    return picture


@pytest.mark.parametrize(("place", "period"), [(0, 2), (1, 4), (2, 8)])
def test_waves_at_a_stride_are_weave_of_their_height_at_that_period(place: int, period: int) -> None:
    found = artefacts.weave(flat() + waves(period, 0.02), flat(), NOTHING)
    expected = 0.02 * 255 / 2 ** 0.5
    assert found[place] == pytest.approx(expected, rel=0.02)
    assert sum(found) == pytest.approx(expected, rel=0.02)


def test_noise_gradients_and_waves_of_other_periods_are_no_weave() -> None:
    torch.manual_seed(0)
    noisy = flat() + 0.05 * torch.randn(1, 3, SIDE, SIDE)
    assert max(artefacts.weave(noisy, flat(), NOTHING)) < 0.05 * 255 / 20
    ramp = torch.linspace(0.2, 0.8, SIDE).expand(1, 3, SIDE, SIDE)
    assert max(artefacts.weave(ramp, flat(), NOTHING)) < 0.1
    assert max(artefacts.weave(flat() + waves(11, 0.02), flat(), NOTHING)) < 0.02 * 255 / 4


def test_weave_is_looked_for_where_the_content_is_flat_and_gradients_are_flat() -> None:
    torch.manual_seed(0)
    busy = torch.rand(1, 3, SIDE, SIDE)
    assert math.isnan(artefacts.weave(busy, busy, NOTHING)[0])
    half = torch.linspace(0.2, 0.8, SIDE).expand(1, 3, SIDE, SIDE).clone()
    half[..., SIDE // 2:] = busy[..., SIDE // 2:]
    woven = half.clone()
    woven[..., SIDE // 2:] += waves(8, 0.1)[..., SIDE // 2:]
    assert artefacts.weave(woven, half, NOTHING)[2] < 0.2
    assert artefacts.weave(half + waves(8, 0.1), half, NOTHING)[2] > 10


def test_what_the_style_has_itself_is_taken_off() -> None:
    canvas = flat() + waves(4, 0.02)
    assert artefacts.weave(canvas, flat(), artefacts.own_repetition(canvas)) == pytest.approx((0, 0, 0), abs=1e-3)
    stronger = artefacts.weave(flat() + waves(4, 0.04), flat(), artefacts.own_repetition(canvas))
    assert stronger[1] == pytest.approx(255 * (0.04 ** 2 / 2 - 0.02 ** 2 / 2) ** 0.5, rel=0.02)


def test_a_picture_without_a_window_has_no_measure() -> None:
    small = flat()[..., :38, :]
    assert math.isnan(artefacts.weave(small, small, artefacts.own_repetition(small))[0])


def test_a_convolution_has_no_error_under_shifts_and_a_network_with_a_grid_has_one() -> None:
    torch.manual_seed(0)
    content = torch.rand(1, 3, SIDE, SIDE)
    shift = (3, 5)

    def error(paint: object) -> float:
        assert callable(paint)
        return artefacts.shift_error(paint(content), paint(artefacts.moved(content, shift)), shift)

    assert error(lambda picture: F.avg_pool2d(picture, 5, 1, 2)) == pytest.approx(0, abs=1e-3)
    assert error(lambda picture: F.interpolate(F.avg_pool2d(picture, 8), scale_factor=8.0)) > 1
    assert error(lambda picture: picture + waves(8, 0.1)) == pytest.approx(
        255 * float((waves(8, 0.1) - artefacts.moved(waves(8, 0.1), (-3, -5))).square().mean().sqrt()), rel=0.05)


def test_every_shift_is_of_one_to_seven_pixels_and_none_is_left_out() -> None:
    shifts = {artefacts.shift_of(index) for index in range(49)}
    assert len(shifts) == 49
    assert {side for shift in shifts for side in shift} == set(range(1, 8))


def test_a_ring_beside_an_edge_is_a_halo_of_its_height() -> None:
    content = step()
    assert artefacts.halo(content, content) == 0
    bright, both = content.clone(), content.clone()
    bright[..., SIDE // 2:SIDE // 2 + 10] += 0.1
    assert artefacts.halo(bright, content) == pytest.approx(255 * 0.1 / 2, rel=0.05)
    both[..., SIDE // 2:SIDE // 2 + 10] += 0.1
    both[..., SIDE // 2 - 10:SIDE // 2] -= 0.1
    assert artefacts.halo(both, content) == pytest.approx(255 * 0.1, rel=0.05)


def test_a_blurred_edge_has_no_halo_and_a_sharpened_one_has() -> None:
    content = step()
    blurred = F.avg_pool2d(F.pad(content, (4, 4, 4, 4), mode="replicate"), 9, 1)
    wide = F.avg_pool2d(F.pad(content, (10, 10, 10, 10), mode="replicate"), 21, 1)
    assert artefacts.halo(blurred, content) == 0
    assert artefacts.halo((content + (content - wide)).clamp(0, 1), content) > 5


def test_edges_at_any_angle_are_found_and_a_picture_without_edges_has_no_measure() -> None:
    rows, columns = torch.meshgrid(torch.arange(SIDE), torch.arange(SIDE), indexing="ij")
    distance = ((rows - 64) ** 2 + (columns - 64) ** 2).float().sqrt() - 36
    content = (0.2 + 0.6 * (distance > 0).float()).expand(1, 3, SIDE, SIDE)
    ring = content + 0.1 * ((distance > 0) & (distance < 10)).float()
    assert artefacts.halo(ring, content) == pytest.approx(255 * 0.1 / 2, rel=0.1)
    assert math.isnan(artefacts.halo(flat(), flat()))
