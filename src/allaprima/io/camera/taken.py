"""One picture as a camera gave it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class Taken:
    """A picture (H, W, 3), RGB, uint8, and when to show it.

    due_seconds: after the source's first picture; None at once. index: the frame's number in a film, None elsewhere.
    """

    image: NDArray[np.uint8]
    due_seconds: float | None = None
    index: int | None = None
