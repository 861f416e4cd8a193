"""A camera's picture at another size and aspect."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from allaprima.pipeline.resizing import resized

SAME_ASPECT = 0.01  # rounding a working size to whole pixels changes the aspect by less


def enlarged(picture: NDArray[np.uint8], width: int, height: int) -> NDArray[np.uint8]:
    """The painting (H, W, 3) at the size shown: cubic, at a fifteenth of the time that Lanczos takes."""
    import cv2

    if picture.shape[:2] == (height, width):
        return picture
    return np.asarray(cv2.resize(picture, (width, height), interpolation=cv2.INTER_CUBIC), np.uint8)


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
