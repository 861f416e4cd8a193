"""What a camera gives: a picture, or word that one will come."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class Taken:
    """A picture (H, W, 3), RGB, uint8, and its times.

    due_seconds: when to show it, after the source's first picture; None at once. index: the frame's number in a film,
    None elsewhere. captured_ns: when the camera took it, in monotonic nanoseconds, as far as the camera or the arrival
    of its data tells; None where the moment that it is handed out tells most. stamped: whether the camera itself told.
    """

    image: NDArray[np.uint8]
    due_seconds: float | None = None
    index: int | None = None
    captured_ns: int | None = None
    stamped: bool = False


@dataclass(frozen=True, slots=True)
class Waiting:
    """No picture yet although all is well; ``reason`` is a sentence for those who wait."""

    reason: str
