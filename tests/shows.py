"""What the live loop is tested with: cameras that count, an engine that adds, a screen that presses keys; no window."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from allaprima.config import LiveOptions, StyleOptions
from allaprima.engines import Look, Style
from allaprima.engines.identity import NOTHING, IdentityEngine
from allaprima.errors import SourceError
from allaprima.io.camera.taken import Taken
from allaprima.io.screen.events import Event, Key, Pointer
from allaprima.pipeline.live.panel import Rect, laid_out
from allaprima.pipeline.live.report import LiveReport
from allaprima.pipeline.live.stage import perform
from allaprima.sizes import Size

Rgb = np.ndarray


class Ticking:
    """A camera of that rate whose pictures tell their number in every pixel; it ends after some, or fails."""

    def __init__(self, fps: float = 50.0, frames: int | None = None) -> None:
        self.fps, self.frames, self.count, self.began = fps, frames, 0, 0.0

    def read(self) -> Taken | None:
        self.began = self.began or time.monotonic()
        if self.count == self.frames:
            return None
        time.sleep(max(0.0, self.began + self.count / self.fps - time.monotonic()))
        self.count += 1
        return Taken(np.full((72, 128, 3), self.count % 256, np.uint8))

    def close(self) -> None:
        pass


class Unchanging(Ticking):
    """A camera whose pictures are black."""

    def read(self) -> Taken | None:
        taken = super().read()
        return taken and replace(taken, image=np.zeros_like(taken.image))


class Failing(Ticking):
    """A camera that is lost after so many pictures."""

    def read(self) -> Taken | None:
        taken = super().read()
        if taken is None:
            raise SourceError("the camera is lost")
        return taken


class Painting(IdentityEngine):
    """Adds the style's first number, times strength; takes its time, in proportion to the pixels where asked to.

    later_seconds: what it takes from its fiftieth picture on, as on a machine that grows hot.
    """

    def __init__(self, seconds: float = 0.0, by_pixels: bool = False, fail_at: int | None = None,
                 later_seconds: float | None = None, name: str = "none") -> None:
        self.seconds, self.by_pixels, self.fail_at, self.calls = seconds, by_pixels, fail_at, 0
        self.later_seconds, self.name = later_seconds, name

    def encode(self, picture: Rgb, name: str, scale: float = 1.0, *, sight: object = None) -> Style:
        style = super().encode(picture, name, scale)
        style.code[0] = picture[0, 0, 0]
        return style

    def stylize(self, images: Rgb, looks: Sequence[Look], statistics: object = None) -> tuple[Rgb, object]:
        self.calls += 1
        if self.calls == self.fail_at:
            raise MemoryError("no memory is left")
        seconds = self.seconds if self.later_seconds is None or self.calls < 50 else self.later_seconds
        time.sleep(seconds * (images.shape[1] / 72 if self.by_pixels else 1))
        added = round(float(looks[0].style.code[0]) * looks[0].strength)
        return np.clip(images.astype(int) + added, 0, 255).astype(np.uint8), NOTHING


class Screen:
    """A stage's window that presses keys, and moves the crossfader's slider, at the times given.

    It remembers what it was shown since the show began; ``before`` is what it was shown while that was prepared.
    """

    def __init__(self, keys: dict[float, str] | None = None, slide: dict[float, float] | None = None,
                 size: tuple[int, int] = (128, 72)) -> None:
        self.keys, self.slide = dict(keys or {}), dict(slide or {})
        self.size = size
        self.controls_size: tuple[int, int] | None = None
        self.before: list[Rgb] = []
        self.shown: list[tuple[float, tuple[int, ...], int]] = []
        self.pictures: list[Rgb] = []
        self.controls: Rgb | None = None
        self.pressed: dict[object, int] = {}
        self.fullscreen: list[bool] = []
        self.closed = False
        self.performing = False
        self.began = 0.0

    def begin(self, *_: object) -> None:
        """The show is prepared."""
        self.performing = True

    def show(self, picture: Rgb) -> None:
        if not self.performing:
            self.before.append(picture)
            return
        self.began = self.began or time.monotonic()
        self.shown.append((time.monotonic() - self.began, picture.shape, int(picture[-1, -1, 0])))
        self.pictures = [*self.pictures[-3:], picture]

    def show_controls(self, picture: Rgb) -> None:
        assert picture.shape[1::-1] == self.controls_size
        self.controls = picture

    def due(self, events: dict[float, object]) -> object:
        """What comes next: at its time, and not before as many pictures as a quiet machine shows till then."""
        for moment in sorted(events):
            if self.began and time.monotonic() - self.began >= moment and len(self.shown) >= 10 * moment:
                return events.pop(moment)
        return None

    def events(self) -> list[Event]:
        found: list[Event] = []
        while (key := self.due(self.keys)) is not None:  # type: ignore[arg-type]
            self.pressed[key] = len(self.shown)
            found.append(Key(str(key)))
        if self.controls_size is not None and self.controls is not None:
            while (place := self.due(self.slide)) is not None:  # type: ignore[arg-type]
                rect = slider_of(self.controls_size, "strength")
                x = rect.left + rect.height // 2 + round(float(str(place)) * (rect.width - 2 * (rect.height // 2)))
                found += [Pointer(x, rect.top + 2, "press"), Pointer(x, rect.top + 2, "release")]
        return found

    def set_fullscreen(self, wanted: bool) -> None:
        self.fullscreen.append(wanted)

    def set_controls(self, wanted: bool) -> None: ...


def slider_of(size: tuple[int, int], name: str) -> Rect:
    """Where a slider is in a control window of that size, three styles and no look."""
    widgets = laid_out(*size, 3, [], listening=False).widgets
    return next(each.rect for each in widgets if (each.kind, each.name) == ("slider", name))


A_QUEUE_MS = 1_000
"""Frames that are queued behind a slow painter come seconds late; a busy machine alone does not make them so late.

How late they are on a quiet machine, to the millisecond, is what ``tools/hold_latency.py`` measures.
"""


LIMIT_SECONDS = 40.0  # of a run that ends when it has shown what it should


def live(styles: Path, engine: IdentityEngine | list[IdentityEngine] | None = None,
         reader: Callable[[], object] = Ticking, screen: Screen | None = None, seconds: float = 1.0,
         strength: float = 1.0, until: Callable[[], bool] = lambda: False, **options: object) -> LiveReport:
    """A run of so many seconds, or, however busy the machine is, until something has come about."""
    wanted = LiveOptions(size=Size(), duration=seconds, **options)  # type: ignore[arg-type]
    engines = [engine or Painting()] if isinstance(engine, IdentityEngine | None) else engine
    report, ending = perform("test", [str(styles)], engines, StyleOptions(strength), wanted, screen=screen,
                             folder=styles.parent, reader=reader,  # type: ignore[arg-type]
                             on_start=None if screen is None else screen.begin, should_stop=until)
    assert ending is None
    return report
