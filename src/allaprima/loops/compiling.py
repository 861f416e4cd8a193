"""How loops are compiled: by numba, for this processor, without Python's lock, and kept for the next process."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar, cast

import numba
from numba import config

from allaprima.loops.readiness import mark_of_loops

Loop = TypeVar("Loop", bound=Callable[..., object])
PLACE = "CACHE_DIR"  # among numba's settings


def compiled(loop: Loop) -> Loop:
    """The loop compiled at its first call, or read from where that was kept: by the mark of just these loops.

    Sums may be taken in another order than they are written in, which vector registers need.
    """
    before, mark = getattr(config, PLACE, ""), mark_of_loops()
    if mark is not None and not before:
        setattr(config, PLACE, str(mark.with_suffix(".code")))
    try:
        return cast(Loop, numba.njit(nogil=True, cache=True, fastmath=True, error_model="numpy")(loop))
    finally:
        setattr(config, PLACE, before)
