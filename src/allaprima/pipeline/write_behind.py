"""Frames written by a thread of their own, so that encoding goes on while the network works."""

from __future__ import annotations

import threading
import time
from collections import deque
from types import TracebackType
from typing import Self

from allaprima.frames import Frame, Sink
from allaprima.pipeline.prefetch import frame_bytes

BYTES_BEHIND = 128 << 20


class WriteBehind:
    """A sink that queues frames for another one, bounded in bytes; a context manager that ends its thread.

    An error of the sink arrives at the next ``write`` or at the end. When the run is ended by an error, frames still
    queued are dropped; ended by an interruption, they are written, since they are finished work.
    """

    def __init__(self, sink: Sink, bytes_behind: int = BYTES_BEHIND) -> None:
        self.seconds_busy = 0.0
        self._sink, self._bytes_behind = sink, bytes_behind
        self._waiting: deque[Frame] = deque()
        self._bytes = 0
        self._ended = False
        self._error: BaseException | None = None
        self._changed = threading.Condition()
        self._thread = threading.Thread(target=self._write_all, name="encode", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None,
                 trace: TracebackType | None) -> None:
        with self._changed:
            if error is not None and not isinstance(error, KeyboardInterrupt):
                self._waiting.clear()
            self._ended = True
            self._changed.notify_all()
        self._thread.join()
        if error is None and self._error is not None:
            raise self._error

    def write(self, frame: Frame) -> None:
        """Queues a frame; waits while the queue is full."""
        size = frame_bytes(frame)
        with self._changed:
            self._changed.wait_for(
                lambda: self._error or not self._waiting or self._bytes + size <= self._bytes_behind)
            if self._error is not None:
                raise self._error
            self._waiting.append(frame)
            self._bytes += size
            self._changed.notify_all()

    def _write_all(self) -> None:
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._waiting or self._ended)
                if not self._waiting:
                    return
                frame = self._waiting.popleft()
                self._bytes -= frame_bytes(frame)
                self._changed.notify_all()
            started = time.perf_counter()
            try:
                self._sink.write(frame)
            except BaseException as error:  # handed on to whoever writes
                with self._changed:
                    self._error = error
                    self._waiting.clear()
                    self._changed.notify_all()
                return
            finally:
                self.seconds_busy += time.perf_counter() - started
