"""Cameras of this machine, through OpenCV."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, cast

import numpy as np
from numpy.typing import NDArray

from allaprima.errors import SourceError
from allaprima.io.camera.taken import Taken
from allaprima.io.environment import variable_set

if TYPE_CHECKING:
    import cv2

_OLDEST_SECONDS = 3   # that a picture fresh from the driver may be; its clock is another where it says more
_STALLED_SECONDS = 3  # what V4L2 waits for a picture before it gives up; OpenCV's own default is ten


@dataclass(frozen=True, slots=True)
class FoundCamera:
    """A camera of this machine: what opens it, and what it calls itself."""

    device: str
    name: str


def cameras_found(listing: Path = Path("/sys/class/video4linux")) -> list[FoundCamera]:
    """The video devices that Linux lists; nothing elsewhere, where cameras have only numbers."""
    if not listing.is_dir():
        return []
    devices = sorted(listing.iterdir(), key=lambda entry: (len(entry.name), entry.name))
    return [FoundCamera(f"/dev/{entry.name}", _text(entry / "name")) for entry in devices]


@contextmanager
def silenced() -> Iterator[None]:
    """A block in which OpenCV prints nothing: what goes wrong with a camera is told as an error of ours."""
    import cv2

    before = cv2.utils.logging.setLogLevel(cv2.utils.logging.LOG_LEVEL_SILENT)
    try:
        yield
    finally:
        cv2.utils.logging.setLogLevel(before)


class DeviceReader:
    """A camera by its number or device: MJPG and the wished size are asked for, its buffer kept at one picture."""

    def __init__(self, device: int | str, width: int | None, height: int | None, fps: float | None) -> None:
        with variable_set("OPENCV_VIDEOIO_V4L_SELECT_TIMEOUT", str(_STALLED_SECONDS)):  # read when it is imported
            import cv2

        self.name = str(device)
        self._stamps = sys.platform == "linux"  # V4L2 tells the driver's time of a picture in place of its position
        with silenced():
            self._capture = cv2.VideoCapture(device, cv2.CAP_V4L2 if sys.platform == "linux" else cv2.CAP_ANY)
        if not self._capture.isOpened():
            raise SourceError(f"cannot open the camera {device}: {_why_not(device)}",
                              "close other programs that use it, or see 'allaprima doctor' for the cameras found")
        # Uncompressed pictures do not fit through USB 2 above 640x480: MJPG first, since it decides which sizes exist.
        self._capture.set(cv2.CAP_PROP_FOURCC, cv2.VideoWriter.fourcc(*"MJPG"))
        wishes = {cv2.CAP_PROP_FRAME_WIDTH: width, cv2.CAP_PROP_FRAME_HEIGHT: height, cv2.CAP_PROP_FPS: fps,
                  cv2.CAP_PROP_BUFFERSIZE: 1}
        for wish, value in wishes.items():
            if value is not None:
                self._capture.set(wish, value)
        self.fps: float | None = self._capture.get(cv2.CAP_PROP_FPS) or None

    def read(self) -> Taken:
        """The next picture; raises ``SourceError`` where the camera was unplugged or stalled."""
        import cv2

        with silenced():
            good, picture = self._capture.read()
        if not good or picture is None:
            raise SourceError(f"the camera {self.name} sends no picture", "check its cable")
        now_ns = time.monotonic_ns()
        stamp_ns = captured_ns(self._capture.get(cv2.CAP_PROP_POS_MSEC), now_ns) if self._stamps else None
        return Taken(cast(NDArray[np.uint8], cv2.cvtColor(picture, cv2.COLOR_BGR2RGB)),
                     captured_ns=stamp_ns or now_ns, stamped=stamp_ns is not None)

    def close(self) -> None:
        self._capture.release()


def captured_ns(stamp_ms: float, now_ns: int) -> int | None:
    """When the driver says that a picture was taken, in monotonic nanoseconds; None where that cannot be.

    stamp_ms: V4L2's time of a buffer. Most drivers stamp by the monotonic clock, the begin or the end of the exposure;
    some tell the time of day, or nothing.
    """
    age_ns = now_ns - round(stamp_ms * 1e6)
    return now_ns - age_ns if 0 <= age_ns <= _OLDEST_SECONDS * 10**9 else None


def mode_of(device: str) -> str:
    """The size, rate and format that a camera has when it is opened, as text; raises ``SourceError``."""
    import cv2

    reader = DeviceReader(device, None, None, None)
    try:
        return _mode(reader._capture, cv2.CAP_PROP_FRAME_WIDTH, cv2.CAP_PROP_FRAME_HEIGHT, cv2.CAP_PROP_FPS)
    finally:
        reader.close()


def _mode(capture: cv2.VideoCapture, width: int, height: int, fps: int) -> str:
    return f"{capture.get(width):.0f}x{capture.get(height):.0f} at {capture.get(fps):.3g} fps"


def _why_not(device: int | str) -> str:
    found = ", ".join(camera.device for camera in cameras_found()) or "none"
    path = Path(f"/dev/video{device}") if isinstance(device, int) else Path(device)
    if sys.platform != "linux" or path.exists():
        reason = "it is in use, or no camera"
        if path.exists() and not os.access(path, os.R_OK | os.W_OK):
            reason = "permission denied"
        return reason
    return f"no such device; cameras found: {found}"


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8", errors="replace").strip()
    except OSError:
        return ""
