"""A film as a camera: each frame when its time has come."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count
from pathlib import Path

from allaprima.frames import Frame
from allaprima.functional.hidden import on_white
from allaprima.io.camera.taken import Taken
from allaprima.io.film.source import VideoSource
from allaprima.io.still.picture import as_uint8


class FilmReader:
    """The frames of the film at ``path`` with the times at which they are due; over and over with ``repeat``."""

    def __init__(self, path: Path, *, repeat: bool = False) -> None:
        self._source = VideoSource(path)
        self.fps = float(self._source.info.frame_rate) if self._source.info.frame_rate else None
        self._frames = self._timed(repeat)

    def read(self) -> Taken | None:
        """The next frame, None at the end."""
        return next(self._frames, None)

    def close(self) -> None:
        self._source.__exit__(None, None, None)

    def _timed(self, repeat: bool) -> Iterator[Taken]:
        began, index = 0.0, 0
        for _ in count() if repeat else (0,):
            first, step = None, 0.0
            for frame in self._source:
                first = frame.pts if first is None else first
                step = self._seconds(frame)
                due = began + float((frame.pts - first) * self._source.info.time_base)
                image = frame.image if frame.alpha is None else on_white(frame.image, frame.alpha)
                yield Taken(as_uint8(image), due, index)
                index += 1
            began = due + step

    def _seconds(self, frame: Frame) -> float:
        """How long a frame is shown."""
        if frame.duration:
            return float(frame.duration * self._source.info.time_base)
        return float(1 / (self._source.info.frame_rate or 25))
