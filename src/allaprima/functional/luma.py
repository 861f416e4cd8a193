"""Luma and chroma of 8 bits from RGB and back, as matrices (ITU-R BT.601, BT.709 and BT.2020). Numpy only."""

from __future__ import annotations

from functools import cache

import numpy as np
from numpy.typing import NDArray

from allaprima.frames import Matrix, Range

RED_AND_BLUE: dict[Matrix, tuple[float, float]] = {"bt601": (0.299, 0.114), "bt709": (0.2126, 0.0722),
                                                   "bt2020": (0.2627, 0.0593)}


@cache
def to_luma_and_chroma(matrix: Matrix, levels: Range) -> NDArray[np.float32]:
    """The matrix (3, 4) from RGB of 8 bits to luma and chroma of 8 bits."""
    red, blue = RED_AND_BLUE[matrix]
    luma = np.array([red, 1 - red - blue, blue])
    rows = np.stack([luma, (np.array([0, 0, 1]) - luma) / (2 - 2 * blue), (np.array([1, 0, 0]) - luma) / (2 - 2 * red)])
    if levels == "limited":
        rows *= np.array([[219], [224], [224]]) / 255
    return np.concatenate([rows, [[16 if levels == "limited" else 0], [128], [128]]], axis=1).astype(np.float32)


@cache
def to_rgb(matrix: Matrix, levels: Range) -> NDArray[np.float32]:
    """The matrix (3, 4) from luma and chroma of 8 bits to RGB of 8 bits."""
    there = to_luma_and_chroma(matrix, levels).astype(np.float64)
    back = np.linalg.inv(there[:, :3])
    return np.concatenate([back, -back @ there[:, 3:]], axis=1).astype(np.float32)
