"""An engine at a working height of its own: large pictures are painted small, and the change upsampled into them.

Strokes then are of one size in a preview and in the final film, and large pictures cost little more than small ones.
The arithmetic is that of ``functional.guided``, a few rows at a time, so that memory does not grow with the picture.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Protocol, cast

import numpy as np
from numpy.typing import NDArray

from allaprima.engines.adain import Statistics
from allaprima.engines.looks import Look, Style
from allaprima.frames import Pixels
from allaprima.runtimes.calls import Batch

RADIUS = 2        # as in functional.guided
FLATNESS = 1e-3
SHARPENINGS = 4
FULL_SCALE = {"uint8": 255.0, "uint16": 65535.0, "float32": 1.0}

Floats = NDArray[np.float32]


class Painter(Protocol):
    """The engine that works at the small size."""

    @property
    def name(self) -> str: ...

    @property
    def batch_size(self) -> int: ...

    @property
    def style_size(self) -> int: ...

    @property
    def settings(self) -> dict[str, str]: ...

    def encode(self, picture: Pixels, name: str, scale: float = 1.0) -> Style: ...

    def stylize(self, images: Batch, looks: Sequence[Look],
                statistics: Statistics | None = None) -> tuple[Batch, Statistics]: ...


class DetailEngine:
    """Paints pictures whose shorter side is longer than ``detail`` pixels at that size; others as the engine does."""

    def __init__(self, engine: Painter, detail: int) -> None:
        self._engine, self.detail = engine, detail
        self.name, self.batch_size, self.style_size = engine.name, engine.batch_size, engine.style_size
        self.settings = {**engine.settings, "detail": str(detail)}

    def encode(self, picture: Pixels, name: str, scale: float = 1.0) -> Style:
        """The style of a picture, as the engine encodes it."""
        return self._engine.encode(picture, name, scale)

    def stylize(self, images: Batch, looks: Sequence[Look],
                statistics: Statistics | None = None) -> tuple[Batch, Statistics]:
        """The images (N, H, W, 3), each painted in its look; the statistics are those of the working size."""
        height, width = images.shape[1:3]
        if min(height, width) <= self.detail:
            return self._engine.stylize(images, looks, statistics)
        small = cast(Batch, np.stack([shrunk(image, self.detail) for image in images]))
        painted, used = self._engine.stylize(small, looks, statistics)
        large = [change_upsampled(*pictures) for pictures in zip(images, small, painted, strict=True)]
        return cast(Batch, np.stack(large) if len(large) > 1 else large[0][None]), used


def shrunk(picture: Pixels, shorter_side: int) -> Pixels:
    """The picture (H, W, 3) with that shorter side: area means."""
    import cv2

    height, width = picture.shape[:2]
    scale = shorter_side / min(height, width)
    size = max(1, round(width * scale)), max(1, round(height * scale))
    return cast(Pixels, cv2.resize(picture, size, interpolation=cv2.INTER_AREA))


def change_upsampled(content: Pixels, small_content: Pixels, small_painted: Pixels) -> Pixels:
    """The large content (H, W, 3) painted as its small copy was, of its own type.

    Rows that lie between the same two small rows are made together, in buffers that stay in the processor's cache.
    """
    height, width = content.shape[:2]
    full = np.float32(FULL_SCALE[str(content.dtype)])
    small, painted = (np.asarray(picture / full, np.float32) for picture in (small_content, small_painted))
    slope = slopes(small, painted)
    offset = sharpened(painted - slope * small) * full
    last, rounding = len(small) - 1, np.float32(0 if content.dtype == np.float32 else 0.5)
    flat, large = content.reshape(height, -1), np.empty((height, 3 * width), content.dtype)
    buffers = np.empty((2, 2 * -(-height // len(small)) + 1, 3 * width), np.float32)
    below = widened((slope[:1], offset[:1]), width)
    for rows, index, share in row_groups(height, len(small)):
        above, below = below, widened((slope[index + 1:index + 2], offset[index + 1:index + 2]), width) \
            if index < last else below
        for values, upper, lower in zip(buffers[:, :len(share)], above, below, strict=True):
            np.multiply(share[:, None], lower - upper, out=values)
            values += upper
        result, added = buffers[:, :len(share)]
        result *= flat[rows]
        result += added
        result += rounding
        np.clip(result, 0, full, out=result)
        large[rows] = result
    return cast(Pixels, large.reshape(content.shape))


def widened(rows: tuple[Floats, Floats], width: int) -> Floats:
    """A row of slopes and one of offsets, (1, w, 3) each, at full width: (2, 3 W)."""
    import cv2

    return np.stack([cv2.resize(row, (width, 1), interpolation=cv2.INTER_LINEAR).reshape(-1) for row in rows])


def sharpened(offset: Floats) -> Floats:
    """Offsets that bilinear upsampling and shrinking again make the given ones, nearly."""
    import cv2

    kernel = np.array([1, 6, 1], np.float32) / 8
    result = offset
    for _ in range(SHARPENINGS):
        result = result + offset - cv2.sepFilter2D(result, -1, kernel, kernel, borderType=cv2.BORDER_REPLICATE)
    return result


def row_groups(height: int, small_height: int) -> Iterator[tuple[slice, int, Floats]]:
    """Large rows that lie between the same two small rows: which, the upper small one, the lower one's shares."""
    places = np.clip((np.arange(height) + 0.5) * small_height / height - 0.5, 0, small_height - 1)
    above = np.minimum(places.astype(np.int64), max(small_height - 2, 0))
    starts = np.flatnonzero(np.diff(above, prepend=-1))
    for start, stop in zip(starts, [*starts[1:], height], strict=True):
        upper = int(above[start])
        yield slice(int(start), int(stop)), upper, (places[start:stop] - upper).astype(np.float32)


def slopes(content: Floats, painted: Floats) -> Floats:
    """How strongly the painted picture follows the content, by pixel and channel; all (h, w, 3) in [0, 1]."""
    mean, painted_mean = window_means(content), window_means(painted)
    variance = np.maximum(window_means(content * content) - mean * mean, 0)
    covariance = window_means(content * painted) - mean * painted_mean
    return window_means(np.asarray(covariance / (variance + FLATNESS), np.float32))


def window_means(x: Floats) -> Floats:
    """Means over square windows, the border replicated."""
    import cv2

    side = 2 * RADIUS + 1
    return cast(Floats, cv2.blur(x, (side, side), borderType=cv2.BORDER_REPLICATE))
