"""Crops of pictures in batches, and bold colours for styles: all on the pictures' own device.

Every random choice comes from a generator that the caller seeds by the step, so that a run can be taken up at any step.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Generator, Tensor
from torch.nn import functional as F


def uniform(low: float, high: float, generator: Generator) -> float:
    """A number drawn between two others."""
    return low + (high - low) * float(torch.rand((), generator=generator))


def random_crops(images: Sequence[Tensor], size_px: int, scale: float, generator: Generator) -> Tensor:
    """Square crops (N, 3, size, size), float32 in [0, 1], one of each picture, some mirrored.

    scale: how many of the pictures' pixels one pixel of the crops stands for, the same for the whole batch; it is
    lowered where a picture of the batch is too small for it.
    """
    room = min(min(image.shape[1:]) for image in images)
    side = min(round(size_px * scale), room)
    crops = []
    for image in images:
        height, width = image.shape[1:]
        top = int(torch.randint(height - side + 1, (), generator=generator))
        left = int(torch.randint(width - side + 1, (), generator=generator))
        crop = image[:, top:top + side, left:left + side]
        crops.append(crop.flip(2) if float(torch.rand((), generator=generator)) < 0.5 else crop)
    batch = torch.stack(crops).float() / 255
    if side != size_px:
        batch = F.interpolate(batch, (size_px, size_px), mode="bilinear", antialias=True).clamp(0, 1)
    return batch


def hue_rotations(angles: Tensor) -> Tensor:
    """Matrices (N, 3, 3) that turn RGB around the grey axis by angles (N,) in radians, by Rodrigues's formula."""
    cos, sin = angles.cos()[:, None, None], angles.sin()[:, None, None]
    cross = torch.tensor([[0.0, -1.0, 1.0], [1.0, 0.0, -1.0], [-1.0, 1.0, 0.0]]) / 3 ** 0.5
    return cos * torch.eye(3) + sin * cross + (1 - cos) / 3


def bold_colours(pictures: Tensor, share: float, generator: Generator) -> Tensor:
    """Pictures (N, 3, H, W) of which about ``share`` have hue turned, saturation and contrast raised, some inverted.

    Old paintings are mostly brown; without this, vivid styles would be far from anything seen in training.
    """
    count = pictures.shape[0]

    def draw(low: float, high: float) -> Tensor:
        return low + (high - low) * torch.rand(count, generator=generator)

    chosen = draw(0, 1) < share
    angles, saturation, contrast = draw(-3.1416, 3.1416), draw(1.0, 2.6), draw(1.0, 1.6)
    sign = torch.where(draw(0, 1) < 0.2, -1.0, 1.0)
    grey = torch.full((3, 3), 1 / 3)
    saturate = grey + saturation[:, None, None] * (torch.eye(3) - grey)
    matrix = (sign * contrast)[:, None, None] * (saturate @ hue_rotations(angles))
    matrix = matrix.to(pictures.device)
    turned = torch.einsum("nij,njhw->nihw", matrix, pictures - 0.5) + 0.5
    return torch.where(chosen.to(pictures.device)[:, None, None, None], turned, pictures).clamp(0, 1)
