"""PNG written with zlib and numpy alone: 8 and 16 bits a channel, grey, RGB and RGBA, with profile and EXIF.

Source: Portable Network Graphics (PNG) Specification, third edition.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

Integers = NDArray[np.uint8] | NDArray[np.uint16]

_COLOUR_TYPES = {1: 0, 2: 4, 3: 2, 4: 6}
_ROWS_AT_ONCE = 64  # bounds the memory that choosing filters takes
_SUB, _UP, _PAETH = 1, 2, 4


def encode_png(image: Integers, *, icc_profile: bytes | None = None,
               exif: bytes | None = None, text: Mapping[str, str] | None = None, level: int = 6) -> bytes:
    """Return a PNG file of an array (H, W), (H, W, 1 to 4), uint8 or uint16, channels grey, grey+alpha, RGB or RGBA.

    level: zlib's, 0 to 9. exif: the block, with or without the mark that JPEG puts before it. text: by keywords of 1 to
    79 Latin letters. Raises ValueError for other arrays.
    """
    if image.ndim == 2:
        image = image[..., None]
    if image.ndim != 3 or image.shape[2] not in _COLOUR_TYPES or image.dtype not in (np.uint8, np.uint16) or (
            image.size == 0):
        raise ValueError(f"a PNG holds (H, W, 1 to 4) arrays of uint8 or uint16, not {image.shape} of {image.dtype}")
    height, width, channels = image.shape
    header = struct.pack(">IIBBBBB", width, height, image.dtype.itemsize * 8, _COLOUR_TYPES[channels], 0, 0, 0)
    chunks = [_chunk(b"IHDR", header)]
    if icc_profile:
        chunks.append(_chunk(b"iCCP", b"ICC profile\0\0" + zlib.compress(icc_profile, 9)))
    if exif:
        chunks.append(_chunk(b"eXIf", exif.removeprefix(b"Exif\0\0")))
    for keyword, words in (text or {}).items():
        chunks.append(_chunk(b"iTXt", keyword.encode("latin-1") + b"\0\1\0\0\0" + zlib.compress(words.encode())))
    chunks.append(_chunk(b"IDAT", _pixel_data(image, level)))
    chunks.append(_chunk(b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunks)


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(data, zlib.crc32(kind)))


def _pixel_data(image: Integers, level: int) -> bytes:
    height, width, channels = image.shape
    step = channels * image.dtype.itemsize
    packer = zlib.compressobj(level)
    parts = []
    above = np.zeros((1, width * step), np.uint8)
    for top in range(0, height, _ROWS_AT_ONCE):
        rows = np.ascontiguousarray(image[top:top + _ROWS_AT_ONCE])
        if rows.dtype == np.uint16:
            rows = rows.astype(">u2")
        values = rows.view(np.uint8).reshape(rows.shape[0], width * step)
        parts.append(packer.compress(_filtered(values, above, step).tobytes()))
        above = values[-1:]
    parts.append(packer.flush())
    return b"".join(parts)


def _filtered(rows: NDArray[np.uint8], above: NDArray[np.uint8], step: int) -> NDArray[np.uint8]:
    """Return each row behind its filter's number: the filter whose output, taken as signed, is smallest in sum."""
    up = np.concatenate((above, rows[:-1]))
    left, up_left = np.zeros_like(rows), np.zeros_like(rows)
    left[:, step:], up_left[:, step:] = rows[:, :-step], up[:, :-step]
    tried = {0: rows, _SUB: rows - left, _UP: rows - up, _PAETH: rows - _paeth(left, up, up_left)}
    costs = np.stack([np.abs(filtered.view(np.int8).astype(np.int16)).sum(axis=1) for filtered in tried.values()])
    chosen = costs.argmin(axis=0)
    result = np.empty((rows.shape[0], rows.shape[1] + 1), np.uint8)
    for number, (kind, filtered) in enumerate(tried.items()):
        which = chosen == number
        result[which, 0] = kind
        result[which, 1:] = filtered[which]
    return result


def _paeth(left: NDArray[np.uint8], up: NDArray[np.uint8], up_left: NDArray[np.uint8]) -> NDArray[np.uint8]:
    a, b, c = (values.astype(np.int16) for values in (left, up, up_left))
    to_left, to_up, to_corner = np.abs(b - c), np.abs(a - c), np.abs(a + b - c - c)
    nearest_up = np.where(to_up <= to_corner, up, up_left)
    return np.where((to_left <= to_up) & (to_left <= to_corner), left, nearest_up)
