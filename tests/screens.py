"""A virtual display, real key presses and mouse clicks, and what the screen shows."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import numpy as np
import pytest

WIDTH, HEIGHT = 1280, 800
# Without decorations windows stand where xdotool says they do.
SETTINGS = """<?xml version="1.0"?><openbox_config xmlns="http://openbox.org/3.4/rc"><applications>
<application class="*"><decor>no</decor></application></applications></openbox_config>"""


class Desk:
    """A display with a keyboard and a mouse."""

    def __init__(self, display: str) -> None:
        self.display = display
        self.environment = {**os.environ, "DISPLAY": display}

    def do(self, *arguments: object) -> str:
        """Runs xdotool; gives back what it says."""
        done = subprocess.run(["xdotool", *(str(argument) for argument in arguments)], env=self.environment,
                              capture_output=True, text=True, timeout=20, check=False)
        return done.stdout.strip()

    def window(self, name: str, within_seconds: float = 40) -> str:
        """The number of the window of that name, focused; raises where it does not appear."""
        ends = time.monotonic() + within_seconds
        while time.monotonic() < ends:
            found = self.do("search", "--name", f"^{name}$").splitlines()
            if found:
                self.do("windowfocus", "--sync", found[-1])
                return found[-1]
            time.sleep(0.1)
        raise AssertionError(f"no window {name} appeared")

    def press(self, key: str) -> None:
        """Presses a key, as X11 calls it; two in the time of one look at the keyboard would be taken for one."""
        self.do("key", key)
        time.sleep(0.06)

    def shot(self, path: Path | None = None) -> np.ndarray:
        """What the screen shows, (800, 1280, 3) RGB; kept at ``path`` where one is given."""
        import av

        with av.open(self.display, format="x11grab", options={"video_size": f"{WIDTH}x{HEIGHT}",
                                                              "draw_mouse": "0"}) as container:
            frame = next(container.decode(video=0))
        if path is not None:
            frame.to_image().save(path)
        return frame.to_ndarray(format="rgb24")


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
        yield
    finally:
        manager.terminate()
        manager.wait(10)
        settings.close()


@contextmanager
def desk() -> Iterator[Desk]:
    """A virtual display of its own; tests skip where Xvfb or xdotool is missing."""
    if shutil.which("Xvfb") is None or shutil.which("xdotool") is None:
        pytest.skip("Xvfb and xdotool are not installed (apt-get install xvfb xdotool)")
    reading, writing = os.pipe()
    server = subprocess.Popen(["Xvfb", "-displayfd", str(writing), "-screen", "0", f"{WIDTH}x{HEIGHT}x24", "-nolisten",
                               "tcp"], pass_fds=[writing], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    os.close(writing)
    try:
        with os.fdopen(reading) as told:
            number = told.readline().strip()
        assert number, "Xvfb did not start"
        own = Desk(f":{number}")
        with managed(own):
            yield own
    finally:
        server.terminate()
        with suppress(subprocess.TimeoutExpired):
            server.wait(10)
