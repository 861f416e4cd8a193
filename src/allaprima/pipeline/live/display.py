"""What the performer sees: the stage's window, and the control window beside it."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from allaprima.io.screen.events import Event
from allaprima.pipeline.live import overlay
from allaprima.pipeline.live.console import Console
from allaprima.pipeline.live.controls import Controls, other_style
from allaprima.pipeline.live.keeping import Keeper
from allaprima.pipeline.live.painted import Painted
from allaprima.pipeline.live.panel import Layout, laid_out
from allaprima.pipeline.live.panel_view import PanelView, Shown
from allaprima.pipeline.live.playlist import Playlist

PANEL_SECONDS = 0.1      # between two drawings of the control window
MESSAGE_SECONDS = 3.0
FIGURES_SECONDS = 0.2    # that rate and latency stand in the picture: words are slow to draw, and to read
FLASH_SECONDS = 0.25     # that an onset or a beat is seen

Rgb = NDArray[np.uint8]


class Screen(Protocol):
    """The stage's window and the control window."""

    @property
    def size(self) -> tuple[int, int]: ...

    @property
    def controls_size(self) -> tuple[int, int] | None: ...

    @property
    def closed(self) -> bool: ...

    def show(self, picture: Rgb) -> None: ...

    def show_controls(self, picture: Rgb) -> None: ...

    def events(self) -> list[Event]: ...

    def set_fullscreen(self, wanted: bool) -> None: ...

    def set_controls(self, wanted: bool) -> None: ...


class Display:
    """Draws both windows, each at its own size.

    figures: rate, latency, network and its working height, as lines, now. notice: what the picture lacks, None while it
    lacks nothing.
    """

    def __init__(self, screen: Screen, console: Console, playlist: Playlist, keeper: Keeper,
                 figures: Callable[[], list[str]], notice: Callable[[], str | None]) -> None:
        self.layout: Layout | None = None
        self._laid: tuple[object, ...] = ()  # what the layout was made for
        self._view = PanelView()
        self.drawn_at = time.monotonic()  # what the windows say meanwhile stays until there is a painting
        self._screen, self._console, self._playlist, self._keeper = screen, console, playlist, keeper
        self._figures, self._notice = figures, notice
        self._message, self._message_until = "", 0.0
        self._lines: list[str] = []
        self._lines_at = self._panel_at = 0.0
        self._latest: Painted | None = None

    def say(self, text: str) -> None:
        """Has a sentence stand in the windows for a while."""
        self._message, self._message_until = text, time.monotonic() + MESSAGE_SECONDS

    def settle(self, controls: Controls) -> None:
        """Has the windows be what the controls want."""
        self._screen.set_fullscreen(controls.fullscreen)
        self._screen.set_controls(controls.panel)
        self._panel_at = 0.0

    def stage(self, latest: Painted | None) -> None:
        """Draws the stage's window: the picture, and over it what is asked for."""
        self._latest = latest
        now = self.drawn_at = time.monotonic()
        controls, size = self._console.controls, self._screen.size
        picture = overlay.card(*size) if latest is None else overlay.arranged(
            controls.view, latest.content, latest.picture, size)
        bare = controls.fullscreen and not controls.overlay
        entry = self._playlist.entries[controls.style % len(self._playlist.entries)]
        lines = [*self._latest_figures(now)[:1], *self._settings()] if controls.overlay else []
        panel = self._screen.controls_size is not None
        overlay.draw(picture, lines, entry.thumbnail, None if bare else self._sentence(now),
                     helped=controls.help and not (panel and controls.fullscreen))
        self._screen.show(picture)

    def panel(self) -> None:
        """Draws the control window, where it is open and was not drawn a moment ago."""
        now, size = time.monotonic(), self._screen.controls_size
        if size is None:
            self.layout = None
            return
        if now - self._panel_at < PANEL_SECONDS:
            return
        self._panel_at = now
        console, looks = self._console, self._console.looks
        keys = tuple(cue.key for cue in looks.looks.cues)
        laid = (*size, len(self._playlist.entries), keys, console.ear is not None, console.scrolled)
        if self.layout is None or laid != self._laid:
            self._laid = laid
            self.layout = laid_out(*size, len(self._playlist.entries), keys, listening=console.ear is not None,
                                   scrolled=console.scrolled)
        bpm, since = console.tempo.bpm, min(console.since_onset(now), console.tempo.since_beat(now))
        self._screen.show_controls(self._view.drawn(Shown(
            console.controls, console.now(now), self._playlist.entries, looks.looks.cues, looks.cue,
            self._latest_figures(now)[1:], self._recording(), self._sentence(now),
            0.0 if console.ear is None else console.ear.level(now), max(0.0, 1 - since / FLASH_SECONDS),
            "" if bpm is None else f"{bpm:.0f} bpm", None if self._latest is None else self._latest.picture),
            self.layout, *size))

    def _latest_figures(self, now: float) -> list[str]:
        if now - self._lines_at > FIGURES_SECONDS:
            self._lines, self._lines_at = self._figures(), now
        return self._lines

    def _sentence(self, now: float) -> str | None:
        """What has to be said: what the picture lacks first."""
        return self._notice() or (self._message if now < self._message_until else None)

    def _recording(self) -> str | None:
        if not self._keeper.recording:
            return None
        minutes, seconds = divmod(int(self._keeper.seconds()), 60)
        return f"REC {minutes}:{seconds:02d}  {self._keeper.target}"

    def _settings(self) -> list[str]:
        """The style; what else is set."""
        controls, entries = self._console.controls, self._playlist.entries
        name = entries[controls.style % len(entries)].name
        if controls.blend:
            name += f" + {controls.blend:.0%} {entries[other_style(controls, len(entries))].name}"
        flags = [text for text, on in ((f"REC {self._keeper.seconds():.0f} s", self._keeper.recording),
                                       ("frozen", controls.frozen), ("own colours", controls.preserve_colors),
                                       (f"{controls.photoreal:.0%} real", controls.photoreal > 0),
                                       ("mirror", controls.mirror),
                                       (f"sound leads {controls.leading}", controls.leading != "off")) if on]
        return [f"{controls.style + 1}/{len(entries)}  {name}",
                f"strength {controls.strength:.0%}   steady {controls.stability:.0%}",
                *(["   ".join(flags)] if flags else [])]
