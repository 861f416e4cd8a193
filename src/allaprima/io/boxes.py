"""The boxes of ISO media files (ISO/IEC 14496-12, 4.2): MP4 and MOV films, AVIF and HEIF pictures."""

from __future__ import annotations

import os
from collections.abc import Iterator
from fractions import Fraction
from typing import BinaryIO, NamedTuple

_LARGEST_READ = 1 << 26  # the index of a film of many hours; more is not looked into


class Box(NamedTuple):
    """One box: its four letters, and where its content lies."""

    kind: bytes
    start: int
    end: int


class Crop(NamedTuple):
    """The part of a picture that is shown, in pixels."""

    left: int
    top: int
    width: int
    height: int


def boxes(data: bytes, start: int = 0, end: int | None = None) -> Iterator[Box]:
    """The boxes that lie side by side in a part of ``data``, as far as they are whole."""
    end = len(data) if end is None else min(end, len(data))
    while start + 8 <= end:
        head, size, kind = 8, int.from_bytes(data[start:start + 4], "big"), data[start + 4:start + 8]
        if size == 1:
            head, size = 16, int.from_bytes(data[start + 8:start + 16], "big")
        elif size == 0:
            size = end - start
        if size < head or start + size > end:
            return
        yield Box(kind, start + head, start + size)
        start += size


def found(data: bytes, path: str, start: int = 0, end: int | None = None) -> Box | None:
    """The first box at a path of kinds, such as ``iprp/ipco``."""
    kind, _, rest = path.partition("/")
    box = next((box for box in boxes(data, start, end) if box.kind == kind.encode("latin-1")), None)
    return box if box is None or not rest else found(data, rest, box.start, box.end)


def content(file: BinaryIO, kind: bytes) -> bytes | None:
    """What the first box of a kind at the top of a file holds, None where there is none, or none of a sane size."""
    size = file.seek(0, os.SEEK_END)
    place = 0
    while place + 8 <= size:
        file.seek(place)
        head = file.read(16)
        length, begins = int.from_bytes(head[:4], "big"), 8
        if length == 1:
            length, begins = int.from_bytes(head[8:16], "big"), 16
        elif length == 0:
            length = size - place
        if length < begins:
            return None
        if head[4:8] == kind:
            if length > _LARGEST_READ or place + length > size:
                return None
            file.seek(place + begins)
            return file.read(length - begins)
        place += length
    return None


def clean_aperture(clap: bytes, width: int, height: int) -> Crop | None:
    """The part that a ``clap`` box shows of a picture (14496-12, 12.1.4), to whole pixels; None for all of it.

    None, too, where the box is damaged or asks for what lies outside.
    """
    if len(clap) < 32:
        return None
    numbers = [int.from_bytes(clap[at:at + 4], "big", signed=True) for at in range(0, 32, 4)]
    if any(below <= 0 for below in numbers[1::2]):
        return None
    wide, high, right, down = (Fraction(above, below) for above, below in zip(numbers[::2], numbers[1::2], strict=True))
    crop = Crop(round((width - wide) / 2 + right), round((height - high) / 2 + down), round(wide), round(high))
    inside = (crop.left >= 0 and crop.top >= 0 and crop.width > 0 and crop.height > 0
              and crop.left + crop.width <= width and crop.top + crop.height <= height)
    return crop if inside and crop != (0, 0, width, height) else None
