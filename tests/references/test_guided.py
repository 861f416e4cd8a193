"""Guided upsampling: what was painted small, seen large."""

import torch
from torch.nn import functional as F

from references.guided import change_upsampled, slopes, window_means


def picture(height, width, seed=0):
    generator = torch.Generator().manual_seed(seed)
    coarse = torch.rand(1, 3, 6, 8, generator=generator)
    fine = torch.rand(1, 3, height, width, generator=generator)
    return 0.8 * F.interpolate(coarse, size=(height, width), mode="bicubic").clamp(0, 1) + 0.2 * fine


def test_a_picture_left_as_it_was_stays_nearly_as_it_was():
    large = picture(96, 128)
    small = F.avg_pool2d(large, 4)
    error = (change_upsampled(large, small, small) - large).abs().mean()
    blurred = F.interpolate(small, size=(96, 128), mode="bilinear")
    assert error < 0.5 * (blurred - large).abs().mean()


def test_an_inverted_picture_comes_out_inverted_with_its_detail():
    large = picture(96, 128)
    small = F.avg_pool2d(large, 4)
    result = change_upsampled(large, small, 1 - small)
    assert torch.corrcoef(torch.stack([result.flatten(), (1 - large).flatten()]))[0, 1] > 0.95


def test_shrunk_again_it_is_the_painted_picture():
    large, painted = picture(96, 128), picture(24, 32, seed=1)
    result = change_upsampled(large, F.avg_pool2d(large, 4), painted)
    blurred = F.avg_pool2d(F.interpolate(painted, size=(96, 128), mode="bilinear"), 4)
    assert (F.avg_pool2d(result, 4) - painted).abs().mean() < 0.3 * (blurred - painted).abs().mean()


def test_a_flat_picture_has_no_slope_and_takes_what_was_painted():
    flat, painted = torch.full((1, 3, 24, 32), 0.4), picture(24, 32)
    assert slopes(flat, painted).abs().max() < 1e-3
    assert (F.avg_pool2d(change_upsampled(flat, flat, painted), 3, 1, 1) - painted).abs().mean() < 0.1


def test_window_means_of_a_constant_are_the_constant():
    assert torch.allclose(window_means(torch.full((1, 1, 9, 9), 0.3)), torch.tensor(0.3))
