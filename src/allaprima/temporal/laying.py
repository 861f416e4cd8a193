"""Anchors laid over a new frame: looked up where they are seen, mixed where several are."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import cast

import numpy as np
from numpy.typing import NDArray

from allaprima.temporal.anchors import Anchor, looked_at, own_places
from allaprima.temporal.detail import WorkingPicture
from allaprima.temporal.fields import Grey, Plane

SCATTERED = 0.6           # of a picture: what covers less is gathered pixel by pixel
LEAST_SEEN = 1 / 512      # an anchor that is seen less changes no value of 8 bits
BANDS = 8                 # that a picture is laid in
WORTH_SKIPPING = 20       # pixels of a proxy: a gap in a band that is wider is left out


def laid(anchors: Sequence[Anchor], weights: Sequence[Plane], painted: WorkingPicture) -> WorkingPicture:
    """The anchors laid over the new frame by their weights (h, w), the first on top.

    They are looked up only where they are seen.
    """
    mixture, bare, seen = painted.copy(), np.ones_like(weights[0]), list[NDArray[np.bool_]]()
    for weight in weights:
        seen.append(weight * bare > LEAST_SEEN)
        bare = bare * (1 - weight)
    for anchor, weight, places in reversed(list(zip(anchors, weights, seen, strict=True))):
        if places.any():
            (lay_scattered if places.mean() < SCATTERED else lay_bands)(mixture, anchor, weight, places)
    return mixture


def lay_bands(mixture: WorkingPicture, anchor: Anchor, weight: Plane, seen: NDArray[np.bool_]) -> None:
    """Lays an anchor over a picture where something of it is seen (h, w), in pieces of bands."""
    import cv2

    height, width = mixture.shape[:2]
    there, whole = own_places(anchor.picture, anchor.where, height, width), cv2.resize(weight, (width, height))
    for part in parts_of(seen, height, width):
        mixture[part] = cv2.blendLinear(looked_at(anchor.picture, there[part], width), mixture[part],
                                        whole[part], 1 - whole[part])


def lay_scattered(mixture: WorkingPicture, anchor: Anchor, weight: Plane, seen: NDArray[np.bool_]) -> None:
    """Lays an anchor over a picture at the pixels where something of it is seen (h, w), gathered into rows."""
    import cv2

    height, width = mixture.shape[:2]
    there, whole = own_places(anchor.picture, anchor.where, height, width), cv2.resize(weight, (width, height))
    chosen = np.flatnonzero(cv2.resize(near(seen), (width, height), interpolation=cv2.INTER_NEAREST).view(np.bool_))
    chosen = np.resize(chosen, (-(-chosen.size // width), width))  # the last row is filled by the first pixels again
    of_them = np.take(there.view(np.complex64), chosen).view(np.float32).reshape(*chosen.shape, 2)
    share, flat = np.take(whole, chosen), mixture.reshape(-1, 3)
    below = cast(WorkingPicture, np.take(flat, chosen, axis=0))
    laid_there = cv2.blendLinear(looked_at(anchor.picture, of_them, width), below, share, 1 - share)
    pixel = np.dtype((np.void, flat.itemsize * 3))  # a pixel is written as one thing
    flat.view(pixel)[chosen, 0] = np.ascontiguousarray(laid_there).view(pixel)[..., 0]


def near(seen: NDArray[np.bool_]) -> Grey:
    """Where (h, w) something is seen or is beside that: what is enlarged reaches so far."""
    import cv2

    return cast(Grey, cv2.dilate(seen.view(np.uint8), np.ones((3, 3), np.uint8)))


def parts_of(seen: NDArray[np.bool_], height: int, width: int) -> Iterator[tuple[slice, slice]]:
    """The parts of a picture, rows and columns, of which something is seen (h, w): pieces of bands.

    None lies over another.
    """
    around = near(seen)
    rows, columns = around.shape
    tall = -(-rows // BANDS)
    for top in range(0, rows, tall):
        used = np.flatnonzero(around[top:top + tall].max(axis=0))
        for run in np.split(used, np.flatnonzero(np.diff(used) > WORTH_SKIPPING) + 1):
            if run.size:
                yield (slice(top * height // rows, min(top + tall, rows) * height // rows),
                       slice(int(run[0]) * width // columns, -(-(int(run[-1]) + 1) * width // columns)))


def mixed(first: WorkingPicture, second: WorkingPicture, share: Plane) -> WorkingPicture:
    """The first picture by its share (h, w), 0 to 1, the second by the rest."""
    import cv2

    share = cast(Plane, cv2.resize(share, (first.shape[1], first.shape[0])))
    return cast(WorkingPicture, cv2.blendLinear(first, second, share, 1 - share))


def bare_of(weights: Sequence[Plane]) -> Plane:
    """How much (h, w) is seen through all that lies over a picture by those weights."""
    bare = np.ones_like(weights[0])
    for weight in weights:
        bare = bare * (1 - weight)
    return bare
