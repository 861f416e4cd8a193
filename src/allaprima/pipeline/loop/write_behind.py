"""Frames written by a thread of their own, so that encoding goes on while the network works."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from types import TracebackType
from typing import Protocol, Self, runtime_checkable

from allaprima.errors import Interrupted
from allaprima.frames import Frame, Sink
from allaprima.io.film.segments import Arrays
from allaprima.pipeline.loop.queue import FrameQueue
from allaprima.pipeline.working import made_large

BYTES_BEHIND = 128 << 20


@runtime_checkable
class Remembering(Protocol):
    """A sink that keeps what a resume after its latest frame needs."""

    def remember(self, arrays: Callable[[], Arrays]) -> None: ...


@runtime_checkable
class Segmented(Protocol):
    """A sink that may begin a piece of its own with a shot."""

    def begin_shot(self) -> None: ...


class WriteBehind:
    """A sink that queues frames for another one, bounded in bytes; a context manager that ends its thread.

    Frames painted small are made large on the way.

    An error of the sink arrives at the next ``write`` or at the end. When the run is ended by an error, frames still
    queued are dropped; ended by an interruption, they are written, since they are finished work.
    """

    def __init__(self, sink: Sink, bytes_behind: int = BYTES_BEHIND) -> None:
        self.seconds_busy = 0.0
        self._sink = sink
        self._queue = FrameQueue(bytes_behind)
        self._remembered: dict[int, Callable[[], Arrays]] = {}
        self._beginning: set[int] = set()
        self._error: BaseException | None = None
        self._thread = threading.Thread(target=self._write_all, name="encode", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None,
                 trace: TracebackType | None) -> None:
        if error is None or isinstance(error, (KeyboardInterrupt, Interrupted)):
            self._queue.end()
        else:
            self._queue.close()
        self._thread.join()
        if error is None and self._error is not None:
            raise self._error

    def write(self, frame: Frame, remembered: Callable[[], Arrays] | None = None, *, begins: bool = False) -> None:
        """Queues a frame, and what a resume after it needs, for sinks that keep it; waits while the queue is full.

        begins: whether a shot begins with it.
        """
        if begins:
            self._beginning.add(frame.index)
        if remembered is not None:
            self._remembered[frame.index] = remembered
        if not self._queue.give(frame) and self._error is not None:
            raise self._error

    def _write_all(self) -> None:
        while (frame := self._queue.take()) is not None:
            started = time.perf_counter()
            try:
                if frame.index in self._beginning:
                    self._beginning.discard(frame.index)
                    if isinstance(self._sink, Segmented):
                        self._sink.begin_shot()
                self._sink.write(made_large(frame))
                remembered = self._remembered.pop(frame.index, None)
                if remembered is not None and isinstance(self._sink, Remembering):
                    self._sink.remember(remembered)
            except BaseException as error:  # handed on to whoever writes
                self._error = error
                self._queue.close()
            finally:
                self.seconds_busy += time.perf_counter() - started
