"""The samples of a TIFF's page, whatever their depth: blocks unpacked by libtiff, everything after that by numpy.

Libtiff comes with Pillow, which has no modes for most deep pictures. So every block (strip or tile) is shown to it as
what any reader knows, rows of bytes, and predictors, byte order, depth and planes are undone here.

Source: TIFF Revision 6.0, section 14 (predictor 2); Adobe Photoshop TIFF Technical Note 3 (predictor 3).
"""

from __future__ import annotations

from io import BytesIO
from typing import BinaryIO, cast

import numpy as np
from numpy.typing import NDArray

from allaprima.frames import Pixels
from allaprima.io.still.tiff import LONG, SHORT, tiff_file
from allaprima.io.still.tiff_page import TiffPage

Octets = NDArray[np.uint8]

COMPRESSIONS = (1, 5, 8, 32946, 32773, 34925, 50000)
"""None, LZW, deflate under both its numbers, PackBits, LZMA, ZSTD: those that give bytes and not pictures."""
_NONE, _FILL_ORDER, _FEWEST_BYTES = 1, 266, 1 << 22
_FLOATS = {16: "f2", 32: "f4", 64: "f8"}


def tiff_samples(file: BinaryIO, page: TiffPage) -> Pixels:
    """Return (height, width, samples): uint8, uint16 (9 to 15 bits as they are, not stretched) or float32.

    Raises what Pillow raises on damaged blocks; the caller has checked that the page is whole and of a kind read here.
    """
    planes = page.samples if page.separate else 1
    channels = 1 if page.separate else page.samples
    blocks = len(page.starts) // planes
    decoded = [_plane(file, page, channels, number * blocks, blocks) for number in range(planes)]
    return decoded[0] if planes == 1 else cast(Pixels, np.concatenate(decoded, axis=2))


def _plane(file: BinaryIO, page: TiffPage, channels: int, first: int, count: int) -> Pixels:
    """The blocks from ``first`` on as one array (height, width, channels)."""
    block_width, block_height = page.block
    across = -(-page.width // block_width)
    row_bytes = -(-block_width * channels * page.bits // 8)
    at_once = max(1, _FEWEST_BYTES // (row_bytes * block_height) // across) * across
    bands = []
    for begin in range(0, count, at_once):
        numbers = range(first + begin, first + min(begin + at_once, count))
        down = len(numbers) // across
        rows = down * block_height
        if not page.tiled:  # the last strip ends with the picture
            rows = min(rows, page.height - begin * block_height)
        raw = _unpacked(file, page, numbers, row_bytes, rows * across)
        band = _samples_of(raw, page, block_width, channels)
        if page.tiled:
            tiles = band.reshape(down, across, block_height, block_width, channels)
            band = cast(Pixels, tiles.swapaxes(1, 2).reshape(rows, across * block_width, channels))
        bands.append(band[:, :page.width])
    return cast(Pixels, np.concatenate(bands)[:page.height])


def _unpacked(file: BinaryIO, page: TiffPage, numbers: range, row_bytes: int, rows: int) -> Octets:
    """The bytes of blocks, (rows, row_bytes), as libtiff unpacks them from a grey picture of that width."""
    from PIL import TiffImagePlugin

    packed = []
    for number in numbers:
        file.seek(page.starts[number])
        packed.append(file.read(page.lengths[number]))
    if page.compression == _NONE and page.fill_order == 1:
        return np.frombuffer(b"".join(packed), np.uint8, rows * row_bytes).reshape(rows, row_bytes)
    shown = tiff_file(packed, {
        256: (LONG, [row_bytes]), 257: (LONG, [rows]), 258: (SHORT, [8]), 259: (SHORT, [page.compression]),
        262: (SHORT, [1]), _FILL_ORDER: (SHORT, [page.fill_order]), 277: (SHORT, [1]),
        278: (LONG, [page.block[1]])})
    with TiffImagePlugin.TiffImageFile(BytesIO(shown)) as image:
        image.load()
        return np.frombuffer(image.tobytes(), np.uint8).reshape(rows, row_bytes)


def _samples_of(raw: Octets, page: TiffPage, width: int, channels: int) -> Pixels:
    """Rows of bytes as samples (rows, width, channels)."""
    if page.kind == 3 and page.predictor == 3:
        return _bytes_regrouped(raw, page.bits // 8, channels).reshape(len(raw), width, channels)
    mark = "<" if page.order == "little" else ">"
    if page.kind == 3:
        return raw.view(mark + _FLOATS[page.bits]).astype(np.float32).reshape(len(raw), width, channels)
    if page.bits in (8, 16):
        whole = raw.view(mark + f"u{page.bits // 8}").reshape(len(raw), width, channels)
        native = np.uint8 if page.bits == 8 else np.uint16
        if page.predictor == 2:
            return cast(Pixels, np.cumsum(whole, axis=1, dtype=native))
        return cast(Pixels, whole.astype(native, copy=False))
    return _bits_regrouped(raw, page.bits, width * channels).reshape(len(raw), width, channels)


def _bytes_regrouped(raw: Octets, size: int, channels: int) -> NDArray[np.float32]:
    """Predictor 3: bytes are differences along a row, all first bytes of its numbers before all second ones."""
    rows = len(raw)
    summed = np.cumsum(raw.reshape(rows, -1, channels), axis=1, dtype=np.uint8).reshape(rows, size, -1)
    numbers = np.ascontiguousarray(summed.transpose(0, 2, 1)).view(f">f{size}")
    return numbers.reshape(rows, -1).astype(np.float32)


def _bits_regrouped(raw: Octets, bits: int, count: int) -> NDArray[np.uint16]:
    """Numbers of 9 to 15 bits, the highest bit first, from rows of bytes."""
    found = np.empty((len(raw), count), np.uint16)
    powers = (1 << np.arange(bits - 1, -1, -1)).astype(np.uint16)
    for row, line in enumerate(raw):
        found[row] = np.unpackbits(line)[:count * bits].reshape(count, bits) @ powers
    return found
