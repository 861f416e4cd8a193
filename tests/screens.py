"""A virtual display of one screen or two, real key presses and mouse clicks, and what the screens show."""

from __future__ import annotations

import ctypes
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

WIDTH, HEIGHT = 1280, 800  # of each screen
PRESS_MS = 8  # between two keys; the same key twice within 2 ms is what X11 calls a key that is held
# Without decorations and borders windows stand where xdotool says they do.
SETTINGS = """<?xml version="1.0"?><openbox_config xmlns="http://openbox.org/3.4/rc"><theme><keepBorder>no</keepBorder>
</theme><keyboard><keybind key="A-F4"><action name="Close"/></keybind></keyboard><applications>
<application class="*"><decor>no</decor></application></applications></openbox_config>"""


# Takes a picture of the screens for every line that it is sent; a process of its own, since PyAV brings an X library
# and SDL uses the system's: with both in one process, one calls into the other.
GRABBER = """
import sys, av
for _ in sys.stdin:
    with av.open(sys.argv[1], format="x11grab", options={"video_size": sys.argv[2], "draw_mouse": "0"}) as container:
        frame = next(container.decode(video=0))
    sys.stdout.buffer.write(frame.to_ndarray(format="rgb24").tobytes())
    sys.stdout.buffer.flush()
"""


class Desk:
    """A display with a keyboard, a mouse, and that many screens beside each other."""

    def __init__(self, display: str, screens: int = 1) -> None:
        self.display, self.screens = display, screens
        self._grabber: subprocess.Popen[bytes] | None = None
        self.environment = {**os.environ, "DISPLAY": display}

    def do(self, *arguments: object) -> str:
        """Runs xdotool; gives back what it says."""
        done = subprocess.run(["xdotool", *(str(argument) for argument in arguments)], env=self.environment,
                              capture_output=True, text=True, timeout=20, check=False)
        return done.stdout.strip()

    def window(self, name: str, within_seconds: float = 90) -> str:
        """The number of the window of that name, focused; raises where it does not appear."""
        ends = time.monotonic() + within_seconds
        while time.monotonic() < ends:
            found = self.find(name)
            if found is not None:
                self.do("windowfocus", "--sync", found)
                return found
            time.sleep(0.1)
        raise AssertionError(f"no window {name} appeared")

    def find(self, name: str) -> str | None:
        """The number of the window of that name that can be seen; None where there is none.

        Found by its class: SDL writes its name in a type that xdotool does not search.
        """
        return next((each for each in self.do("search", "--onlyvisible", "--class", "allaprima").splitlines()
                     if self.do("getwindowname", each) == name), None)

    def press(self, *keys: str) -> None:
        """Presses keys, as X11 calls them, one right after the other: as fast as no hand is."""
        self.do("key", "--delay", PRESS_MS, *keys)

    def place(self, window: str) -> tuple[int, int, int, int]:
        """Where a window is, and its size: left, top, width, height."""
        told = dict(line.split("=") for line in self.do("getwindowgeometry", "--shell", window).splitlines())
        return int(told["X"]), int(told["Y"]), int(told["WIDTH"]), int(told["HEIGHT"])

    def look(self, window: str) -> np.ndarray:
        """A window's part of the screens, as it is now."""
        left, top, width, height = self.place(window)
        return self.shot()[top:top + height, left:left + width]

    def shot(self, path: Path | None = None) -> np.ndarray:
        """What the screens show, (800, 1280 a screen, 3) RGB; kept at ``path`` where one is given."""
        size = WIDTH * self.screens, HEIGHT
        if self._grabber is None:
            self._grabber = subprocess.Popen([sys.executable, "-c", GRABBER, self.display, "{}x{}".format(*size)],
                                             stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        asks, tells = self._grabber.stdin, self._grabber.stdout
        assert asks is not None
        assert tells is not None
        asks.write(b"\n")
        asks.flush()
        picture = np.frombuffer(tells.read(size[0] * size[1] * 3), np.uint8).reshape(size[1], size[0], 3)
        if path is not None:
            Image.fromarray(picture).save(path)
        return picture

    def close(self) -> None:
        """Ends what takes its pictures."""
        if self._grabber is not None:
            self._grabber.communicate(timeout=20)


@contextmanager
def managed(desk: Desk) -> Iterator[None]:
    """A window manager on the display, where openbox is installed: only with one can windows fill the screen."""
    if shutil.which("openbox") is None:
        yield
        return
    settings = tempfile.NamedTemporaryFile("w", suffix=".xml")  # noqa: SIM115  closed below
    settings.write(SETTINGS)
    settings.flush()
    manager = subprocess.Popen(["openbox", "--config-file", settings.name], env=desk.environment,
                               stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        ends = time.monotonic() + 20
        while not desk.do("get_desktop"):  # a window that comes while the manager starts is managed by halves
            assert time.monotonic() < ends, "openbox did not start"
            time.sleep(0.05)
        yield
    finally:
        manager.terminate()
        manager.wait(10)
        settings.close()


class Monitor(ctypes.Structure):
    """XRRMonitorInfo, of Xrandr.h."""

    _fields_ = (("name", ctypes.c_ulong), *((name, ctypes.c_int) for name in (
        "primary", "automatic", "outputs", "x", "y", "width", "height", "mm_width", "mm_height")),
                ("output", ctypes.POINTER(ctypes.c_ulong)))


def divide(display: str, screens: int) -> None:
    """Makes one wide screen several, as ``xrandr --setmonitor`` does: window managers fill each by itself."""
    try:
        x11, randr = ctypes.CDLL("libX11.so.6"), ctypes.CDLL("libXrandr.so.2")
    except OSError:
        pytest.skip("libXrandr is not installed (apt-get install libxrandr2)")
    x11.XOpenDisplay.restype, x11.XDefaultRootWindow.restype = ctypes.c_void_p, ctypes.c_ulong
    x11.XDefaultRootWindow.argtypes = x11.XCloseDisplay.argtypes = (ctypes.c_void_p,)
    x11.XInternAtom.argtypes, x11.XInternAtom.restype = (ctypes.c_void_p, ctypes.c_char_p, ctypes.c_int), ctypes.c_ulong
    randr.XRRGetMonitors.argtypes = ctypes.c_void_p, ctypes.c_ulong, ctypes.c_int, ctypes.POINTER(ctypes.c_int)
    randr.XRRGetMonitors.restype = ctypes.POINTER(Monitor)
    randr.XRRSetMonitor.argtypes = ctypes.c_void_p, ctypes.c_ulong, ctypes.POINTER(Monitor)
    opened = x11.XOpenDisplay(display.encode())
    assert opened
    root = x11.XDefaultRootWindow(opened)
    whole = randr.XRRGetMonitors(opened, root, 1, ctypes.byref(ctypes.c_int()))[0]
    for number in range(screens):
        name = x11.XInternAtom(opened, f"screen-{number + 1}".encode(), 0)
        output = whole.output if number == 0 else None  # what has an output stands in for the whole one
        randr.XRRSetMonitor(opened, root, ctypes.byref(Monitor(
            name, number == 0, 0, number == 0, WIDTH * number, 0, WIDTH, HEIGHT, 340, 210, output)))
    x11.XCloseDisplay(opened)


@contextmanager
def desk(screens: int = 1) -> Iterator[Desk]:
    """A virtual display of its own, of that many screens; tests skip where Xvfb or xdotool is missing."""
    if shutil.which("Xvfb") is None or shutil.which("xdotool") is None:
        pytest.skip("Xvfb and xdotool are not installed (apt-get install xvfb xdotool)")
    reading, writing = os.pipe()
    server = subprocess.Popen(["Xvfb", "-displayfd", str(writing), "-screen", "0",
                               f"{WIDTH * screens}x{HEIGHT}x24", "-nolisten", "tcp", "-noreset"],
                              pass_fds=[writing], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    os.close(writing)
    try:
        with os.fdopen(reading) as told:
            number = told.readline().strip()
        assert number, "Xvfb did not start"
        own = Desk(f":{number}", screens)
        if screens > 1:
            divide(own.display, screens)
        with managed(own), closing(own):
            yield own
    finally:
        server.terminate()
        with suppress(subprocess.TimeoutExpired):
            server.wait(10)
