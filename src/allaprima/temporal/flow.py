"""Motion between frames by OpenCV's DIS flow (Kroeger et al. 2016, arXiv:1603.03590) at a reduced size, and how far
it can be trusted.

The reference of the warping and of the way back is ``functional.flow``, in torch.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from typing import cast

import numpy as np
from numpy.typing import NDArray

from allaprima.temporal.copies import Copy, Grey, difference, grey_of, lit

Plane = NDArray[np.float32]

RETURN_PX = 1.0           # a way back that ends this far off halves the trust, about
RETURN_SHARE = 0.02       # ... and this share of the squared motion more
PHOTOMETRIC = 12.0        # of 255: a difference along the motion that is not noise
BOUNDARY = 0.1            # change of motion from pixel to pixel that tells an object's edge
TRUSTED = (0.15, 0.45)    # trust below is none, above is whole
ENTERING_PX = 0.05        # motion at a side, on the whole, with which something new comes in
ENTERED_PX = 2            # along such a side, how deep nothing is trusted
FINEST_SCALE = 1          # halvings of the size that motion is found at
PATCH_STRIDE = 6          # at that size
BACKWARD_REFINEMENTS = 3
FORWARD_REFINEMENTS = 0   # the way back need only be near
REST_PX = 0.3             # of the picture's own pixels: motions below may be noise
REST_LOSS = 8             # of 255: how much better rest must fit than a larger motion to be believed in its place
RESIDUE_PX = (0.03, 0.15) # less is noise, more is a place found wrong by so much
LARGEST_RESIDUE_PX = 2.0  # more than this is a mistake
GATHERED = 5              # pixels of half the size: the window that a residue is found in
NOISE_POWER = 4.0         # of squared gradients: flat ground does not move
NEIGHBOURS = np.ones((3, 3), np.uint8)


@dataclass(frozen=True, slots=True)
class Motion:
    """Where the points of a frame were in the frame before, at the reduced size.

    backward: (h, w, 2) in reduced pixels. trust: (h, w), 0 to 1.
    """

    backward: Plane
    trust: Plane


def dense_flow(first: Grey, second: Grey, refinements: int) -> Plane:
    """The motion (h, w, 2) in pixels from the first picture's points to the second's."""
    import cv2

    # OpenCV's own stubs do not know this factory.
    search = cv2.DISOpticalFlow_create(cv2.DISOPTICAL_FLOW_PRESET_ULTRAFAST)  # type: ignore[attr-defined]
    search.setFinestScale(FINEST_SCALE)
    search.setPatchStride(PATCH_STRIDE)
    search.setVariationalRefinementIterations(refinements)
    return np.asarray(search.calc(first, second, None), np.float32)


@contextmanager
def single_threaded() -> Iterator[None]:
    """OpenCV works on whatever thread calls it, within: beside a network, its own threads mostly wait, spinning.

    Motion would also depend on how many there are, as it is found in that many stripes.
    """
    import cv2

    before = cv2.getNumThreads()
    cv2.setNumThreads(1)
    try:
        yield
    finally:
        cv2.setNumThreads(before)


@cache
def places(height: int, width: int) -> Plane:
    """The x and y of every pixel, (H, W, 2); not to be written to."""
    grid = np.ascontiguousarray(np.mgrid[0:height, 0:width][::-1].transpose(1, 2, 0).astype(np.float32))
    grid.flags.writeable = False
    return grid


def sampled(field: Plane | Grey, where: Plane) -> Plane | Grey:
    """The field (h, w) or (h, w, C), taken linearly at the places (h, w, 2); beyond its border, the border."""
    import cv2

    return cast(Plane, cv2.remap(  # type: ignore[call-overload]  # a second map is not needed; the stubs want one
        field, where, None, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE))


def squared_length(field: Plane) -> Plane:
    """The squared length of the vectors of a field (h, w, 2)."""
    import cv2

    x, y = cv2.split(field)
    return cast(Plane, cv2.add(cv2.multiply(x, x), cv2.multiply(y, y)))


def motion_between(before: Copy, now: Copy, scale: float) -> Motion:
    """The motion from a frame back to the one before and its trust; ``scale``: own pixels for one of these.

    Trust falls where the forward flow does not lead back (occluded, or newly uncovered), where the pictures differ
    along the motion by more than a change of light does, at edges of motion, and outside the picture. Small motions
    that fit no better than rest are none, so that noise does not set a still scene moving.
    """
    import cv2

    size = now.shape[:2]
    grey_before, grey = grey_of(before), grey_of(now)
    backward = dense_flow(grey, grey_before, BACKWARD_REFINEMENTS)
    followed = difference(cast(Copy, sampled(before, cast(Plane, cv2.add(backward, places(*size))))), now)
    at_rest = resting(squared_length(backward), (REST_PX / scale) ** 2, difference(before, now), followed)
    backward = cast(Plane, cv2.multiply(backward, cv2.merge([at_rest, at_rest])))
    unlike = cv2.LUT(cv2.blur(followed, (3, 3)), unlikeness())
    doubt = cv2.add(cv2.resize(unsteadiness(backward, dense_flow(grey_before, grey, FORWARD_REFINEMENTS)),
                               size[::-1]), unlike)
    likely = cv2.multiply(cv2.exp(-np.asarray(doubt)), within(backward))
    trust = cv2.blur(cv2.erode(likely, NEIGHBOURS), (3, 3))
    return Motion(backward, stepped(cast(Plane, trust), *TRUSTED))


def unsteadiness(backward: Plane, forward: Plane) -> Plane:
    """Doubt in a motion (h, w, 2) that the opposite one does not undo or that has an edge there, at half the size."""
    import cv2

    height, width = backward.shape[0] // 2, backward.shape[1] // 2
    back, forth = (cast(Plane, cv2.resize(flow, (width, height), interpolation=cv2.INTER_AREA))
                   for flow in (backward, forward))
    way_back = sampled(forth, cast(Plane, places(height, width) + back * np.float32(0.5)))
    # Twice one way's squared length stands for the sum of both: where they differ, the gap decides.
    allowed = squared_length(back) * np.float32(2 * RETURN_SHARE) + np.float32(RETURN_PX**2)
    doubt = cv2.divide(squared_length(cast(Plane, cv2.add(back, cast(Plane, way_back)))), allowed)
    return cast(Plane, cv2.add(doubt, cv2.dilate(change(back) * np.float32((2 * BOUNDARY) ** -2), NEIGHBOURS)))


@cache
def unlikeness() -> Plane:
    """The doubt that each difference of levels along a motion raises, (1, 256)."""
    return np.asarray(np.square(np.arange(256) / PHOTOMETRIC)[None], np.float32)


def within(motion: Plane) -> Plane:
    """1 where the motion (h, w, 2) leads to places within the picture, 0 elsewhere and along sides that it enters by.

    At the very border motion is found badly: where it comes in on the whole, nothing there is trusted.
    """
    found = inside(cast(Plane, places(*motion.shape[:2]) + motion))
    for side, outward in ((np.s_[:ENTERED_PX], -motion[0, :, 1]), (np.s_[-ENTERED_PX:], motion[-1, :, 1]),
                          (np.s_[:, :ENTERED_PX], -motion[:, 0, 0]), (np.s_[:, -ENTERED_PX:], motion[:, -1, 0])):
        if outward.mean() > ENTERING_PX:
            found[side] = 0
    return found


def change(field: Plane) -> Plane:
    """The squared change (h, w) of a field (h, w, 2) from pixel to pixel, in all directions together."""
    import cv2

    along_x, along_y = (cast(Plane, cv2.Sobel(field, cv2.CV_32F, *order, scale=1 / 8)) for order in ((1, 0), (0, 1)))
    return cast(Plane, cv2.add(squared_length(along_x), squared_length(along_y)))


def inside(where: Plane) -> Plane:
    """1 where the places (h, w, 2) lie within a picture of that size, 0 elsewhere."""
    import cv2

    height, width = where.shape[:2]
    found = cv2.inRange(where, (0.0, 0.0), (width - 1.0, height - 1.0))
    return cast(Plane, found.astype(np.float32) * np.float32(1 / 255))


def stepped(values: Plane, low: float, high: float) -> Plane:
    """0 up to the low value, 1 from the high one on, straight between; the other way round where low is above high."""
    return cast(Plane, np.clip((values - np.float32(low)) * np.float32(1 / (high - low)), 0, 1))


def refined(where: Plane, kept: Copy, now: Copy, scale: float) -> Plane:
    """Places (h, w, 2) in a picture kept from before, set right by what still moves between it, seen there, and now.

    Motions put together from frame to frame drift; this looks at where they lead.
    """
    import cv2

    seen = lit(cast(Copy, sampled(kept, where)), now)
    corrected = cast(Plane, cv2.add(where, residue(grey_of(seen), grey_of(now))))
    moved = cast(Plane, cv2.subtract(corrected, places(*now.shape[:2])))
    at_rest = resting(squared_length(moved), (REST_PX / scale) ** 2, difference(kept, now), difference(seen, now))
    return cast(Plane, cv2.add(cv2.multiply(moved, cv2.merge([at_rest, at_rest])), places(*now.shape[:2])))


def residue(seen: Grey, now: Grey) -> Plane:
    """The small motion (h, w, 2) from now to what is seen there: one step of Lucas and Kanade 1981.

    Gradients are gathered at half the size.
    """
    import cv2

    size = (now.shape[1] // 2, now.shape[0] // 2)
    both = cv2.addWeighted(seen, 0.5, now, 0.5, 0)
    along_x, along_y = (cv2.Sobel(both, cv2.CV_32F, *order, scale=1 / 8) for order in ((1, 0), (0, 1)))
    apart = cv2.subtract(now, seen, dtype=cv2.CV_32F)
    xx, xy, yy, x, y = (
        cv2.blur(cv2.resize(cv2.multiply(one, other), size, interpolation=cv2.INTER_AREA), (GATHERED, GATHERED))
        for one, other in ((along_x, along_x), (along_x, along_y), (along_y, along_y), (along_x, apart),
                           (along_y, apart)))
    xx, yy = xx + NOISE_POWER, yy + NOISE_POWER
    known = xx * yy - xy * xy
    rest = cv2.merge([(yy * x - xy * y) / known, (xx * y - xy * x) / known])
    length = cast(Plane, np.sqrt(squared_length(cast(Plane, rest))))
    weight = stepped(length, *RESIDUE_PX) * (length < LARGEST_RESIDUE_PX)
    return cast(Plane, cv2.resize(rest * cv2.merge([weight, weight]), now.shape[::-1]))


def resting(moved: Plane, least: float, rested: Grey, followed: Grey) -> Plane:
    """0 where a small motion fits no better than rest, 1 elsewhere, soft between: what motion is multiplied by.

    moved: squared motion. rested, followed: differences to the frame before, without and with the motion.
    """
    import cv2

    better = cv2.subtract(cv2.blur(rested, (5, 5)), cv2.blur(followed, (5, 5)), dtype=cv2.CV_16S)
    believed = (((moved >= least) & (better > -REST_LOSS)) | (better > 0)).astype(np.float32)
    return cast(Plane, cv2.blur(believed, (5, 5)))
