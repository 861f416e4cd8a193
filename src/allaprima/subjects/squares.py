"""Overlapping squares of a picture: networks look at squares, and people in a wide one squeezed into it are lost."""

from __future__ import annotations

from collections.abc import Iterator
from typing import cast

import numpy as np
from numpy.typing import NDArray

WORKING_LINES = 384  # the shorter side that pictures are looked at with
OVERLAP = 0.6        # of a square's side, at least: whoever stands on a border stands inside the next square


def shrunk(image: NDArray[np.generic]) -> NDArray[np.uint8]:
    """A picture (H, W, 3) of any depth as it is looked at: 8 bits, a shorter side of at most ``WORKING_LINES``."""
    import cv2

    height, width = image.shape[:2]
    scale = min(1.0, WORKING_LINES / min(height, width))
    small = cv2.resize(cast(NDArray[np.uint8], image), (max(1, round(width * scale)), max(1, round(height * scale))),
                       interpolation=cv2.INTER_AREA)
    if small.dtype != np.uint8:
        small = cv2.convertScaleAbs(small, alpha=255 / 65535 if small.dtype == np.uint16 else 255)
    return cast(NDArray[np.uint8], small)


def squares(height: int, width: int) -> Iterator[tuple[int, int, int]]:
    """The top, the left and the side of squares that cover a picture of that size, each well within the next."""
    side, longer = min(height, width), max(height, width)
    count = 1 if longer <= 1.15 * side else 1 + int(np.ceil((longer - side) / ((1 - OVERLAP) * side)))
    for number in range(count):
        start = round((longer - side) * number / max(1, count - 1))
        yield (start, 0, side) if height > width else (0, start, side)


def window(side: int, *, vertical: bool) -> NDArray[np.float32]:
    """How much a square's places count where squares overlap, (side, side): its middle the most."""
    ramp = np.minimum(np.arange(side) + 1, np.arange(side)[::-1] + 1).astype(np.float32)
    return np.broadcast_to(ramp[:, None] if vertical else ramp[None], (side, side))
