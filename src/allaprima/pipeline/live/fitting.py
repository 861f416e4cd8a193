"""A camera's picture at another size and aspect."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from allaprima.pipeline.resizing import resized

SAME_ASPECT = 0.01  # rounding a working size to whole pixels changes the aspect by less


def covering(picture: NDArray[np.uint8], width: int, height: int) -> NDArray[np.uint8]:
    """The picture (H, W, 3) filling that size: its middle, where its aspect is another, and never distorted."""
    rows, columns = picture.shape[:2]
    ratio = (columns * height) / (rows * width)
    if abs(ratio - 1) > SAME_ASPECT:
        if ratio > 1:
            kept = max(1, round(columns / ratio))
            picture = picture[:, (columns - kept) // 2:][:, :kept]
        else:
            kept = max(1, round(rows * ratio))
            picture = picture[(rows - kept) // 2:][:kept]
    return np.asarray(resized(np.ascontiguousarray(picture), width, height), np.uint8)
