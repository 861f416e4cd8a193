"""A sink that tests read: it keeps its frames in memory."""

from __future__ import annotations

import time

from allaprima.errors import SinkError
from allaprima.frames import Frame


class ListSink:
    """Keeps frames in memory; fails at one of them, or takes its time."""

    def __init__(self, fail_at: int | None = None, seconds: float = 0.0) -> None:
        self.frames: list[Frame] = []
        self.fail_at, self.seconds = fail_at, seconds

    def write(self, frame: Frame) -> None:
        time.sleep(self.seconds)
        if frame.index == self.fail_at:
            raise SinkError("the disk is full")
        self.frames.append(frame)

    def __enter__(self) -> ListSink:
        return self

    def __exit__(self, *_: object) -> None:
        pass
