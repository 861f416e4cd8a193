"""Frames painted each by itself: nothing is remembered of the others."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from allaprima.engines import Engine, Look, in_own_colors
from allaprima.frames import Frame
from allaprima.pipeline.looks.changes import traits_of
from allaprima.pipeline.loop.batching import images_of
from allaprima.pipeline.stylizers.state import PaintState
from allaprima.runtimes.calls import Batch
from allaprima.temporal.shots import Change


@dataclass(frozen=True, slots=True)
class Plain:
    """Paints every frame by its own statistics."""

    engine: Engine

    @property
    def batch_size(self) -> int:
        """The engine's."""
        return self.engine.batch_size

    def __call__(self, frames: Sequence[Frame], looks: Sequence[Look], changes: Sequence[Change],
                 moved: Sequence[float], state: PaintState | None) -> tuple[Batch, PaintState]:
        """The frames painted; all that is remembered is the last look."""
        images = images_of(frames)
        painted, _ = self.engine.stylize(images, looks)
        return in_own_colors(images, painted, looks), PaintState(traits_of(looks[-1]))
