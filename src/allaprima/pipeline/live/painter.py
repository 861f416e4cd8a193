"""Frames painted on a thread of their own: in the look that the controls want, on the rung that the ladder allows."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import replace
from types import TracebackType
from typing import Self

import numpy as np
from numpy.typing import NDArray

from allaprima.config import PreserveColor
from allaprima.engines import Look, Style, blended
from allaprima.frames import Frame
from allaprima.pipeline.live.controls import Controls, other_style
from allaprima.pipeline.live.fade import Fade, Parts, following, redirected, same
from allaprima.pipeline.live.finishing import Finisher
from allaprima.pipeline.live.fitting import covering
from allaprima.pipeline.live.newest import Newest
from allaprima.pipeline.live.painted import Asked, Painted
from allaprima.pipeline.live.playlist import Playlist
from allaprima.pipeline.live.preparing import Preparation
from allaprima.pipeline.live.rungs import Rung, brushed
from allaprima.pipeline.stylizers.state import PaintState
from allaprima.pipeline.stylizers.stylizer import stylizer_for
from allaprima.runtimes.processor import sparing
from allaprima.temporal.flow import single_threaded
from allaprima.temporal.shots import Change, ShotState, watched
from allaprima.temporal.statistics import MEASURED_FRAMES, UNMEASURED_FRAMES

FADE_BETWEEN_RUNGS_SECONDS = 0.3
WAIT_SECONDS = 0.05      # for a frame before looking at the controls again
COMPILING_TRIALS = {False: 1, True: MEASURED_FRAMES + 2}  # steadied or not: a shot's first frames need several graphs
FEWEST_TRIALS, MOST_TRIALS = UNMEASURED_FRAMES, 2 * UNMEASURED_FRAMES  # of which one in so many is measured
TRIAL_SECONDS = 0.25     # for the trials beyond the fewest

HELD_CORES = 1           # that the network leaves to holding steady, which is done beside it

Rgb = NDArray[np.uint8]


class Painter:
    """Takes the newest frame, paints it, leaves it in ``painted``; a context manager that ends its threads.

    Two halves of the work are done side by side, of one frame each: the network's here, the rest by a ``Finisher``.
    size: of the picture shown. preparation: compiles the networks of fitted styles; None where they are compiled when
    they are first painted with. ``controls`` and ``rung`` may be set from other threads at any time; the next frame
    follows them.
    """

    def __init__(self, frames: Newest[Frame], playlist: Playlist, controls: Controls, size: tuple[int, int],
                 rungs: tuple[Rung, ...], preparation: Preparation | None = None) -> None:
        self.painted: Newest[Painted] = Newest()
        self.controls, self.rung = controls, 0
        self.size, self.rungs = size, rungs
        self._frames, self._playlist, self._preparation = frames, playlist, preparation
        self._fade: Fade | None = None
        self._ends: tuple[Style, ...] = ()  # the styles at the crossfader's two ends, as they are faded to
        self._painting: PaintState | None = None
        self._seen: ShotState | None = None
        self._state_rung: int | None = None  # whose the two are
        self._before: Asked | None = None
        self._latest_look: tuple[Parts, Look] | None = None
        self._rung_fade_ends = 0.0
        self._spared = spared_cores(controls)
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._paint_all, name="paint", daemon=True)

    def warm(self, picture: Rgb, on_rung: Callable[[int], None] = lambda rung: None) -> list[float]:
        """Compiles every rung; gives back the seconds that a frame of that picture, in motion, takes on each.

        They are counted from one frame to the next, where the next one waits already. on_rung: told each rung before
        its turn.
        """
        costs = []
        with single_threaded(), sparing(self._spared):
            for rung in range(len(self.rungs)):
                on_rung(rung)
                with Finisher(self.size, lambda painted: None) as finisher:
                    costs.append(self._trial(rung, picture, finisher))
                self._state_rung = None
        return costs

    def _trial(self, rung: int, picture: Rgb, finisher: Finisher) -> float:
        """The seconds that a frame typically takes on a rung, steadied or not as the controls ask."""
        controls, parts = self.controls, self._parts(self.controls, rung)
        look = Look(blended(parts), controls.strength, photoreal=controls.photoreal)
        content = covering(picture, *self.size)
        work = covering(content, self.rungs[rung].width, self.rungs[rung].height)

        def paint(number: int) -> None:
            moved = np.roll(work, 2 * number, axis=1)
            frame = Frame(moved, None, number, None, number)
            self._paint(Asked(frame, content, moved, parts, controls, rung, fresh=True, settled=True, step=rung,
                              faded_in=1.0, begun=time.perf_counter()), look, finisher)

        compiling = COMPILING_TRIALS[controls.stability > 0]
        for number in range(compiling):
            paint(number)
        finisher.settle()
        count, started = 0, time.perf_counter()
        while count < FEWEST_TRIALS or (count < MOST_TRIALS and time.perf_counter() < started + TRIAL_SECONDS):
            paint(compiling + count)
            count += 1
        finisher.settle()
        return (time.perf_counter() - started) / count

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None,
                 trace: TracebackType | None) -> None:
        self._stop.set()
        self._thread.join()

    def finish(self) -> None:
        """Ends the painting; raises the error that it met, where nobody has taken that yet."""
        self._stop.set()
        self._thread.join()
        self.painted.drop()

    def _paint_all(self) -> None:
        try:
            with single_threaded(), sparing(self._spared), Finisher(self.size, self.painted.put) as finisher:
                self._paint_as_they_come(finisher)
                finisher.settle()
            self.painted.end()
        except BaseException as error:  # handed on to whoever shows the frames
            self.painted.end(error)

    def _paint_as_they_come(self, finisher: Finisher) -> None:
        held: Frame | None = None
        while not self._stop.is_set():
            controls, step = self.controls, self.rung
            rung = brushed(self.rungs, step, controls.brush)
            frozen = controls.frozen and held is not None
            if self._frames.is_over() and not frozen:  # a frozen picture stays where a film ends, not where it fails
                return
            frame = self._frames.take(0 if frozen else WAIT_SECONDS)
            if frozen:
                frame = None
            if frame is not None:
                held = frame
            elif held is None or not controls.frozen or not self._differs(controls, rung):
                self._stop.wait(WAIT_SECONDS if controls.frozen else 0)
                continue
            self._before = self._asked(held, controls, rung, fresh=frame is not None, step=step)
            self._paint(self._before, self._look(self._before.parts, controls), finisher)

    def _differs(self, controls: Controls, rung: int) -> bool:
        """Whether a frozen frame would look otherwise than it was painted."""
        before = self._before
        return before is None or not before.settled or before.controls != controls or before.rung != rung

    def _asked(self, frame: Frame, controls: Controls, rung: int, *, fresh: bool, step: int) -> Asked:
        """How that frame is to be painted now."""
        begun, now = time.perf_counter(), time.monotonic()
        if self._before is not None and self._before.rung != rung:
            self._rung_fade_ends = now + FADE_BETWEEN_RUNGS_SECONDS
        parts = self._faded(controls, rung, now)
        image = np.asarray(frame.image, np.uint8)
        image = image[:, ::-1] if controls.mirror else image
        content = covering(image, *self.size)  # first to the size shown, as in post, then to the working size
        work = covering(content, self.rungs[rung].width, self.rungs[rung].height)
        settled = same(parts, self._parts(controls, rung)) and now >= self._rung_fade_ends
        faded_in = 1 - (self._rung_fade_ends - now) / FADE_BETWEEN_RUNGS_SECONDS
        return Asked(frame, content, work, parts, controls, rung, fresh, settled, step, faded_in, begun)

    def _paint(self, asked: Asked, look: Look, finisher: Finisher) -> None:
        """The frame painted on its rung, and left to be held steady as far as is wanted; its motion is followed
        meanwhile.
        """
        rung, controls, frame = asked.rung, asked.controls, replace(asked.frame, image=asked.work)
        anew = self._state_rung != rung  # moments belong to a network and a size
        if anew:
            self._painting, self._seen, self._state_rung = None, None, rung
        stylizer = stylizer_for("fast" if controls.stability > 0 else "off", self.rungs[rung].engine,
                                controls.stability)
        change: Change = "none"
        if stylizer.remembers:
            change, self._seen = watched(frame.image, self._seen)
        else:
            self._seen = None
        finisher.follow(stylizer, frame, look, change, self._painting, anew=anew)
        begun = stylizer.begin([frame], [look], [change], self._painting)
        self._painting = begun.state
        finisher.finish(stylizer, begun, asked)

    def _look(self, parts: Parts, controls: Controls) -> Look:
        """The look of a mixture: the same value as long as nothing changes, since engines remember what it asks for."""
        color: PreserveColor = "luminance" if controls.preserve_colors else "none"
        if self._latest_look is not None and same(self._latest_look[0], parts):
            latest = self._latest_look[1]
            if (latest.strength, latest.color, latest.photoreal) == (controls.strength, color, controls.photoreal):
                return latest
        self._latest_look = parts, Look(blended(parts), controls.strength, color, photoreal=controls.photoreal)
        return self._latest_look[1]

    def _pair(self, controls: Controls, rung: int) -> tuple[Style, Style]:
        """The styles at the crossfader's two ends."""
        entries = self._playlist.entries
        return (entries[controls.style % len(entries)].styles[rung],
                entries[other_style(controls, len(entries))].styles[rung])

    def _parts(self, controls: Controls, rung: int) -> Parts:
        """What the controls ask for: the style, and the other one's share."""
        first, second = self._pair(controls, rung)
        if controls.blend == 0 or first is second:
            return ((first, 1.0),)
        return ((first, 1 - controls.blend), (second, controls.blend)) if controls.blend < 1 else ((second, 1.0),)

    def _faded(self, controls: Controls, rung: int, now: float) -> Parts:
        """The mixture of styles at that moment, on its way to what the controls ask for."""
        if self._before is not None and self._before.rung != rung:
            self._fade = None  # another rung has its own codes of the same styles: the pictures are cross-faded instead
        target = self._parts(controls, rung)
        waiting = [style for style, _ in target if not self._ready(rung, style)]
        ends = self._pair(controls, rung)
        if self._fade is None or (not waiting and any(a is not b for a, b in zip(ends, self._ends, strict=True))):
            self._fade, self._ends = redirected(self._fade, target, now, controls.fade_seconds), ends
        elif not waiting:
            self._fade = following(self._fade, target)
        return self._fade.at(now)

    def _ready(self, rung: int, style: Style) -> bool:
        """Whether a style's network is compiled: nothing is faded to it before."""
        return self._preparation is None or self._preparation.ready(rung, style)


def spared_cores(controls: Controls) -> int:
    """How many processors the network leaves to others in a run that begins with these controls."""
    return HELD_CORES if controls.stability > 0 else 0
