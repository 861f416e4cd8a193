"""A network fitted to a style beside the show, on what the camera has shown, by a program of its own; it then joins.

The program is another process of the lowest priority: frames go first, and what it does wrong ends only itself.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Self

import numpy as np
from numpy.typing import NDArray

from allaprima.errors import AllaprimaError
from allaprima.io.still.picture import Picture
from allaprima.io.still.writing import write_image
from allaprima.pipeline.live.playlist import Playlist
from allaprima.pipeline.live.rungs import Rung
from allaprima.pipeline.looks.styles import read_style

FRAMES = 16           # of the camera, to learn from
FRAME_SECONDS = 0.5   # between two of them: a second or two of one picture teach nothing
LOOK_SECONDS = 0.2
NICENESS = 19
IDLE = 0x40           # Windows: IDLE_PRIORITY_CLASS

Rgb = NDArray[np.uint8]
Command = Callable[[Path, Path, str, int, Path], Sequence[str]]
"""The program that fits: of a style's picture, a folder of frames, a model, lines, and the file to write."""


class LiveFit:
    """Fits one style at a time; a context manager that ends its program. ``latest`` is set to every picture shown.

    folder: where fitted styles go, beside what else the performer keeps.
    """

    def __init__(self, playlist: Playlist, folder: Path, command: Command) -> None:
        self.latest: Rgb | None = None
        self.files: list[str] = []
        self._playlist, self._folder, self._command = playlist, folder, command
        self._news: str | None = None
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None,
                 trace: TracebackType | None) -> None:
        self._stop.set()
        if self._thread is not None:
            self._thread.join()

    def begin(self, index: int, rung: Rung) -> str:
        """Begins to fit that rung's network to a style of the playlist; gives back a sentence."""
        entry = self._playlist.entries[index % len(self._playlist.entries)]
        if self._thread is not None and self._thread.is_alive():
            return "a style is being fitted already"
        if entry.picture is None:
            return f"{entry.name} is no single picture: it cannot be fitted"
        self._thread = threading.Thread(target=self._carry_out, args=(entry.name, entry.picture, rung), name="fit",
                                        daemon=True)
        self._thread.start()
        return f"fitting {rung.engine.name} to {entry.name}"

    def news(self) -> str | None:
        """A sentence about a fit that has ended since the last call."""
        news, self._news = self._news, None
        return news

    def _carry_out(self, name: str, picture: Path, rung: Rung) -> None:
        target = self._named(name)
        with tempfile.TemporaryDirectory(prefix="allaprima-fit-") as frames:
            try:
                self._gather(Path(frames))
                failure = self._run(self._command(picture, Path(frames), rung.engine.name, rung.detail, target))
                if failure is None:
                    self._playlist.join(name, read_style(target).fitted)
            except (AllaprimaError, OSError) as error:
                failure = str(error)
        if self._stop.is_set():
            return
        if failure is None:
            self.files.append(str(target))
            self._news = f"{name} is fitted: kept {target.name}"
        else:
            self._news = f"{name} could not be fitted: {failure}"

    def _gather(self, folder: Path) -> None:
        """Writes pictures of the camera into a folder, one now and then."""
        for number in range(FRAMES):
            if self._stop.wait(FRAME_SECONDS):
                return
            if self.latest is not None:
                write_image(folder / f"{number:03d}.png", Picture(self.latest))

    def _run(self, command: Sequence[str]) -> str | None:
        """Runs the program to its end, or ends it with the show; gives back why it failed, None where it did not."""
        if self._stop.is_set():
            return None
        with tempfile.TemporaryFile() as said:
            flags = IDLE if sys.platform == "win32" else 0
            with subprocess.Popen(list(command), stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=said,
                                  creationflags=flags) as program:
                if hasattr(os, "setpriority"):
                    with suppress(OSError):
                        os.setpriority(os.PRIO_PROCESS, program.pid, NICENESS)
                while program.poll() is None:
                    if self._stop.wait(LOOK_SECONDS):
                        program.terminate()
            if program.returncode == 0 or self._stop.is_set():
                return None
            said.seek(0)
            lines = said.read().decode(errors="replace").strip().splitlines()
            return lines[-1] if lines else f"the program ended with {program.returncode}"

    def _named(self, name: str) -> Path:
        """A file's name for the fitted style that is not taken."""
        path, number = self._folder / f"{name}-fitted.style", 2
        while path.exists():
            path, number = self._folder / f"{name}-fitted-{number}.style", number + 1
        return path
