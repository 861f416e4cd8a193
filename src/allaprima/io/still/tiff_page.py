"""What the directory of a TIFF's first page says: how its samples are stored, what they mean, what goes with them.

Source: TIFF Revision 6.0, section 2; Adobe Photoshop TIFF Technical Notes; the BigTIFF proposal for 64-bit offsets.
"""

from __future__ import annotations

import os
import struct
from collections.abc import Mapping
from dataclasses import dataclass
from typing import BinaryIO, Literal

_MAGIC = (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")
_LETTERS = {1: "B", 3: "H", 4: "I", 7: "B", 13: "I", 16: "Q", 18: "Q"}  # the kinds of entries that hold whole numbers
_LARGEST_DIRECTORY, _LARGEST_CHAIN = 4096, 100_000
_LARGEST_VALUES = 1 << 24  # numbers of one entry; 16 million strips are more than any writer makes
_SUBFILE, _WIDTH, _HEIGHT, _BITS, _COMPRESSION, _PHOTOMETRIC, _FILL_ORDER = 254, 256, 257, 258, 259, 262, 266
_STRIPS, _ORIENTATION, _SAMPLES, _STRIP_ROWS, _STRIP_BYTES, _PLANAR, _PREDICTOR = 273, 274, 277, 278, 279, 284, 317
_TILE_WIDTH, _TILE_HEIGHT, _TILES, _TILE_BYTES, _SUB_PAGES, _EXTRA, _FORMAT = 322, 323, 324, 325, 330, 338, 339
_PROFILE, _DNG_VERSION = 34675, 50706
_COLOR_FILTER_ARRAY, _LINEAR_RAW = 32803, 34892


@dataclass(frozen=True, slots=True)
class TiffPage:
    """How a TIFF's first page stores its samples.

    samples: channels a pixel, each of ``bits``. kind: 1 unsigned, 2 signed, 3 floating-point, as tag 339 numbers them.
    photometric: what they mean, as tag 262 numbers it (0 white is 0, 1 black is 0, 2 RGB, 5 inks, 8 CIE L*a*b*).
    separate: every channel is stored by itself. starts, lengths: of the blocks (strips or tiles) in the file, in bytes.
    block: width and height of a block in pixels. extra: what samples beyond the colours are (1 premultiplied alpha,
    2 alpha), as tag 338 numbers them. whole: every block lies inside the file. raw: it is a camera's raw file.
    """

    order: Literal["little", "big"]
    width: int
    height: int
    bits: int
    samples: int
    kind: int
    photometric: int
    compression: int
    predictor: int
    fill_order: int
    separate: bool
    block: tuple[int, int]
    tiled: bool
    starts: tuple[int, ...]
    lengths: tuple[int, ...]
    extra: tuple[int, ...] | None
    orientation: int
    icc_profile: bytes | None
    whole: bool
    raw: bool
    pages: int

    @property
    def premultiplied(self) -> bool:
        """Whether colours are stored multiplied by alpha."""
        return self.extra is not None and 1 in self.extra


def is_tiff(head: bytes) -> bool:
    """Return whether the file begins as a TIFF or BigTIFF does."""
    return head.startswith(_MAGIC)


def tiff_page(file: BinaryIO) -> TiffPage | None:
    """Return the first page of a TIFF, None where its directory cannot be read; the place in the file is kept."""
    place = file.tell()
    try:
        return _page(_Directories(file))
    except (struct.error, ValueError, OverflowError, IndexError):
        return None
    finally:
        file.seek(place)


class _Directories:
    """A TIFF's chain of directories: each a table of entries by tag."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self.size = file.seek(0, os.SEEK_END)
        file.seek(0)
        self.head = file.read(16)
        self.order: Literal["little", "big"] = "little" if self.head.startswith(b"II") else "big"
        self._mark = "<" if self.order == "little" else ">"
        self.big = 43 in (self.head[2], self.head[3])
        self._offset = "Q" if self.big else "I"
        self.first: int = struct.unpack_from(self._mark + self._offset, self.head, 8 if self.big else 4)[0]

    def read(self, at: int) -> dict[int, tuple[int, int, bytes]]:
        """The entries (kind, count, value or its offset) by tag of the directory at that place."""
        count_form, entry_form = (self._mark + "Q", self._mark + "HHQ8s") if self.big else \
            (self._mark + "H", self._mark + "HHI4s")
        self._file.seek(at)
        count, = struct.unpack(count_form, self._file.read(struct.calcsize(count_form)))
        if not 0 < count <= _LARGEST_DIRECTORY:
            raise ValueError("no directory is there")
        size = struct.calcsize(entry_form)
        table = self._file.read(count * size)
        return {tag: (kind, number, value) for tag, kind, number, value
                in struct.iter_unpack(entry_form, table[:len(table) // size * size])}

    def numbers(self, entries: Mapping[int, tuple[int, int, bytes]], tag: int) -> tuple[int, ...]:
        """The whole numbers of an entry, none where there is no such entry."""
        kind, count, value = entries.get(tag, (0, 0, b""))
        letter = _LETTERS.get(kind)
        if letter is None or count > _LARGEST_VALUES:
            return ()
        form = f"{self._mark}{count}{letter}"
        if struct.calcsize(form) > len(value):
            self._file.seek(struct.unpack(self._mark + self._offset, value)[0])
            value = self._file.read(struct.calcsize(form))
        return struct.unpack_from(form, value)

    def number(self, entries: Mapping[int, tuple[int, int, bytes]], tag: int, default: int) -> int:
        """The first number of an entry."""
        found = self.numbers(entries, tag)
        return found[0] if found else default

    def count(self) -> int:
        """How many pages there are, as far as their chain goes."""
        count_bytes, entry_bytes, offset_bytes = (8, 20, 8) if self.big else (2, 12, 4)
        seen: set[int] = set()
        at = self.first
        while 0 < at < self.size and at not in seen and len(seen) < _LARGEST_CHAIN:
            seen.add(at)
            self._file.seek(at)
            entries = int.from_bytes(self._file.read(count_bytes), self.order)
            if not 0 < entries <= _LARGEST_DIRECTORY:
                break
            self._file.seek(at + count_bytes + entries * entry_bytes)
            at = int.from_bytes(self._file.read(offset_bytes), self.order)
        return len(seen)


def _page(file: _Directories) -> TiffPage | None:
    entries = file.read(file.first)
    bits = file.numbers(entries, _BITS) or (1,)
    samples = file.number(entries, _SAMPLES, len(bits))
    width, height = file.number(entries, _WIDTH, 0), file.number(entries, _HEIGHT, 0)
    if width < 1 or height < 1 or samples < 1 or len(set(bits)) > 1:
        return None
    tiled = _TILES in entries
    block = (file.number(entries, _TILE_WIDTH, 0), file.number(entries, _TILE_HEIGHT, 0)) if tiled else \
        (width, min(height, file.number(entries, _STRIP_ROWS, height)))
    starts = file.numbers(entries, _TILES if tiled else _STRIPS)
    lengths = file.numbers(entries, _TILE_BYTES if tiled else _STRIP_BYTES)
    separate = file.number(entries, _PLANAR, 1) == 2 and samples > 1
    photometric = file.number(entries, _PHOTOMETRIC, 1)
    if min(block) < 1:
        return None
    blocks = -(-width // block[0]) * -(-height // block[1]) * (samples if separate else 1)
    whole = len(starts) == len(lengths) == blocks and all(
        start + length <= file.size for start, length in zip(starts, lengths, strict=True))
    raw = (_DNG_VERSION in entries or photometric in (_COLOR_FILTER_ARRAY, _LINEAR_RAW) or file.head[8:10] == b"CR"
           or bool(file.number(entries, _SUBFILE, 0) & 1 and _SUB_PAGES in entries))
    return TiffPage(
        order=file.order, width=width, height=height, bits=bits[0], samples=samples,
        kind=file.number(entries, _FORMAT, 1), photometric=photometric,
        compression=file.number(entries, _COMPRESSION, 1), predictor=file.number(entries, _PREDICTOR, 1),
        fill_order=file.number(entries, _FILL_ORDER, 1), separate=separate, block=block, tiled=tiled, starts=starts,
        lengths=lengths, extra=file.numbers(entries, _EXTRA) if _EXTRA in entries else None,
        orientation=file.number(entries, _ORIENTATION, 1),
        icc_profile=bytes(file.numbers(entries, _PROFILE)) or None, whole=whole, raw=raw, pages=file.count())
