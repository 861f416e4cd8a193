"""Keeping the content's colours: luminance alone transferred, or the style's colours matched to the content's first.

The reference, in torch, of what ``engines.color`` does fast in numpy. Values are RGB as encoded, in [0, 1], as in
the papers: Gatys et al. 2016 (arXiv:1606.05897); CORAL (Sun et al. 2016, arXiv:1511.05547) as AdaIN's authors use it.
"""

from __future__ import annotations

import torch
from torch import Tensor

LUMA = (0.2126, 0.7152, 0.0722)  # of red, green and blue: ITU-R BT.709
SMALLEST_VARIANCE = 1e-6         # flat colours have no covariance to divide by


def luma(pictures: Tensor) -> Tensor:
    """The luma (N, 1, H, W) of pictures (N, 3, H, W)."""
    weights = pictures.new_tensor(LUMA)[None, :, None, None]
    return (pictures * weights).sum(dim=1, keepdim=True)


def with_luma(content: Tensor, painted: Tensor) -> Tensor:
    """The content's chroma with the painted picture's luma, (N, 3, H, W) each.

    Where a colour of that luma would leave the gamut, its chroma shrinks just enough: hue and luma stay.
    """
    wanted = luma(painted).clamp(0, 1)
    chroma = content - luma(content)
    above = chroma.amax(dim=1, keepdim=True).clamp(min=1e-12)
    below = (-chroma).amax(dim=1, keepdim=True).clamp(min=1e-12)
    share = torch.minimum((1 - wanted) / above, wanted / below).clamp(max=1)
    return wanted + share * chroma


def mean_and_covariance(colors: Tensor) -> tuple[Tensor, Tensor]:
    """Mean (3,) and biased covariance (3, 3) of colours (3, K)."""
    mean = colors.mean(dim=1)
    apart = colors - mean[:, None]
    return mean, apart @ apart.T / colors.shape[1]


def root(covariance: Tensor, power: float = 0.5) -> Tensor:
    """The symmetric square root of a covariance (3, 3), or another power of it."""
    values, vectors = torch.linalg.eigh(covariance)
    power_of: Tensor = vectors @ torch.diag(values.clamp(min=SMALLEST_VARIANCE) ** power) @ vectors.T
    return power_of


def matched(colors: Tensor, mean: Tensor, covariance: Tensor) -> Tensor:
    """Colours (3, K) moved linearly so that they have that mean and covariance (image analogies, section 5.1.1)."""
    own_mean, own = mean_and_covariance(colors)
    return root(covariance) @ root(own, -0.5) @ (colors - own_mean[:, None]) + mean[:, None]


def coral(colors: Tensor, mean: Tensor, covariance: Tensor) -> Tensor:
    """Colours (3, K) whose channels are first brought to deviation 1, then correlated and scaled as wanted.

    The published code adds the identity to a sum over pixels; it is that small a part of the covariance here as well.
    """
    own_mean, own = mean_and_covariance(colors)
    own_deviation, deviation = (matrix.diagonal().clamp(min=SMALLEST_VARIANCE).sqrt() for matrix in (own, covariance))
    identity = torch.eye(3, dtype=colors.dtype) / colors.shape[1]
    correlation = covariance / deviation[:, None] / deviation[None] + identity
    own_correlation = own / own_deviation[:, None] / own_deviation[None] + identity
    even = (colors - own_mean[:, None]) / own_deviation[:, None]
    return root(correlation) @ root(own_correlation, -0.5) @ even * deviation[:, None] + mean[:, None]
