"""The precision that gradients are computed in on a device."""

from __future__ import annotations

from functools import cache

import torch


@cache
def working_precision(device_type: str) -> torch.dtype:
    """bfloat16 where the device multiplies it, else float32.

    A processor without such instructions emulates them: VGG-19 forth and back takes fifteen times as long there as in
    float32 (two AVX2 cores).
    """
    if device_type != "cpu":
        return torch.bfloat16
    # torch tells of processors by these names only, in every release from 2.11 on.
    multiplies = torch.cpu._is_avx512_bf16_supported() or torch.cpu._is_amx_tile_supported()
    return torch.bfloat16 if multiplies else torch.float32


def working(device_type: str) -> torch.autocast:
    """A context in which convolutions and products compute in the device's working precision."""
    precision = working_precision(device_type)
    return torch.autocast(device_type, torch.bfloat16, enabled=precision == torch.bfloat16)
