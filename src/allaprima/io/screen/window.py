"""A window on the screen, through OpenCV: pictures out, keys and a slider in."""

from __future__ import annotations

import os
import socket
import sys
from pathlib import Path
from types import TracebackType
from typing import Self

import numpy as np
from numpy.typing import NDArray

from allaprima.errors import SinkError

SLIDER = "strength"
SLIDER_HEIGHT = 40  # of the window, in Qt's usual size
_KEYS = {0x1B: "escape", 0x20: "space", 0xFF53: "right", 0xFF51: "left", 0xFF52: "up", 0xFF54: "down",
         0xFF55: "page up", 0xFF56: "page down",
         2555904: "right", 2424832: "left", 2490368: "up", 2621440: "down", 2162688: "page up", 2228224: "page down"}
_HEADLESS = "run without a window: --headless"
_FONTS = ("/usr/share/fonts/truetype/dejavu", "/usr/share/fonts/truetype", "/usr/share/fonts")


class Window:
    """A window of that name, size and slider; a context manager that closes it. All of it belongs to one thread.

    Made before anything imports PyAV: two copies of FFmpeg in one process have hung OpenCV's windows (PyAV issues 978
    and 1050). Raises ``SinkError`` where there is no screen.
    """

    def __init__(self, name: str, width: int, height: int) -> None:
        refuse_without_screen()
        import cv2

        _find_fonts()
        self._name = name
        self._slider_moved: float | None = None
        self._fullscreen = False
        self._shown = False
        try:
            cv2.namedWindow(name, cv2.WINDOW_NORMAL | cv2.WINDOW_KEEPRATIO | cv2.WINDOW_GUI_NORMAL)
            cv2.resizeWindow(name, width, height + SLIDER_HEIGHT)
            cv2.createTrackbar(SLIDER, name, 100, 100, self._on_slider)
            cv2.waitKeyEx(1)
        except cv2.error as error:
            raise SinkError("cannot open a window: this OpenCV was built without one",
                            "pip install --force-reinstall opencv-python, or " + _HEADLESS) from error

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None,
                 trace: TracebackType | None) -> None:
        import cv2

        if not self.closed:
            cv2.destroyWindow(self._name)
        cv2.waitKeyEx(1)

    def show(self, picture: NDArray[np.uint8]) -> None:
        """Puts a picture (H, W, 3), RGB, onto the window; it is seen with the next ``key``."""
        import cv2

        cv2.imshow(self._name, cv2.cvtColor(picture, cv2.COLOR_RGB2BGR))
        self._shown = True

    def key(self, wait_ms: int = 1) -> str | None:
        """The key that was pressed, by its letter or name, None without one; draws what was shown."""
        import cv2

        code = cv2.waitKeyEx(max(1, wait_ms))
        if code == -1:
            return None
        return _KEYS.get(code) or (chr(code & 0xFF).lower() if 0x20 < code & 0xFFFF < 0x7F else None)

    def slider(self) -> float | None:
        """Where the slider was moved to since the last call, 0 to 1; None where it was not."""
        moved, self._slider_moved = self._slider_moved, None
        return moved

    def set_slider(self, value: float) -> None:
        """Moves the slider to that value, 0 to 1."""
        import cv2

        if round(100 * value) != cv2.getTrackbarPos(SLIDER, self._name):
            cv2.setTrackbarPos(SLIDER, self._name, round(100 * value))
            self._slider_moved = None

    def set_fullscreen(self, wanted: bool) -> None:
        """Fills the screen, or goes back to a window."""
        import cv2

        if wanted != self._fullscreen:
            cv2.setWindowProperty(self._name, cv2.WND_PROP_FULLSCREEN,
                                  cv2.WINDOW_FULLSCREEN if wanted else cv2.WINDOW_NORMAL)
            self._fullscreen = wanted

    @property
    def closed(self) -> bool:
        """Whether the user has closed it."""
        import cv2

        try:
            return self._shown and cv2.getWindowProperty(self._name, cv2.WND_PROP_VISIBLE) < 1
        except cv2.error:
            return True

    def _on_slider(self, value: int) -> None:
        self._slider_moved = value / 100


def refuse_without_screen() -> None:
    """Raises ``SinkError`` where no window can be opened: Qt would end the whole process instead."""
    if sys.platform != "linux":
        return
    display = os.environ.get("DISPLAY", "")
    if not display:
        raise SinkError("cannot open a window: there is no screen (DISPLAY is not set)", _HEADLESS)
    host, _, number = display.partition(":")
    if host not in ("", "unix"):
        return
    with socket.socket(socket.AF_UNIX) as trial:
        for address in (f"/tmp/.X11-unix/X{number.partition('.')[0]}",
                        f"\0/tmp/.X11-unix/X{number.partition('.')[0]}"):
            try:
                trial.connect(address)
                return
            except OSError:
                continue
    raise SinkError(f"cannot open a window: nothing answers at the screen {display}", _HEADLESS)


def _find_fonts() -> None:
    """Points Qt to the system's fonts: the wheel's own folder is missing from it, and Qt says so at every label."""
    fonts = next((folder for folder in _FONTS if Path(folder).is_dir()), None)
    if sys.platform == "linux" and fonts and not Path(os.environ.get("QT_QPA_FONTDIR", "")).is_dir():
        os.environ["QT_QPA_FONTDIR"] = fonts
