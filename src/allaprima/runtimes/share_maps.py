"""Masks as networks meet them: each region's share of every position, at each reduction of the padded picture."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from allaprima.functional.padding import MULTIPLE, Padding


def share_maps(shares: NDArray[np.float32], place: Padding | None,
               reductions: Iterable[int]) -> dict[int, NDArray[np.float32]]:
    """Means of the shares (R, H, W) over squares of each reduction, (R, H / r, W / r), padded as the picture is.

    place: where the picture lies in its reflection; None for networks that round sizes up to eights instead.
    """
    if place is not None:
        padded = np.pad(shares, ((0, 0), (place.top, place.bottom), (place.left, place.right)), mode="reflect")
    else:
        height, width = shares.shape[1:]
        padded = np.pad(shares, ((0, 0), (0, -height % MULTIPLE), (0, -width % MULTIPLE)), mode="edge")
    regions, height, width = padded.shape
    return {reduction: np.ascontiguousarray(
        padded.reshape(regions, height // reduction, reduction, width // reduction, reduction).mean((2, 4)), np.float32)
        for reduction in reductions}


def mix_map(mix: NDArray[np.float32], shares: NDArray[np.float32]) -> NDArray[np.float32]:
    """The network's share of every pixel, (1, H, W, 1), of its share in each region (R, 1)."""
    return np.ascontiguousarray(np.einsum("r,rhw->hw", mix[:, 0], shares)[None, :, :, None], np.float32)
