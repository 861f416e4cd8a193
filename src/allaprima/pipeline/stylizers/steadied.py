"""Frames painted by the statistics of their shot, so that neither a passing object nor the exposure changes a look.

The statistics are followed as the frames come, or known from a first pass over all of them.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import cast

import numpy as np

from allaprima.engines import Engine, Look, Statistics, in_own_colors
from allaprima.frames import Frame
from allaprima.functional.visibility import visibility
from allaprima.pipeline.looks.changes import traits_of
from allaprima.pipeline.loop.batching import batched, images_of
from allaprima.pipeline.loop.shot_marks import ShotMarks
from allaprima.pipeline.stylizers.state import PaintState
from allaprima.runtimes.calls import Batch, Moments
from allaprima.temporal.shots import Change
from allaprima.temporal.statistics import Running, followed, gathered, momentum_of, passed

FIRST_PASS_STEP = 4   # a shot's moments are those of every fourth frame


@dataclass(frozen=True, slots=True)
class Steadied:
    """Paints frames by their shot's moments.

    pooled: moments by the index of the first frame of their shot, from a first pass; empty to follow them as they come.
    """

    engine: Engine
    pooled: Mapping[int, Moments] = field(default_factory=dict)

    @property
    def batch_size(self) -> int:
        """The engine's."""
        return self.engine.batch_size

    def __call__(self, frames: Sequence[Frame], looks: Sequence[Look], changes: Sequence[Change],
                 moved: Sequence[float], state: PaintState | None) -> tuple[Batch, PaintState]:
        """The frames of one shot painted, and what is remembered of them; ``changes`` begins with the first's."""
        images = images_of(frames)
        given, running = self.moments_at(frames[0].index), None
        if given is not None:
            painted, _ = self.engine.stylize(images, looks, Statistics(given))
        else:
            painted, running = painted_running(self.engine, images, looks, changes, moved,
                                               None if state is None else state.running)
        return in_own_colors(images, painted, looks), PaintState(traits_of(looks[-1]), running)

    def moments_at(self, index: int) -> Moments | None:
        """The pooled moments of the shot that the frame belongs to."""
        starts = sorted(self.pooled)
        place = bisect_right(starts, index)
        return self.pooled[starts[place - 1]] if place else None


def painted_running(engine: Engine, images: Batch, looks: Sequence[Look], changes: Sequence[Change],
                    moved: Sequence[float], running: Running | None) -> tuple[Batch, Running]:
    """The images painted each by the shot's moments so far, those with its own where it is measured; the moments after.

    Those between two that are measured are painted by the same moments, and so at once.
    """
    parts: list[Batch] = []
    begin, seen = 0, [visibility(image) for image in images]
    for index in range(len(images) + 1):
        momentum = momentum_of(running, changes[index], moved[index], seen[index]) if index < len(images) else 1.0
        if running is not None and momentum == 0:
            running = passed(running)
            continue
        if running is not None and index > begin:  # frames that wait
            parts.append(engine.stylize(images[begin:index], looks[begin:index], Statistics(running.moments))[0])
        if index < len(images):
            mixture = None if running is None else Statistics(running.moments, momentum)
            painted, used = engine.stylize(images[index:index + 1], looks[index:index + 1], mixture)
            parts.append(painted)
            running = followed(running, used.moments, seen[index])
        begin = index + 1
    assert running is not None
    return parts[0] if len(parts) == 1 else cast(Batch, np.concatenate(parts)), running


def pooled_by_shot(frames: Iterable[Frame], engine: Engine, look_at: Callable[[int], Look],
                   size: int) -> dict[int, Moments]:
    """The moments of every shot, by the index of its first frame: a first pass over every fourth frame."""
    marks = ShotMarks(frames)
    pooled: dict[int, Moments] = {}
    running: Running | None = None
    start: int | None = None

    def chosen() -> Iterable[Frame]:
        since = 0
        for frame in marks:
            since = 0 if marks.begins(frame) else since
            if since % FIRST_PASS_STEP == 0:
                yield frame
            else:
                marks.taken(frame)
            since += 1

    for batch in batched(chosen(), size, marks.begins):
        if start is None or marks.begins(batch[0]):
            start, running = batch[0].index, None
        for frame in batch:
            marks.taken(frame)
        _, own = engine.stylize(images_of(batch), [look_at(frame.pts) for frame in batch])
        for index, frame in enumerate(batch):
            running = gathered(running, own.moments.of(index), visibility(frame.image))
        assert running is not None
        pooled[start] = running.moments
    return pooled
