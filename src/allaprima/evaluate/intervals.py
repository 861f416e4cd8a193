"""Bootstrap confidence intervals for means over a grid of contents and styles."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

RESAMPLES = 2000
LEVEL = 0.95


class Interval(NamedTuple):
    """A mean, and the bounds between which 95 % of its resampled values lie."""

    mean: float
    low: float
    high: float


def draws(contents: int, styles: int, seed: int = 0, resamples: int = RESAMPLES) -> NDArray[np.float64]:
    """How much each cell of the grid weighs in each resample, (resamples, contents, styles); each sums to 1.

    Contents and styles are drawn separately, each with replacement: cells of one content are not independent of each
    other, and drawing cells alone would make the intervals too narrow. The same draws for every model pair them.
    """
    generator = np.random.default_rng(seed)
    rows = generator.multinomial(contents, np.full(contents, 1 / contents), size=resamples) / contents
    columns = generator.multinomial(styles, np.full(styles, 1 / styles), size=resamples) / styles
    return rows[:, :, None] * columns[:, None, :]


def interval_of_mean(grid: NDArray[np.float64], weights: NDArray[np.float64]) -> Interval:
    """The mean of a grid (contents, styles), and its interval over the ``draws``.

    Cells that are NaN are left out; draws that hold no others too. NaN where all are.
    """
    known = np.isfinite(grid)
    if not known.any():
        return Interval(math.nan, math.nan, math.nan)
    sums = np.einsum("rcs,cs->r", weights, np.where(known, grid, 0.0))
    counts = np.einsum("rcs,cs->r", weights, known.astype(np.float64))
    return bounds(float(grid[known].mean()), sums[counts > 0] / counts[counts > 0])


def interval_of_ratio(grid: NDArray[np.float64], base: NDArray[np.float64], weights: NDArray[np.float64]) -> Interval:
    """The ratio of the means of two grids over the same pairs, and its interval: both are resampled together."""
    ratios = np.einsum("rcs,cs->r", weights, grid) / np.einsum("rcs,cs->r", weights, base)
    return bounds(float(grid.mean() / base.mean()), ratios)


def bounds(mean: float, resampled: NDArray[np.float64]) -> Interval:
    """The mean with the percentiles that hold the level's share of the resampled values."""
    low, high = np.quantile(resampled, [(1 - LEVEL) / 2, (1 + LEVEL) / 2])
    return Interval(mean, float(low), float(high))
