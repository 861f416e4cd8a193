"""A bilateral grid of affine colour transforms: what a picture became, as a change of light and colour alone.

Cells of a coarse grid over place and luma each hold a map from colours to colours, fitted to a picture and what was
made of it by least squares; between cells they are interpolated, across place evenly and across luma by the pixel's
own, so that a change stops where an edge is (Chen et al. 2016, Bilateral Guided Upsampling). What is no such change,
strokes and bent lines, has no place in it. Where we differ: sums for the fit are gathered from small copies and
smoothed over neighbouring cells, and what a cell knows too little of, the map of the whole picture tells it.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from typing import TypeVar, cast

import numpy as np
from numpy.typing import NDArray

from allaprima.frames import FULL_SCALE, Pixels

SHORTER = 8      # cells along the shorter side: fewer lose the light's direction, more follow strokes
LONGEST = 64     # cells along the longer side at most
LEVELS = 8       # of luma
SAMPLES = 8      # pixels of the small copies to a cell's side
PLACE, LUMAS = 2, 4  # smoothings of sums, each by 1 2 1, over place and over luma: fewer there make kinks at edges
WHOLE = 0.1      # of a cell's pixels: how much the whole picture's map counts in each cell
DEPTH, EVENED = 3.7, 2  # standard deviations of a cell's colours that stay above black; smoothings of what that takes
UNSEEN = 0.05    # pixels in a cell, below which its contrast stays
RIDGE = 1e-3     # variance that is taken to be unchanged, so that even pictures have a map
LUMA: NDArray[np.float32] = np.array([[0.2126, 0.7152, 0.0722]], np.float32)  # ITU-R BT.709
BAND = 32        # rows at once, whose buffers stay in the cache
WIDEST = 16384   # columns that are looked up at once: OpenCV counts them in 16 bits

T = TypeVar("T", np.float32, np.float64)
Floats = NDArray[np.float32]
Doubles = NDArray[np.float64]
Sums = NDArray[np.float32]
"""Sums of products (h, w, LEVELS, 4, 7): red, green, blue and 1 by red, green, blue, 1 and the three made of them."""
Grid = NDArray[np.float32]
"""Transforms (h, w, LEVELS, 3, 4): three colours made of red, green, blue and 1, all in [0, 1]."""


def cells_of(height: int, width: int) -> tuple[int, int]:
    """Rows and columns of the grid over a picture of that size."""
    cell = min(height, width) / SHORTER
    rows, columns = (min(LONGEST, max(1, round(side / cell))) for side in (height, width))
    return rows, columns


def sums_of(content: Pixels, made: Pixels, weight: Floats | None = None) -> Sums:
    """What the fit of a content (H, W, 3) to what was made of it needs to know of both, smoothed.

    weight: (H, W), 0 to 1, how much each pixel counts; None for all alike. Both are looked at in small copies, where
    strokes have gone into means.
    """
    import cv2

    rows, columns = cells_of(*content.shape[:2])
    size = columns * SAMPLES, rows * SAMPLES

    def by_cell(values: Floats) -> Floats:
        blocks = values.reshape(rows, SAMPLES, columns, SAMPLES, -1).transpose(0, 2, 4, 1, 3)
        return blocks.reshape(rows, columns, -1, SAMPLES * SAMPLES)

    colors = small_copy(content, size)
    seen = by_cell(cast(Floats, cv2.cvtColor(colors, cv2.COLOR_RGB2RGBA)))  # the fourth is 1
    both = np.concatenate([seen, by_cell(small_copy(made, size))], axis=2)
    levels = by_cell(cast(Floats, cv2.transform(colors, LUMA * (LEVELS - 1))))
    shares = np.maximum(1 - np.abs(levels - np.arange(LEVELS, dtype=np.float32)[:, None]), 0)
    if weight is not None:
        shares = shares * by_cell(cast(Floats, cv2.resize(weight, size, interpolation=cv2.INTER_AREA)))
    products = (seen[:, :, :, None] * both[:, :, None]).reshape(rows, columns, -1, SAMPLES * SAMPLES)
    sums = smoothed(np.matmul(shares, products.swapaxes(2, 3)), (PLACE, PLACE, LUMAS))
    return cast(Sums, sums.reshape(*sums.shape[:3], 4, 7))


def small_copy(picture: Pixels, size: tuple[int, int]) -> Floats:
    """A copy (height, width, 3) of a picture, in [0, 1], by means of areas: halved while that goes, which is quick."""
    import cv2

    while all(side % 2 == 0 and side >= 2 * wanted
              for side, wanted in zip(picture.shape[1::-1], size, strict=True)):
        picture = cast(Pixels, cv2.resize(picture, (picture.shape[1] // 2, picture.shape[0] // 2),
                                          interpolation=cv2.INTER_AREA))
    copy: Floats = np.asarray(cv2.resize(picture, size, interpolation=cv2.INTER_AREA), np.float32)
    return copy * np.float32(1 / FULL_SCALE[picture.dtype.name])


def smoothed(values: NDArray[T], times: tuple[int, int, int]) -> NDArray[T]:
    """Values (h, w, LEVELS, C) smoothed that many times along each of their three axes."""
    rows, columns, levels = (smoothing(length, count).astype(values.dtype)
                             for length, count in zip(values.shape, times, strict=False))
    mixed = np.matmul(rows, values.reshape(len(rows), -1)).reshape(*values.shape[:2], -1)
    mixed = np.matmul(columns, mixed).reshape(values.shape)
    return cast("NDArray[T]", np.matmul(levels, mixed))


@lru_cache(maxsize=32)
def smoothing(length: int, times: int) -> NDArray[np.float64]:
    """The matrix that takes half of a place and a quarter of either neighbour, for which it stands itself at an end."""
    mixed = 0.5 * np.eye(length) + 0.25 * (np.eye(length, k=1) + np.eye(length, k=-1))
    mixed[0, 0] += 0.25
    mixed[-1, -1] += 0.25
    return np.linalg.matrix_power(mixed, times)


def fitted(sums: Sums) -> Grid:
    """The transforms that fit best, each cell's drawn a little to that of the whole picture."""
    known: Doubles = sums.astype(np.float64)
    whole = known.sum(axis=(0, 1, 2))
    mean = whole / max(whole[3, 3], 1e-6)
    unchanged = RIDGE * np.eye(4)
    seen = mean[:, :4] + unchanged
    everywhere = np.linalg.solve(seen, mean[:, 4:] + unchanged[:, :3])
    drawn = np.concatenate([seen, seen @ everywhere], axis=1) * (WHOLE * SAMPLES * SAMPLES)
    pulled = known + drawn
    found = open_shadows(cast(Doubles, np.linalg.solve(pulled[..., :4], pulled[..., 4:])), known)
    return np.ascontiguousarray(found.swapaxes(3, 4), np.float32)


def open_shadows(found: Doubles, sums: Doubles) -> Doubles:
    """Transforms (..., 4, 3) of less contrast where they would cut off at black what the content does not, about means.

    A cut is no change of light: detail is lost in it, and it is most of what local affine fits do not explain.
    """
    count = sums[..., 3, 3][..., None, None]
    seen = sums[..., 3:, :4] / np.maximum(count, 1e-9)
    spread = sums[..., :4] / np.maximum(count, 1e-9) - seen.swapaxes(3, 4) * seen
    own = seen[..., :3] / deviations(np.diagonal(spread, axis1=3, axis2=4)[..., None, :3])
    mean = np.matmul(seen, found)
    made = mean / deviations((found * np.matmul(spread, found)).sum(axis=3, keepdims=True))
    kept = np.clip(made / np.clip(own, 1e-6, DEPTH), 0, 1)[..., 0, :]
    count, times = count[..., 0], (EVENED, EVENED, EVENED)
    kept = ((smoothed(kept * count, times) + UNSEEN) / (smoothed(count, times) + UNSEEN))[..., None, :]
    result = found * kept
    result[..., 3:, :] += (1 - kept) * mean
    return result


def deviations(variances: Doubles) -> Doubles:
    """Their roots, above nothing."""
    return cast(Doubles, np.sqrt(np.maximum(variances, 1e-12)))


def sliced(content: Pixels, grid: Grid) -> Iterator[tuple[slice, Floats]]:
    """The content (H, W, 3) changed by a grid, band of rows by band: which rows, and those as float32 in 0 .. full.

    Values may lie outside of that range. Buffers are used again: take what is wanted before the next band.
    """
    import cv2

    height, width = content.shape[:2]
    full = FULL_SCALE[content.dtype.name]
    across = Bands(width, grid * np.array([1, 1, 1, full], np.float32))
    colors, seen, products = (np.empty((BAND, width, count), np.float32) for count in (3, 4, 4))
    levels, made = np.empty((BAND, width), np.float32), np.empty((3, BAND, width), np.float32)
    luma, beginnings = LUMA * np.float32((LEVELS - 1) / full), np.arange(BAND, dtype=np.float32)[:, None] * LEVELS
    for top in range(0, height, BAND):
        rows = slice(top, min(top + BAND, height))
        count = rows.stop - top
        here, place, part = seen[:count], levels[:count], products[:count]
        colors[:count] = content[rows]
        cv2.cvtColor(colors[:count], cv2.COLOR_RGB2RGBA, here)  # the fourth is 1
        cv2.transform(colors[:count], luma, place)
        place += beginnings[:count]
        for channel, table in enumerate(across.tables((np.arange(top, rows.stop) + 0.5) / height)):
            for left in range(0, width, WIDEST):
                there = slice(left, left + WIDEST)
                cv2.remap(table, across.columns[:count, there], place[:, there], cv2.INTER_LINEAR, part[:, there],
                          cv2.BORDER_REPLICATE)
            cv2.multiply(part, here, part)
            total = np.add(part[..., 0], part[..., 1], out=made[channel, :count])
            total += part[..., 2]
            total += part[..., 3]
        yield rows, cast(Floats, cv2.merge(list(made[:, :count]), colors[:count]))


class Bands:
    """A grid made ready to be looked up along rows: for each row a small table over luma and column.

    columns: (BAND, W), where in a table each column of the picture lies. A look-up of OpenCV's then interpolates across
    luma and columns at once.
    """

    def __init__(self, width: int, grid: Grid) -> None:
        self._shape = LEVELS, grid.shape[1], 4
        self._above = np.ascontiguousarray(grid.transpose(3, 0, 2, 1, 4))
        self._step = np.diff(self._above, axis=1, append=self._above[:, -1:])
        count = grid.shape[1]
        place = np.clip((np.arange(width, dtype=np.float32) + 0.5) * np.float32(count / width) - 0.5, 0, count - 1)
        self.columns = np.ascontiguousarray(np.broadcast_to(place.astype(np.float32), (BAND, width)))

    def tables(self, heights: NDArray[np.float64]) -> Floats:
        """The tables (3, rows * LEVELS, columns, 4) of rows at those heights, 0 to 1: for red, for green, for blue."""
        count = self._above.shape[1]
        place = np.clip(heights * count - 0.5, 0, count - 1)
        above = place.astype(np.int64)
        tables = self._step[:, above]
        tables *= (place - above).astype(np.float32)[:, None, None, None]
        tables += self._above[:, above]
        return cast(Floats, tables.reshape(3, -1, *self._shape[1:]))
