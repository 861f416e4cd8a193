"""Means and deviations for losses."""

from __future__ import annotations

from torch import Tensor

from allaprima.functional.one_pass import mean_and_variance_once
from allaprima.functional.statistics import EPSILON

Moments = tuple[Tensor, Tensor]  # means and deviations, (N, C, 1, 1) each, float32


def mean_and_deviation(features: Tensor) -> Moments:
    """Channel means and biased deviations of features (N, C, H, W), reduced in float32, with a cheap gradient."""
    mean, variance = mean_and_variance_once(features)
    return mean, (variance + EPSILON).sqrt()
