"""What lies under full transparency: filled from what can be seen, so that it takes no part in anything. Numpy only."""

from __future__ import annotations

from typing import cast

import numpy as np
from numpy.typing import NDArray

from allaprima.frames import FULL_SCALE, Pixels

Places = NDArray[np.intp]


def filled(picture: Pixels, alpha: Pixels | None) -> Pixels:
    """The picture (H, W, 3) with the pixels that alpha (H, W) hides wholly mirrored from those that it shows.

    Where it shows nothing at all the result is white. A picture that shows everything is given back itself.
    """
    if alpha is None or np.all(alpha):
        return picture
    shown = alpha > 0
    if not shown.any():
        return np.full_like(picture, FULL_SCALE[picture.dtype.name])
    inside = bounds(shown)
    rows, columns = (mirrored(np.arange(length), part)
                     for length, part in zip(shown.shape, inside, strict=True))
    part = within(picture[inside], shown[inside])
    return cast(Pixels, np.ascontiguousarray(part[np.ix_(rows - inside[0].start, columns - inside[1].start)]))


def cut_out(picture: Pixels, alpha: Pixels | None) -> Pixels | None:
    """The part of a picture (H, W, 3) in which alpha (H, W) shows anything, filled; None where it shows nothing."""
    if alpha is None:
        return picture
    if not np.any(alpha):
        return None
    inside = bounds(alpha > 0)
    return filled(picture[inside], alpha[inside])


def on_white(picture: Pixels, alpha: Pixels) -> Pixels:
    """The picture (H, W, 3), not premultiplied by alpha (H, W) of its type, laid on white."""
    full = FULL_SCALE[picture.dtype.name]
    share = np.asarray(alpha, np.float32)[..., None] / np.float32(full)
    laid = np.asarray(picture, np.float32) * share + np.float32(full) * (1 - share)
    if picture.dtype == np.float32:
        return cast(Pixels, np.asarray(laid, np.float32))
    return cast(Pixels, np.rint(laid).astype(picture.dtype))


def bounds(shown: NDArray[np.bool_]) -> tuple[slice, slice]:
    """The rows and columns between the first and the last that show anything."""
    used = [np.flatnonzero(shown.any(axis=axis)) for axis in (1, 0)]
    return slice(int(used[0][0]), int(used[0][-1]) + 1), slice(int(used[1][0]), int(used[1][-1]) + 1)


def mirrored(places: Places, part: slice) -> Places:
    """The places, those outside of the part mirrored at its ends as often as it takes."""
    last = part.stop - part.start - 1
    if last == 0:
        return np.full_like(places, part.start)
    way = np.abs(places - part.start) % (2 * last)
    return cast(Places, part.start + np.minimum(way, 2 * last - way))


def within(picture: Pixels, shown: NDArray[np.bool_]) -> Pixels:
    """The picture (H, W, 3), each hidden pixel mirrored at the nearest shown one; as that where this hits none."""
    if shown.all():
        return picture
    import cv2

    _, labels = cv2.distanceTransformWithLabels((~shown).astype(np.uint8), cv2.DIST_L2, cv2.DIST_MASK_5,
                                                labelType=cv2.DIST_LABEL_PIXEL)
    of_label = np.zeros(int(labels.max()) + 1, np.intp)
    of_label[labels[shown]] = np.flatnonzero(shown)
    hidden = np.flatnonzero(~shown)
    nearest = of_label[labels.reshape(-1)[hidden]]
    height, width = shown.shape
    across = [np.clip(2 * (nearest // width) - hidden // width, 0, height - 1),
              np.clip(2 * (nearest % width) - hidden % width, 0, width - 1)]
    beyond = across[0] * width + across[1]
    flat = picture.reshape(-1, 3)
    result = flat.copy()
    result[hidden] = flat[np.where(shown.reshape(-1)[beyond], beyond, nearest)]
    return cast(Pixels, result.reshape(picture.shape))
