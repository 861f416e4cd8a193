"""Guided upsampling of a change: what painting did to a small picture, done to the large one it was made from.

The local linear model of the guided filter (He, Sun & Tang 2013; at low resolution, He & Sun 2015, arXiv:1505.00996), a
slope a pixel, is used for what the large picture has and the small one lacks. Unlike the filter we keep the remainder,
which is where the strokes are: shrunk again, the result is the painted small picture.
"""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional as F

RADIUS = 2       # of the windows, in pixels of the small picture
SHARPENINGS = 4  # steps towards the offsets that survive being upsampled and shrunk again
FLATNESS = 1e-3  # variance, of [0, 1], below which a window is flat and its slope falls to 0


def window_means(x: Tensor, radius: int = RADIUS) -> Tensor:
    """Means over square windows, the border replicated; (N, C, H, W)."""
    side = 2 * radius + 1
    return F.avg_pool2d(F.pad(x, (radius, radius, radius, radius), mode="replicate"), side, 1)


def slopes(content: Tensor, painted: Tensor, radius: int = RADIUS, flatness: float = FLATNESS) -> Tensor:
    """How strongly the painted picture follows the content, by pixel and channel; all (N, C, h, w), in [0, 1]."""
    mean, painted_mean = window_means(content, radius), window_means(painted, radius)
    variance = window_means(content * content, radius) - mean * mean
    covariance = window_means(content * painted, radius) - mean * painted_mean
    return window_means(covariance / (variance.clamp(min=0) + flatness), radius)


def sharpened(offset: Tensor, steps: int = SHARPENINGS) -> Tensor:
    """Offsets (N, C, h, w) that bilinear upsampling by a whole number and shrinking again make the given ones, nearly.

    Both together are the window (1, 6, 1) / 8 each way, whatever the number.
    """
    line = torch.tensor([1.0, 6.0, 1.0], dtype=offset.dtype, device=offset.device) / 8
    window = (line[:, None] * line[None, :]).expand(offset.shape[1], 1, 3, 3)
    result = offset
    for _ in range(steps):
        blurred = F.conv2d(F.pad(result, (1, 1, 1, 1), mode="replicate"), window, groups=offset.shape[1])
        result = result + offset - blurred
    return result


def change_upsampled(content: Tensor, small_content: Tensor, small_painted: Tensor) -> Tensor:
    """The large content (N, C, H, W) painted as its small copy was, (N, C, h, w) each; about [0, 1], not clamped."""
    slope = slopes(small_content, small_painted)
    offset = sharpened(small_painted - slope * small_content)
    size = content.shape[2:]
    large_slope, large_offset = (F.interpolate(part, size=size, mode="bilinear", align_corners=False)
                                 for part in (slope, offset))
    large: Tensor = torch.addcmul(large_offset, large_slope, content)
    return large
