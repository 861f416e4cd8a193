"""One signature for every way of painting over time: ``images, state = stylizer(frames, looks, changes, state)``.

Plain, steadied or optimised differ in how a frame is painted, and in whether what was painted is held steady after. The
two can be done side by side, each with its half of the state: a run begins a batch while the one before is being
finished. Whoever waits for every frame has its motion followed alongside painting.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass, replace
from typing import Protocol

from allaprima.config import Temporal
from allaprima.engines import Engine, Look
from allaprima.frames import Frame, Pixels
from allaprima.pipeline.looks.changes import change_between, traits_of
from allaprima.pipeline.stylizers.holding import Holding
from allaprima.pipeline.stylizers.optimised import Continuing, Optimised
from allaprima.pipeline.stylizers.plain import Plain
from allaprima.pipeline.stylizers.projecting import Projecting
from allaprima.pipeline.stylizers.state import PaintState, State
from allaprima.pipeline.stylizers.steadied import Steadied
from allaprima.runtimes.calls import Batch, Moments
from allaprima.temporal.blend import BlendState, Stabilizer
from allaprima.temporal.flow import Motion
from allaprima.temporal.shots import Change, watched

ANOTHER_LOOK = 0.5  # a change with which nothing is remembered: a cut


class Paint(Protocol):
    """How frames are painted, before any of them is held steady."""

    @property
    def batch_size(self) -> int:
        """How many frames in one call are painted fastest."""
        ...

    def __call__(self, frames: Sequence[Frame], looks: Sequence[Look], changes: Sequence[Change],
                 moved: Sequence[float], state: PaintState | None) -> tuple[Batch, PaintState]:
        """The frames of one shot painted, and what is remembered of them.

        moved: how much the look has changed with each frame, 0 to 1. state: None where a shot, or another look, begins.
        """
        ...


@dataclass(frozen=True, slots=True)
class Begun:
    """Frames that are painted and wait to be held steady.

    moved: how much the look has changed with each. anew: whether nothing before the first of them is remembered.
    state: what painting remembers after the last.
    """

    frames: Sequence[Frame]
    painted: Batch
    looks: Sequence[Look]
    moved: Sequence[float]
    anew: bool
    state: PaintState


@dataclass(frozen=True, slots=True)
class Stylizer:
    """Paints frames over time: a value, called with what is remembered and giving back what is to be remembered.

    paint: how frames are painted. hold: how they are held steady after that; None where each is for itself. project:
    how those that are to stay photographs are made that; they are as steady as their content then, and not held.
    alongside: where the motion of a single frame is followed while it is being painted; None to do one after the other.
    """

    paint: Paint
    hold: Holding | None = None
    project: Projecting = Projecting()  # noqa: RUF009  an immutable value
    alongside: Executor | None = None

    @property
    def remembers(self) -> bool:
        """Whether frames depend on those before them in their shot."""
        return self.hold is not None

    def __call__(self, frames: Sequence[Frame], looks: Sequence[Look], changes: Sequence[Change],
                 state: State | None) -> tuple[Batch, State]:
        """The frames (of one shot, at least one) painted, (N, H, W, 3), and the state after the last.

        changes: what happens at each frame, by the detector of shots; a "cut" at the first begins anew, as does a state
        of None and another look.
        """
        state = state or State()
        found = None if self.alongside is None else self.alongside.submit(
            self.followed, frames[0], looks[0], changes[0], state.painting, state.shown)
        begun = self.begin(frames, looks, changes, state.painting)
        return self.finish(begun, state, None if found is None else found.result())

    def begin(self, frames: Sequence[Frame], looks: Sequence[Look], changes: Sequence[Change],
              state: PaintState | None) -> Begun:
        """The first half of a call: the frames painted."""
        moved, anew = passage(looks, changes, state)
        painted, state = self.paint(frames, looks, changes, moved, None if anew else state)
        return Begun(frames, painted, looks, moved, anew, state)

    def followed(self, frame: Frame, look: Look, change: Change, painting: PaintState | None,
                 shown: BlendState | None) -> BlendState | None:
        """The state of holding at a frame's content, for ``finish``, found beside painting it; None where none is held.

        painting, shown: what both halves remember of the frame before.
        """
        if self.hold is None or not is_held([look]):
            return None
        _, anew = passage([look], [change], painting)
        return self.hold.follow(frame, None if anew else shown)

    def motions(self, begun: Begun, before: Frame | None) -> list[Motion | None]:
        """The motion to each of the frames, for ``finish``, found beside it; ``before``: the frame before the first."""
        if self.hold is None or not is_held(begun.looks):
            return []
        return self.hold.motions(begun.frames, None if begun.anew else before)

    def finish(self, begun: Begun, state: State, found: BlendState | None = None,
               motions: Sequence[Motion | None] = ()) -> tuple[Batch, State]:
        """The second half of a call: the frames held steady, or made photographs, and all that is remembered.

        state: after the frames before, in what this half remembers. found: the state of holding at the first frame's
        content, where it has been found already. motions: what ``motions`` found.
        """
        images, shown = begun.painted, None
        if self.hold is not None and is_held(begun.looks):
            images, shown = self.hold(begun.frames, images, begun.moved, None if begun.anew else state.shown, found,
                                      motions)
        images, grids = self.project(begun.frames, images, begun.looks, begun.moved, () if begun.anew else state.grids)
        return images, State(begun.state, shown, grids=grids)


def is_held(looks: Sequence[Look]) -> bool:
    """Whether anything of the painting itself is to be seen, and has to be held steady."""
    return any(look.photoreal < 1 for look in looks)


def passage(looks: Sequence[Look], changes: Sequence[Change], state: PaintState | None) -> tuple[list[float], bool]:
    """How much the look has changed with each frame, 0 to 1, and whether nothing before the first is remembered."""
    traits = [traits_of(look) for look in looks]
    before = [traits[0] if state is None else state.look, *traits[:-1]]
    moved = [change_between(one, other) for one, other in zip(before, traits, strict=True)]
    anew = changes[0] == "cut" or moved[0] >= ANOTHER_LOOK
    return ([0.0, *moved[1:]] if anew else moved), anew


def stylizer_for(temporal: Temporal, engine: Engine, stability: float, *,
                 stability_at: Callable[[int], float] | None = None,
                 first_pass: Callable[[], Mapping[int, Moments]] = dict,
                 alongside: Executor | None = None) -> Stylizer:
    """How an engine paints over time.

    temporal: "off" paints each frame by itself; "fast" and "best" hold it steady, ``stability`` firmly, 0 to 1.
    stability_at: the stability of the frame shown at a pts, where it changes. first_pass: finds the moments of every
    shot, by the index of its first frame; called for "best" only. alongside: as a stylizer has it.
    """
    if temporal == "off" or engine.name == "none":
        return Stylizer(Plain(engine))
    hold, project = Holding(Stabilizer(stability), stability_at), Projecting(stability, stability_at)
    if isinstance(engine, Continuing):
        return Stylizer(Optimised(engine), hold, project, alongside)
    return Stylizer(Steadied(engine, first_pass() if temporal == "best" else {}), hold, project, alongside)


def stylized_frame(stylizer: Stylizer, frame: Frame, look: Look, state: State | None) -> tuple[Pixels, State]:
    """A frame painted as it comes, the cuts before it found, and the state after it: for whoever waits for each."""
    change: Change = "none"
    seen = None if state is None else state.seen
    if stylizer.remembers:
        change, seen = watched(frame.image, seen)
    images, state = stylizer([frame], [look], [change], state)
    return images[0], replace(state, seen=seen if stylizer.remembers else None)
