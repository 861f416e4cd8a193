"""Clips painted through the one loop, as films are, with what the engine gave before anything was blended."""

from __future__ import annotations

from collections.abc import Sequence
from typing import cast

import numpy as np
from numpy.typing import NDArray

from allaprima.config import Temporal
from allaprima.engines import Engine, Look, Statistics, Style
from allaprima.evaluate.temporal import Frames
from allaprima.frames import Frame, Pixels
from allaprima.pipeline.loop.run import run
from allaprima.pipeline.stylizers.steadying import Steadying, pooled_by_shot
from allaprima.runtimes.calls import Batch
from allaprima.temporal.blend import Stabilizer


class Kept:
    """A sink that keeps pictures."""

    def __init__(self) -> None:
        self.pictures: list[NDArray[np.uint8]] = []

    def write(self, frame: Frame) -> None:
        """Keeps the frame's picture."""
        self.pictures.append(cast(NDArray[np.uint8], frame.image))

    def __enter__(self) -> Kept:
        return self

    def __exit__(self, *error: object) -> None:
        pass


class Overheard:
    """An engine whose pictures are kept as they come: what a stabilizer was given."""

    def __init__(self, engine: Engine) -> None:
        self.pictures: list[NDArray[np.uint8]] = []
        self._engine = engine

    @property
    def name(self) -> str:
        """The engine's."""
        return self._engine.name

    @property
    def batch_size(self) -> int:
        """The engine's."""
        return self._engine.batch_size

    @property
    def style_size(self) -> int:
        """The engine's."""
        return self._engine.style_size

    @property
    def settings(self) -> dict[str, str]:
        """The engine's."""
        return self._engine.settings

    def encode(self, picture: Pixels, name: str, scale: float = 1.0) -> Style:
        """The engine's."""
        return self._engine.encode(picture, name, scale)

    def stylize(self, images: Batch, looks: Sequence[Look],
                statistics: Statistics | None = None) -> tuple[Batch, Statistics]:
        """The engine's, kept."""
        painted, used = self._engine.stylize(images, looks, statistics)
        self.pictures.extend(cast(NDArray[np.uint8], painted))
        return painted, used


def painted(frames: Frames, engine: Engine, style: Style, temporal: Temporal,
            stability: float) -> tuple[Frames, Frames]:
    """The frames painted and held steady, and as they were painted, by the same statistics, before that."""
    look = Look(style)
    stream = [Frame(frame, None, index, 1, index) for index, frame in enumerate(frames)]
    steadying = None
    if temporal != "off":
        pooled = pooled_by_shot(stream, engine, lambda pts: look, 1) if temporal == "best" else {}
        steadying = Steadying(Stabilizer(stability), pooled)
    kept, overheard = Kept(), Overheard(engine)
    run(stream, kept, overheard, lambda pts: look, batch_size=1, steadying=steadying)
    return kept.pictures, overheard.pictures
