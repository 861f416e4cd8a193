"""Batches painted by the statistics of their shot, and held steady by a thread of their own meanwhile."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import replace
from types import TracebackType
from typing import Self

from allaprima.engines import Engine, Look
from allaprima.frames import Frame
from allaprima.pipeline.stylizers.steadying import PaintState, Steadying, begins_anew, changes_of, painted_in_shot
from allaprima.runtimes.calls import Batch
from allaprima.temporal.blend import BlendState
from allaprima.temporal.flow import single_threaded
from allaprima.temporal.shots import Change


class SteadyBehind:
    """Paints a batch while the one before is held steady; a context manager that ends its thread.

    Errors of holding steady arrive with the next batch, or with the rest.
    """

    def __init__(self, engine: Engine, steadying: Steadying) -> None:
        self._engine, self._steadying = engine, steadying
        self._state: PaintState | None = None
        self._blend: BlendState | None = None
        self._awaited: Future[list[Frame]] | None = None
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="steady")
        self._alone = single_threaded()

    def __enter__(self) -> Self:
        self._alone.__enter__()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None,
                 trace: TracebackType | None) -> None:
        self._thread.shutdown()
        self._alone.__exit__(None, None, None)

    def give(self, frames: Sequence[Frame], images: Batch, looks: Sequence[Look], change: Change) -> list[Frame]:
        """The frames given before, painted and steadied; these come next.

        images: the frames' pictures, and maybe more that pad the batch. The frames are of one shot; ``change`` is the
        first's. A shot, and another look, begin with nothing remembered.
        """
        count = len(frames)
        moved = changes_of(looks[:count], self._state)
        anew = begins_anew(change, moved)
        painted, self._state = painted_in_shot(self._engine, images, looks, frames, change, moved, self._steadying,
                                               None if anew else self._state)
        done = self.rest()
        self._awaited = self._thread.submit(self._steadied, frames, images[:count], painted[:count], moved, anew)
        return done

    def rest(self) -> list[Frame]:
        """The frames that are still to come."""
        awaited, self._awaited = self._awaited, None
        return [] if awaited is None else awaited.result()

    def _steadied(self, frames: Sequence[Frame], contents: Batch, painted: Batch, moved: Sequence[float],
                  anew: bool) -> list[Frame]:
        before = None if anew else self._blend
        shown, self._blend = self._steadying.steadied(contents, painted, frames, before, moved)
        return [replace(frame, image=image) for frame, image in zip(frames, shown, strict=True)]
