"""How loops are compiled: by numba, for this processor, without Python's lock, and kept for the next process."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar, cast

import numba

Loop = TypeVar("Loop", bound=Callable[..., object])


def compiled(loop: Loop) -> Loop:
    """The loop compiled at its first call, or read from where that was kept.

    Sums may be taken in another order than they are written in, which vector registers need.
    """
    return cast(Loop, numba.njit(nogil=True, cache=True, fastmath=True, error_model="numpy")(loop))
