"""Pictures of more than 8 bits a channel, which Pillow would reduce to 8 without a word: OpenCV reads them.

OpenCV in turn takes truncated files for whole and knows no limit of size, so callers check the file first: the
checksums of a PNG, and by Pillow's decoder all else.
"""

from __future__ import annotations

from typing import BinaryIO, cast

import numpy as np
from numpy.typing import NDArray

from allaprima.errors import SourceError
from allaprima.frames import Pixels
from allaprima.io.still.headers import Netpbm

_CUT_SHORT = "it is cut short or damaged"
_AGAIN = "copy it again from where it came from, or export it anew"


def decode_deep(data: bytes, *, bits: int = 16, premultiplied: bool = False) -> tuple[Pixels, Pixels | None]:
    """Return RGB and alpha of a PNG, TIFF or AVIF at the depth of the file; raises SourceError.

    No orientation is applied. Integers of fewer ``bits`` than 16 are stretched to the whole range. ``premultiplied``
    says that colours were stored multiplied by alpha: it is divided out.
    """
    import cv2

    try:
        array = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_UNCHANGED)
    except cv2.error as error:
        raise SourceError(_CUT_SHORT, _AGAIN) from error
    if array is None:
        raise SourceError(_CUT_SHORT, _AGAIN)
    if array.dtype not in (np.uint16, np.float32):
        raise SourceError(f"its samples are of a kind not read here ({array.dtype})",
                          "export it with 8 or 16 bits a channel, or with 32-bit floats")
    if bits < 16:
        array = _stretched(array.astype(np.uint32), (1 << bits) - 1)
    if array.ndim == 2:
        return cast(Pixels, np.repeat(array[..., None], 3, axis=2)), None
    if array.shape[2] == 3:
        return cast(Pixels, cv2.cvtColor(array, cv2.COLOR_BGR2RGB)), None
    alpha = cast(Pixels, np.ascontiguousarray(array[..., 3]))
    image = cast(Pixels, cv2.cvtColor(array, cv2.COLOR_BGRA2RGB))
    return (_divided(image, alpha) if premultiplied else image), alpha


def read_netpbm(file: BinaryIO, header: Netpbm) -> NDArray[np.uint16]:
    """Return a colour PNM of more than 8 bits, (H, W, 3), stretched to the whole range; raises SourceError."""
    count = header.width * header.height * 3
    file.seek(header.offset)
    try:
        if header.text:
            values = np.array(file.read().split()[:count]).astype(np.uint32)
        else:
            values = np.frombuffer(file.read(count * 2), dtype=">u2").astype(np.uint32)
    except ValueError as error:
        raise SourceError(_CUT_SHORT, _AGAIN) from error
    if values.size != count or count == 0 or int(values.max()) > header.largest:
        raise SourceError(_CUT_SHORT, _AGAIN)
    return _stretched(values, header.largest).reshape(header.height, header.width, 3)


def unit_range(pixels: Pixels) -> tuple[Pixels, bool]:
    """Return floats limited to [0, 1] with NaN as 0, and whether that changed any; integers come back as they are."""
    if pixels.dtype != np.float32:
        return pixels, False
    tame = np.clip(np.nan_to_num(pixels, nan=0.0, posinf=1.0, neginf=0.0), 0, 1).astype(np.float32)
    return tame, not np.array_equal(tame, pixels)


def _stretched(values: NDArray[np.uint32], largest: int) -> NDArray[np.uint16]:
    whole = (np.minimum(values, np.uint32(largest)) * np.uint32(65535) + np.uint32(largest // 2)) // np.uint32(largest)
    return whole.astype(np.uint16)


def _divided(image: Pixels, alpha: Pixels) -> Pixels:
    largest = np.float32(65535 if image.dtype == np.uint16 else 1)
    opacity = np.maximum(alpha.astype(np.float32), np.float32(1e-6))[..., None]
    colour = np.clip(image.astype(np.float32) * largest / opacity, 0, largest)
    return np.rint(colour).astype(np.uint16) if image.dtype == np.uint16 else colour.astype(np.float32, copy=False)
