"""A film held steady: the statistics of its shots, then blending along the motion. What is remembered is a value."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass, field, replace
from typing import cast

import numpy as np

from allaprima.config import Temporal
from allaprima.engines import Engine, Look, Statistics, in_own_colors
from allaprima.frames import Frame
from allaprima.pipeline.looks.changes import change_between
from allaprima.pipeline.loop.batching import batched, images_of
from allaprima.pipeline.loop.shot_marks import ShotMarks
from allaprima.runtimes.calls import Batch, Moments
from allaprima.temporal.blend import BlendState, Stabilizer
from allaprima.temporal.shots import Change
from allaprima.temporal.statistics import Running, followed, gathered

FADING_IN = 0.5       # a picture that comes up soon has moments of its own; one that goes dark keeps those of its shot
FIRST_PASS_STEP = 4   # a shot's moments are those of every fourth frame
MEASURED_FRAMES = 4   # a shot's first ones are all measured, then one in so many: given moments paint faster
ANOTHER_LOOK = 0.5    # a change with which nothing is remembered: a cut
LOOK_MOMENTUM = 8.0   # moments follow a look that changes by an eighth a frame at once, smaller changes in proportion


@dataclass(frozen=True, slots=True)
class Steadying:
    """How a run is held steady.

    pooled: moments by the index of the first frame of their shot, from a first pass; empty to follow them as they come.
    stability_at: the stability of the frame shown at a pts; None for the stabilizer's own.
    """

    stabilizer: Stabilizer
    pooled: Mapping[int, Moments] = field(default_factory=dict)
    stability_at: Callable[[int], float] | None = None

    def steadied(self, contents: Batch, painted: Batch, frames: Sequence[Frame], state: BlendState | None,
                 changes: Sequence[float] = (), found: BlendState | None = None) -> tuple[Batch, BlendState]:
        """The painted frames steadied, each as firmly as its time asks for, and the state after the last.

        changes: how much the look has changed with each frame, 0 to 1; empty for not at all. found: the state at
        the first frame's content, where it has been found already.
        """
        if self.stability_at is None:
            return self.stabilizer(contents, painted, state, changes, found)
        shown = []
        for index, frame in enumerate(frames):
            stabilizer = replace(self.stabilizer, stability=self.stability_at(frame.pts))
            picture, state = stabilizer(contents[index:index + 1], painted[index:index + 1], state,
                                        changes[index:index + 1])
            shown.append(picture)
        assert state is not None
        return cast(Batch, np.concatenate(shown)), state

    def moments_at(self, index: int) -> Moments | None:
        """The pooled moments of the shot that the frame belongs to."""
        starts = sorted(self.pooled)
        place = bisect_right(starts, index)
        return self.pooled[starts[place - 1]] if place else None


@dataclass(frozen=True, slots=True)
class PaintState:
    """What painting remembers from batch to batch, within a shot.

    unmeasured: how many frames were painted since the running moments were last measured.
    """

    look: Look
    running: Running | None
    unmeasured: int = 0


@dataclass(frozen=True, slots=True)
class SteadyState:
    """What is remembered from frame to frame, within a shot, of painting and of blending."""

    shot: PaintState
    blend: BlendState

    @property
    def running(self) -> Running | None:
        """The moments of the shot so far."""
        return self.shot.running


def painted_in_shot(engine: Engine, images: Batch, looks: Sequence[Look], frames: Sequence[Frame], change: Change,
                    moved: Sequence[float], steadying: Steadying,
                    state: PaintState | None) -> tuple[Batch, PaintState]:
    """The images painted by the statistics of the frames' shot, and the state after them; nothing is blended.

    The batch's first ``len(frames)`` images are theirs; ``change`` is the first's. moved: how much the look has changed
    with each. state: None where a shot, or another look, begins.
    """
    count = len(frames)
    given = steadying.moments_at(frames[0].index)
    if given is not None:
        painted, _ = engine.stylize(images, looks, Statistics(given))
        running, unmeasured = None, 0
    else:
        painted, running, unmeasured = painted_running(engine, images, looks, count, change, max(moved), state)
    return in_own_colors(images, painted, looks), PaintState(looks[count - 1], running, unmeasured)


def painted_steadily(engine: Engine, image: Batch, look: Look, frame: Frame, change: Change, steadying: Steadying,
                     state: SteadyState | None, alongside: Executor) -> tuple[Batch, SteadyState]:
    """One frame (1, H, W, 3) painted and steadied, and the state after it, for those who wait for each.

    alongside: where its motion is followed while it is being painted. A shot, and another look, begin with nothing
    remembered; while a look moves slowly, less is held the faster it does.
    """
    moved = changes_of([look], None if state is None else state.shot)
    anew = begins_anew(change, moved)
    shot, blend = (None, None) if state is None or anew else (state.shot, state.blend)
    awaited = alongside.submit(steadying.stabilizer.follow, image[0], blend)
    painted, shot = painted_in_shot(engine, image, [look], [frame], change, moved, steadying, shot)
    shown, blend = steadying.steadied(image, painted, [frame], blend, moved, awaited.result())
    return shown, SteadyState(shot, blend)


def begins_anew(change: Change, moved: list[float]) -> bool:
    """Whether nothing before the first of these frames is remembered; if so, its look has not moved."""
    anew = change == "cut" or moved[0] >= ANOTHER_LOOK
    moved[0] = 0.0 if anew else moved[0]
    return anew


def changes_of(looks: Sequence[Look], state: PaintState | None) -> list[float]:
    """How much the look has changed with each frame; 0 for the first one where nothing is remembered."""
    before = [looks[0] if state is None else state.look, *looks[:-1]]
    return [change_between(one, other) for one, other in zip(before, looks, strict=True)]


def painted_running(engine: Engine, images: Batch, looks: Sequence[Look], count: int, change: Change, moved: float,
                    state: PaintState | None) -> tuple[Batch, Running, int]:
    """The images painted by the shot's moments so far, those with the images' own, and how many are still unmeasured.

    Moments are measured often at first, and where the light or the look changes; else now and then.
    """
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


def steadying_for(temporal: Temporal, stability: float, engine: Engine, look_at: Callable[[int], Look],
                  batch_size: int | None, frames: Callable[[], Iterable[Frame]],
                  stability_at: Callable[[int], float] | None = None) -> Steadying | None:
    """How a run is to be held steady, None for not at all; "best" goes through ``frames`` once to measure the shots."""
    if temporal == "off" or engine.name == "none":
        return None
    stabilizer = Stabilizer(stability)
    if temporal == "fast":
        return Steadying(stabilizer, stability_at=stability_at)
    pooled = pooled_by_shot(frames(), engine, look_at, batch_size or engine.batch_size)
    return Steadying(stabilizer, pooled, stability_at)


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
            since += 1

    for batch in batched(chosen(), size, marks.begins):
        if start is None or marks.begins(batch[0]):
            start, running = batch[0].index, None
        for frame in batch:
            marks.taken(frame)
        looks = [look_at(frame.pts) for frame in batch]
        looks += looks[-1:] * (size - len(batch))
        _, own = engine.stylize(images_of(batch, size), looks)
        running = gathered(running, own.moments, len(batch))
        pooled[start] = running.moments
    return pooled
