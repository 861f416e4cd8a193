"""Anchors laid over a new frame: looked up where they are seen, mixed where several are."""

from __future__ import annotations

from collections.abc import Sequence
from typing import cast

import numpy as np
from numpy.typing import NDArray

from allaprima.loops.readiness import loops_are_ready
from allaprima.temporal.anchors import Anchor, looked_at, looked_up, own_places
from allaprima.temporal.detail import WorkingPicture
from allaprima.temporal.fields import Grey, Plane, pixels_of

SCATTERED = 0.5           # of a picture: what covers less is gathered pixel by pixel
LEAST_SEEN = 0.03         # of an anchor: what is seen less is left to what is below
WHOLE = 7                 # bits of a weight: a difference of two bytes times it fits 16 of them
NEXT_TO_NOTHING = 1e-6


def shared(weights: Sequence[Plane], kept: float) -> tuple[list[Plane], Plane]:
    """What is seen (h, w) of pictures with those weights, the first on top, and how much lies bare of them all.

    kept: the largest weight. The little that is left of it is to be the new frame, and none of the pictures below:
    where one is wholly seen, no other need be looked up.
    """
    shares, bare = [], np.ones_like(weights[0])
    for weight in weights:
        shares.append(weight * bare)
        bare = bare * (1 - weight * np.float32(1 / kept))
    return shares, bare


def laid(anchors: Sequence[Anchor], shares: Sequence[Plane], painted: WorkingPicture) -> WorkingPicture:
    """The anchors laid over the new frame, of each its share (h, w); those of all are 1 at most.

    They are looked up only where they are seen.
    """
    mixture = painted.copy()
    if mixture.dtype == np.uint8 and loops_are_ready():
        return laid_by_loops(mixture, anchors, shares)
    above, layers = np.zeros_like(shares[0]), []
    for anchor, share in zip(anchors, shares, strict=True):
        # Of what is below those above it.
        weight = cast(Plane, share / np.maximum(1 - above, np.float32(NEXT_TO_NOTHING)))
        layers.append((anchor, weight, share > LEAST_SEEN))
        above = above + share
    for anchor, weight, seen in reversed(layers):
        if seen.any():
            mixture = lay(mixture, anchor, weight, seen)
    return mixture


def lay(mixture: WorkingPicture, anchor: Anchor, weight: Plane, seen: NDArray[np.bool_]) -> WorkingPicture:
    """The picture with an anchor laid over it by its weight (h, w) where something of it is seen (h, w)."""
    height, width = mixture.shape[:2]
    there = own_places(anchor.picture, anchor.where, height, width)
    whole = enlarged(weight, mixture)
    if seen.mean() >= SCATTERED:
        return between(looked_at(anchor.picture, there, width), mixture, whole)
    chosen = chosen_of(seen, height, width)
    pixels = mixture.reshape(-1, 4).view(np.uint32 if mixture.dtype == np.uint8 else np.complex128)
    of_them = np.take(there.view(np.complex64), chosen).view(np.float32).reshape(*chosen.shape, 2)
    below = cast(WorkingPicture, np.take(pixels, chosen).view(mixture.dtype).reshape(*chosen.shape, 4))
    laid_there = between(looked_at(anchor.picture, of_them, width), below, cast(Plane, np.take(whole, chosen)))
    pixels[chosen, 0] = laid_there.view(pixels.dtype)[..., 0]
    return mixture


def laid_by_loops(mixture: WorkingPicture, anchors: Sequence[Anchor], shares: Sequence[Plane]) -> WorkingPicture:
    """What ``laid`` does to a picture of bytes, in its place, by compiled loops: apart by a level here and there."""
    from allaprima.loops import laying as loops
    from allaprima.loops.weights import cleared, weights

    above, layers = np.zeros_like(shares[0]), []
    least, whole, nothing = np.float32(LEAST_SEEN), np.float32(1 << WHOLE), np.float32(NEXT_TO_NOTHING)
    for anchor, share in zip(anchors, shares, strict=True):
        share, wanted = np.ascontiguousarray(share), np.empty_like(above)
        seen = weights(share.reshape(-1), above.reshape(-1), whole, least, nothing, wanted.reshape(-1))
        if 0 < seen < SCATTERED * share.size:
            cleared(share, least, wanted)
        if seen:
            layers.append((anchor, wanted))
    for anchor, wanted in reversed(layers):
        loops.lay(pixels_of(mixture), pixels_of(anchor.picture), anchor.where, wanted)
    return mixture


def looked_up_whole(picture: WorkingPicture, where: Plane) -> WorkingPicture:
    """What lies at the places (h, w, 2), in reduced pixels, of a picture, for a frame of its size."""
    if picture.dtype != np.uint8 or not loops_are_ready():
        return looked_up(picture, where, *picture.shape[:2])
    from allaprima.loops import laying as loops

    out = np.zeros_like(picture)
    loops.lay(pixels_of(out), pixels_of(picture), where, np.full(where.shape[:2], 1 << WHOLE, np.float32))
    return out


def chosen_of(seen: NDArray[np.bool_], height: int, width: int) -> NDArray[np.intp]:
    """The numbers of the pixels of a picture where something is seen (h, w) or is beside that, in rows of its width."""
    import cv2

    around = cv2.resize(near(seen), (width, height), interpolation=cv2.INTER_NEAREST)
    chosen = np.flatnonzero(around.view(np.bool_))
    rows = np.full(-(-chosen.size // width) * width, chosen[0])  # the last row is filled by the first pixel
    rows[:chosen.size] = chosen
    return rows.reshape(-1, width)


def enlarged(weight: Plane, picture: WorkingPicture) -> Plane | Grey:
    """A weight (h, w), 0 to 1, at a picture's size, and in 128ths where the picture is of bytes."""
    import cv2

    if picture.dtype == np.uint8:
        weight = cast(Plane, cv2.convertScaleAbs(weight, alpha=1 << WHOLE))
    return cast(Plane, cv2.resize(weight, picture.shape[1::-1]))


def between(above: WorkingPicture, below: WorkingPicture, weight: Plane | Grey) -> WorkingPicture:
    """The picture above by its weight (H, W), the one below by the rest; rounded once: twice would flicker."""
    import cv2

    share = cv2.merge([weight] * 4)
    if above.dtype != np.uint8:
        return cast(WorkingPicture, below + (above - below) * share)
    apart = np.subtract(above, below, dtype=np.int16)
    np.multiply(apart, share, out=apart)
    np.add(apart, np.int16(1 << (WHOLE - 1)), out=apart)
    np.right_shift(apart, WHOLE, out=apart)
    np.add(apart, below, out=apart)
    return cast(WorkingPicture, apart.astype(np.uint8))


def near(seen: NDArray[np.bool_]) -> Grey:
    """Where (h, w) something is seen or is beside that: what is enlarged reaches so far."""
    import cv2

    return cast(Grey, cv2.dilate(seen.view(np.uint8), np.ones((3, 3), np.uint8)))


def mixed(first: WorkingPicture, second: WorkingPicture, share: Plane) -> WorkingPicture:
    """The first picture by its share (h, w), 0 to 1, the second by the rest."""
    return between(first, second, enlarged(share, first))
