"""Motion between frames by OpenCV's DIS flow (Kroeger et al. 2016, arXiv:1603.03590) at a reduced size, and how far
it can be trusted.

The reference of the warping and of the way back is ``functional.flow``, in torch.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import cast

import numpy as np
from numpy.typing import NDArray

from allaprima.frames import Pixels

Plane = NDArray[np.float32]
Grey = NDArray[np.uint8]

FLOW_AREA = 320 * 180     # pixels of the copies that the flow is found on
RETURN_PX = 0.9           # of the picture's own pixels: a way back that ends this far off halves the trust, about
RETURN_SHARE = 0.02       # ... and this share of the squared motion more
PHOTOMETRIC = 10.0        # of 255: a difference along the motion that is not noise
REST_PX = 0.3             # of the picture's own pixels: motions below may be noise
REST_GAIN = 0             # of 255: how much better than rest a small motion must fit to be believed


@dataclass(frozen=True, slots=True)
class Motion:
    """Where the points of a frame were in the frame before, at the reduced size.

    backward: (h, w, 2) in reduced pixels. trust: (h, w), 0 to 1.
    """

    backward: Plane
    trust: Plane


def reduced_grey(image: Pixels) -> Grey:
    """A grey uint8 copy of the picture (H, W, 3), of some ``FLOW_AREA`` pixels, or its own size where that is less."""
    import cv2

    height, width = image.shape[:2]
    scale = min(1.0, (FLOW_AREA / (height * width)) ** 0.5)
    size = (max(16, round(width * scale)), max(16, round(height * scale)))
    small = cv2.resize(cast(Grey, image), size, interpolation=cv2.INTER_AREA)
    if small.dtype == np.uint16:
        small = cv2.convertScaleAbs(small, alpha=255 / 65535)
    elif small.dtype == np.float32:
        small = cv2.convertScaleAbs(small, alpha=255)
    return np.asarray(cv2.cvtColor(small, cv2.COLOR_RGB2GRAY), np.uint8)


def dense_flow(first: Grey, second: Grey, *, exact: bool = True) -> Plane:
    """The motion (h, w, 2) in pixels from the first picture's points to the second's; less exact is three times faster.

    The exact one ends one pyramid level finer, on sparser patches with fewer refinements than OpenCV's presets: on
    pictures in known motion its error is two thirds of the FAST preset's, at twice the time.
    """
    import cv2

    # OpenCV's own stubs do not know this factory.
    search = cv2.DISOpticalFlow_create(  # type: ignore[attr-defined]
        cv2.DISOPTICAL_FLOW_PRESET_ULTRAFAST if exact else cv2.DISOPTICAL_FLOW_PRESET_FAST)
    if exact:
        search.setFinestScale(1)
        search.setPatchStride(6)
        search.setVariationalRefinementIterations(3)
    return np.asarray(search.calc(first, second, None), np.float32)


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


def motion_between(before: Grey, now: Grey, scale: float) -> Motion:
    """The motion from a frame back to the one before and its trust; ``scale``: own pixels for one of these.

    Trust falls where the forward flow does not lead back (occluded, or newly uncovered), where the pictures differ
    along the motion, and outside the picture. Small motions that fit no better than rest are none, so that noise does
    not set a still scene moving.
    """
    import cv2

    backward = dense_flow(now, before)
    moved = squared_length(backward)
    followed = cast(Grey, cv2.absdiff(cast(Grey, sampled(before, places(*now.shape) + backward)), now))
    at_rest = resting(moved, (REST_PX / scale) ** 2, cast(Grey, cv2.absdiff(before, now)), followed)
    backward *= cv2.merge([at_rest, at_rest])
    where = places(*now.shape) + backward
    way_back = cast(Plane, sampled(dense_flow(before, now, exact=False), where))
    # Twice one way's squared length stands for the sum of both: where they differ, the gap decides.
    allowed = moved * np.float32(2 * RETURN_SHARE) + np.float32((RETURN_PX / scale) ** 2)
    unlike = cv2.blur(followed, (3, 3)).astype(np.float32) * np.float32(1 / PHOTOMETRIC)
    doubt = cv2.add(cv2.divide(squared_length(backward + way_back), allowed), cv2.multiply(unlike, unlike))
    trust = cast(Plane, cv2.exp(-cast(Plane, doubt)))
    height, width = now.shape
    inside = cv2.inRange(where, (0.0, 0.0), (width - 1.0, height - 1.0))
    return Motion(backward, np.where(inside > 0, trust, np.float32(0)))


def resting(moved: Plane, least: float, rested: Grey, followed: Grey) -> Plane:
    """0 where a small motion fits no better than rest, 1 elsewhere, soft between: what motion is multiplied by.

    moved: squared motion. rested, followed: differences to the frame before, without and with the motion.
    """
    import cv2

    better = cv2.subtract(cv2.blur(rested, (5, 5)), cv2.blur(followed, (5, 5)))
    believed = ((moved >= least) | (better > REST_GAIN)).astype(np.float32)
    return cast(Plane, cv2.blur(believed, (5, 5)))
