"""Encoded video in pieces that survive a kill: a folder beside the output, one checked file for each piece.

A segment is a closed run of packets: it starts with a keyframe and needs nothing of its neighbours, so that the encoder
can start anew after any of them. A file stands under its name only when it is whole; the times are the encoder's own
integers, which no container rounds.
"""

from __future__ import annotations

import os
import shutil
import struct
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import numpy as np
from numpy.typing import NDArray

from allaprima.errors import SinkError
from allaprima.io.film.parts_folder import PartsFolder
from allaprima.io.outputs import synced

_MAGIC = b"allaprima segment 1\n"
_PACKET = struct.Struct("<qqBI")  # pts, duration, keyframe, size
_END = struct.Struct("<II")  # frames, CRC-32 of all packets

Arrays = Mapping[str, NDArray[np.generic]]


@dataclass(frozen=True, slots=True)
class StoredPacket:
    """One encoded packet: pts and duration in the encoder's time base (duration 0: not known)."""

    pts: int
    duration: int
    keyframe: bool
    data: bytes


class SegmentWriter:
    """Writes one segment; ``finish`` gives it its name, anything else leaves nothing that counts."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._part = path.with_suffix(".writing")
        self._part.unlink(missing_ok=True)
        self._file: BinaryIO = self._part.open("xb")
        self._file.write(_MAGIC)
        self._checksum = 0
        self.packets = 0

    def add(self, packet: StoredPacket) -> None:
        """Appends a packet in decoding order."""
        head = _PACKET.pack(packet.pts, packet.duration, packet.keyframe, len(packet.data))
        self._checksum = zlib.crc32(packet.data, zlib.crc32(head, self._checksum))
        self._file.write(head)
        self._file.write(packet.data)
        self.packets += 1

    def finish(self, frames: int) -> None:
        """Makes the segment whole: on the disk, checked by its sum, under its name."""
        self._file.write(_END.pack(frames, self._checksum))
        synced(self._file)
        self._file.close()
        self._part.replace(self._path)

    def abandon(self) -> None:
        """Closes and removes what was written."""
        with suppress(OSError):  # a full disk refuses what is still in the buffer
            self._file.close()
        self._part.unlink(missing_ok=True)


class SegmentFolder:
    """The segments of one output, numbered from 0, in a folder that says which settings they were made with."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.parts = PartsFolder(folder)

    def begin(self, settings: Mapping[str, str], *, resume: bool, overwrite: bool = False) -> list[int]:
        """Prepares the folder; the frames of each segment that an earlier run left whole, none unless resumed.

        settings: whatever must not change between runs that fill one folder (source, options, encoder). Raises
        ``SinkError`` where an earlier run filled it and neither ``resume`` nor ``overwrite`` says what becomes of that,
        where it did so with other settings, where the folder is not ours, or cannot be written.
        """
        self.parts.refuse(settings, resume=resume, overwrite=overwrite)
        try:
            if resume and self.parts.settings is not None:
                return self._keep_whole_ones()
            self.parts.discard()
            self.parts.create(settings)
        except OSError as error:
            raise SinkError(f"cannot write into {self.folder.parent}: {error.strerror or error}",
                            "choose an output in a folder that can be written") from error
        return []

    def keep(self, number: int, arrays: Arrays, *, since: int = 0) -> None:
        """Keeps what a resume after that segment, which is about to be finished, needs to know.

        What was kept with the segment before goes, unless that is one before ``since``.
        """
        part = self._path(number).with_suffix(".npz.writing")
        part.unlink(missing_ok=True)
        with part.open("xb") as file:
            np.savez(file, **arrays)  # type: ignore[arg-type]  # the stubs take a name for allow_pickle
            synced(file)
        part.replace(self._state_path(number))
        if number > since:
            self._state_path(number - 1).unlink(missing_ok=True)

    def kept(self, number: int | None = None) -> Arrays | None:
        """What was kept with a segment, the last one where none is named; None where nothing was that can be read."""
        return read_arrays(self._state_path(len(self) - 1 if number is None else number))

    def forget(self, number: int) -> None:
        """Removes what was kept with a segment."""
        self._state_path(number).unlink(missing_ok=True)

    def whole(self, number: int) -> int | None:
        """The number of frames of a segment, None where it is missing or damaged."""
        return _frames_if_whole(self._path(number))

    def take(self, other: SegmentFolder) -> None:
        """Takes the segments of another folder that are missing in this one: as links, where there can be any."""
        for number in range(len(self), len(other)):
            part = self._path(number).with_suffix(".writing")
            part.unlink(missing_ok=True)
            try:
                os.link(other._path(number), part)
            except OSError:  # another file system, or one without hard links
                shutil.copyfile(other._path(number), part)
            part.replace(self._path(number))

    def frames(self) -> list[int]:
        """The frames of each segment, as far as they are whole."""
        frames: list[int] = []
        while (count := self.whole(len(frames))) is not None:
            frames.append(count)
        return frames

    def new(self, number: int) -> SegmentWriter:
        """A writer for one segment."""
        return SegmentWriter(self._path(number))

    def packets(self) -> Iterator[StoredPacket]:
        """All packets of all segments in decoding order."""
        for number in range(len(self)):
            yield from _read(self._path(number))

    def times(self) -> list[int]:
        """The pts of all packets in decoding order."""
        return [packet.pts for packet in self.packets()]

    def __len__(self) -> int:
        number = 0
        while self._path(number).exists():
            number += 1
        return number

    def discard(self) -> None:
        """Removes the folder and what we put into it, if it is one of ours."""
        self.parts.discard()

    def _keep_whole_ones(self) -> list[int]:
        frames = self.frames()
        wanted = [self._path(number) for number in range(len(frames))]
        self.parts.clear({path.name for path in (*wanted, self._state_path(len(frames) - 1))})
        return frames

    def _path(self, number: int) -> Path:
        return self.folder / f"{number:06d}.segment"

    def _state_path(self, number: int) -> Path:
        return self.folder / f"{number:06d}.npz"


def read_arrays(path: Path) -> Arrays | None:
    """The arrays in a file of NumPy's; None where there is none that can be read."""
    try:
        with np.load(path, allow_pickle=False) as found:
            return {name: found[name] for name in found.files}
    except (OSError, ValueError, EOFError, zipfile.BadZipFile):
        return None


def _frames_if_whole(path: Path) -> int | None:
    """The number of frames of a segment, None where it is missing or damaged."""
    try:
        checksum = 0
        with path.open("rb") as file:
            if file.read(len(_MAGIC)) != _MAGIC:
                return None
            left = path.stat().st_size - len(_MAGIC) - _END.size
            while left > 0:
                block = file.read(min(left, 1 << 20))
                checksum = zlib.crc32(block, checksum)
                left -= len(block)
            end = file.read(_END.size)
    except OSError:
        return None
    if len(end) != _END.size:
        return None
    frames, promised = _END.unpack(end)
    return int(frames) if checksum == promised else None


def _read(path: Path) -> Iterator[StoredPacket]:
    end = path.stat().st_size - _END.size
    with path.open("rb") as file:
        file.seek(len(_MAGIC))
        while file.tell() < end:
            pts, duration, keyframe, size = _PACKET.unpack(file.read(_PACKET.size))
            yield StoredPacket(pts, duration, bool(keyframe), file.read(size))
