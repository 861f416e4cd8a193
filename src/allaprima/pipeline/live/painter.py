"""Frames painted on a thread of their own: in the look that the controls want, on the rung that the ladder allows."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from types import TracebackType
from typing import Self

import numpy as np
from numpy.typing import NDArray

from allaprima.config import PreserveColor
from allaprima.engines import Look, Statistics, Style, blended
from allaprima.frames import Frame
from allaprima.pipeline.live.controls import Controls, other_style
from allaprima.pipeline.live.fade import Fade, Parts, following, redirected, same
from allaprima.pipeline.live.fitting import covering, enlarged
from allaprima.pipeline.live.newest import Newest
from allaprima.pipeline.live.playlist import Playlist
from allaprima.pipeline.live.preparing import Preparation
from allaprima.pipeline.live.rungs import Rung, brushed
from allaprima.pipeline.stylizers.state import State
from allaprima.pipeline.stylizers.stylizer import stylized_frame, stylizer_for
from allaprima.temporal.flow import single_threaded
from allaprima.temporal.statistics import MEASURED_FRAMES, UNMEASURED_FRAMES

FADE_BETWEEN_RUNGS_SECONDS = 0.3
WAIT_SECONDS = 0.05      # for a frame before looking at the controls again
COMPILING_TRIALS = {False: 1, True: MEASURED_FRAMES + 2}  # steadied or not: a shot's first frames need several graphs
FEWEST_TRIALS, MOST_TRIALS = UNMEASURED_FRAMES, 2 * UNMEASURED_FRAMES  # of which one in so many is measured
TRIAL_SECONDS = 0.25     # for the trials beyond the fewest

Rgb = NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class Painted:
    """A frame as it was painted.

    content, picture: (H, W, 3) at the size shown. work, small: at the working size, before and after painting.
    statistics: what it was normalised by, None where by its own. paint_ms: from the frame taken to the picture done.
    fresh: whether the frame is shown for the first time; a frozen one is painted again when its look changes. settled:
    whether no fade is under way in it. step: where the ladder stood; strokes may be coarser than its rung's.
    """

    frame: Frame
    content: Rgb
    work: Rgb
    small: Rgb
    picture: Rgb
    parts: Parts
    controls: Controls
    statistics: Statistics | None
    rung: int
    paint_ms: float
    fresh: bool
    settled: bool
    step: int = 0


class Painter:
    """Takes the newest frame, paints it, leaves it in ``painted``; a context manager that ends its thread.

    size: of the picture shown. preparation: compiles the networks of fitted styles; None where they are compiled when
    they are first painted with. ``controls`` and ``rung`` may be set from other threads at any time; the next frame
    follows them.
    """

    def __init__(self, frames: Newest[Frame], playlist: Playlist, controls: Controls, size: tuple[int, int],
                 rungs: tuple[Rung, ...], preparation: Preparation | None = None) -> None:
        self.painted: Newest[Painted] = Newest()
        self.controls, self.rung = controls, 0
        self.size, self.rungs = size, rungs
        self.count = 0
        self._frames, self._playlist, self._preparation = frames, playlist, preparation
        self._fade: Fade | None = None
        self._ends: tuple[Style, ...] = ()  # the styles at the crossfader's two ends, as they are faded to
        self._state: State | None = None
        self._state_rung = 0
        self._before: Painted | None = None
        self._latest_look: tuple[Parts, Look] | None = None
        self._rung_fade_ends = 0.0
        self._stop = threading.Event()
        self._alongside = ThreadPoolExecutor(1, thread_name_prefix="follow")
        self._thread = threading.Thread(target=self._paint_all, name="paint", daemon=True)

    def warm(self, picture: Rgb, on_rung: Callable[[int], None] = lambda rung: None) -> list[float]:
        """Compiles every rung; gives back the seconds that a frame of that picture, in motion, takes on each.

        on_rung: told each rung before its turn.
        """
        costs = []
        with single_threaded():
            for rung in range(len(self.rungs)):
                on_rung(rung)
                costs.append(self._trial(rung, picture))
        return costs

    def _trial(self, rung: int, picture: Rgb) -> float:
        """The seconds that a frame typically takes on a rung, steadied or not as the controls ask."""
        look = Look(blended(self._parts(self.controls, rung)), self.controls.strength,
                    photoreal=self.controls.photoreal)
        work = covering(picture, self.rungs[rung].width, self.rungs[rung].height)

        def seconds_of(number: int) -> float:
            moved = np.roll(work, 2 * number, axis=1)
            started = time.perf_counter()
            self._stylized(look, Frame(moved, None, number, None, number), self.controls, rung)
            return time.perf_counter() - started

        compiling = COMPILING_TRIALS[self.controls.stability > 0]
        for number in range(compiling):
            seconds_of(number)
        times: list[float] = []
        ends = time.perf_counter() + TRIAL_SECONDS
        while len(times) < FEWEST_TRIALS or (len(times) < MOST_TRIALS and time.perf_counter() < ends):
            times.append(seconds_of(compiling + len(times)))
        self._state = None
        return float(np.mean(times))

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None,
                 trace: TracebackType | None) -> None:
        self._stop.set()
        self._thread.join()
        self._alongside.shutdown()

    def finish(self) -> None:
        """Ends the painting; raises the error that it met, where nobody has taken that yet."""
        self._stop.set()
        self._thread.join()
        self.painted.drop()

    def _paint_all(self) -> None:
        try:
            with single_threaded():
                self._paint_as_they_come()
            self.painted.end()
        except BaseException as error:  # handed on to whoever shows the frames
            self.painted.end(error)

    def _paint_as_they_come(self) -> None:
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
            self._before = replace(self._paint(held, controls, rung, fresh=frame is not None), step=step)
            self.painted.put(self._before)
            self.count += self._before.fresh

    def _differs(self, controls: Controls, rung: int) -> bool:
        """Whether a frozen frame would look otherwise than it was painted."""
        before = self._before
        return before is None or not before.settled or before.controls != controls or before.rung != rung

    def _paint(self, frame: Frame, controls: Controls, rung: int, *, fresh: bool) -> Painted:
        started = time.perf_counter()
        now = time.monotonic()
        parts = self._faded(controls, rung, now)
        look = self._look(parts, controls)
        image = np.asarray(frame.image, np.uint8)
        image = image[:, ::-1] if controls.mirror else image
        content = covering(image, *self.size)  # first to the size shown, as in post, then to the working size
        work = covering(content, self.rungs[rung].width, self.rungs[rung].height)
        painted = self._stylized(look, replace(frame, image=work), controls, rung)
        picture = self._cross_faded(enlarged(painted, *self.size), rung, now)
        settled = same(parts, self._parts(controls, rung)) and now >= self._rung_fade_ends
        paint_ms = (time.perf_counter() - started) * 1e3
        return Painted(frame, content, work, painted, picture, parts, controls, self._statistics(), rung, paint_ms,
                       fresh, settled)

    def _stylized(self, look: Look, frame: Frame, controls: Controls, rung: int) -> Rgb:
        """The frame painted on that rung, and held steady as far as is wanted."""
        if self._state_rung != rung:  # moments belong to a network and a size
            self._state, self._state_rung = None, rung
        stylizer = stylizer_for("fast" if controls.stability > 0 else "off", self.rungs[rung].engine,
                                controls.stability, alongside=self._alongside)
        picture, self._state = stylized_frame(stylizer, frame, look, self._state)
        return np.asarray(picture, np.uint8)

    def _statistics(self) -> Statistics | None:
        """What the latest frame was normalised by; None where by its own."""
        painting = None if self._state is None else self._state.painting
        return None if painting is None or painting.running is None else Statistics(painting.running.moments)

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

    def _cross_faded(self, picture: Rgb, rung: int, now: float) -> Rgb:
        """The picture, faded in over the last one of the rung before."""
        import cv2

        if self._before is not None and self._before.rung != rung:
            self._rung_fade_ends = now + FADE_BETWEEN_RUNGS_SECONDS
            self._last_of_rung = self._before.picture
        way = 1 - (self._rung_fade_ends - now) / FADE_BETWEEN_RUNGS_SECONDS
        if way >= 1:
            return picture
        return np.asarray(cv2.addWeighted(picture, way, self._last_of_rung, 1 - way, 0), np.uint8)
