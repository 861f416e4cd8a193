"""Channel statistics of feature maps, and adaptive instance normalisation (Huang & Belongie 2017, arXiv:1703.06868)."""

from __future__ import annotations

import torch
from torch import Tensor

EPSILON = 1e-5  # under the root of every deviation, as in the published network


def mean_and_variance(features: Tensor) -> tuple[Tensor, Tensor]:
    """Channel means and biased variances of features (N, C, H, W), each (N, C, 1, 1) in float32 at least."""
    wide = features if features.dtype == torch.float64 else features.float()
    mean = wide.mean(dim=(2, 3), keepdim=True)
    variance = (wide - mean).square().mean(dim=(2, 3), keepdim=True)
    return mean, variance


def mean_and_deviation(features: Tensor, *, unbiased: bool = False) -> tuple[Tensor, Tensor]:
    """Channel means and deviations of features (N, C, H, W), each (N, C, 1, 1) in float32 at least.

    The published AdaIN divides by N - 1 (``unbiased``); the compact networks and their codes divide by N.
    """
    mean, variance = mean_and_variance(features)
    if unbiased:
        count = features.shape[2] * features.shape[3]
        variance = variance * (count / max(count - 1, 1))
    return mean, (variance + EPSILON).sqrt()


def pooled_moments(own: tuple[Tensor, Tensor], given: tuple[Tensor, Tensor],
                   momentum: Tensor | float) -> tuple[Tensor, Tensor]:
    """Mean and variance of the mixture of two populations, ``momentum`` of it the own one (1: own alone).

    Exact for populations of those sizes, and free of the cancellation of second moments.
    """
    (own_mean, own_variance), (given_mean, given_variance) = own, given
    rest = 1 - momentum
    mean = momentum * own_mean + rest * given_mean
    between = momentum * rest * (own_mean - given_mean).square()
    return mean, momentum * own_variance + rest * given_variance + between
