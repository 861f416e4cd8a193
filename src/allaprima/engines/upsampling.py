"""What was painted small seen large, fast: a few rows at a time.

All of it is bound by memory, so that everything between the small pictures and the large result stays in the
processor's cache, in buffers that are made once: memory new to a process costs more than the arithmetic on it.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby
from typing import cast

import numpy as np
from numpy.typing import NDArray

from allaprima.frames import FULL_SCALE, Pixels

RADIUS = 2        # these three as in the reference beside the tests
FLATNESS = 1e-3
SHARPENINGS = 4
SEEN = 2 * RADIUS + SHARPENINGS  # rows above and below a small one that its fit depends on
STRIP = 64                       # small rows that are fitted at once

Floats = NDArray[np.float32]

EVEN: Floats = np.full(2 * RADIUS + 1, 1 / (2 * RADIUS + 1), np.float32)
LOST: Floats = np.asarray(np.outer([1, 6, 1], [1, 6, 1]) / -64, np.float32)  # what upsampling and shrinking take away
LOST[1, 1] += 1


def change_upsampled(content: Pixels, small_content: Pixels, small_painted: Pixels) -> Pixels:
    """The large content (H, W, 3) painted as its small copy (h, w, 3) was, of its own type."""
    import cv2

    height, width = content.shape[:2]
    kind = str(content.dtype)
    depth = {"uint8": cv2.CV_8U, "uint16": cv2.CV_16U}.get(kind, cv2.CV_32F)
    flat, large = content.reshape(height, -1), np.empty((height, 3 * width), content.dtype)
    strips = Strips(small_content, small_painted, width)
    step = np.empty((2, 3 * width), np.float32)
    buffer = np.empty((2 * -(-height // len(small_content)) + 1, 2, 3 * width), np.float32)
    for strip, groups in groupby(row_groups(height, len(small_content)), lambda group: group[1] // STRIP):
        fits = strips.fitted(strip * STRIP)
        for rows, index, shares in groups:
            above = fits[index - strip * STRIP]
            cv2.subtract(fits[min(index - strip * STRIP + 1, len(fits) - 1)], above, step)
            between = buffer[:len(shares)]
            for values, share in zip(between, shares.tolist(), strict=True):
                cv2.scaleAdd(step, share, above, values)
            slope, offset = between[:, 0], between[:, 1]
            cv2.multiply(flat[rows], slope, slope, 1.0, cv2.CV_32F)
            cv2.add(slope, offset, large[rows], None, depth)
    if kind == "float32":
        np.clip(large, 0, 1, out=large)
    return cast(Pixels, large.reshape(content.shape))


def row_groups(height: int, small_height: int) -> Iterator[tuple[slice, int, Floats]]:
    """Large rows that lie between the same two small rows: which, the upper small one, the lower one's shares."""
    places = np.clip((np.arange(height) + 0.5) * small_height / height - 0.5, 0, small_height - 1)
    above = np.minimum(places.astype(np.int64), max(small_height - 2, 0))
    starts = np.flatnonzero(np.diff(above, prepend=-1))
    for start, stop in zip(starts, [*starts[1:], height], strict=True):
        upper = int(above[start])
        yield slice(int(start), int(stop)), upper, (places[start:stop] - upper).astype(np.float32)


class Strips:
    """Slopes and offsets that make a small picture (h, w, 3) the painted one, strip by strip, at a large width."""

    def __init__(self, content: Pixels, painted: Pixels, width: int) -> None:
        self.content, self.painted, self.width = content, painted, width
        height, small_width = content.shape[:2]
        rows = min(height, STRIP + 1 + 2 * SEEN)
        self.flatness = np.float32(FLATNESS * FULL_SCALE[content.dtype.name] ** 2)
        self.buffers = np.empty((6, rows, small_width, 3), np.float32)
        self.wide = np.empty((min(height, STRIP + 1), 2, width, 3), np.float32)

    def fitted(self, first: int) -> Floats:
        """Rows of slopes and of offsets in the pictures' scale, from small row ``first``: (rows, 2, 3 W).

        One row more than a strip, to reach the next one. They are overwritten by the next call.
        """
        import cv2

        height = len(self.content)
        stop = min(first + STRIP + 1, height)
        start, end = max(0, first - SEEN), min(height, stop + SEEN)
        content, painted, slope, *free = self.buffers[:, :end - start]
        content[...], painted[...] = self.content[start:end], self.painted[start:end]
        slopes(content, painted, self.flatness, slope, *free)
        content *= slope
        painted -= content
        offset, lost, _ = free
        sharpened(painted, offset, lost)
        wide, inside = self.wide[:stop - first], slice(first - start, stop - start)
        for index, part in enumerate((slope[inside], offset[inside])):
            cv2.resize(part, (self.width, len(part)), wide[:, index], interpolation=cv2.INTER_LINEAR)
        return wide.reshape(len(wide), 2, -1)


def slopes(content: Floats, painted: Floats, flatness: np.float32, slope: Floats, product: Floats, mean: Floats,
           variance: Floats) -> None:
    """Writes into ``slope`` how strongly the painted picture follows the content; the last three are for work."""
    covariance = slope
    window_means(content, mean)
    window_means(painted, covariance)
    covariance *= mean
    np.multiply(content, painted, out=product)
    window_means(product, variance)
    np.subtract(variance, covariance, out=covariance)
    np.multiply(content, content, out=product)
    window_means(product, variance)
    mean *= mean
    variance -= mean
    np.maximum(variance, 0, out=variance)
    variance += flatness
    np.divide(covariance, variance, out=product)
    window_means(product, slope)


def window_means(x: Floats, means: Floats) -> None:
    """Writes means over square windows, the border replicated."""
    import cv2

    cv2.sepFilter2D(x, -1, EVEN, EVEN, means, borderType=cv2.BORDER_REPLICATE)


def sharpened(offset: Floats, result: Floats, lost: Floats) -> None:
    """Writes offsets that bilinear upsampling and shrinking again make the given ones, nearly."""
    import cv2

    result[...] = offset
    for _ in range(SHARPENINGS):
        cv2.filter2D(result, -1, LOST, lost, borderType=cv2.BORDER_REPLICATE)
        np.add(offset, lost, out=result)
