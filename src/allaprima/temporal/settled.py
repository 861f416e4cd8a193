"""Strokes at rest that a network has long painted otherwise: those laid beside something that has moved away since.

Their content does not tell. The sky beside an ear is the same sky once the ear is lowered, and the strokes that went
round the ear would stay in it for as long as anchors are held. What is painted tells: where the scene lies still, and
is painted alike from frame to frame but otherwise than it is shown, nothing is gained by holding what is shown.
"""

from __future__ import annotations

from dataclasses import replace
from typing import cast

import numpy as np

from allaprima.temporal.anchors import Anchor
from allaprima.temporal.before import turn
from allaprima.temporal.detail import WorkingPicture
from allaprima.temporal.fields import Grey, Plane, sampling_grid, squared_length

WINDOW = (5, 5)        # of the means that are compared: a few strokes
OTHERWISE = 4.5        # of 255: strokes whose means deviate by more are others
STEADILY = 4.0         # times as much must they deviate as what is painted does from frame to frame
OWN = 0.2              # ... and more than by this share of what strokes there vary by themselves: otherwise, not anew
RESTING_PX = 0.02      # of a proxy: less is rest
SETTLING_FRAMES = 16   # in which such strokes are painted anew, one after another


def greys_of(means: WorkingPicture) -> Grey:
    """The means of eight by eight pixels that ``detail.around`` gives, every other one, in grey, (h, w) bytes."""
    import cv2

    size = max(1, means.shape[1] // 2), max(1, means.shape[0] // 2)
    grey = cv2.cvtColor(cv2.resize(means, size, interpolation=cv2.INTER_NEAREST), cv2.COLOR_RGBA2GRAY)
    return cast(Grey, grey if grey.dtype == np.uint8 else cv2.convertScaleAbs(grey, alpha=255))


def outdated(before: Anchor, then: Grey, now: Grey) -> Plane:
    """Where (h, w) strokes are to be painted anew with this frame: 1, elsewhere 0.

    before: the last frame as it was shown, carried into this one. then, now: the last frame and this one as they were
    painted, ``greys_of`` them.
    """
    import cv2

    rest = sampling_grid(*before.trust.shape)
    still = squared_length(cast(Plane, cv2.subtract(before.where, rest))) < np.float32(RESTING_PX**2)
    due = still & turn(before, SETTLING_FRAMES)
    if now.shape != then.shape or not due.any():
        return np.zeros_like(before.trust)
    apart, swimming = variance(greys_of(before.around), now), variance(then, now)
    least = swimming * np.float32(STEADILY**2) + variance(now) * np.float32(OWN) + np.float32(OTHERWISE**2)
    other = (apart > least).astype(np.float32)
    return np.asarray(cv2.resize(other, due.shape[::-1]) * due, np.float32)


def variance(first: Grey, second: Grey | None = None) -> Plane:
    """How much (h, w) a picture, or the difference of two, varies around every place: a change of light is none."""
    import cv2

    apart = first.astype(np.float32) if second is None else cv2.subtract(first, second, dtype=cv2.CV_32F)
    mean = cv2.blur(apart, WINDOW)
    return cast(Plane, cv2.subtract(cv2.blur(cv2.multiply(apart, apart), WINDOW), cv2.multiply(mean, mean)))


def let_go(anchor: Anchor, places: Plane) -> Anchor:
    """The anchor without the strokes that are outdated in those places (h, w), 0 to 1."""
    import cv2

    return replace(anchor, trust=cast(Plane, cv2.multiply(anchor.trust, 1 - places)),
                   outdated=cast(Plane, cv2.max(anchor.outdated, places)))
