"""What a Matroska file says that FFmpeg's reader does not hand on: cropping, Dolby Vision, other films after it.

Source: RFC 8794 (EBML), RFC 9559 (Matroska), 5.1.4.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO

_SEGMENT, _TRACKS, _CLUSTER, _TRACK, _KIND, _VIDEO = 0x18538067, 0x1654AE6B, 0x1F43B675, 0xAE, 0x83, 0xE0
_CROPS = {0x54CC: "left", 0x54BB: "top", 0x54DD: "right", 0x54AA: "bottom"}
_ADDITION, _ADDITION_KIND, _ADDITION_DATA = 0x41E4, 0x41E7, 0x41ED
_LARGEST_TRACKS, _MOST_ELEMENTS = 1 << 24, 10_000
_VIDEO_KIND = 1


@dataclass(frozen=True, slots=True)
class VideoTrack:
    """left, top, right, bottom: pixels that are cut off. additions: the records beside the codec's, by four letters."""

    left: int = 0
    top: int = 0
    right: int = 0
    bottom: int = 0
    additions: tuple[tuple[bytes, bytes], ...] = ()


def video_tracks(file: BinaryIO) -> tuple[VideoTrack, ...]:
    """The video tracks of a Matroska or WebM file in their order, as far as its head is whole."""
    tracks = _tracks(file)
    entries = [body for number, body in _elements(tracks) if number == _TRACK]
    return tuple(_video_track(entry) for entry in entries
                 if any(number == _KIND and int.from_bytes(body, "big") == _VIDEO_KIND
                        for number, body in _elements(entry)))


@dataclass(frozen=True, slots=True)
class Segments:
    """How many films a file holds one after the other, and whether the last that can be found tells its length."""

    count: int
    ends_are_told: bool


def segments_of(file: BinaryIO) -> Segments:
    """The films in a Matroska or WebM file: two files of it appended to each other are one again."""
    end = file.seek(0, 2)
    at = count = 0
    for _ in range(_MOST_ELEMENTS):
        file.seek(at)
        head = file.read(12)
        number, after = _number(head, 0, keep_mark=True)
        size, begins = _number(head, after, keep_mark=False)
        if not after or not begins:
            break
        count += number == _SEGMENT
        if number == _SEGMENT and size == (1 << 7 * (begins - after)) - 1:
            return Segments(count, ends_are_told=False)
        at += begins + size
        if at >= end:
            break
    return Segments(count, ends_are_told=True)


def _video_track(entry: bytes) -> VideoTrack:
    sides: dict[str, int] = {}
    additions = []
    for number, body in _elements(entry):
        if number == _VIDEO:
            sides |= {_CROPS[part]: int.from_bytes(value, "big") for part, value in _elements(body) if part in _CROPS}
        elif number == _ADDITION:
            held = dict(_elements(body))
            additions.append((held.get(_ADDITION_KIND, b"")[-4:], held.get(_ADDITION_DATA, b"")))
    return VideoTrack(**sides, additions=tuple(additions))


def _tracks(file: BinaryIO) -> bytes:
    """The content of the element of tracks, empty where it is not before the first cluster."""
    end = file.seek(0, 2)
    file.seek(0)
    inside = False
    for _ in range(_MOST_ELEMENTS):
        head = file.read(12)
        number, after = _number(head, 0, keep_mark=True)
        size, at = _number(head, after, keep_mark=False)
        if not after or not at or number == _CLUSTER:
            break
        begins = file.tell() - len(head) + at
        if number == _SEGMENT and not inside:
            inside = True
            file.seek(begins)
            continue
        if number == _TRACKS:
            file.seek(begins)
            return file.read(size) if size <= _LARGEST_TRACKS else b""
        if begins + size >= end:
            break
        file.seek(begins + size)
    return b""


def _elements(data: bytes) -> Iterator[tuple[int, bytes]]:
    at = 0
    while at < len(data):
        number, after = _number(data, at, keep_mark=True)
        size, begins = _number(data, after, keep_mark=False)
        if not after or not begins or begins + size > len(data):
            return
        yield number, data[begins:begins + size]
        at = begins + size


def _number(data: bytes, at: int, *, keep_mark: bool) -> tuple[int, int]:
    """A number of variable length and where it ends; (0, 0) where there is none."""
    if not 0 <= at < len(data) or data[at] == 0:
        return 0, 0
    length = 9 - data[at].bit_length()
    value = int.from_bytes(data[at:at + length], "big")
    if at + length > len(data):
        return 0, 0
    return (value if keep_mark else value & (1 << 7 * length) - 1), at + length
