"""Motion that a renderer wrote, in the place of the one that is found: exact, so that nothing of it is set right."""

from __future__ import annotations

from typing import cast

import numpy as np

from allaprima.frames import Vectors
from allaprima.temporal.fields import Plane, inside, sampled, sampling_grid, squared_length, stepped
from allaprima.temporal.flow import TRUSTED, Motion, motion_between, unlikeness
from allaprima.temporal.proxies import Proxy, difference, exposure_matched

SUBPIXELS = 32
APART_PX = 0.5  # a place between its neighbours' places that is so far from the nearest one's lies on an outline


def motion_to(now: Proxy, before: Proxy, scale: float, vectors: Vectors | None) -> Motion:
    """The motion from a frame back to the one before: by a renderer's vectors where there are any, else as found.

    scale: own pixels for one of the proxies'.
    """
    return motion_between(before, now, scale) if vectors is None else motion_given(vectors, before, now)


def motion_given(vectors: Vectors, before: Proxy, now: Proxy) -> Motion:
    """The motion from a frame back to the one before by a renderer's vectors, and its trust.

    Trust is the vectors' own, less where the pictures differ along them by more than a change of light: vectors know
    nothing of shadows, reflections, or of what was hidden where no depth was given.
    """
    import cv2

    height, width = now.shape[:2]
    backward = nearest(vectors.backward, height, width) * np.array(
        [width / vectors.backward.shape[1], height / vectors.backward.shape[0]], np.float32)
    there = cast(Plane, cv2.add(backward, sampling_grid(height, width)))
    unlike = difference(cast(Proxy, sampled(exposure_matched(before, now, there), there)), now)
    likely = cv2.multiply(cv2.exp(-np.asarray(cv2.LUT(cv2.blur(unlike, (3, 3)), unlikeness()))), inside(there))
    trust = stepped(cast(Plane, likely), *TRUSTED)
    return Motion(backward, np.asarray(trust * nearest(vectors.trust, height, width), np.float32), exact=True)


def nearest(field: Plane, height: int, width: int) -> Plane:
    """The field (h, w, ...) at that size, each value one of its own: a mean over an outline is nobody's motion."""
    if field.shape[:2] == (height, width):
        return field
    rows = ((np.arange(height) + 0.5) * (field.shape[0] / height)).astype(np.intp)
    columns = ((np.arange(width) + 0.5) * (field.shape[1] / width)).astype(np.intp)
    return np.ascontiguousarray(field[np.ix_(rows, columns)], np.float32)


def composed(where: Plane, back: Plane) -> Plane:
    """Places (h, w, 2) looked up at other places ``back`` (h, w, 2): between pixels, but never across an outline."""
    import cv2

    # OpenCV looks up at every 32nd part of a pixel; the rest is added, or it would add up from frame to frame.
    between = sampled(where, back) + (back - np.rint(back * np.float32(SUBPIXELS)) / np.float32(SUBPIXELS))
    pixel = np.rint(back).astype(np.float32)
    own = cv2.remap(where, pixel, None, cv2.INTER_NEAREST,  # type: ignore[call-overload]  # no second map
                    borderMode=cv2.BORDER_REPLICATE) + (back - pixel)
    apart = squared_length(cast(Plane, between - own))[..., None]
    return np.asarray(np.where(apart > np.float32(APART_PX**2), own, between), np.float32)
