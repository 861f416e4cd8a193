"""Frames fetched ahead by a thread of their own, so that decoding goes on while the network works."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterable, Iterator
from types import TracebackType
from typing import Self

from allaprima.frames import Frame
from allaprima.pipeline.loop.queue import FrameQueue

BYTES_AHEAD = 256 << 20  # decoded frames waiting at most: some forty of 1080p


class Prefetch:
    """Iterates over frames that a thread fetches ahead, bounded in bytes; a context manager that ends its thread.

    An exception of the source arrives where the frames are taken, after the frames before it. ``seconds_busy`` is the
    time that the source has taken so far.
    """

    def __init__(self, frames: Iterable[Frame], bytes_ahead: int = BYTES_AHEAD) -> None:
        self.seconds_busy = 0.0
        self._frames = frames
        self._queue = FrameQueue(bytes_ahead)
        self._error: BaseException | None = None
        self._thread = threading.Thread(target=self._fetch, name="decode", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None,
                 trace: TracebackType | None) -> None:
        self._queue.close()
        self._thread.join()

    def __iter__(self) -> Iterator[Frame]:
        while (frame := self._queue.take()) is not None:
            yield frame
        if self._error is not None:
            raise self._error

    def _fetch(self) -> None:
        try:
            frames = iter(self._frames)
            while True:
                started = time.perf_counter()
                frame = next(frames, None)
                self.seconds_busy += time.perf_counter() - started
                if frame is None or not self._queue.give(frame):
                    break
        except BaseException as error:  # handed on to whoever takes the frames
            self._error = error
        finally:
            self._queue.end()
