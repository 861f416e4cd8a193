"""Clips painted through the one loop, as films are, with what the engine gave before anything was blended."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import cast

import numpy as np
from numpy.typing import NDArray

from allaprima.config import Temporal
from allaprima.engines import Engine, Look, Style
from allaprima.evaluate.temporal import Frames
from allaprima.frames import Frame
from allaprima.pipeline.loop.run import run
from allaprima.pipeline.stylizers.state import PaintState
from allaprima.pipeline.stylizers.steadied import pooled_by_shot
from allaprima.pipeline.stylizers.stylizer import Paint, stylizer_for
from allaprima.runtimes.calls import Batch
from allaprima.temporal.shots import Change


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


@dataclass(frozen=True, slots=True)
class Overheard:
    """Paints as another does, and keeps what it painted, before that is held steady."""

    paint: Paint
    pictures: list[NDArray[np.uint8]] = field(default_factory=list)

    @property
    def batch_size(self) -> int:
        """The other's."""
        return self.paint.batch_size

    def __call__(self, frames: Sequence[Frame], looks: Sequence[Look], changes: Sequence[Change],
                 moved: Sequence[float], state: PaintState | None) -> tuple[Batch, PaintState]:
        """The other's, kept."""
        painted, state = self.paint(frames, looks, changes, moved, state)
        self.pictures.extend(cast(NDArray[np.uint8], painted))
        return painted, state


def painted(frames: Frames, engine: Engine, style: Style, temporal: Temporal,
            stability: float) -> tuple[Frames, Frames]:
    """The frames painted and held steady, and as they were painted, by the same statistics, before that."""
    look = Look(style)
    stream = [Frame(frame, None, index, 1, index) for index, frame in enumerate(frames)]
    stylizer = stylizer_for(temporal, engine, stability,
                            first_pass=lambda: pooled_by_shot(stream, engine, lambda pts: look, 1))
    kept, overheard = Kept(), Overheard(stylizer.paint)
    run(stream, kept, replace(stylizer, paint=overheard), lambda pts: look, batch_size=1)
    return kept.pictures, overheard.pictures
