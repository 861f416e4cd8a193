"""Frames painted by the statistics of their shot, so that neither a passing object nor the exposure changes a look.

The statistics are followed as the frames come, or known from a first pass over all of them.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from allaprima.engines import Engine, Look, Statistics, in_own_colors
from allaprima.frames import Frame
from allaprima.pipeline.looks.changes import traits_of
from allaprima.pipeline.loop.batching import batched, images_of
from allaprima.pipeline.loop.shot_marks import ShotMarks
from allaprima.pipeline.stylizers.state import PaintState
from allaprima.runtimes.calls import Batch, Moments
from allaprima.temporal.shots import Change
from allaprima.temporal.statistics import Running, followed, gathered

FADING_IN = 0.5       # a picture that comes up soon has moments of its own; one that goes dark keeps those of its shot
FIRST_PASS_STEP = 4   # a shot's moments are those of every fourth frame
MEASURED_FRAMES = 4   # a shot's first ones are all measured, then one in so many: given moments paint faster
LOOK_MOMENTUM = 8.0   # moments follow a look that changes by an eighth a frame at once, smaller changes in proportion


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
        given = self.moments_at(frames[0].index)
        if given is not None:
            painted, _ = self.engine.stylize(images, looks, Statistics(given))
            running, unmeasured = None, 0
        else:
            painted, running, unmeasured = painted_running(self.engine, images, looks, changes[0], max(moved), state)
        return in_own_colors(images, painted, looks), PaintState(traits_of(looks[-1]), running, unmeasured)

    def moments_at(self, index: int) -> Moments | None:
        """The pooled moments of the shot that the frame belongs to."""
        starts = sorted(self.pooled)
        place = bisect_right(starts, index)
        return self.pooled[starts[place - 1]] if place else None


def painted_running(engine: Engine, images: Batch, looks: Sequence[Look], change: Change, moved: float,
                    state: PaintState | None) -> tuple[Batch, Running, int]:
    """The images painted by the shot's moments so far, those with the images' own, and how many are still unmeasured.

    Moments are measured often at first, and where the light or the look changes; else now and then.
    """
    count = len(images)
    if state is None or state.running is None:
        painted, used = engine.stylize(images, looks)
        return painted, followed(None, used.moments, count), 0
    running, unmeasured = state.running, state.unmeasured + count
    calm = change in ("none", "falling") and moved == 0 and running.frames >= MEASURED_FRAMES
    if change == "falling" or (calm and unmeasured < MEASURED_FRAMES):
        painted, _ = engine.stylize(images, looks, Statistics(running.moments))
        return painted, running, unmeasured
    momentum = max(momentum_at(running, change), min(1.0, LOOK_MOMENTUM * moved))
    momentum = 1 - (1 - momentum) ** max(1, unmeasured // count)
    painted, used = engine.stylize(images, looks, Statistics(running.moments, momentum))
    return painted, followed(running, used.moments, unmeasured), 0


def momentum_at(running: Running, change: Change) -> float:
    """The frames' own share of the statistics that they are painted with."""
    return FADING_IN if change == "rising" else running.momentum


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
        running = gathered(running, own.moments, len(batch))
        pooled[start] = running.moments
    return pooled
