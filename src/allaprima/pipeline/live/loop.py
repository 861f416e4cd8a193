"""The live loop: newest picture shown, keys obeyed, latency held, files written."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from allaprima.errors import AllaprimaError
from allaprima.pipeline.live import overlay
from allaprima.pipeline.live.capture import Capture
from allaprima.pipeline.live.controls import Controls, pressed
from allaprima.pipeline.live.fits import LiveFit
from allaprima.pipeline.live.keeping import Keeper
from allaprima.pipeline.live.ladder import Ladder, stepped
from allaprima.pipeline.live.meter import Meter
from allaprima.pipeline.live.painter import Painted, Painter
from allaprima.pipeline.live.playlist import Playlist
from allaprima.pipeline.live.report import LiveReport, RungReport
from allaprima.pipeline.live.rungs import brushed

WAIT_SECONDS = 0.01        # for a picture, between looks at the keyboard
REDRAW_SECONDS = 0.1       # while no picture comes: notices and help still change
MESSAGE_SECONDS = 3.0
FIGURES_SECONDS = 0.2      # that rate and latency stand in the picture: words are slow to draw, and to read

Rgb = NDArray[np.uint8]


class Screen(Protocol):
    """A window with keys and a slider."""

    def show(self, picture: Rgb) -> None: ...

    def key(self, wait_ms: int = 1) -> str | None: ...

    def slider(self) -> float | None: ...

    def set_slider(self, value: float) -> None: ...

    def set_fullscreen(self, wanted: bool) -> None: ...

    @property
    def closed(self) -> bool: ...


@dataclass(frozen=True, slots=True)
class Budget:
    """What is to be held: milliseconds from capture to display, and between pictures where a rate is to be held."""

    latency_ms: float
    interval_ms: float | None = None


class Live:
    """A run of the loop over a capture, a painter and a playlist that have been entered by the caller.

    costs: the seconds that a frame takes on every rung; the run begins on the painter's. outputs: what else shows every
    picture.
    """

    def __init__(self, capture: Capture, painter: Painter, costs: Sequence[float], playlist: Playlist, keeper: Keeper,
                 budget: Budget, screen: Screen | None = None,
                 outputs: Sequence[Callable[[Rgb], None]] = (), fits: LiveFit | None = None) -> None:
        self.meter = Meter()
        self.ladder = Ladder(len(painter.rungs), painter.rung)
        self.steps = 0
        self._costs = tuple(costs)
        self._capture, self._painter, self._playlist, self._keeper = capture, painter, playlist, keeper
        self._budget, self._screen, self._outputs, self._fits = budget, screen, outputs, fits
        self._controls = painter.controls
        self._latest: Painted | None = None
        self._paint_ms = 0.0
        self._message, self._message_until = "", 0.0
        self._drawn_at = self._figures_at = 0.0
        self._figures_text = ""
        self._quit = False

    def run(self, duration_seconds: float | None = None, should_stop: Callable[[], bool] = lambda: False) -> None:
        """Shows pictures until the time is up, the source ends, or it is ended by its user or its caller."""
        ends = None if duration_seconds is None else time.monotonic() + duration_seconds
        self._drawn_at = time.monotonic()  # what the window says meanwhile stays until there is a painting
        if self._screen is not None:
            self._screen.set_slider(self._controls.strength)
            self._screen.set_fullscreen(self._controls.fullscreen)
        with ExitStack() as stack:
            stack.callback(self._keeper.stop)
            while not self._quit and not should_stop() and (ends is None or time.monotonic() < ends):
                painted = self._painter.painted.take(WAIT_SECONDS)
                if painted is not None:
                    self._take(painted)
                elif self._painter.painted.is_over():
                    break
                self._attend()

    def report(self, camera: str, seconds: float, notes: tuple[str, ...] = ()) -> LiveReport:
        """What the run did."""
        meter, painter, capture = self.meter, self._painter, self._capture
        rung = painter.rungs[self.ladder.rung]
        rungs = tuple(RungReport(each.engine.name, each.detail, round(1000 * cost, 1))
                      for each, cost in zip(painter.rungs, self._costs, strict=True))
        return LiveReport(
            camera, rung.engine.name, round(seconds, 3), *painter.size, capture.captured, meter.shown,
            capture.captured - meter.shown, round(meter.fps(), 2),
            "camera" if capture.stamped else "arrival", meter.latency.summary(), meter.waiting.summary(),
            round(self._paint_ms, 1), capture.losses, rung.detail, self.steps, rungs,
            (*self._keeper.files, *([] if self._fits is None else self._fits.files)),
            (*self._keeper.notes(), *notes))

    def _take(self, painted: Painted) -> None:
        """Shows a new picture, counts how late it is, keeps it where that is wanted."""
        self._latest = painted
        if self._fits is not None:
            self._fits.latest = painted.content
            if (news := self._fits.news()) is not None:
                self._say(news)
        arranged = overlay.arranged(self._controls.view, painted.content, painted.picture)
        for show in self._outputs:
            show(painted.picture)
        self._draw(arranged)
        self._obey()
        if not painted.fresh:
            return
        now = time.monotonic()
        late_ms = now * 1e3 - painted.frame.pts / 1e6
        self.meter.show(now, late_ms, painted.paint_ms)
        self._paint_ms += (painted.paint_ms - self._paint_ms) * (0.1 if self._paint_ms else 1.0)
        self._climb(painted, now, late_ms)
        try:
            self._keeper.record(replace(painted.frame, image=painted.picture))
        except AllaprimaError as error:
            self._say(str(error))

    def _climb(self, painted: Painted, now: float, late_ms: float) -> None:
        """Steps up or down the ladder where the budget says so."""
        if painted.step != self.ladder.rung:
            return  # painted before the last step
        share = late_ms / self._budget.latency_ms
        if self._budget.interval_ms is not None:
            share = max(share, painted.paint_ms / self._budget.interval_ms)
        above = brushed(self._painter.rungs, max(0, painted.step - 1), painted.controls.brush)
        growth = self._costs[above] / max(self._costs[painted.rung], 1e-6)
        ladder = stepped(self.ladder, now, share, growth)
        self.steps += ladder.rung != self.ladder.rung
        self.ladder, self._painter.rung = ladder, ladder.rung

    def _attend(self) -> None:
        """Keys, slider and notices while no new picture came."""
        if self._screen is None:
            return
        if time.monotonic() - self._drawn_at > REDRAW_SECONDS:
            latest = self._latest
            picture = overlay.card(*self._painter.size) if latest is None else overlay.arranged(
                self._controls.view, latest.content, latest.picture)
            self._draw(picture)
        self._obey()

    def _draw(self, picture: Rgb) -> None:
        if self._screen is None:
            return
        self._drawn_at = time.monotonic()
        message = self._message if self._drawn_at < self._message_until else None
        entry = self._playlist.entries[self._controls.style % len(self._playlist.entries)]
        overlay.draw(picture, [self._figures(), *self._lines()] if self._controls.overlay else [],
                     entry.thumbnail, self._capture.notice() or message, helped=self._controls.help)
        self._screen.show(picture)

    def _figures(self) -> str:
        """Rate, latency, network and its working height, as they were a moment ago."""
        if self._drawn_at - self._figures_at > FIGURES_SECONDS:
            rung = self._painter.rungs[self.ladder.rung if self._latest is None else self._latest.rung]
            self._figures_at = self._drawn_at
            self._figures_text = (f"{self.meter.fps_now():.0f} fps   {self.meter.latency.latest_ms:.0f} ms   "
                                  f"{rung.engine.name} at {rung.detail} lines")
        return self._figures_text

    def _lines(self) -> list[str]:
        """The style; what else is set."""
        controls, entries = self._controls, self._playlist.entries
        name = entries[controls.style % len(entries)].name
        if controls.blend:
            name += f" + {controls.blend:.0%} {entries[(controls.style + 1) % len(entries)].name}"
        flags = [text for text, on in ((f"REC {self._keeper.seconds():.0f} s", self._keeper.recording),
                                       ("frozen", controls.frozen), ("own colours", controls.preserve_colors),
                                       ("mirror", controls.mirror)) if on]
        return [f"{controls.style + 1}/{len(entries)}  {name}",
                f"strength {controls.strength:.0%}   steady {controls.stability:.0%}",
                *(["   ".join(flags)] if flags else [])]

    def _obey(self) -> None:
        """Takes in keys and the slider."""
        if self._screen is None:
            return
        key = self._screen.key()
        if self._screen.closed:
            self._quit = True
            return
        moved = self._screen.slider()
        controls = self._controls if moved is None else replace(self._controls, strength=moved)
        if key is not None:
            controls, action = pressed(key, controls, len(self._playlist.entries))
            if action == "quit":
                self._quit = True
            elif action is not None and self._latest is not None:
                try:
                    self._say(self._fit() if action == "fit" else self._keeper.act(action, self._latest))
                except AllaprimaError as error:
                    self._say(str(error))
        if controls != self._controls:
            self._apply(controls)

    def _fit(self) -> str:
        """Begins to fit the network that paints to the style that is shown; gives back a sentence."""
        if self._fits is None:
            return "nothing can be fitted here"
        assert self._latest is not None
        return self._fits.begin(self._controls.style, self._painter.rungs[self._latest.rung])

    def _apply(self, controls: Controls) -> None:
        assert self._screen is not None
        self._controls = self._painter.controls = controls
        self._screen.set_slider(controls.strength)
        self._screen.set_fullscreen(controls.fullscreen)
        self._drawn_at = 0.0

    def _say(self, text: str) -> None:
        self._message, self._message_until = text, time.monotonic() + MESSAGE_SECONDS
