"""Batches painted one after the other while a thread of its own finishes the one before."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass, replace
from types import TracebackType
from typing import Self

from allaprima.engines import Look
from allaprima.frames import Frame
from allaprima.loops.forms import begin_thread, form_of_thread
from allaprima.pipeline.stylizers.state import PaintState, State
from allaprima.pipeline.stylizers.stylizer import Begun, Stylizer
from allaprima.temporal.flow import Motion, single_threaded
from allaprima.temporal.shots import Change, ShotState


@dataclass(frozen=True, slots=True)
class Finished:
    """Frames as they are to be shown, and what is remembered after the last of them; None where nothing need be."""

    frames: Sequence[Frame]
    state: State | None


NOTHING = Finished((), None)
BATCHES_BEHIND = 3
"""That wait to be finished at most: some take longer to paint, others to finish, and neither half is to wait."""


class FinishBehind:
    """Calls a stylizer in two halves, so that painting need not wait; a context manager that ends its thread.

    state: what is remembered of the frames before. layers: stylizers of the frames' further layers, each of which is
    painted and held steady for itself; what is remembered of them is told to nobody. Errors of finishing arrive with
    a later batch, or with the rest.
    """

    def __init__(self, stylizer: Stylizer, state: State | None = None, layers: Sequence[Stylizer] = ()) -> None:
        self._stylizer, self._stylizers = stylizer, (stylizer, *layers)
        self._painting: list[PaintState | None] = [None if state is None else state.painting, *[None] * len(layers)]
        self._before: list[State] = [state or State(), *(State() for _ in layers)]
        self._last: list[Frame | None] = [None] * len(self._stylizers)
        self._awaited: deque[Future[Finished]] = deque()
        self._ending = ExitStack()

    def __enter__(self) -> Self:
        self._ending.enter_context(single_threaded())
        if self._stylizer.remembers:
            self._thread, self._following = (
                self._ending.enter_context(ThreadPoolExecutor(1, name, begin_thread, (form_of_thread(),)))
                for name in ("finish", "motion"))
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None,
                 trace: TracebackType | None) -> None:
        self._ending.close()

    def give(self, frames: Sequence[Frame], looks: Sequence[Look], changes: Sequence[Change],
             seen: ShotState | None) -> Finished:
        """Frames given before, finished; these come later, or at once where there is nothing to finish.

        seen: what the detector of shots knows after the last of the frames.
        """
        begun = [stylizer.begin(pictures, looks, changes, painting) for stylizer, pictures, painting in zip(
            self._stylizers, in_layers(frames), self._painting, strict=True)]
        self._painting = [one.state for one in begun]
        if not self._stylizer.remembers:
            images = [stylizer.finish(one, State())[0] for stylizer, one in zip(self._stylizers, begun, strict=True)]
            return Finished(joined([pictured(replace(one, painted=painted))
                                    for one, painted in zip(begun, images, strict=True)]), None)
        # Motion needs frames only: it need not wait until the frames before are finished, one after the other.
        motions = [self._following.submit(stylizer.motions, one, last)
                   for stylizer, one, last in zip(self._stylizers, begun, self._last, strict=True)]
        self._last = [one.frames[-1] for one in begun]
        self._awaited.append(self._thread.submit(self._finished, begun, motions, seen))
        return self._awaited.popleft().result() if len(self._awaited) > BATCHES_BEHIND else NOTHING

    def rest(self) -> Finished:
        """The frames that are still to come."""
        done = NOTHING
        while self._awaited:
            later = self._awaited.popleft().result()
            done = Finished([*done.frames, *later.frames], later.state)
        return done

    def _finished(self, begun: Sequence[Begun], motions: Sequence[Future[list[Motion | None]]],
                  seen: ShotState | None) -> Finished:
        layers = []
        for place, (stylizer, one) in enumerate(zip(self._stylizers, begun, strict=True)):
            images, self._before[place] = stylizer.finish(one, self._before[place], motions=motions[place].result())
            layers.append(pictured(replace(one, painted=images)))
        return Finished(joined(layers), replace(self._before[0], seen=seen))


def pictured(begun: Begun) -> list[Frame]:
    """The frames with their painted pictures."""
    return [replace(frame, image=image) for frame, image in zip(begun.frames, begun.painted, strict=True)]


def in_layers(frames: Sequence[Frame]) -> list[Sequence[Frame]]:
    """The frames, and after them those of each of their further layers."""
    return [frames, *(list(layer) for layer in zip(*(frame.layers for frame in frames), strict=True))]


def joined(layers: Sequence[Sequence[Frame]]) -> list[Frame]:
    """The frames of the first layer with those of the further ones in them."""
    first, *others = layers
    return [replace(frame, layers=rest) for frame, *rest_of in zip(first, *others, strict=True)
            for rest in (tuple(rest_of),)]
