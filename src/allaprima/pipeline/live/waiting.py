"""The time before a show: work is done beside the windows, which show the camera, what is being done, and hear keys."""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextlib import suppress
from typing import Generic, TypeVar

import numpy as np
from numpy.typing import NDArray

from allaprima.errors import Interrupted
from allaprima.io.screen.events import Event, Key
from allaprima.pipeline.live.controls import ACTIONS
from allaprima.pipeline.live.display import Screen
from allaprima.pipeline.live.overlay import FULL, MARGIN, card
from allaprima.pipeline.live.panel_view import stamped, wrapped
from allaprima.sheets.grid import CHARCOAL

ENDED = "the show was ended before it began"
SHOWN_SECONDS = 0.06  # between two pictures of the camera: the work goes first

Rgb = NDArray[np.uint8]
Done = TypeVar("Done")
Say = Callable[[str], None]


def announced(width: int, height: int, text: str, picture: Rgb | None) -> Rgb:
    """The control window before a show: the camera at its top, what is being done under it."""
    whole = card(width, height)
    seen = card(width, min(height, width * 9 // 16), picture=picture)
    whole[:seen.shape[0]] = seen
    for number, line in enumerate(wrapped(text, 40)):
        stamp = stamped(line, max(9, width // 28), FULL, CHARCOAL)[:, :width - 2 * MARGIN]
        top = seen.shape[0] + MARGIN + number * stamp.shape[0]
        part = whole[top:top + stamp.shape[0], MARGIN:MARGIN + stamp.shape[1]]
        part[...] = stamp[:part.shape[0]]
    return whole


class Work(Generic[Done]):
    """Something done on a thread of its own, which says what it is doing, and ends at such a word once it should."""

    def __init__(self, work: Callable[[Say], Done], text: str) -> None:
        self.text = text
        self.ended = threading.Event()
        self._work = work
        self._done: list[Done] = []
        self._error: BaseException | None = None
        self._stop = False
        self._thread = threading.Thread(target=self._carry_out, name="prepare", daemon=True)
        self._thread.start()

    def finish(self, *, stop: bool = False) -> Done:
        """What was done, waited for; its error is raised. stop: whether it should end sooner."""
        self._stop = stop
        self._thread.join()
        if self._error is not None:
            raise self._error
        return self._done[0]

    def say(self, text: str) -> None:
        """Says what is being done; raises ``Interrupted`` once it should end."""
        if self._stop:
            raise Interrupted(ENDED)
        self.text = text

    def _carry_out(self) -> None:
        try:
            self._done.append(self._work(self.say))
        except BaseException as error:  # handed on to whoever waits
            self._error = error
        finally:
            self.ended.set()


class Foyer:
    """The windows before the show; ``early`` are keys that came in meanwhile, kept for it.

    picture: the newest of the camera, None before there is one; set once there is a camera. bare: whether nothing is
    to be written on the stage, as long as the control window says it.
    """

    def __init__(self, screen: Screen | None, *, bare: bool = False) -> None:
        self.early: list[Event] = []
        self.picture: Callable[[], Rgb | None] = lambda: None
        self._screen, self._bare = screen, bare

    def during(self, work: Callable[[Say], Done], text: str) -> Done:
        """Does some work and gives back what it gave; the windows go on. Raises ``Interrupted`` where they are left."""
        if self._screen is None:
            return work(lambda said: None)
        running = Work(work, text)
        try:
            while not running.ended.wait(SHOWN_SECONDS):
                if self._left(self._screen):
                    running.finish(stop=True)
                    raise Interrupted(ENDED)
                self._show(self._screen, running.text)
        except KeyboardInterrupt:
            with suppress(Interrupted):
                running.finish(stop=True)
            raise
        self._show(self._screen, running.text)
        return running.finish()

    def _left(self, screen: Screen) -> bool:
        """Whether a key or the window's button ends it all; other keys are kept."""
        events = screen.events()
        self.early += [event for event in events if isinstance(event, Key)]
        return screen.closed or any(isinstance(event, Key) and ACTIONS.get(event.name) == "quit" for event in events)

    def _show(self, screen: Screen, text: str) -> None:
        picture, size = self.picture(), screen.controls_size
        if size is not None:
            screen.show_controls(announced(*size, text, picture))
        screen.show(card(*screen.size, "" if self._bare and size is not None else text, picture))
