"""The way back from a frame to the one before, from vectors and depths at full size, and where it is hidden."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from allaprima.frames import Vectors

Plane = NDArray[np.float32]
Field = NDArray[np.float32]
DEPTH_TOLERANCE = 0.05  # of the depth: a camera comes nearer by less in a frame, and this is taken off besides
APART_PX = 1.0          # of the reduced field: points that meet with motions that differ by more are of two things
KNOWN_AROUND = 5 / 9    # of three by three pixels: what is known there is a gap between points, and nothing new
NEAREST, FARTHEST = 1e-6, 1e10


def hidden(field: Field, depth: Plane | None, depth_before: Plane | None, size: tuple[int, int]) -> Vectors:
    """The motion by a frame's own vectors (H, W, 2) back, at (height, width).

    Where there are depths (H, W) of both frames, what the frame before hid behind something else is not trusted.
    """
    rows, columns = _middles(field.shape[0], size[0]), _middles(field.shape[1], size[1])
    back = field[np.ix_(rows, columns)]
    known = np.asarray(np.isfinite(back).all(axis=2), np.bool_)
    back = np.where(known[..., None], back, 0)
    x, y = columns[None, :] + back[..., 0], rows[:, None] + back[..., 1]
    trust = known & (x > -0.5) & (x < field.shape[1] - 0.5) & (y > -0.5) & (y < field.shape[0] - 0.5)
    if depth is not None and depth_before is not None:
        trust &= _same_depth(_logarithm(depth)[np.ix_(rows, columns)], _logarithm(depth_before), x, y, trust)
    return Vectors(_scaled(back, field, size), trust.astype(np.float32))


def turned_round(field: Field, depth: Plane | None, depth_after: Plane | None, size: tuple[int, int]) -> Vectors:
    """The motion back from a frame, by the vectors (H, W, 2) that lead to it from the frame before.

    Each point of that frame is laid where it goes. Of several at one place that is seen whose depth the new frame has
    there; without depths (H, W), outlines and places that two things move to are not trusted. What nothing moves to
    never is.
    """
    height, width = 2 * size[0], 2 * size[1]  # twice as many, so that hardly any place goes without
    rows, columns = _middles(field.shape[0], height), _middles(field.shape[1], width)
    forth = field[np.ix_(rows, columns)]
    scale = np.array([size[1] / field.shape[1], size[0] / field.shape[0]], np.float32)
    x = (columns[None, :] + 0.5 + forth[..., 0]) * scale[0] - 0.5
    y = (rows[:, None] + 0.5 + forth[..., 1]) * scale[1] - 0.5
    there = np.isfinite(x) & np.isfinite(y) & (x > -0.5) & (x < size[1] - 0.5) & (y > -0.5) & (y < size[0] - 0.5)
    place = np.rint(y[there]).astype(np.intp) * size[1] + np.rint(x[there]).astype(np.intp)
    back = -(forth[there] * scale)
    if depth is not None and depth_after is not None:
        own = _logarithm(depth)[np.ix_(rows, columns)][there]
        seen = _logarithm(depth_after)[np.ix_(_middles(field.shape[0], size[0]), _middles(field.shape[1], size[1]))]
        apart = np.abs(own - seen.reshape(-1)[place] - np.median(own - seen.reshape(-1)[place]))
        order = np.argsort(-apart, kind="stable")  # of those at one place the last is kept: the nearest in depth
        found, known = _laid(place[order], back[order], size)
        return _filled(found, known & (_laid(place[order], apart[order], size)[0] < DEPTH_TOLERANCE))
    found, known = _laid(place, back, size)
    spread = np.zeros(size[0] * size[1], np.float32)
    np.maximum.at(spread, place, np.abs(back - found.reshape(-1, 2)[place]).max(axis=1))
    import cv2

    around = np.ones((3, 3), np.uint8)
    outline = (cv2.dilate(found, around) - cv2.erode(found, around)).max(axis=2) > APART_PX
    vectors = _filled(found, known & (spread.reshape(size) < APART_PX))
    return Vectors(vectors.backward, vectors.trust * ~outline)


def _same_depth(own: Plane, before: Plane, x: Plane, y: Plane, known: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Whether points of a logarithmic depth (h, w) have it at their places in a depth before (H, W): between the four
    pixels around each.
    """
    above, left = np.floor(y).astype(np.intp), np.floor(x).astype(np.intp)
    corners = [before[np.clip(above + down, 0, before.shape[0] - 1), np.clip(left + right, 0, before.shape[1] - 1)]
               for down in (0, 1) for right in (0, 1)]
    low, high = np.minimum.reduce(corners), np.maximum.reduce(corners)
    own = own - (np.median((own - (low + high) / 2)[known]) if known.any() else 0)
    return np.asarray((own > low - DEPTH_TOLERANCE) & (own < high + DEPTH_TOLERANCE), np.bool_)


def _laid(place: NDArray[np.intp], values: Plane, size: tuple[int, int]) -> tuple[Plane, NDArray[np.bool_]]:
    """Values laid at their places, the last of several there, and whether there is any."""
    found = np.zeros((size[0] * size[1], *values.shape[1:]), np.float32)
    known = np.zeros(size[0] * size[1], np.bool_)
    found[place], known[place] = values, True
    return found.reshape(*size, *values.shape[1:]), known.reshape(size)


def _filled(back: Field, known: NDArray[np.bool_]) -> Vectors:
    """The motion with single gaps between points filled from around them."""
    import cv2

    weight = known.astype(np.float32)
    around = cv2.blur(weight, (3, 3))
    mean = cv2.blur(back * weight[..., None], (3, 3)) / np.maximum(around, 1e-3)[..., None]
    whole = np.where(known[..., None], back, mean).astype(np.float32)
    return Vectors(whole, (known | (around >= KNOWN_AROUND)).astype(np.float32))


def _logarithm(depth: Plane) -> Plane:
    known = np.nan_to_num(np.abs(depth), nan=FARTHEST, posinf=FARTHEST)
    return np.asarray(np.log(np.clip(known, NEAREST, FARTHEST)), np.float32)


def _middles(length: int, count: int) -> NDArray[np.intp]:
    """The pixels of a side that lie in the middle of as many equal parts of it."""
    return ((np.arange(count) + 0.5) * (length / count)).astype(np.intp)


def _scaled(back: Field, field: Field, size: tuple[int, int]) -> Field:
    return np.asarray(back * np.array([size[1] / field.shape[1], size[0] / field.shape[0]], np.float32), np.float32)
