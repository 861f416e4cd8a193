"""Frames waiting between two threads, bounded in bytes and in number."""

from __future__ import annotations

import threading
from collections import deque

from allaprima.frames import Frame

MOST_FRAMES = 32  # more of them make nothing faster, and small films would be read into memory whole


def frame_bytes(frame: Frame) -> int:
    """The memory that a frame's pixels take."""
    small = 0 if frame.small is None or frame.small is frame.image else frame.small.nbytes
    small += sum(map(frame_bytes, frame.layers))
    return small + sum(part.nbytes for part in (frame.image, frame.alpha, frame.full) if part is not None)


class FrameQueue:
    """Hands frames from one thread to another; the giver waits while more than ``limit_bytes`` wait to be taken,
    or ``MOST_FRAMES`` of them.

    One frame always fits, however large it is. ``end`` says that no frame will follow; ``close`` that none is wanted
    any more, which sets a waiting giver free.
    """

    def __init__(self, limit_bytes: int) -> None:
        self._limit_bytes = limit_bytes
        self._frames: deque[Frame] = deque()
        self._bytes = 0
        self._ended = self._closed = False
        self._changed = threading.Condition()

    def give(self, frame: Frame) -> bool:
        """Puts a frame at the end, once there is room; False when nobody wants it."""
        size = frame_bytes(frame)
        with self._changed:
            self._changed.wait_for(
                lambda: self._closed or not self._frames
                or (len(self._frames) < MOST_FRAMES and self._bytes + size <= self._limit_bytes))
            if self._closed:
                return False
            self._frames.append(frame)
            self._bytes += size
            self._changed.notify_all()
        return True

    def take(self) -> Frame | None:
        """The frame that has waited longest, once there is one; None when no frame will follow."""
        with self._changed:
            self._changed.wait_for(lambda: self._frames or self._ended or self._closed)
            if not self._frames:
                return None
            frame = self._frames.popleft()
            self._bytes -= frame_bytes(frame)
            self._changed.notify_all()
            return frame

    def end(self) -> None:
        """No frame will follow those that wait."""
        with self._changed:
            self._ended = True
            self._changed.notify_all()

    def close(self) -> None:
        """No frame is wanted any more, the waiting ones neither."""
        with self._changed:
            self._closed = True
            self._frames.clear()
            self._bytes = 0
            self._changed.notify_all()
