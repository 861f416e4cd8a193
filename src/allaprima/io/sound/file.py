"""The sound of a file or film, played in real time: for trying a show, and where no input is."""

from __future__ import annotations

import time
from pathlib import Path

import av
import numpy as np
from numpy.typing import NDArray

from allaprima.errors import SourceError
from allaprima.io.sound.sound import WAIT_SECONDS

RATE = 48_000


class SoundFile:
    """A file's first sound stream, as fast as it would be heard; one channel, 48 kHz.

    Raises ``SourceError`` where it has no sound that can be read.
    """

    def __init__(self, path: Path) -> None:
        self.name, self.rate = path.name, RATE
        self._path = path
        try:
            self._container = av.open(str(path))
        except (av.FFmpegError, OSError) as error:
            raise SourceError(f"cannot listen to {path}: {error}", "check that it plays elsewhere") from error
        if not self._container.streams.audio:
            self._container.close()
            raise SourceError(f"cannot listen to {path}: it has no sound", "give a file with sound, or an input's name")
        self._frames = self._container.decode(self._container.streams.audio[0])
        self._resampler = av.AudioResampler("flt", "mono", RATE)
        self._began: float | None = None
        self._samples = 0
        self._waiting: NDArray[np.float32] | None = None

    def read(self) -> NDArray[np.float32] | None:
        """The samples that are due, after a fifth of a second at most, so that there may be none; None at the end."""
        self._began = time.monotonic() if self._began is None else self._began
        if self._waiting is None:
            self._waiting = self._next()
        if self._waiting is None:
            return None
        due = self._began + (self._samples + len(self._waiting)) / RATE
        time.sleep(min(WAIT_SECONDS, max(0.0, due - time.monotonic())))
        if time.monotonic() < due:
            return np.zeros(0, np.float32)
        samples, self._waiting = self._waiting, None
        self._samples += len(samples)
        return samples

    def close(self) -> None:
        """Closes the file."""
        self._container.close()

    def _next(self) -> NDArray[np.float32] | None:
        """The next decoded samples."""
        try:
            for frame in self._frames:
                parts = [each.to_ndarray()[0] for each in self._resampler.resample(frame)]
                if parts:
                    return np.concatenate(parts).astype(np.float32)
        except av.FFmpegError as error:
            raise SourceError(f"cannot listen to {self._path} any more: {error}") from error
        return None
