"""What a performer keeps: snapshots, looks, recordings."""

from __future__ import annotations

import time
from datetime import datetime
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from allaprima.engines import Look, in_own_colors
from allaprima.engines.look_files import SavedLook, look_text
from allaprima.engines.upsampling import change_upsampled
from allaprima.frames import Frame
from allaprima.io.film.recording import Recording
from allaprima.io.outputs import written_file
from allaprima.pipeline.live.controls import Action
from allaprima.pipeline.live.painted import Painted
from allaprima.pipeline.live.rungs import Rung
from allaprima.pipeline.looks.saved import write_look
from allaprima.plurals import counted
from allaprima.sheets.png import encode_png

Rgb = NDArray[np.uint8]
SETTINGS_KEY = "allaprima"


class Keeper:
    """Writes files into a folder, named by the moment; ``files`` are those written so far.

    size, fps: of recordings. A recording is ended by ``stop``.
    """

    def __init__(self, folder: Path, rungs: tuple[Rung, ...], size: tuple[int, int], fps: float) -> None:
        self.files: list[str] = []
        self._folder, self._rungs = folder, rungs
        self._size, self._fps = size, fps
        self._recording: Recording | None = None
        self._began = 0.0
        self._left_out = 0

    @property
    def recording(self) -> bool:
        """Whether a recording runs."""
        return self._recording is not None

    @property
    def target(self) -> str:
        """The name of the file that is recorded into; empty without one."""
        return "" if self._recording is None else self._recording.path.name

    def seconds(self) -> float:
        """How long the recording has run."""
        return time.monotonic() - self._began

    def notes(self) -> tuple[str, ...]:
        """Sentences about what recordings lack."""
        return (f"left out of recordings, since encoding was too slow: {counted(self._left_out, 'frame')}",
                ) if self._left_out else ()

    def act(self, action: Action, painted: Painted, *, wanted: bool | None = None) -> str:
        """Does what a key asked for with the latest picture; gives back a sentence. Raises ``SinkError``.

        wanted: whether a recording is to run, None to begin or end one.
        """
        if action == "snapshot":
            return self._snapshot(painted)
        if action == "look":
            path = self._named(".look")
            write_look(path, saved_look(painted, self._rungs[painted.rung]))
            return self._kept(path)
        if self.recording == wanted:
            return "recording" if wanted else "nothing is being recorded"
        if self.recording:
            return f"recorded {self.stop()}"
        self.record_to(self._named(".mkv"))
        return "recording"

    def record_to(self, path: Path) -> None:
        """Begins a recording."""
        recording = Recording(path, *self._size, self._fps)
        self._recording = recording.__enter__()
        self._began = time.monotonic()
        self.files.append(str(path))

    def record(self, frame: Frame) -> None:
        """Gives a frame to the recording, if one runs; one that fails is over."""
        if self._recording is None:
            return
        try:
            self._recording.write(frame)
        except BaseException:
            recording, self._recording = self._recording, None
            recording.__exit__(RuntimeError, RuntimeError(), None)
            raise

    def stop(self) -> Path | None:
        """Ends the recording, if one runs; raises ``SinkError`` where it could not be finished."""
        recording, self._recording = self._recording, None
        if recording is None:
            return None
        recording.__exit__(None, None, None)
        self._left_out += recording.dropped
        return recording.path

    def _snapshot(self, painted: Painted) -> str:
        path = self._named(".png")
        # Readers of PNG take a text of a megabyte for an attack: kernels stay out of it.
        settings = look_text(saved_look(painted, self._rungs[painted.rung]), kernels=False)
        with written_file(path) as file:
            file.write(encode_png(finished(painted), text={
                SETTINGS_KEY: settings, "Software": "allaprima", "frame": str(painted.frame.index)}, level=3))
        return self._kept(path)

    def _named(self, suffix: str) -> Path:
        """A name of this moment that is not taken."""
        stem = f"allaprima-{datetime.now():%Y%m%d-%H%M%S}"
        path, number = self._folder / f"{stem}{suffix}", 2
        while path.exists():
            path, number = self._folder / f"{stem}-{number}{suffix}", number + 1
        return path

    def _kept(self, path: Path) -> str:
        self.files.append(str(path))
        return f"kept {path.name}"


def finished(painted: Painted) -> Rgb:
    """The picture as a film in post shows it: where it was painted small, upsampled guided by the camera's picture.

    That takes longer than a live picture may.
    """
    if painted.small.shape == painted.picture.shape:
        return painted.picture
    picture = np.asarray(change_upsampled(painted.content, painted.work, painted.small), np.uint8)
    look = Look(painted.parts[0][0], color="luminance" if painted.controls.preserve_colors else "none")
    return np.asarray(in_own_colors(painted.content[None], picture[None], [look])[0], np.uint8)


def saved_look(painted: Painted, rung: Rung) -> SavedLook:
    """All that it takes to paint that frame the same again."""
    controls = painted.controls
    return SavedLook(painted.parts, controls.strength, controls.preserve_colors, rung.detail, controls.stability,
                     dict(rung.engine.settings), painted.statistics, controls.photoreal)
