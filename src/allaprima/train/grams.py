"""Gram matrices for losses, with a backward pass of one product.

Left to autograd, both factors get a gradient and one comes transposed: that costs as much as a network in low rank.
"""

from __future__ import annotations

from torch import Tensor
from torch.autograd.function import Function, FunctionCtx, once_differentiable

PARTS = 8  # of a picture, whose products are rounded to the features' precision and then summed in float32


def rows_of(features: Tensor) -> Tensor:
    """Features (N, C, H, W) as rows (N, H W, C)."""
    return features.permute(0, 2, 3, 1).flatten(1, 2)


class _Gram(Function):
    @staticmethod
    def forward(ctx: FunctionCtx, features: Tensor) -> Tensor:
        ctx.save_for_backward(features)
        rows = rows_of(features)
        count, places, channels = rows.shape
        parts = PARTS if places % PARTS == 0 else 1
        split = rows.reshape(count * parts, places // parts, channels)
        products = (split.transpose(1, 2) @ split).view(count, parts, channels, channels)
        return products.float().sum(dim=1) / places

    @staticmethod
    @once_differentiable
    def backward(ctx: FunctionCtx, gradient: Tensor) -> Tensor:
        features: Tensor
        (features,) = ctx.saved_tensors  # type: ignore[attr-defined]
        count, channels, height, width = features.shape
        both = ((gradient + gradient.transpose(1, 2)) / (height * width)).to(features.dtype)
        return (rows_of(features) @ both).view(count, height, width, channels).permute(0, 3, 1, 2)


def grams_of(features: Tensor) -> Tensor:
    """Gram matrices (N, C, C) of features (N, C, H, W), over H W: float32, of products in the features' precision."""
    grams: Tensor = _Gram.apply(features)
    return grams
