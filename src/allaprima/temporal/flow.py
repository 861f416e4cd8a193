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
RETURN_PX = 1.0           # a way back that ends this far off halves the trust, about
RETURN_SHARE = 0.02       # ... and this share of the squared motion more
PHOTOMETRIC = 18.0        # of 255: a difference along the motion that is not noise
BOUNDARY = 0.1            # change of motion from pixel to pixel that tells an object's edge
TRUSTED = (0.3, 0.7)      # trust below is none, above is whole
REST_PX = 0.3             # of the picture's own pixels: motions below may be noise
REST_GAIN = 0             # of 255: how much better than rest a small motion must fit to be believed
RESIDUE_PX = (0.03, 0.15) # less is noise, more is a place found wrong by so much
LARGEST_RESIDUE_PX = 2.0  # more than this is a mistake
NEIGHBOURS = np.ones((3, 3), np.uint8)
EXPOSURES = (0.5, 2.0)    # least and largest change of contrast between two frames that is a change of light


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
    along the motion by more than a change of light does, at edges of motion, and outside the picture. Small motions
    that fit no better than rest are none, so that noise does not set a still scene moving.
    """
    import cv2

    backward = dense_flow(now, before)
    moved = squared_length(backward)
    followed = difference(cast(Grey, sampled(before, places(*now.shape) + backward)), now)
    at_rest = resting(moved, (REST_PX / scale) ** 2, difference(before, now), followed)
    backward *= cv2.merge([at_rest, at_rest])
    where = places(*now.shape) + backward
    way_back = cast(Plane, sampled(dense_flow(before, now, exact=False), where))
    # Twice one way's squared length stands for the sum of both: where they differ, the gap decides.
    allowed = moved * np.float32(2 * RETURN_SHARE) + np.float32(RETURN_PX**2)
    unlike = cv2.blur(followed, (3, 3)).astype(np.float32) * np.float32(1 / PHOTOMETRIC)
    doubt = cv2.add(cv2.divide(squared_length(backward + way_back), allowed), cv2.multiply(unlike, unlike))
    doubt = cv2.add(doubt, cv2.dilate(edges(backward), NEIGHBOURS))
    trust = cv2.blur(cv2.erode(cv2.multiply(cv2.exp(-doubt), inside(where)), NEIGHBOURS), (3, 3))
    return Motion(backward, stepped(cast(Plane, trust), *TRUSTED))


def edges(motion: Plane) -> Plane:
    """The squared change of the motion (h, w, 2) from pixel to pixel, 1 where it is ``BOUNDARY``: objects' edges."""
    return cast(Plane, change(motion) * np.float32(BOUNDARY**-2))


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


def difference(first: Grey, second: Grey) -> Grey:
    """How much two pictures of one scene differ beyond a change of light, which is taken out of the first."""
    import cv2

    (mean, deviation), (own_mean, own_deviation) = (
        (float(part.item()) for part in cv2.meanStdDev(picture)) for picture in (first, second))
    gain = min(max(own_deviation / max(deviation, 1.0), EXPOSURES[0]), EXPOSURES[1])
    lit = cv2.addWeighted(first, gain, first, 0, own_mean - gain * mean)
    return cast(Grey, cv2.absdiff(lit, second))


def refined(where: Plane, kept: Grey, now: Grey, scale: float) -> Plane:
    """Places (h, w, 2) in a picture kept from before, set right by what still moves between it, seen there, and now.

    Motions put together from frame to frame drift; this looks at where they lead.
    """
    import cv2

    rest = dense_flow(now, cast(Grey, sampled(kept, where)))
    length = cast(Plane, np.sqrt(squared_length(rest)))
    weight = stepped(length, *RESIDUE_PX) * (length < LARGEST_RESIDUE_PX)
    corrected = cast(Plane, sampled(where, places(*now.shape) + rest * cv2.merge([weight, weight])))
    moved = corrected - places(*now.shape)
    followed = difference(cast(Grey, sampled(kept, corrected)), now)
    at_rest = resting(squared_length(moved), (REST_PX / scale) ** 2, difference(kept, now), followed)
    return cast(Plane, places(*now.shape) + moved * cv2.merge([at_rest, at_rest]))


def resting(moved: Plane, least: float, rested: Grey, followed: Grey) -> Plane:
    """0 where a small motion fits no better than rest, 1 elsewhere, soft between: what motion is multiplied by.

    moved: squared motion. rested, followed: differences to the frame before, without and with the motion.
    """
    import cv2

    better = cv2.subtract(cv2.blur(rested, (5, 5)), cv2.blur(followed, (5, 5)))
    believed = ((moved >= least) | (better > REST_GAIN)).astype(np.float32)
    return cast(Plane, cv2.blur(believed, (5, 5)))
