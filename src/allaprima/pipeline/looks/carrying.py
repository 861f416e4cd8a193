"""What was found in a frame carried to the next along the motion, so that edges of what is found do not flicker."""

from __future__ import annotations

from typing import cast

import numpy as np
from numpy.typing import NDArray

from allaprima.temporal.fields import sampled, sampling_grid
from allaprima.temporal.flow import motion_between
from allaprima.temporal.proxies import Proxy

Planes = NDArray[np.float32]
"""How much of each thing every place is, (R, h, w)."""


def carried(before: Proxy, old: Planes, now: Proxy, found: Planes, memory: float) -> Planes:
    """What is found in a frame averaged with what was found before, moved along, as far as the motion is trusted.

    before, now: the proxies of the frame before and of this one. memory: the share of what was found before where the
    motion is trusted wholly.
    """
    import cv2

    height, width = found.shape[1:]
    motion = motion_between(before, now, width / now.shape[1])
    where = motion.backward + sampling_grid(*now.shape[:2])
    trust = cv2.resize(np.float32(memory) * motion.trust, (width, height))
    result = found.copy()
    for index, plane in enumerate(old):
        moved = sampled(cast(Planes, cv2.resize(plane, now.shape[1::-1])), where)
        result[index] += trust * (cv2.resize(np.asarray(moved, np.float32), (width, height)) - found[index])
    return result
