"""What a network's normalisations do in one pass: measure and mix moments, or apply given scales and biases.

All normalised channels of a network stand in one row of numbers, in the order in which the network uses them, so that
scales, biases and moments are small plain arrays outside it.
"""

from __future__ import annotations

from typing import Protocol

import torch
from torch import Tensor

from allaprima.functional.padding import Padding
from allaprima.functional.statistics import EPSILON, mean_and_variance, pooled_moments


class Normalisation(Protocol):
    """Called by every normalised convolution with its output, its place in the row and its reduction of the picture."""

    def __call__(self, features: Tensor, channels: slice, reduction: int) -> Tensor: ...


def column(row: Tensor, channels: slice) -> Tensor:
    """Those channels of a row (N, M), shaped to meet features: (N, C, 1, 1)."""
    return row[:, channels, None, None]


class Measure:
    """Normalises by a mixture of own and given moments, and keeps the mixture.

    scale, bias: (N, M). keep: the share of the features as they were that is added, (N, 1), or None for none.
    given: mean and variance, (N, M) each, or None for the picture's own alone. momentum: the own moments' share of
    the mixture, (N, 1). padding: what of the picture is not to be counted. unbiased: variances divide by count - 1.
    """

    def __init__(self, scale: Tensor, bias: Tensor, *, keep: Tensor | None = None,
                 given: tuple[Tensor, Tensor] | None = None, momentum: Tensor | None = None,
                 padding: Padding | None = None, unbiased: bool = False) -> None:
        self.scale, self.bias, self.keep = scale, bias, keep
        self.given, self.momentum = given, momentum
        self.padding, self.unbiased = padding, unbiased
        self.mixed: list[tuple[Tensor, Tensor]] = []

    def __call__(self, features: Tensor, channels: slice, reduction: int) -> Tensor:
        mean, variance = self._mixture(features, channels, reduction)
        self.mixed.append((mean, variance))
        scale = column(self.scale, channels) * (variance + EPSILON).rsqrt()
        bias = column(self.bias, channels) - mean * scale
        if self.keep is not None:
            scale = scale + self.keep[:, :, None, None]
        return torch.addcmul(bias.to(features.dtype), features, scale.to(features.dtype))

    def _mixture(self, features: Tensor, channels: slice, reduction: int) -> tuple[Tensor, Tensor]:
        counted = features
        if self.padding is not None:
            rows, columns = self.padding.inside(reduction)
            counted = features[:, :, rows, columns]
        mean, variance = mean_and_variance(counted)
        if self.unbiased:
            count = counted.shape[2] * counted.shape[3]
            variance = variance * (count / max(count - 1, 1))
        if self.given is None or self.momentum is None:
            return mean, variance
        given = column(self.given[0], channels), column(self.given[1], channels)
        return pooled_moments((mean, variance), given, self.momentum[:, :, None, None])

    def moments(self) -> tuple[Tensor, Tensor]:
        """The mixture's means and variances over all normalised channels, (N, M) each."""
        return (torch.cat([mean for mean, _ in self.mixed], dim=1).flatten(1),
                torch.cat([variance for _, variance in self.mixed], dim=1).flatten(1))


class Frozen:
    """One scale and one bias a channel, (N, M) each: moments are already in them."""

    def __init__(self, scale: Tensor, bias: Tensor) -> None:
        self.scale, self.bias = scale, bias

    def __call__(self, features: Tensor, channels: slice, reduction: int) -> Tensor:
        scale, bias = column(self.scale, channels), column(self.bias, channels)
        return torch.addcmul(bias.to(features.dtype), features, scale.to(features.dtype))
