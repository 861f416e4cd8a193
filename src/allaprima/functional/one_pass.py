"""Channel means and variances for training, with a backward pass of one operation.

The plain formula of ``functional.statistics`` keeps four intermediate maps for its gradient, which costs more than
VGG's convolutions themselves; here the gradient is written down: for mean and variance it is linear in the features.
"""

from __future__ import annotations

import torch
from torch import Tensor
from torch.autograd.function import Function, FunctionCtx, once_differentiable


def mean_by_rows(features: Tensor) -> Tensor:
    """Channel means (N, C, 1, 1) in float32.

    On a processor rows are summed by matrix products, many times faster than a reduction in bfloat16; every row's sum
    is rounded to the features' precision, and the roundings of many rows average out.
    """
    if features.is_cuda:
        return features.mean(dim=(2, 3), keepdim=True, dtype=torch.float32)
    rows = features.permute(0, 2, 3, 1)
    sums = features.new_ones(1, features.shape[3]) @ rows
    mean: Tensor = sums.float().mean(dim=(1, 2)) / features.shape[3]
    return mean[:, :, None, None]


def mean_of_squares(features: Tensor) -> Tensor:
    """Channel means (N, C, 1, 1) of squared features, in float32; on a GPU without a map of squares."""
    if features.is_cuda:
        norm: Tensor = torch.linalg.vector_norm(features, dim=(2, 3), keepdim=True, dtype=torch.float32)
        return norm.square() / (features.shape[2] * features.shape[3])
    return mean_by_rows(features.square())


class _MeanAndVariance(Function):
    @staticmethod
    def forward(ctx: FunctionCtx, features: Tensor) -> tuple[Tensor, Tensor]:
        mean = mean_by_rows(features)
        ctx.save_for_backward(features, mean)
        return mean, (mean_of_squares(features) - mean.square()).clamp(min=0)

    @staticmethod
    @once_differentiable
    def backward(ctx: FunctionCtx, of_mean: Tensor, of_variance: Tensor) -> Tensor:
        features, mean = ctx.saved_tensors  # type: ignore[attr-defined]
        count = features.shape[2] * features.shape[3]
        slope = 2 * of_variance / count
        start = of_mean / count - slope * mean
        return torch.addcmul(start.to(features.dtype), features, slope.to(features.dtype))


def mean_and_variance_once(features: Tensor) -> tuple[Tensor, Tensor]:
    """Channel means and biased variances of features (N, C, H, W), (N, C, 1, 1) each, reduced in float32.

    The same numbers as ``functional.statistics.mean_and_variance`` within the rounding of second moments: for features
    whose means are not much larger than their deviations.
    """
    found: tuple[Tensor, Tensor] = _MeanAndVariance.apply(features)
    return found
