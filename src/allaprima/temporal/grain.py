"""The order in which places turn from one painting to another: stroke by stroke, neighbours together."""

from __future__ import annotations

from functools import cache

import numpy as np

from allaprima.temporal.fields import Plane

STROKE_PX = 8             # of a proxy: about the size of what turns together


@cache
def grain(height: int, width: int) -> Plane:
    """The order (h, w), 0 to 1 and every value as often, in which places turn; neighbours turn at about one time."""
    import cv2

    size = (-(-height // STROKE_PX) + 1, -(-width // STROKE_PX) + 1)
    rough = np.random.default_rng(0).normal(size=size).astype(np.float32)
    smooth = cv2.resize(rough, (width, height), interpolation=cv2.INTER_CUBIC)
    order = np.empty(smooth.size, np.float32)
    order[np.argsort(smooth, axis=None)] = np.linspace(0, 1, smooth.size, dtype=np.float32)
    order.flags.writeable = False
    return order.reshape(height, width)
