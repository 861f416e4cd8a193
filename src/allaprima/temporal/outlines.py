"""Motion along the outlines of things: dense flow is found in patches, and a patch that lies on two things errs.

What is beside it knows better: each place takes the motion a patch away, left, right, above or below, where that fits.
"""

from __future__ import annotations

from functools import cache
from typing import cast

import numpy as np

from allaprima.loops.readiness import loops_are_ready
from allaprima.temporal.fields import Grey, Plane, pixels_of, sampled, sampling_grid
from allaprima.temporal.proxies import Proxy, difference

REACH_PX = 5   # how far from an outline motion errs
SUMMED = 3     # pixels: the window in which it must
BESIDE = ((-REACH_PX, 0), (REACH_PX, 0), (0, -REACH_PX), (0, REACH_PX))


def drawn(motion: Plane, start: Proxy, end: Proxy) -> Plane:
    """The motion (h, w, 2), in pixels, from the first proxy's points to the second's, drawn to outlines."""
    if not loops_are_ready():
        return taken(motion, beside(motion, start, end))
    from allaprima.loops import outlines as loops

    out = np.empty_like(motion)
    loops.drawn(np.ascontiguousarray(motion), pixels_of(start), pixels_of(end), REACH_PX, out)
    return out


def beside(motion: Plane, start: Proxy, end: Proxy) -> Plane:
    """Where each place takes its motion from, as a shift (h, w, 2): nothing for its own, or a patch away.

    motion: (h, w, 2), in pixels, from the first proxy's points to the second's; both matched, of its size.
    """
    import cv2

    height, width = motion.shape[:2]
    padded = cv2.copyMakeBorder(motion, *[REACH_PX] * 4, borderType=cv2.BORDER_REPLICATE)  # type: ignore[call-overload]
    best = misfit(motion, start, end)
    number = np.zeros((height, width), np.uint8)
    for index, shift in enumerate(BESIDE, 1):
        left, top = REACH_PX + shift[0], REACH_PX + shift[1]
        cost = misfit(padded[top:top + height, left:left + width], start, end)
        better = cv2.compare(cost, best, cv2.CMP_LT)
        best = cast(Grey, cv2.min(cost, best))
        number[better > 0] = index
    return cast(Plane, cv2.merge([cv2.LUT(number, along) for along in shifts()]))


@cache
def shifts() -> tuple[Plane, Plane]:
    """The shift of every number that ``beside`` chooses, along x and along y, (1, 256) each."""
    along_x, along_y = np.zeros((2, 1, 256), np.float32)
    for index, shift in enumerate(BESIDE, 1):
        along_x[0, index], along_y[0, index] = shift
    return along_x, along_y


def misfit(motion: Plane, start: Proxy, end: Proxy) -> Grey:
    """How much exposure-matched proxies differ (h, w) along a motion, over small windows."""
    import cv2

    along = sampled(end, cast(Plane, motion + sampling_grid(*motion.shape[:2])))
    return cast(Grey, cv2.blur(difference(cast(Proxy, along), start), (SUMMED, SUMMED)))


def taken(motion: Plane, shift: Plane) -> Plane:
    """The motion (h, w, 2) that lies a shift (h, w, 2) away."""
    import cv2

    return cast(Plane, cv2.remap(  # type: ignore[call-overload]  # the stubs want a second map
        motion, shift + sampling_grid(*motion.shape[:2]), None, cv2.INTER_NEAREST, borderMode=cv2.BORDER_REPLICATE))
