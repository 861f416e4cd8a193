"""Frames fetched ahead by a thread of their own, so that decoding goes on while the network works."""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Iterable, Iterator
from types import TracebackType
from typing import Self

from allaprima.frames import Frame

BYTES_AHEAD = 256 << 20  # decoded frames waiting at most: some forty of 1080p


def frame_bytes(frame: Frame) -> int:
    """The memory that a frame's pixels take."""
    return frame.image.nbytes + (0 if frame.alpha is None else frame.alpha.nbytes)


class Prefetch:
    """Iterates over frames that a thread fetches ahead, bounded in bytes; a context manager that ends its thread.

    An exception of the source arrives where the frames are taken, after the frames before it. ``seconds_busy`` is the
    time that the source has taken so far.
    """

    def __init__(self, frames: Iterable[Frame], bytes_ahead: int = BYTES_AHEAD) -> None:
        self.seconds_busy = 0.0
        self._frames, self._bytes_ahead = frames, bytes_ahead
        self._waiting: deque[Frame] = deque()
        self._bytes = 0
        self._ended = self._stopped = False
        self._error: BaseException | None = None
        self._changed = threading.Condition()
        self._thread = threading.Thread(target=self._fetch, name="decode", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None,
                 trace: TracebackType | None) -> None:
        with self._changed:
            self._stopped = True
            self._changed.notify_all()
        self._thread.join()

    def __iter__(self) -> Iterator[Frame]:
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._waiting or self._ended)
                if not self._waiting:
                    break
                frame = self._waiting.popleft()
                self._bytes -= frame_bytes(frame)
                self._changed.notify_all()
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
                if frame is None or not self._room_for(frame):
                    break
        except BaseException as error:  # handed on to whoever takes the frames
            self._error = error
        finally:
            with self._changed:
                self._ended = True
                self._changed.notify_all()

    def _room_for(self, frame: Frame) -> bool:
        """Puts the frame into the queue once there is room; False when nobody wants it any more."""
        size = frame_bytes(frame)
        with self._changed:
            self._changed.wait_for(
                lambda: self._stopped or not self._waiting or self._bytes + size <= self._bytes_ahead)
            if self._stopped:
                return False
            self._waiting.append(frame)
            self._bytes += size
            self._changed.notify_all()
        return True
