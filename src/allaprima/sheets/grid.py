"""Pictures laid out in rows and columns on one."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from allaprima.frames import Rgb8

Colour = tuple[int, int, int]
CHARCOAL: Colour = (28, 28, 30)  # neutral and dark: it changes no colour's look and shows where a picture ends


def grid(rows: Sequence[Sequence[Rgb8 | None]], *, gap: int = 12, background: Colour = CHARCOAL) -> Rgb8:
    """Return one picture (H, W, 3) of rows of pictures (h, w, 3), each in the middle of its cell.

    A column is as wide as its widest picture, a row as high as its highest; None leaves a cell empty, short rows end
    early. ``gap`` pixels stand between cells and around them. Raises ValueError without a picture.
    """
    columns = max((len(row) for row in rows), default=0)
    widths = [max((_size(row, at)[1] for row in rows), default=0) for at in range(columns)]
    heights = [max((_size(row, at)[0] for at in range(len(row))), default=0) for row in rows]
    if not any(widths) or not any(heights):
        raise ValueError("a grid needs at least one picture")
    sheet = np.empty((sum(heights) + gap * (len(rows) + 1), sum(widths) + gap * (columns + 1), 3), np.uint8)
    sheet[:] = background
    top = gap
    for row, height in zip(rows, heights, strict=True):
        left = gap
        for picture, width in zip(row, widths, strict=False):
            if picture is not None:
                y, x = top + (height - picture.shape[0]) // 2, left + (width - picture.shape[1]) // 2
                sheet[y:y + picture.shape[0], x:x + picture.shape[1]] = picture
            left += width + gap
        top += height + gap
    return sheet


def _size(row: Sequence[Rgb8 | None], at: int) -> tuple[int, int]:
    picture = row[at] if at < len(row) else None
    return (0, 0) if picture is None else (picture.shape[0], picture.shape[1])


def fitted(picture: Rgb8, width: int, height: int) -> Rgb8:
    """Return a picture (H, W, 3) made to fit into a box, aspect kept: by area means, never enlarged."""
    scale = min(1.0, width / picture.shape[1], height / picture.shape[0])
    if scale == 1.0:
        return picture
    rows = _area_weights(picture.shape[0], max(1, round(picture.shape[0] * scale)))
    columns = _area_weights(picture.shape[1], max(1, round(picture.shape[1] * scale)))
    channels = [rows @ picture[..., channel].astype(np.float32) @ columns.T for channel in range(picture.shape[2])]
    return np.rint(np.stack(channels, axis=-1)).astype(np.uint8)


def _area_weights(before: int, after: int) -> NDArray[np.float32]:
    """Return (after, before): how much of each old pixel lies under each new one; rows sum to 1."""
    edges = np.linspace(0, before, after + 1)
    pixels = np.arange(before)
    overlap = np.minimum(edges[1:, None], pixels + 1) - np.maximum(edges[:-1, None], pixels)
    weights: NDArray[np.float32] = (np.clip(overlap, 0, None) * (after / before)).astype(np.float32)
    return weights
