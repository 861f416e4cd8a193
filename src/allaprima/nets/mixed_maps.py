"""Mixed kernels in training on a GPU: every filter is convolved with apart, and the maps are mixed, not the kernels.

A convolution is linear in its kernel, so that both give the same. With kernels of its own for each picture of a batch a
GPU would have hundreds of small calls to make; with maps it has a few large ones, all of them matrix products.
"""

from __future__ import annotations

from collections.abc import Mapping
from copy import deepcopy

import torch
from torch import Tensor, nn
from torch.autograd.function import Function, FunctionCtx, once_differentiable
from torch.nn import functional as F

from allaprima.functional.one_pass import mean_and_variance_once
from allaprima.nets.compact import CompactNetwork
from allaprima.nets.normalisation import Measure

FEW = 8  # filters, for which a matrix product has no fast kernel

Layer = tuple[Tensor, Tensor | None, Tensor]
"""Of a convolution: kernels (1 + K, O, I, h, w), biases (1 + K, O) or None, shares (N, O, K) of all but the first."""


class _Replicated(Function):
    """The border replicated by one pixel. torch's own has no layout with the channels last, and copies twice."""

    @staticmethod
    def forward(ctx: FunctionCtx, x: Tensor) -> Tensor:
        count, channels, height, width = x.shape
        wide = torch.empty((count, channels, height + 2, width + 2), dtype=x.dtype, device=x.device,
                           memory_format=torch.channels_last)
        wide[:, :, 1:-1, 1:-1] = x
        _outermost(wide[:, :, :, 1:-1], 2).copy_(_outermost(x, 2))
        _outermost(wide, 3).copy_(_outermost(wide[:, :, :, 1:-1], 3))
        return wide

    @staticmethod
    @once_differentiable
    def backward(ctx: FunctionCtx, gradient: Tensor) -> Tensor:
        inner = gradient[:, :, 1:-1, 1:-1].clone(memory_format=torch.channels_last)
        lines, columns = _outermost(gradient, 2), _outermost(gradient, 3)
        _outermost(inner, 2).add_(lines[:, :, :, 1:-1])
        _outermost(inner, 3).add_(columns[:, :, 1:-1])
        _outermost(_outermost(inner, 2), 3).add_(_outermost(lines, 3))
        return inner


def _outermost(maps: Tensor, dimension: int) -> Tensor:
    """The first and the last row (dimension 2) or column (3) of maps of two at least, as one view of both."""
    index = [slice(None)] * maps.ndim
    index[dimension] = slice(None, None, maps.shape[dimension] - 1)
    return maps[tuple(index)]


def mixed_maps(maps: Tensor, shares: Tensor) -> Tensor:
    """Maps (N, (1 + K) x O, H, W), of which the first O and shares (N, O, K) of the others are summed: (N, O, H, W).

    As a product with a matrix of diagonals, which reads every map once and sums in float32; a few maps plainly.
    """
    count, _, height, width = maps.shape
    if shares.shape[1] < FEW:
        split = maps.view(count, -1, shares.shape[1], height, width)
        return split[:, 0] + (split[:, 1:] * shares.transpose(1, 2)[:, :, :, None, None].to(maps.dtype)).sum(dim=1)
    weights = torch.cat([torch.ones_like(shares[:, :, :1]), shares], dim=2)  # (N, O, 1 + K)
    diagonals = torch.diag_embed(weights.transpose(1, 2)).flatten(1, 2)      # (N, (1 + K) x O, O)
    rows = maps.permute(0, 2, 3, 1).reshape(count, height * width, -1)
    mixed = torch.bmm(rows, diagonals.to(rows.dtype))
    return mixed.view(count, height, width, -1).permute(0, 3, 1, 2)


class _MixedConvolution(nn.Module):
    """Stands where a convolution does; what it mixes is laid into it for each call."""

    def __init__(self, convolution: nn.Conv2d) -> None:
        super().__init__()
        self.stride, self.padded = convolution.stride, convolution.padding != (0, 0)
        self.laid: Layer | None = None

    def forward(self, x: Tensor) -> Tensor:
        assert self.laid is not None
        kernels, biases, shares = self.laid
        flat = kernels.flatten(0, 1).contiguous(memory_format=torch.channels_last)
        maps = F.conv2d(_Replicated.apply(x) if self.padded else x, flat, stride=self.stride)
        mixed = mixed_maps(maps, shares)
        if biases is not None:
            own = biases[0] + torch.einsum("nok,ko->no", shares, biases[1:])
            mixed = mixed + own[:, :, None, None].to(mixed.dtype)
        return mixed


class _MeasureOnce(Measure):
    """Measures with a backward pass of one operation."""

    def _mixture(self, features: Tensor, channels: slice, reduction: int) -> tuple[Tensor, Tensor]:
        return mean_and_variance_once(features)


class MapMixer:
    """A compact network whose convolutions mix maps."""

    def __init__(self, base: CompactNetwork) -> None:
        self._network = deepcopy(base).requires_grad_(False)
        self._convolutions: dict[str, _MixedConvolution] = {}
        for name, layer in list(self._network.named_modules()):
            if isinstance(layer, nn.Conv2d):
                holder, _, own = name.rpartition(".")
                self._convolutions[name] = _MixedConvolution(layer)
                setattr(self._network.get_submodule(holder), own, self._convolutions[name])

    def paint(self, contents: Tensor, layers: Mapping[str, Layer], scales: Tensor, biases: Tensor) -> Tensor:
        """Contents (N, 3, H, W), each painted by its own shares, scales and biases, (N, M) each."""
        for name, layer in layers.items():
            self._convolutions[name].laid = layer
        try:
            return self._network.paint(contents, _MeasureOnce(scales, biases))
        finally:
            for convolution in self._convolutions.values():
                convolution.laid = None
