"""An engine at a working height of its own: large pictures are painted small, and the change upsampled into them.

Strokes then are of one size in a preview and in the final film, and large pictures cost little more than small ones.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import cast

import numpy as np

from allaprima.engines.engine import Engine, Statistics
from allaprima.engines.looks import Look, Sight, Style
from allaprima.engines.regions import painted_in_regions
from allaprima.engines.unpainted import unpainted
from allaprima.engines.upsampling import change_upsampled
from allaprima.frames import Pixels
from allaprima.runtimes.calls import Batch


class DetailEngine:
    """Paints pictures whose shorter side is longer than ``detail`` pixels at that size; others as the engine does."""

    def __init__(self, engine: Engine, detail: int) -> None:
        self._engine, self.detail = engine, detail
        self.name, self.batch_size, self.style_size = engine.name, engine.batch_size, engine.style_size
        self.settings = {**engine.settings, "detail": str(detail)}

    def encode(self, picture: Pixels, name: str, scale: float = 1.0, *, sight: Sight | None = None) -> Style:
        """The style of a picture, as the engine encodes it."""
        return self._engine.encode(picture, name, scale, sight=sight)

    def stylize(self, images: Batch, looks: Sequence[Look],
                statistics: Statistics | None = None) -> tuple[Batch, Statistics]:
        """The images (N, H, W, 3), each painted in its look; the statistics are those of the working size."""
        height, width = images.shape[1:3]
        if min(height, width) <= self.detail:
            return self._engine.stylize(images, looks, statistics)
        if any(look.regions for look in looks):  # composed at full size, where edges are as sharp as their masks
            return painted_in_regions(self.stylize, images, looks, statistics)
        small = cast(Batch, np.stack([shrunk(image, self.detail) for image in images]))
        painted, used = self._engine.stylize(small, looks, statistics)
        large = [change_upsampled(*pictures) for pictures in zip(images, small, painted, strict=True)]
        return unpainted(images, cast(Batch, np.stack(large) if len(large) > 1 else large[0][None]), looks), used


def shrunk(picture: Pixels, shorter_side: int) -> Pixels:
    """The picture (H, W, 3) with that shorter side: area means."""
    import cv2

    size = size_at(picture.shape[1], picture.shape[0], shorter_side)
    return cast(Pixels, cv2.resize(picture, size, interpolation=cv2.INTER_AREA))


def size_at(width: int, height: int, shorter_side: int) -> tuple[int, int]:
    """Width and height with that shorter side."""
    scale = shorter_side / min(height, width)
    return max(1, round(width * scale)), max(1, round(height * scale))
