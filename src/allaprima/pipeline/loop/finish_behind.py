"""Batches painted one after the other while a thread of its own finishes the one before."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass, replace
from types import TracebackType
from typing import Self

from allaprima.engines import Look
from allaprima.frames import Frame
from allaprima.pipeline.stylizers.state import PaintState, State
from allaprima.pipeline.stylizers.stylizer import Begun, Stylizer
from allaprima.temporal.blend import BlendState
from allaprima.temporal.flow import single_threaded
from allaprima.temporal.shots import Change, ShotState


@dataclass(frozen=True, slots=True)
class Finished:
    """Frames as they are to be shown, and what is remembered after the last of them; None where nothing need be."""

    frames: Sequence[Frame]
    state: State | None


NOTHING = Finished((), None)


class FinishBehind:
    """Calls a stylizer in two halves, so that painting need not wait; a context manager that ends its thread.

    state: what is remembered of the frames before. Errors of finishing arrive with the next batch, or with the rest.
    """

    def __init__(self, stylizer: Stylizer, state: State | None = None) -> None:
        self._stylizer = stylizer
        self._painting: PaintState | None = None if state is None else state.painting
        self._shown: BlendState | None = None if state is None else state.shown
        self._awaited: Future[Finished] | None = None
        self._ending = ExitStack()

    def __enter__(self) -> Self:
        if self._stylizer.remembers:
            self._ending.enter_context(single_threaded())
            self._thread = self._ending.enter_context(ThreadPoolExecutor(1, thread_name_prefix="finish"))
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None,
                 trace: TracebackType | None) -> None:
        self._ending.close()

    def give(self, frames: Sequence[Frame], looks: Sequence[Look], changes: Sequence[Change],
             seen: ShotState | None) -> Finished:
        """The frames given before, finished; these come next, or at once where there is nothing to finish.

        seen: what the detector of shots knows after the last of the frames.
        """
        begun = self._stylizer.begin(frames, looks, changes, self._painting)
        self._painting = begun.state
        if not self._stylizer.remembers:
            return Finished(pictured(frames, begun), None)
        done = self.rest()
        self._awaited = self._thread.submit(self._finished, begun, seen)
        return done

    def rest(self) -> Finished:
        """The frames that are still to come."""
        awaited, self._awaited = self._awaited, None
        return NOTHING if awaited is None else awaited.result()

    def _finished(self, begun: Begun, seen: ShotState | None) -> Finished:
        images, self._shown = self._stylizer.finish(begun, self._shown)
        return Finished(pictured(begun.frames, replace(begun, painted=images)), State(begun.state, self._shown, seen))


def pictured(frames: Sequence[Frame], begun: Begun) -> list[Frame]:
    """The frames with their painted pictures."""
    return [replace(frame, image=image) for frame, image in zip(frames, begun.painted, strict=True)]
