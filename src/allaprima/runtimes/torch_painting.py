"""A painting by torch on any device: conversion, padding, clamping and rounding around a network of ``nets``."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Literal, Protocol, cast

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from allaprima.frames import FULL_SCALE
from allaprima.functional.padding import padding_for
from allaprima.nets.normalisation import Frozen, Measure, Normalisation
from allaprima.nets.stages import Layout
from allaprima.runtimes.calls import Array, Modulation, Moments, Precision, Row, Tensors

Mode = Literal["measure", "mixed", "frozen"]
DTYPES: dict[Precision, torch.dtype] = {"fp32": torch.float32, "fp16": torch.float16, "bf16": torch.bfloat16}
WHITE_OF_DTYPE = {getattr(torch, name): white for name, white in FULL_SCALE.items()}


class Network(Protocol):
    """A network that paints with a normalisation given from outside."""

    def paint(self, content: Tensor, normalise: Normalisation) -> Tensor: ...


class Painting:
    """A network on a device: 8-bit pictures are painted in the precision given, wider ones in fp32.

    Inputs of the calls are tensors on the device by name: ``images`` (N, H, W, 3), and rows (N, M) or (1, M).
    """

    def __init__(self, build: Callable[[], nn.Module], layout: Layout, device: str, precision: Precision) -> None:
        self.layout, self.device, self.dtype = layout, torch.device(device), DTYPES[precision]
        self._build = build
        self.networks: dict[torch.dtype, nn.Module] = {}
        self.network(self.dtype)  # weights that do not fit are refused at once

    def __call__(self, mode: Mode, inputs: Mapping[str, Tensor]) -> tuple[Tensor, ...]:
        """The painted pictures, of the type that came in; where not frozen, also the moments that they have."""
        scale, bias, share = inputs["scale"], inputs["bias"], inputs["mix"][:, :, None, None]
        if mode == "frozen":
            return (self._painted(inputs["images"], Frozen(scale, bias), share),)
        height, width, margin = *inputs["images"].shape[1:3], self.layout.margin
        given = (inputs["given_mean"], inputs["given_variance"]) if mode == "mixed" else None
        normalise = Measure(scale, bias, keep=inputs["keep"], given=given,
                            momentum=inputs["momentum"] if mode == "mixed" else None,
                            unbiased=self.layout.unbiased,
                            padding=None if margin is None else padding_for(height, width, margin))
        painted = self._painted(inputs["images"], normalise, share)
        mean, variance = normalise.moments()
        return painted, mean.float(), variance.float()

    def _painted(self, images: Tensor, normalise: Normalisation, share: Tensor) -> Tensor:
        dtype = self.dtype if images.dtype == torch.uint8 else torch.float32
        network, margin = cast(Network, self.network(dtype)), self.layout.margin
        content = content_of(images)
        height, width = content.shape[2:]
        if margin is None:
            painted = network.paint(content.to(dtype), normalise)[:, :, :height, :width]
        else:
            place = padding_for(height, width, margin)
            sides = (place.left, place.right, place.top, place.bottom)
            padded = F.pad(content.to(dtype), sides, mode="reflect").contiguous(memory_format=torch.channels_last)
            painted = network.paint(padded, normalise)
            painted = painted[:, :, place.top:place.top + height, place.left:place.left + width]
        return pictures_of(torch.lerp(content, painted.float(), share), images.dtype)

    def network(self, dtype: torch.dtype) -> nn.Module:
        """The network on the device in that type."""
        if dtype not in self.networks:
            network = self._build().requires_grad_(False).eval().to(self.device, dtype)
            self.networks[dtype] = network.to(memory_format=torch.channels_last)
        return self.networks[dtype]


def placed(values: Array, device: torch.device) -> Tensor:
    """An array's values on a device."""
    return torch.from_numpy(np.ascontiguousarray(values)).to(device)


def content_of(images: Tensor) -> Tensor:
    """Pictures (N, H, W, 3) of any type as (N, 3, H, W) float32 in [0, 1]."""
    content = images.to(torch.float32).permute(0, 3, 1, 2)
    return content if images.dtype == torch.float32 else content / WHITE_OF_DTYPE[images.dtype]


def pictures_of(painted: Tensor, dtype: torch.dtype) -> Tensor:
    """Painted pictures (N, 3, H, W) float32 as (N, H, W, 3) of that type: clamped, rounded."""
    scaled = (painted.clamp(0, 1) * WHITE_OF_DTYPE[dtype]).permute(0, 2, 3, 1)
    return scaled.contiguous() if dtype == torch.float32 else scaled.round().to(dtype).contiguous()


def rows_of(modulation: Modulation, given: Moments | None, momentum: float) -> dict[str, Row]:
    """The rows that a measuring call takes, by name."""
    rows = {"scale": modulation.scale, "bias": modulation.bias, "keep": modulation.keep, "mix": modulation.mix}
    if given is not None:
        rows |= {"given_mean": given.mean, "given_variance": given.variance,
                 "momentum": np.full((1, 1), momentum, np.float32)}
    return rows


def frozen_rows(modulation: Modulation) -> dict[str, Row]:
    """The rows that a frozen call takes, by name."""
    return {"scale": modulation.scale, "bias": modulation.bias, "mix": modulation.mix}


def as_tensors(arrays: Tensors) -> dict[str, Tensor]:
    """The arrays as torch tensors that share their memory."""
    return {name: torch.from_numpy(array) for name, array in arrays.items()}
