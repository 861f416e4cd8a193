"""The networks of fitted styles compiled beside the show, so that a key switches to any of them at once.

A style is switched to once its network is ready; till then the show goes on as it is, and not a frame waits.
"""

from __future__ import annotations

import os
import threading
from collections import OrderedDict
from contextlib import suppress
from types import TracebackType
from typing import Self

import numpy as np

from allaprima.engines import Look, Statistics, Style
from allaprima.engines.looks import all_fits
from allaprima.errors import AllaprimaError
from allaprima.pipeline.live.playlist import Playlist
from allaprima.pipeline.live.rungs import Rung
from allaprima.runtimes.processor import sparing

KEPT = 20            # networks that are known to be compiled: fewer than an engine keeps in memory
LOOK_SECONDS = 0.1   # between looks at what is wanted
NICENESS = 10        # of the thread: frames go first


class Preparation:
    """Compiles what the styles of a playlist need on the rung that paints; a context manager that ends its thread.

    ``rung`` and ``wanted`` may be set from other threads at any time: the rung that paints, and the style whose turn is
    next. ``failed`` holds a sentence for each style that cannot be painted by what was fitted to it. spared: how many
    processors the networks leave to others.
    """

    def __init__(self, playlist: Playlist, rungs: tuple[Rung, ...], spared: int = 0) -> None:
        self.rung = 0
        self.wanted: Style | None = None
        self.failed: dict[str, str] = {}
        self._playlist, self._rungs, self._spared = playlist, rungs, spared
        self._compiled: OrderedDict[tuple[int, int], Style] = OrderedDict()
        self._refused: set[int] = set()
        self._shown: Style | None = None
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._compile_all, name="compile", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None,
                 trace: TracebackType | None) -> None:
        self._stop.set()
        self._thread.join()

    def ready(self, rung: int, style: Style) -> bool:
        """Whether frames can be painted in that style on that rung without waiting; one that is not comes next."""
        if not all_fits(style):
            return True
        if (rung, id(style)) in self._compiled:
            self._shown = style
            return True
        self.rung, self.wanted = rung, style
        return False

    def compile(self, rung: int, style: Style) -> None:
        """Compiles what painting in that style on that rung takes, here and now."""
        engine, size = self._rungs[rung].engine, self._rungs[rung]
        picture = np.full((1, size.height, size.width, 3), 128, np.uint8)
        look = [Look(style)]
        with sparing(self._spared):
            _, own = engine.stylize(picture, look)
            for momentum in (0.5, 0.0):  # moments mixed with given ones, and given ones alone
                engine.stylize(picture, look, Statistics(own.moments, momentum))
        self._compiled[rung, id(style)] = style
        self._compiled.move_to_end((rung, id(style)))
        if len(self._compiled) > KEPT:
            self._compiled.popitem(last=False)

    def _next(self) -> tuple[int, Style] | None:
        """What is to be compiled next: what is waited for, the playlist, and what is shown on the rungs beside."""
        rung, wanted, shown = self.rung, self.wanted, self._shown
        entries = self._playlist.entries[:KEPT - 4]
        styles = [] if wanted is None else [(rung, wanted)]
        styles += [(rung, entry.styles[rung]) for entry in entries]
        styles += [(beside, entry.styles[beside]) for entry in entries if entry.styles[rung] is shown
                   for beside in (rung + 1, rung - 1, rung + 2, rung - 2) if 0 <= beside < len(self._rungs)]
        return next(((place, style) for place, style in styles
                     if all_fits(style) and (place, id(style)) not in self._compiled
                     and id(style) not in self._refused), None)

    def _compile_all(self) -> None:
        if hasattr(os, "setpriority"):
            with suppress(OSError):
                os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), NICENESS)
        while not self._stop.is_set():
            found = self._next()
            if found is None:
                self._stop.wait(LOOK_SECONDS)
                continue
            try:
                self.compile(*found)
            except AllaprimaError as error:  # the show goes on in the styles that there are
                self._refused.add(id(found[1]))
                self.failed[found[1].name] = str(error)
