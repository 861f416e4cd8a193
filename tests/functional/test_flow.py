"""Warping and its masks, in torch: exact where the answer is known, and what the fast path in OpenCV must equal."""

from __future__ import annotations

import cv2
import numpy as np
import torch

from allaprima.functional.flow import inside, returns, smooth, trusted, warped, warping_error
from allaprima.temporal.fields import sampled, sampling_grid


def constant(x: float, y: float, height: int = 12, width: int = 16) -> torch.Tensor:
    return torch.tensor([x, y], dtype=torch.float32).view(1, 2, 1, 1).expand(1, 2, height, width).contiguous()


def test_a_whole_shift_moves_pixels_unchanged() -> None:
    picture = torch.rand(1, 3, 12, 16)
    moved = warped(picture, constant(3, 2))
    torch.testing.assert_close(moved[:, :, :10, :13], picture[:, :, 2:, 3:])


def test_half_a_pixel_is_the_mean_of_two() -> None:
    picture = torch.rand(1, 1, 12, 16)
    moved = warped(picture, constant(0.5, 0))
    torch.testing.assert_close(moved[..., :-1], (picture[..., :-1] + picture[..., 1:]) / 2)


def test_the_fast_path_warps_as_the_reference_does() -> None:
    random = np.random.default_rng(0)
    field = random.uniform(0, 1, (40, 60, 2)).astype(np.float32)
    flow = cv2.resize(random.uniform(-4, 4, (5, 6, 2)).astype(np.float32), (60, 40))
    fast = sampled(field, sampling_grid(40, 60) + flow)
    exact = warped(torch.from_numpy(field).permute(2, 0, 1)[None], torch.from_numpy(flow).permute(2, 0, 1)[None])
    # OpenCV's maps are rounded to 1/32 pixel.
    np.testing.assert_allclose(fast, exact[0].permute(1, 2, 0).numpy(), atol=2 / 32)


def test_a_flow_and_its_opposite_return_and_others_do_not() -> None:
    there, back = constant(2, -1), constant(-2, 1)
    assert bool((returns(there, back) == inside(there)).all())
    assert not bool(returns(there, constant(2, 3)).any())


def test_an_edge_of_motion_is_found_where_it_is() -> None:
    flow = constant(0, 0)
    flow[:, 0, :, 8:] = 3
    rough = ~smooth(flow)
    assert bool(rough[..., 7].all())
    assert int(rough.sum()) == 12
    assert not bool(trusted(flow, -flow)[..., 7].any())


def test_the_warping_error_of_a_shifted_picture_is_nothing_and_of_noise_its_variance() -> None:
    wide = torch.rand(1, 3, 12, 20)
    first, second = wide[..., :16], wide[..., 4:]
    flow = constant(-4, 0)
    assert float(warping_error(first, second, flow, inside(flow))) < 1e-10
    black = torch.zeros(1, 3, 12, 16)
    everywhere = torch.ones(1, 1, 12, 16, dtype=torch.bool)
    assert abs(float(warping_error(black, black + 0.5, constant(0, 0), everywhere)) - 0.25) < 1e-6
    assert float(warping_error(black, black + 0.5, constant(0, 0), ~everywhere)) == 0
