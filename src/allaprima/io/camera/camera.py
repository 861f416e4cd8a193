"""Where live pictures come from: a camera by its number or device, a stream by its URL, a film played in real time."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from allaprima.addresses import shown_address
from allaprima.errors import SourceError
from allaprima.io.camera.device import DeviceReader, cameras_found
from allaprima.io.camera.fetched import opened_stream
from allaprima.io.camera.film import FilmReader
from allaprima.io.camera.taken import Taken, Waiting


class Reader(Protocol):
    """An open camera. ``read`` blocks until its next picture, a second or two at most while all is well."""

    @property
    def fps(self) -> float | None:
        """Pictures a second, as far as the camera tells."""
        ...

    def read(self) -> Taken | Waiting | None:
        """The next picture, or why none has come yet; None where a film ends.

        Raises ``SourceError`` where the camera is lost.
        """
        ...

    def close(self) -> None: ...


@dataclass(frozen=True, slots=True)
class CameraWish:
    """What a camera is asked for, as far as it can choose: pixels and pictures a second."""

    width: int | None = None
    height: int | None = None
    fps: float | None = None


def open_camera(name: str, wish: CameraWish = CameraWish()) -> Reader:
    """The camera of that name: ``0``, ``/dev/video0``, ``http://...``, ``rtsp://...``, or a film's file.

    Raises ``SourceError`` where it cannot be opened or sends nothing that is a picture.
    """
    if name.isdecimal():
        return DeviceReader(int(name), wish.width, wish.height, wish.fps)
    if re.match(r"[a-z][a-z0-9+.-]*://", name, re.IGNORECASE):
        return opened_stream(name)
    if Path(name).is_char_device():
        return DeviceReader(name, wish.width, wish.height, wish.fps)
    if not Path(name).is_file():
        found = ", ".join(camera.device for camera in cameras_found()) or "none"
        raise SourceError(f"cannot open the camera {shown_address(name)}: there is no such device or file; cameras "
                          f"found: {found}",
                          "give a camera's number, its device, a stream's URL, or a film's file")
    return FilmReader(Path(name))


def returns(name: str) -> bool:
    """Whether a camera of that name can come back after it is lost: a film, once at its end, does not."""
    return not Path(name).is_file()

