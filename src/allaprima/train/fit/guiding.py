"""Guides in the pictures that a fit learns from, as ``functional.guides`` lays them into what is painted."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional as F

from allaprima.functional.guides import AMPLITUDE, Guides, field_of

FIRST = "to_half.weight"  # the kernels that see guides, of the base's names
SIGNS = (1.0, -1.0, -1.0, 1.0)  # of every 2x2 pixels, as the network takes them: left to right, then down


def kernels_reading(reading: Tensor) -> Tensor:
    """Kernels (C, 12, 3, 3) of the first convolution that add up so much (C, 3) of each guide."""
    signs = reading.new_tensor(SIGNS) / (len(SIGNS) * 9 * AMPLITUDE)
    return (reading[:, :, None] * signs).flatten(1)[:, :, None, None].expand(-1, -1, 3, 3)


def field_for(guides: Guides, picture: Tensor) -> Tensor:
    """The guides at every pixel of a picture (N, 3, H, W), as (1, 3, H, W)."""
    height, width = picture.shape[2:]
    field = torch.from_numpy(field_of(guides, height, width)).permute(2, 0, 1)[None].to(picture.device)
    return F.interpolate(field, scale_factor=2.0, mode="nearest")[:, :, :height, :width]


def laid(content: Tensor, field: Tensor) -> Tensor:
    """Contents (N, 3, H, W) in [0, 1], sides even, with a field (1, 3, H, W) of guides in them."""
    height, width = content.shape[2:]
    signs = content.new_tensor([[1.0, -1.0], [-1.0, 1.0]]).repeat(height // 2, width // 2)
    held = content.clamp(AMPLITUDE, 1 - AMPLITUDE)
    change = AMPLITUDE * F.avg_pool2d(field, 2) - F.avg_pool2d(held * signs, 2)
    return (held + signs * F.interpolate(change, scale_factor=2.0, mode="nearest")).clamp(0, 1)
