"""The time before a show: the camera is seen, what is being done is said, keys are kept, and it can be left."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

import numpy as np
import pytest

from allaprima.errors import Interrupted, SourceError
from allaprima.io.screen.events import Event, Key
from allaprima.pipeline.live.waiting import Foyer, Say


class Windows:
    """Windows that remember what they showed, and hand out events once the work is under way."""

    closed, size = False, (320, 180)

    def __init__(self, *events: Event, controls: bool = True) -> None:
        self.controls_size = (240, 320) if controls else None
        self.waiting, self.stage, self.controls = list(events), [], []  # type: ignore[var-annotated]

    def show(self, picture: np.ndarray) -> None:
        self.stage.append(picture)

    def show_controls(self, picture: np.ndarray) -> None:
        self.controls.append(picture)

    def events(self) -> list[Event]:
        events, self.waiting = self.waiting, []
        return events

    def set_fullscreen(self, wanted: bool) -> None: ...

    def set_controls(self, wanted: bool) -> None: ...


def until(happened: Callable[[], bool]) -> None:
    ends = time.monotonic() + 20
    while not happened():
        assert time.monotonic() < ends
        time.sleep(0.01)


CAMERA = np.full((90, 160, 3), (0, 120, 0), np.uint8)


@pytest.mark.parametrize("bare", [False, True])
def test_the_camera_is_shown_with_what_is_being_done(bare: bool) -> None:
    windows = Windows()
    foyer = Foyer(windows, bare=bare)  # type: ignore[arg-type]

    def work(say: Say) -> int:
        until(lambda: len(windows.stage) > 0)
        foyer.picture = lambda: CAMERA
        say("preparing the network")
        seen = len(windows.stage)
        until(lambda: len(windows.stage) > seen + 1)
        return 7

    assert foyer.during(work, "opening the camera") == 7
    last = windows.stage[-1]
    assert tuple(last[10, 10]) == (0, 120, 0)
    words = last[150:, :200]
    assert (words > 200).any() != bare       # a full screen is the picture and nothing else
    assert tuple(windows.controls[-1][5, 5]) == (0, 120, 0)
    assert (windows.controls[-1][135:] > 200).any()


def test_a_full_screen_says_what_is_done_where_nothing_else_can() -> None:
    windows = Windows(controls=False)
    Foyer(windows, bare=True).during(lambda say: until(lambda: bool(windows.stage)), "preparing")  # type: ignore[arg-type]
    assert (windows.stage[-1] > 200).any()


def test_keys_that_come_meanwhile_are_kept_for_the_show() -> None:
    windows = Windows(Key("n"), Key("+"))
    foyer = Foyer(windows)  # type: ignore[arg-type]
    foyer.during(lambda say: until(lambda: bool(windows.stage)), "preparing")
    assert foyer.early == [Key("n"), Key("+")]


def test_leaving_ends_the_work_at_its_next_word() -> None:
    windows = Windows(Key("q"))
    words: list[int] = []

    def work(say: Say) -> None:
        while True:
            words.append(threading.get_ident())
            say("preparing still")
            time.sleep(0.01)

    with pytest.raises(Interrupted, match="before it began"):
        Foyer(windows).during(work, "preparing")  # type: ignore[arg-type]
    assert words[0] != threading.get_ident()
    assert "prepare" not in {thread.name for thread in threading.enumerate()}


def test_ctrl_c_ends_the_work_too_and_stays_ctrl_c() -> None:
    class Interrupting(Windows):
        def events(self) -> list[Event]:
            raise KeyboardInterrupt

    def work(say: Say) -> None:
        while True:
            say("preparing still")
            time.sleep(0.01)

    with pytest.raises(KeyboardInterrupt):
        Foyer(Interrupting()).during(work, "preparing")  # type: ignore[arg-type]
    assert "prepare" not in {thread.name for thread in threading.enumerate()}


def test_an_error_of_the_work_is_met_by_who_waits() -> None:
    def work(say: Say) -> None:
        raise SourceError("no style at all")

    for windows in (Windows(), None):
        with pytest.raises(SourceError, match="no style"):
            Foyer(windows).during(work, "preparing")  # type: ignore[arg-type]
