"""Dense motion by our own compiled search, from coarse to fine: what OpenCV's DIS flow does, in half of its time."""

from __future__ import annotations

import math
from functools import cache
from typing import cast

import numpy as np

from allaprima.temporal.fields import Grey, Plane, sampled, sampling_grid


def searched_motion(first: Grey, second: Grey, moves: Plane | None, stride: int) -> Plane:
    """The motion (h, w, 2) in pixels from the first picture's points to the second's; ``stride``: between patches.

    moves: 0 where (h, w) nothing does, so that nothing need be searched there; None for anywhere.
    """
    import cv2

    from allaprima.loops import search as loops

    firsts, seconds = [first], [second]
    for _ in range(halvings(*first.shape)):
        size = firsts[-1].shape[1] // 2, firsts[-1].shape[0] // 2
        for pictures in (firsts, seconds):
            pictures.append(cast(Grey, cv2.resize(pictures[-1], size, interpolation=cv2.INTER_AREA)))
    motion = None
    for level in reversed(range(len(firsts))):
        own = firsts[level]
        height, width = own.shape
        rows, columns = (1 + (length - loops.PATCH) // stride for length in (height, width))
        found = np.zeros((rows, columns, 2), np.float32)
        if motion is not None:
            middles = patch_middles(rows, columns, stride, motion.shape[0] / height, motion.shape[1] / width)
            found = np.asarray(sampled(cast(Plane, motion), middles) * np.float32(2), np.float32)
        bordered = cv2.copyMakeBorder(seconds[level], *[loops.BORDER] * 4,  # type: ignore[call-overload]
                                      borderType=cv2.BORDER_REPLICATE).astype(np.float32)
        along_x, along_y = (cast(Plane, cv2.Sobel(own, cv2.CV_32F, *way)) for way in ((1, 0), (0, 1)))
        plain = own.astype(np.float32)
        everywhere = np.ones_like(plain) if level or moves is None else moves
        loops.searched(plain, along_x, along_y, bordered, everywhere, stride, found)
        motion = np.empty((height, width, 2), np.float32)
        loops.spread(plain, bordered, found, stride, motion)
    return cast(Plane, motion)


@cache
def patch_middles(rows: int, columns: int, stride: int, down: float, across: float) -> Plane:
    """The places (rows, columns, 2) of patches' middles in a picture that is so many times as high and wide."""
    from allaprima.loops.search import PATCH

    middles = sampling_grid(rows, columns) * np.float32(stride) + np.float32(PATCH // 2 + 0.5)
    return np.asarray(middles * np.array([across, down], np.float32) - np.float32(0.5), np.float32)


def halvings(height: int, width: int) -> int:
    """How often a picture is halved for the search to begin with: as OpenCV has it."""
    from allaprima.loops.search import PATCH

    largest, least = max(height, width) / (4 * PATCH), min(height, width) / PATCH
    return max(0, min(int(math.log2(largest) + 0.5), int(math.log2(least))))
