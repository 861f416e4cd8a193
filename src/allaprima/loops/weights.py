"""How much of every place a picture that is laid over others shows, in whole numbers, all steps in one pass."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from allaprima.loops.compiling import compiled

f32, i32, at = np.float32, np.int32, np.uintp

Floats = NDArray[np.float32]


@compiled
def weights(share: Floats, above: Floats, whole: np.float32, least: np.float32, next_to_nothing: np.float32,
            out: Floats) -> int:
    """Of what is below those above it, a picture's share in ``whole`` parts, (h * w,); how often it is seen.

    above: what those show, to which its share is added. least: what counts as seen. next_to_nothing: the least that
    is taken to be below them.
    """
    seen = i32(0)
    for point in range(share.size):
        x = at(point)
        own = share[x]
        out[x] = f32(i32(own / max(f32(1) - above[x], next_to_nothing) * whole + f32(0.5)))
        above[x] += own
        seen += i32(own > least)
    return int(seen)


@compiled
def cleared(share: Floats, least: np.float32, out: Floats) -> None:
    """Takes the weights (h, w) away where nothing is seen, neither there nor beside."""
    height, width = share.shape[0], share.shape[1]
    line = np.zeros(width + 2, np.float32)
    for row in range(height):
        above, below = max(row - 1, 0), min(row + 1, height - 1)
        for column in range(width):
            line[at(column + 1)] = max(share[at(row), at(column)],
                                       max(share[at(above), at(column)], share[at(below), at(column)]))
        for column in range(width):
            most = max(line[at(column)], max(line[at(column + 1)], line[at(column + 2)]))
            if most <= least:
                out[at(row), at(column)] = f32(0)
