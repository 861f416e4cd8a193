"""Frames captured on a thread of their own: newest wins, and a camera that goes is waited for."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from contextlib import closing
from types import TracebackType
from typing import Self

import numpy as np
from numpy.typing import NDArray

from allaprima.errors import SourceError
from allaprima.frames import Frame
from allaprima.io.camera.camera import Reader
from allaprima.io.camera.taken import Taken, Waiting
from allaprima.pipeline.live.newest import Newest

BACK_OFF_SECONDS = (0.25, 0.5, 1.0, 2.0, 4.0)  # between attempts to open a lost camera again, the last for ever
QUIET_SECONDS = 1.0                            # without a picture, after which the window says so
EVER = float("inf")
JOIN_SECONDS = 4.0                             # longer than any reader blocks


class Capture:
    """Reads a camera until told to stop; a context manager that ends its thread.

    ``frames`` holds the newest frame: its pts is the moment of capture in monotonic nanoseconds, its index counts up. A
    camera that is lost is opened again, after waits that grow, where it ``returns``, until it has given no picture for
    ``patience_seconds``: then ``SourceError`` ends the frames. A film's end ends them too. The first picture is waited
    for on entering, so that a camera that never works raises ``SourceError`` there; ``on_wait`` is told why that takes
    long. The picture is ``first``, and ``fps`` what the camera says of its rate. Frames come from ``start`` on.
    ``stamped``: whether the camera itself tells when it took a picture; otherwise that is when its data arrived.
    """

    def __init__(self, open_reader: Callable[[], Reader], *, returns: bool = True,
                 patience_seconds: float = EVER, on_wait: Callable[[str], None] | None = None) -> None:
        self.frames: Newest[Frame] = Newest()
        self.captured = 0
        self.losses = 0
        self.fps: float | None = None
        self.stamped = False
        self._open, self._returns, self._patience = open_reader, returns, patience_seconds
        self._on_wait = on_wait
        self._trouble: str | None = None
        self._latest = 0.0
        self._stop, self._begun = threading.Event(), threading.Event()
        self._reader: Reader | None = None
        self._thread = threading.Thread(target=self._capture, name="capture", daemon=True)

    def __enter__(self) -> Self:
        reader = self._open()
        try:
            taken = reader.read()
            while isinstance(taken, Waiting):
                if self._on_wait is not None:
                    self._on_wait(taken.reason)
                taken = reader.read()
            if taken is None:
                raise SourceError("the camera's film holds no frame", "check that it plays elsewhere")
        except BaseException:
            reader.close()
            raise
        self._reader = reader
        self.fps = reader.fps
        self._first = self._newest = taken
        self._latest = time.monotonic()
        if taken.captured_ns is not None:
            # A live source goes on while the run is being prepared: what is not read now would come later, all at once.
            self._thread.start()
        return self

    @property
    def first(self) -> NDArray[np.uint8]:
        """The camera's first picture (H, W, 3)."""
        return self._first.image

    @property
    def newest(self) -> NDArray[np.uint8]:
        """A live source's newest picture while frames are not handed out yet; a film's first."""
        return self._newest.image

    @property
    def size(self) -> tuple[int, int]:
        """Width and height of the first picture."""
        return self.first.shape[1], self.first.shape[0]

    def start(self) -> None:
        """Begins to hand out frames: a film's from its first on, a live source's from its newest on."""
        self._began = time.monotonic()
        self._hand_out(self._newest)
        self._begun.set()
        if self._thread.ident is None:
            self._thread.start()

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None,
                 trace: TracebackType | None) -> None:
        self._stop.set()
        if self._thread.is_alive():
            self._thread.join(JOIN_SECONDS)
        elif self._reader is not None:
            self._reader.close()

    def notice(self) -> str | None:
        """What the audience's picture lacks, as a sentence; None while frames come."""
        if self.frames.ended:
            return None
        if self._trouble is not None:
            return self._trouble
        quiet = time.monotonic() - self._latest
        return f"no picture for {quiet:.0f} s" if quiet > QUIET_SECONDS else None

    def _capture(self) -> None:
        error: BaseException | None = None
        attempts = 0
        while not self._stop.is_set():
            try:
                if not self._read_until_lost():
                    break
            except SourceError as lost:
                if not self._returns:
                    error = lost
                    break
                anew = self._trouble is None
                self.losses += anew
                attempts = 0 if anew else attempts + 1
                gone = time.monotonic() - self._latest
                if gone >= self._patience:
                    error = SourceError(f"{lost}; no picture has come for {gone:.0f} s",
                                        "start the camera again, or wait longer: --camera-patience")
                    error.__cause__ = lost
                    break
                self._trouble = f"{lost}; trying again"
                wait = BACK_OFF_SECONDS[min(attempts, len(BACK_OFF_SECONDS) - 1)]
                self._stop.wait(min(wait, self._patience - gone))
            except BaseException as failure:  # handed on to whoever takes the frames
                error = failure
                break
        self.frames.end(error)

    def _read_until_lost(self) -> bool:
        """Hands out pictures of one opened camera; False at its end. Raises ``SourceError`` where it is lost."""
        reader, self._reader = self._reader or self._open(), None
        with closing(reader):
            while not self._stop.is_set():
                taken = reader.read()
                if taken is None:
                    return False
                if isinstance(taken, Waiting):
                    self._trouble = taken.reason
                    continue
                if not self._begun.is_set():
                    self._newest, self._latest, self._trouble = taken, time.monotonic(), None
                    continue
                if taken.due_seconds is not None:
                    self._stop.wait(max(0.0, self._began + taken.due_seconds - time.monotonic()))
                self._trouble = None
                self._hand_out(taken)
        return False

    def _hand_out(self, taken: Taken) -> None:
        now = time.monotonic_ns()
        self._latest = now / 1e9
        index = self.captured if taken.index is None else taken.index
        self.captured += 1
        self.stamped = taken.stamped
        self.frames.put(Frame(taken.image, None, taken.captured_ns or now, None, index))
