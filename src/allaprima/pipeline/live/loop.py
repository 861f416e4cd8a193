"""The live loop: newest picture shown, keys obeyed, latency held, files written."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from allaprima.errors import AllaprimaError
from allaprima.io.screen.events import Event
from allaprima.pipeline.live.capture import Capture
from allaprima.pipeline.live.commands import state_of
from allaprima.pipeline.live.console import Console, Wish
from allaprima.pipeline.live.display import Display, Screen
from allaprima.pipeline.live.fits import LiveFit
from allaprima.pipeline.live.keeping import Keeper
from allaprima.pipeline.live.ladder import Ladder, stepped
from allaprima.pipeline.live.meter import Meter
from allaprima.pipeline.live.painted import Painted
from allaprima.pipeline.live.painter import Painter
from allaprima.pipeline.live.playlist import Playlist
from allaprima.pipeline.live.report import LiveReport, RungReport
from allaprima.pipeline.live.rungs import brushed
from allaprima.pipeline.live.wires import Wired

WAIT_SECONDS = 0.01        # for a picture, between looks at the keyboard
REDRAW_SECONDS = 0.1       # while no picture comes: notices and help still change

Rgb = NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class Budget:
    """What is to be held: milliseconds from capture to display, and between pictures where a rate is to be held."""

    latency_ms: float
    interval_ms: float | None = None


class Live:
    """A run of the loop over a capture, a painter and a playlist that have been entered by the caller.

    costs: the seconds that a frame takes on every rung; the run begins on the painter's. outputs: what else shows every
    picture. early: keys that came in before there was anything to show. wires: OSC and MIDI.
    """

    def __init__(self, capture: Capture, painter: Painter, costs: Sequence[float], playlist: Playlist, keeper: Keeper,
                 budget: Budget, console: Console, screen: Screen | None = None,
                 outputs: Sequence[Callable[[Rgb], None]] = (), fits: LiveFit | None = None,
                 early: Sequence[Event] = (), wires: Wired | None = None) -> None:
        self.meter = Meter()
        self.ladder = Ladder(len(painter.rungs), painter.rung)
        self.steps = 0
        self._costs = tuple(costs)
        self._capture, self._painter, self._playlist, self._keeper = capture, painter, playlist, keeper
        self._budget, self._console, self._screen, self._outputs, self._fits = budget, console, screen, outputs, fits
        self._display = None if screen is None else Display(screen, console, playlist, keeper, self._figures,
                                                            capture.notice)
        self._early, self._wires = list(early), wires
        self._latest: Painted | None = None
        self._paint_ms = 0.0
        self._quit = False

    def run(self, duration_seconds: float | None = None, should_stop: Callable[[], bool] = lambda: False) -> None:
        """Shows pictures until the time is up, the source ends, or it is ended by its user or its caller."""
        ends = None if duration_seconds is None else time.monotonic() + duration_seconds
        if self._display is not None:
            self._display.settle(self._console.controls)
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
            (*self._keeper.files, *self._console.looks.kept, *([] if self._fits is None else self._fits.files),
             *([] if self._wires is None else self._wires.kept)),
            (*self._keeper.notes(), *self._notes_of_sound(),
             *(() if self._wires is None else self._wires.notes), *notes))

    def _notes_of_sound(self) -> tuple[str, ...]:
        """What went wrong with the sound that leads."""
        ear = self._console.ear
        return () if ear is None or ear.trouble is None else (ear.trouble,)

    def _take(self, painted: Painted) -> None:
        """Shows a new picture, counts how late it is, keeps it where that is wanted."""
        self._latest = painted
        if self._fits is not None:
            self._fits.latest = painted.content
            if (news := self._fits.news()) is not None:
                self._say(news)
        for show in self._outputs:
            show(painted.picture)
        if self._display is not None:
            self._display.stage(painted)
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
            share = max(share, painted.pace_ms / self._budget.interval_ms)
        above = brushed(self._painter.rungs, max(0, painted.step - 1), painted.controls.brush)
        growth = self._costs[above] / max(self._costs[painted.rung], 1e-6)
        ladder = stepped(self.ladder, now, share, growth)
        self.steps += ladder.rung != self.ladder.rung
        self.ladder, self._painter.rung = ladder, ladder.rung

    def _attend(self) -> None:
        """Keys, touches and wires; sound and glides; the windows, where no new picture has drawn them."""
        before = self._console.controls
        if self._wires is not None:
            self._hear(self._wires)
        if self._screen is None or self._display is None:
            self._painter.controls = self._console.now(time.monotonic())
            return
        events, self._early = [*self._early, *self._screen.events()], []
        for event in events:
            if self._wires is not None and self._wires.names(event, self._display.layout):
                continue
            self._follow(self._console.take(event, self._display.layout))
        if self._screen.closed:
            self._quit = True
        changed = self._console.controls != before
        if changed:
            self._display.settle(self._console.controls)
        self._painter.controls = self._console.now(time.monotonic())
        if changed or time.monotonic() - self._display.drawn_at > REDRAW_SECONDS:
            self._display.stage(self._latest)
        self._display.panel()

    def _hear(self, wires: Wired) -> None:
        """Does what the wires ask for, and tells them how things stand."""
        for command in wires.commands():
            try:
                self._follow(self._console.obey(command))
            except AllaprimaError as error:
                self._say(str(error))
        if (message := wires.told()) is not None:
            self._say(message)
        state = state_of(self._console.controls, [entry.name for entry in self._playlist.entries])
        wires.tell({**state, "record": (self._keeper.recording,)},
                   {"fps": (round(self.meter.fps_now(), 2),), "latency": (round(self.meter.latency.latest_ms, 1),)})

    def _follow(self, wish: Wish | None) -> None:
        """Says what the console has to say, and does what it wishes."""
        if (message := self._console.told()) is not None:
            self._say(message)
        if wish is not None:
            self._fulfil(wish)

    def _figures(self) -> list[str]:
        """Rate, latency, network and its working height as they are: as one line, and as several."""
        rung = self._painter.rungs[self.ladder.rung if self._latest is None else self._latest.rung]
        rate, late = f"{self.meter.fps_now():.0f} fps", f"{self.meter.latency.latest_ms:.0f} ms"
        network = f"{rung.engine.name} at {rung.detail} lines"
        return [f"{rate}   {late}   {network}", f"{rate}   {late}", network,
                f"painting takes {self._paint_ms:.0f} ms"]

    def _fulfil(self, wish: Wish) -> None:
        """Does what a key asks for beside a change of the controls."""
        if wish.action == "quit":
            self._quit = True
            return
        if wish.action == "learn":
            self._say("there is nothing to teach: give --osc or --midi" if self._wires is None else self._wires.learn())
            return
        if self._latest is None:
            self._say("there is no picture yet")
            return
        try:
            self._say(self._done(wish, self._latest))
        except AllaprimaError as error:
            self._say(str(error))

    def _done(self, wish: Wish, latest: Painted) -> str:
        """A sentence about what was done."""
        if wish.action == "keep":
            return self._console.looks.keep(self._console.controls, self._playlist, latest.picture, wish.key)
        if wish.action != "fit":
            return self._keeper.act(wish.action, latest, wanted=wish.wanted)
        if self._fits is None:
            return "nothing can be fitted here"
        return self._fits.begin(self._console.controls.style, self._painter.rungs[latest.rung])

    def _say(self, text: str) -> None:
        if self._display is not None:
            self._display.say(text)
