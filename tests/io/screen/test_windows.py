"""The two windows under a virtual display of two screens and a window manager, with real keys and a real mouse."""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest

from allaprima.errors import OptionError, SinkError
from allaprima.io.screen.events import Event, Key, Pointer
from allaprima.io.screen.monitors import Monitor
from allaprima.io.screen.window import _SETTINGS, Windows, chosen, drawing_by, fitting, key_name, screens
from screens import HEIGHT, WIDTH, Desk, desk

NO_MANAGER = pytest.mark.skipif(shutil.which("openbox") is None,
                                reason="windows fill the screen only under a window manager (apt-get install openbox)")


@pytest.fixture(scope="module")
def own() -> Iterator[Desk]:
    with desk(screens=2) as desk_of_two:
        yield desk_of_two


@pytest.fixture
def windows(own: Desk, monkeypatch: pytest.MonkeyPatch) -> Iterator[Windows]:
    """The stage's window of 320x180 on the second screen, the control window on the first."""
    monkeypatch.setenv("DISPLAY", own.display)
    for name in (*_SETTINGS, *drawing_by(Path("nowhere"))):
        monkeypatch.delenv(name, raising=False)  # and what is set in its place goes with the test
    with Windows("Trial", 320, 180, screen=2) as both:
        wait_for(both, lambda: own.find("Trial controls") is not None and own.find("Trial") is not None)
        own.window("Trial")
        yield both


def wait_for(windows: Windows, happened: Callable[[], bool]) -> list[Event]:
    """Looks after the windows until something has happened; gives back what came in."""
    ends, found = time.monotonic() + 20, []
    while not happened():
        assert time.monotonic() < ends, "it did not happen"
        found += windows.events()
        time.sleep(0.02)
    return found


def test_pictures_go_straight_to_the_screen_where_no_graphics_device_could_carry_them(
        tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.platform", "linux")
    assert drawing_by(tmp_path / "nothing") == drawing_by(tmp_path) == {"SDL_FRAMEBUFFER_ACCELERATION": "0"}
    (tmp_path / "renderD128").touch()
    assert drawing_by(tmp_path) == {}
    monkeypatch.setattr("sys.platform", "darwin")
    assert drawing_by(tmp_path / "nothing") == {}


def test_the_screens_are_those_of_the_window_manager(windows: Windows) -> None:
    assert screens() == (Monitor(0, 0, WIDTH, HEIGHT), Monitor(WIDTH, 0, WIDTH, HEIGHT))


def test_a_picture_is_shown_as_it_is_and_a_smaller_one_in_the_middle(windows: Windows, own: Desk) -> None:
    picture = np.random.default_rng(0).integers(0, 256, (180, 320, 3), np.uint8)
    window = own.window("Trial")

    def shown(sent: np.ndarray, expected: np.ndarray) -> bool:
        windows.show(sent)  # again and again, as a show does: the manager may just have moved the window
        return np.array_equal(own.look(window), expected)

    wait_for(windows, lambda: shown(picture, picture))
    around = np.zeros_like(picture)
    around[40:140, 60:260] = picture[:100, :200]
    wait_for(windows, lambda: shown(picture[:100, :200], around))


@NO_MANAGER
def test_the_stage_fills_the_screen_that_was_asked_for_and_comes_back(windows: Windows, own: Desk) -> None:
    window = own.window("Trial")
    before = own.place(window)
    assert before[0] >= WIDTH
    windows.set_fullscreen(True)
    wait_for(windows, lambda: windows.size == (WIDTH, HEIGHT))
    red = np.full((HEIGHT, WIDTH, 3), (255, 0, 0), np.uint8)

    def filled() -> bool:
        windows.show(red)
        return np.array_equal(own.shot()[:, WIDTH:], red)

    wait_for(windows, filled)
    assert own.place(own.window("Trial controls"))[0] < WIDTH
    windows.set_fullscreen(False)
    wait_for(windows, lambda: windows.size == (320, 180))
    wait_for(windows, lambda: own.place(window) == before)


def test_no_key_is_lost_where_they_are_looked_at_three_times_a_second(windows: Windows, own: Desk) -> None:
    pressed = [*"abcdefghijklmnopqrstuvwxyz" * 2, "plus", "F3", "Next", "ctrl+2", "space", "Tab", "Escape"]
    own.press(*pressed)
    found: list[Event] = []
    ends = time.monotonic() + 20
    while len(found) < len(pressed) and time.monotonic() < ends:
        time.sleep(0.33)
        found += windows.events()
    assert found == [Key(name) for name in [*"abcdefghijklmnopqrstuvwxyz" * 2, "+", "f3", "page down", "ctrl 2",
                                            "space", "tab", "escape"]]


def test_a_key_that_is_held_says_so(windows: Windows, own: Desk) -> None:
    own.do("keydown", "n")
    found: list[Event] = []
    wait_for(windows, lambda: bool(found.extend(windows.events())) or Key("n", held=True) in found)
    own.do("keyup", "n")
    assert found[0] == Key("n")


def test_the_pointer_is_followed_in_the_control_window(windows: Windows, own: Desk) -> None:
    controls = own.window("Trial controls")
    found: list[Event] = []

    def told(expected: Pointer, *acts: str | int) -> None:
        """Acts, and waits for its event: where several moves wait unread, the system may tell only the last of them."""
        own.do(*acts)
        wait_for(windows, lambda: bool(found.extend(windows.events())) or expected in found)

    told(Pointer(40, 50, "press"), "mousemove", "--window", controls, 40, 50, "mousedown", 1)
    told(Pointer(90, 50, "drag"), "mousemove", "--window", controls, 90, 50)
    told(Pointer(90, 50, "release"), "mouseup", 1)
    told(Pointer(10, 20, "press", second=True), "mousemove", "--window", controls, 10, 20, "click", 3)
    told(Pointer(10, 20, "wheel", turns=1), "click", 4)
    pointers = [each for each in found if isinstance(each, Pointer)]
    assert pointers[0] == Pointer(40, 50, "press")
    assert [each.kind for each in pointers if each.kind != "drag"] == ["press", "release", "press", "release", "wheel"]


def test_the_control_window_can_be_hidden_and_comes_back(windows: Windows, own: Desk) -> None:
    windows.set_controls(False)
    assert windows.controls_size is None
    wait_for(windows, lambda: own.find("Trial controls") is None)
    windows.set_controls(True)
    wait_for(windows, lambda: own.find("Trial controls") is not None)


@NO_MANAGER
def test_closing_the_stage_ends_it_and_closing_the_controls_hides_them(windows: Windows, own: Desk) -> None:
    own.window("Trial controls")
    own.press("alt+F4")
    found: list[Event] = []
    wait_for(windows, lambda: bool(found.extend(windows.events())) or Key("w") in found)
    assert not windows.closed
    own.window("Trial")
    own.press("alt+F4")
    wait_for(windows, lambda: windows.closed)


def test_a_screen_that_is_not_there_is_named_with_those_that_are() -> None:
    one = Monitor(0, 0, 1280, 800)
    with pytest.raises(OptionError, match="no screen 2: this machine has 1 screen") as failure:
        chosen([one], 2)
    assert "--screen" in str(failure.value.hint)
    assert chosen([one], None) == (one, one)
    other = Monitor(1280, 0, 1920, 1080)
    assert chosen([one, other], 2) == (other, one)


def test_a_window_is_never_larger_than_its_screen() -> None:
    assert fitting((3840, 2160), Monitor(0, 0, 1280, 800)) == (1184, 666)
    assert fitting((640, 360), Monitor(0, 0, 1280, 800)) == (640, 360)


@pytest.mark.parametrize(("key", "typed", "modifiers", "name"), [
    ("n", "n", 0, "n"), ("n", "N", 1, "n"), ("8", "+", 1, "+"), ("space", " ", 0, "space"), ("f11", "", 0, "f11"),
    ("3", "", 64, "ctrl 3"), ("f2", "", 64, "ctrl f2"), ("page up", "", 0, "page up"), ("left shift", "", 0, None),
])
def test_keys_are_called_by_what_they_type(monkeypatch: pytest.MonkeyPatch, key: str, typed: str, modifiers: int,
                                           name: str | None) -> None:
    import pygame

    monkeypatch.setenv("SDL_VIDEODRIVER", "dummy")
    pygame.display.init()
    try:
        assert key_name(pygame.key.key_code(key), typed, modifiers) == name
    finally:
        pygame.display.quit()


def test_without_a_screen_a_window_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DISPLAY", raising=False)
    monkeypatch.delenv("WAYLAND_DISPLAY", raising=False)
    with pytest.raises(SinkError, match="there is no screen"):
        Windows("Trial", 320, 180)
