"""AdaIN as the paper writes it: what the networks compute as scales and biases is held to it."""

from __future__ import annotations

from torch import Tensor

from allaprima.functional.statistics import mean_and_deviation


def adain(content: Tensor, style_mean: Tensor, style_deviation: Tensor, strength: float | Tensor = 1.0) -> Tensor:
    """Content features (N, C, H, W) given the style's channel means and deviations (N, C, 1, 1).

    Equation 8 of the paper; ``strength`` (its alpha, section 6.2) blends with the content's own features.
    Deviations are unbiased, as in the published network.
    """
    mean, deviation = mean_and_deviation(content, unbiased=True)
    styled = (content - mean) / deviation * style_deviation + style_mean
    return strength * styled + (1 - strength) * content
