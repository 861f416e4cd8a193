"""Which pictures a camera offers, asked of Video4Linux: formats, sizes and rates, without taking a picture.

Requests and structures as in Linux's ``videodev2.h``.
"""

from __future__ import annotations

import os
import struct
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from allaprima.errors import SourceError

Ask = Callable[[int, bytearray], None]
"""Asks the driver: a request's number, and its structure, filled in place; raises ``OSError`` past the last item."""

_CAPTURE, _DISCRETE = 1, 1
_FORMAT, _SIZE, _INTERVAL = struct.Struct("=III32sII12x"), struct.Struct("=III6I8x"), struct.Struct("=IIIII6I8x")
MOST_ITEMS = 256  # of one list: a driver that never ends is not believed


def _request(number: int, size: int) -> int:
    """The number of a request that is read and written: ``_IOWR('V', number, size)``."""
    return 3 << 30 | size << 16 | ord("V") << 8 | number


ENUM_FORMATS, ENUM_SIZES, ENUM_INTERVALS = (_request(2, _FORMAT.size), _request(74, _SIZE.size),
                                            _request(75, _INTERVAL.size))


@dataclass(frozen=True, slots=True)
class Mode:
    """A size that a camera offers in a format (``MJPG``), and its rates; a size may be the largest of a range."""

    format: str
    width: int
    height: int
    fps: tuple[float, ...]

    def __str__(self) -> str:
        rates = ", ".join(f"{rate:.3g}" for rate in self.fps)
        return f"{self.format} {self.width}x{self.height}" + (f" at {rates} fps" if rates else "")


def modes_of(device: str) -> list[Mode]:
    """The modes of a video device; none for what takes no pictures. Raises ``SourceError`` where it cannot be asked."""
    import fcntl

    try:
        handle = os.open(device, os.O_RDWR | os.O_NONBLOCK)
    except OSError as error:
        raise SourceError(f"cannot ask the camera {device} for its modes: {error.strerror}",
                          "check the name and the permissions") from error
    try:
        return list(listed(lambda number, structure: fcntl.ioctl(handle, number, structure)))
    finally:
        os.close(handle)


def listed(ask: Ask) -> Iterator[Mode]:
    """The modes that a driver lists, format by format."""
    for code in _formats(ask):
        name = struct.pack("=I", code).decode("latin-1").strip()
        for width, height in _sizes(ask, code):
            yield Mode(name, width, height, tuple(sorted(_rates(ask, code, width, height), reverse=True)))


def _formats(ask: Ask) -> Iterator[int]:
    for index in range(MOST_ITEMS):
        answer = _asked(ask, ENUM_FORMATS, _FORMAT, index, _CAPTURE, 0, b"", 0, 0)
        if answer is None:
            return
        yield answer[4]


def _sizes(ask: Ask, code: int) -> Iterator[tuple[int, int]]:
    for index in range(MOST_ITEMS):
        answer = _asked(ask, ENUM_SIZES, _SIZE, index, code, *[0] * 7)
        if answer is None:
            return
        if answer[2] != _DISCRETE:  # a range: least, largest and step of the width, then of the height
            yield answer[4], answer[7]
            return
        yield answer[3], answer[4]


def _rates(ask: Ask, code: int, width: int, height: int) -> Iterator[float]:
    for index in range(MOST_ITEMS):
        answer = _asked(ask, ENUM_INTERVALS, _INTERVAL, index, code, width, height, *[0] * 7)
        if answer is None:
            return
        seconds, parts = answer[5], answer[6]
        if seconds:
            yield parts / seconds
        if answer[4] != _DISCRETE:  # a range: the shortest interval comes first
            return


def _asked(ask: Ask, request: int, structure: struct.Struct, *values: int | bytes) -> tuple[int, ...] | None:
    """The structure's values as the driver filled them in; None past the last item."""
    memory = bytearray(structure.pack(*values))
    try:
        ask(request, memory)
    except OSError:
        return None
    return structure.unpack(memory)
