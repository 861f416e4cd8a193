"""The identity: pictures as they are, for tests and for checking a pipeline without a network."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from allaprima.engines.engine import Statistics
from allaprima.engines.looks import CODE_LENGTH, Look, Sight, Style
from allaprima.frames import Pixels
from allaprima.runtimes.calls import Batch, Moments

NOTHING = Statistics(Moments(np.zeros((1, 0), np.float32), np.zeros((1, 0), np.float32)))


class IdentityEngine:
    """Gives back every picture untouched."""

    name = "none"
    batch_size = 1
    style_size = 256

    @property
    def settings(self) -> dict[str, str]:
        """What of it changes pixels: nothing but its name."""
        return {"model": "none"}

    def encode(self, picture: Pixels, name: str, scale: float = 1.0, *, sight: Sight | None = None) -> Style:
        """A style that says nothing."""
        return Style(name, np.zeros(CODE_LENGTH, np.float32), (1, 1, 1, 1), "none")

    def stylize(self, images: Batch, looks: Sequence[Look],
                statistics: Statistics | None = None) -> tuple[Batch, Statistics]:
        """The images themselves."""
        return images, NOTHING
