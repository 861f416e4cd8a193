"""A bilateral grid of affine colour transforms: what a picture became, as a change of light and colour alone.

Cells of a coarse grid over place and luma each hold a map from colours to colours, fitted to a picture and what was
made of it by least squares; between cells they are interpolated, across place evenly and across luma by the pixel's
own, so that a change stops where an edge is (Chen et al. 2016, Bilateral Guided Upsampling). What is no such change,
strokes and bent lines, has no place in it. Where we differ: sums for the fit are gathered from small copies and
smoothed over neighbouring cells, and what a cell knows too little of, the map of the whole picture tells it.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import cast

import numpy as np
from numpy.typing import NDArray

from allaprima.frames import FULL_SCALE, Pixels

SHORTER = 8      # cells along the shorter side: fewer lose the light's direction, more follow strokes
LONGEST = 64     # cells along the longer side at most
LEVELS = 8       # of luma
SAMPLES = 8      # pixels of the small copies to a cell's side
SMOOTHINGS = 2   # of sums over place, each by 1 2 1; once over luma
WHOLE = 0.05     # of a cell's pixels: how much the whole picture's map counts in each cell
RIDGE = 1e-3     # variance that is taken to be unchanged, so that even pictures have a map
LUMA: NDArray[np.float32] = np.array([[0.2126, 0.7152, 0.0722]], np.float32)  # ITU-R BT.709
BAND = 32        # rows at once, whose buffers stay in the cache
WIDEST = 16384   # columns that are looked up at once: OpenCV counts them in 16 bits

Floats = NDArray[np.float32]
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

    def small(picture: Pixels) -> Floats:
        copy: Floats = np.asarray(cv2.resize(picture, size, interpolation=cv2.INTER_AREA), np.float32)
        copy *= np.float32(1 / FULL_SCALE[picture.dtype.name])
        return copy

    def by_cell(values: Floats) -> Floats:
        blocks = values.reshape(rows, SAMPLES, columns, SAMPLES, -1).swapaxes(1, 2)
        return blocks.reshape(rows, columns, SAMPLES * SAMPLES, -1)

    colors = small(content)
    seen = by_cell(np.concatenate([colors, np.ones((*colors.shape[:2], 1), np.float32)], axis=2))
    both = np.concatenate([seen, by_cell(small(made))], axis=3)
    levels = by_cell(cast(Floats, cv2.transform(colors, LUMA * (LEVELS - 1))))
    shares = np.maximum(1 - np.abs(levels - np.arange(LEVELS, dtype=np.float32)), 0)
    if weight is not None:
        shares = shares * by_cell(cast(Floats, cv2.resize(weight, size, interpolation=cv2.INTER_AREA)))
    products = (seen[..., :, None] * both[..., None, :]).reshape(rows, columns, SAMPLES * SAMPLES, -1)
    sums = np.matmul(shares.swapaxes(2, 3), products)
    for axis in (*(0, 1) * SMOOTHINGS, 2):
        sums = neighbours_mixed(sums, axis)
    return cast(Sums, sums.reshape(*sums.shape[:3], 4, 7))


def neighbours_mixed(sums: Floats, axis: int) -> Floats:
    """A quarter of either neighbour along an axis and a half of itself, which stands for one that is missing too."""
    there = np.moveaxis(sums, axis, 0)
    mixed = 0.5 * there
    mixed[1:] += 0.25 * there[:-1]
    mixed[:-1] += 0.25 * there[1:]
    mixed[[0, -1]] += 0.25 * there[[0, -1]]
    return cast(Floats, np.moveaxis(mixed, 0, axis))


def fitted(sums: Sums) -> Grid:
    """The transforms that fit best, each cell's drawn a little to that of the whole picture."""
    sums = sums.astype(np.float64)
    whole = sums.sum(axis=(0, 1, 2))
    mean = whole / max(whole[3, 3], 1e-6)
    unchanged = RIDGE * np.eye(4)
    seen = mean[:, :4] + unchanged
    everywhere = np.linalg.solve(seen, mean[:, 4:] + unchanged[:, :3])
    drawn = np.concatenate([seen, seen @ everywhere], axis=1) * (WHOLE * SAMPLES * SAMPLES)
    pulled = sums + drawn
    found = np.linalg.solve(pulled[..., :4], pulled[..., 4:])
    return np.ascontiguousarray(found.swapaxes(3, 4), np.float32)


def sliced(content: Pixels, grid: Grid) -> Iterator[tuple[slice, Floats]]:
    """The content (H, W, 3) changed by a grid, band of rows by band: which rows, and those as float32 in 0 .. full.

    Values may lie outside of that range. Buffers are used again: take what is wanted before the next band.
    """
    import cv2

    height, width = content.shape[:2]
    full = FULL_SCALE[content.dtype.name]
    across = Bands(width, grid)
    seen, products = (np.empty((BAND, width, 4), np.float32) for _ in range(2))
    levels, made = np.empty((BAND, width), np.float32), np.empty((BAND, width, 3), np.float32)
    ones, luma = np.ones((1, 4), np.float32), np.append(LUMA * ((LEVELS - 1) / full), [[0]], axis=1).astype(np.float32)
    seen[..., 3] = full
    for top in range(0, height, BAND):
        rows = slice(top, min(top + BAND, height))
        count = rows.stop - top
        here, place, part = seen[:count], levels[:count], products[:count]
        here[..., :3] = content[rows]
        cv2.transform(here, luma, place)
        place += (np.arange(count, dtype=np.float32) * LEVELS)[:, None]
        for channel, table in enumerate(across.tables((np.arange(top, rows.stop) + 0.5) / height)):
            for left in range(0, width, WIDEST):
                there = slice(left, left + WIDEST)
                cv2.remap(table, across.columns[:count, there], place[:, there], cv2.INTER_LINEAR, part[:, there],
                          cv2.BORDER_REPLICATE)
            cv2.multiply(part, here, part)
            made[:count, :, channel] = cv2.transform(part, ones)
        yield rows, made[:count]


class Bands:
    """A grid made ready to be looked up along rows: for each row a small table over luma and column.

    columns: (BAND, W), where in a table each column of the picture lies. A look-up of OpenCV's then interpolates across
    luma and columns at once.
    """

    def __init__(self, width: int, grid: Grid) -> None:
        self._grid = grid
        count = grid.shape[1]
        place = np.clip((np.arange(width, dtype=np.float32) + 0.5) * np.float32(count / width) - 0.5, 0, count - 1)
        self.columns = np.ascontiguousarray(np.broadcast_to(place.astype(np.float32), (BAND, width)))

    def tables(self, heights: NDArray[np.float64]) -> Iterator[Floats]:
        """The tables (rows * LEVELS, columns, 4) of rows at those heights, 0 to 1, for red, for green and for blue."""
        count = len(self._grid)
        place = np.clip(heights * count - 0.5, 0, count - 1)
        above = np.minimum(place.astype(np.int64), max(count - 2, 0))
        way = (place - above).astype(np.float32)[:, None, None, None, None]
        between = self._grid[above] * (1 - way) + self._grid[np.minimum(above + 1, count - 1)] * way
        for channel in range(3):
            table = between[..., channel, :].swapaxes(1, 2)
            yield np.ascontiguousarray(table).reshape(-1, self._grid.shape[1], 4)
