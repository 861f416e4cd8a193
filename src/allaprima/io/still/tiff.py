"""TIFF written here: Pillow cannot write 16-bit RGB, and OpenCV writes neither profiles nor what alpha means.

Source: TIFF Revision 6.0; Adobe Photoshop TIFF Technical Notes (deflate); ICC.1 for the tag of the profile.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, cast

import numpy as np

from allaprima.frames import Pixels

if TYPE_CHECKING:
    from PIL import Image

_ASCII, SHORT, LONG, _UNDEFINED = 2, 3, 4, 7
_STRIP_BYTES = 1 << 18
_TEXT_TAGS = (0x000B, 0x010E, 0x010F, 0x0110, 0x0131, 0x0132, 0x013B, 0x8298)
_LARGEST_FILE = (1 << 32) - 1


def encode_tiff(image: Pixels, alpha: Pixels | None = None, *, icc_profile: bytes | None = None,
                exif: bytes | None = None, level: int = 6) -> bytes:
    """Return a little-endian TIFF: strips, deflate with the horizontal predictor; floats are compressed without it.

    image (H, W, 3), alpha (H, W) of the same type: uint8, uint16 or float32. Of the EXIF block the texts are kept
    (description, maker, date, artist, copyright). Raises ValueError where the file would pass 4 GiB.
    """
    pixels = image if alpha is None else cast(Pixels, np.concatenate((image, alpha[..., None]), axis=2))
    height, width, channels = pixels.shape
    row_bytes = width * channels * pixels.dtype.itemsize
    rows = max(1, min(height, _STRIP_BYTES // row_bytes))
    strips = [zlib.compress(_predicted(pixels[top:top + rows]).tobytes(), level) for top in range(0, height, rows)]
    is_float = pixels.dtype == np.float32
    entries = {
        256: (LONG, [width]), 257: (LONG, [height]), 258: (SHORT, [pixels.dtype.itemsize * 8] * channels),
        259: (SHORT, [8]), 262: (SHORT, [2]), 277: (SHORT, [channels]), 278: (LONG, [rows]),
        284: (SHORT, [1]), 317: (SHORT, [1 if is_float else 2]), 339: (SHORT, [3 if is_float else 1] * channels),
    }
    if alpha is not None:
        entries[338] = (SHORT, [2])  # unassociated: colours are not multiplied by it
    return tiff_file(strips, entries, _blobs(icc_profile, exif))


def _predicted(rows: Pixels) -> Pixels:
    if rows.dtype == np.float32:
        return rows.astype("<f4")
    difference = rows.copy()
    np.subtract(rows[:, 1:], rows[:, :-1], out=difference[:, 1:])
    return difference.astype("<u2") if rows.dtype == np.uint16 else difference


def _blobs(icc_profile: bytes | None, exif: bytes | None) -> dict[int, tuple[int, bytes]]:
    from PIL import Image

    found: dict[int, tuple[int, bytes]] = {}
    if exif:
        tags: Image.Exif = Image.Exif()
        tags.load(exif)
        for tag in _TEXT_TAGS:
            if isinstance(tags.get(tag), str):
                found[tag] = (_ASCII, tags[tag].encode("utf-8") + b"\0")
    if icc_profile:
        found[34675] = (_UNDEFINED, icc_profile)
    return found


def tiff_file(strips: list[bytes], numbers: dict[int, tuple[int, list[int]]],
              blobs: Mapping[int, tuple[int, bytes]] = MappingProxyType({})) -> bytes:
    """Return a little-endian TIFF: header, strips, long values and the directory, in this order.

    numbers, blobs: entries by tag, as a kind (SHORT or LONG) with numbers, or a kind with bytes.
    """
    starts, at = [], 8
    for strip in strips:
        starts.append(at)
        at += len(strip) + len(strip) % 2
    numbers = {**numbers, 273: (LONG, starts), 279: (LONG, [len(strip) for strip in strips])}
    values = dict(blobs)
    counts = {tag: len(data) for tag, (_, data) in blobs.items()}
    for tag, (kind, items) in numbers.items():
        values[tag] = (kind, struct.pack(f"<{len(items)}{'H' if kind == SHORT else 'I'}", *items))
        counts[tag] = len(items)
    directory, tail = [], b""
    for tag in sorted(values):
        kind, data = values[tag]
        if len(data) > 4:
            place = struct.pack("<I", at + len(tail))
            tail += data + b"\0" * (len(data) % 2)
        else:
            place = data.ljust(4, b"\0")
        directory.append(struct.pack("<HHI", tag, kind, counts[tag]) + place)
    if at + len(tail) + 12 * len(directory) + 6 > _LARGEST_FILE:
        raise ValueError("a TIFF of more than 4 GiB cannot be written")
    body = b"".join(strip + b"\0" * (len(strip) % 2) for strip in strips)
    return (b"II*\0" + struct.pack("<I", at + len(tail)) + body + tail
            + struct.pack("<H", len(directory)) + b"".join(directory) + b"\0\0\0\0")
