"""Anchors laid over a new frame: looked up where they are seen, mixed where several are."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import cast

import numpy as np
from numpy.typing import NDArray

from allaprima.temporal.anchors import Anchor, looked_at, own_places
from allaprima.temporal.detail import WorkingPicture
from allaprima.temporal.fields import Plane

LEAST_SEEN = 1 / 512      # an anchor that is seen less changes no value of 8 bits
BANDS = 8                 # that a picture is laid in
WORTH_SKIPPING = 20       # pixels of a proxy: a gap in a band that is wider is left out


def laid(anchors: Sequence[Anchor], weights: Sequence[Plane], painted: WorkingPicture,
         through: Plane | None = None) -> tuple[WorkingPicture, Plane]:
    """The anchors laid over the new frame by their weights (h, w), the first on top, and where (h, w) it stays bare.

    They are looked up only where they are seen. through: how much (h, w) is seen of the whole, where something will lie
    over it.
    """
    import cv2

    height, width = painted.shape[:2]
    mixture, bare, seen = painted.copy(), np.ones_like(weights[0]), list[Plane]()
    for weight in weights:
        seen.append(weight * bare if through is None else weight * bare * through)
        bare = bare * (1 - weight)
    for anchor, weight, share in reversed(list(zip(anchors, weights, seen, strict=True))):
        parts = list(parts_of(share > LEAST_SEEN, height, width))
        if not parts:
            continue
        there, whole = own_places(anchor.picture, anchor.where, height, width), cv2.resize(weight, (width, height))
        for part in parts:
            mixture[part] = cv2.blendLinear(looked_at(anchor.picture, there[part], width), mixture[part],
                                            whole[part], 1 - whole[part])
    return mixture, bare


def parts_of(seen: NDArray[np.bool_], height: int, width: int) -> Iterator[tuple[slice, slice]]:
    """The parts of a picture, rows and columns, of which something is seen (h, w): pieces of bands.

    None lies over another.
    """
    import cv2

    near = cv2.dilate(seen.astype(np.uint8), np.ones((3, 3), np.uint8))  # what is enlarged reaches so far
    rows, columns = near.shape
    tall = -(-rows // BANDS)
    for top in range(0, rows, tall):
        used = np.flatnonzero(near[top:top + tall].max(axis=0))
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
