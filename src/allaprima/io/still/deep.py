"""Pictures of more than 8 bits a channel, which Pillow would reduce to 8 without a word: OpenCV reads them.

OpenCV in turn takes truncated files for whole and knows no limit of size, so callers check the file first: the
checksums of a PNG, and by Pillow's decoder all else. TIFFs have a reader of their own.
"""

from __future__ import annotations

from typing import BinaryIO, cast

import numpy as np
from numpy.typing import NDArray

from allaprima.errors import SourceError
from allaprima.frames import Pixels
from allaprima.io.still.headers import Netpbm
from allaprima.io.still.picture import Picture

_CUT_SHORT = "it is cut short or damaged"
AGAIN = "copy it again from where it came from, or export it anew"


def decode_deep(data: bytes, *, bits: int = 16) -> tuple[Pixels, Pixels | None]:
    """Return RGB and alpha of a PNG or AVIF at the depth of the file; raises SourceError.

    No orientation is applied. Integers of fewer ``bits`` than 16 are stretched to the whole range.
    """
    import cv2

    try:
        array = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_UNCHANGED)
    except cv2.error as error:
        raise SourceError(_CUT_SHORT, AGAIN) from error
    if array is None:
        raise SourceError(_CUT_SHORT, AGAIN)
    if array.dtype != np.uint16:
        raise SourceError(f"its samples are of a kind not read here ({array.dtype})",
                          "export it with 8 or 16 bits a channel")
    if bits < 16:
        array = stretched(array, (1 << bits) - 1)
    if array.ndim == 2:
        return cast(Pixels, np.repeat(array[..., None], 3, axis=2)), None
    if array.shape[2] == 3:
        return cast(Pixels, cv2.cvtColor(array, cv2.COLOR_BGR2RGB)), None
    alpha = cast(Pixels, np.ascontiguousarray(array[..., 3]))
    return cast(Pixels, cv2.cvtColor(array, cv2.COLOR_BGRA2RGB)), alpha


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
        raise SourceError(_CUT_SHORT, AGAIN) from error
    if values.size != count or count == 0 or int(values.max()) > header.largest:
        raise SourceError(_CUT_SHORT, AGAIN)
    return stretched(values, header.largest).reshape(header.height, header.width, 3)


def unit_range(pixels: Pixels) -> tuple[Pixels, bool]:
    """Return floats limited to [0, 1] with NaN as 0, and whether that changed any; integers come back as they are."""
    if pixels.dtype != np.float32:
        return pixels, False
    tame = np.clip(np.nan_to_num(pixels, nan=0.0, posinf=1.0, neginf=0.0), 0, 1).astype(np.float32)
    return tame, not np.array_equal(tame, pixels)


def limited(pixels: Pixels, alpha: Pixels | None, warnings: tuple[str, ...] = ()) -> Picture:
    """Return a picture whose floats lie in 0 to 1, with a warning more where they did not."""
    pixels, changed = unit_range(pixels)
    if alpha is not None:
        alpha, _ = unit_range(alpha)
    more = ("values outside 0 to 1, or not numbers, were limited",) if changed else ()
    return Picture(pixels, alpha, warnings=(*warnings, *more))


def stretched(values: NDArray[np.generic], largest: int) -> NDArray[np.uint16]:
    """Return whole numbers of 0 to ``largest`` over the whole range of 16 bits."""
    wide = np.minimum(values.astype(np.uint32), np.uint32(largest))
    return ((wide * np.uint32(65535) + np.uint32(largest // 2)) // np.uint32(largest)).astype(np.uint16)


def divided(image: Pixels, alpha: Pixels) -> Pixels:
    """Return colours that were stored multiplied by alpha without it."""
    largest = np.float32({"uint8": 255, "uint16": 65535}.get(image.dtype.name, 1))
    opacity = np.maximum(alpha.astype(np.float32), np.float32(1e-6))
    if image.ndim == 3:
        opacity = opacity[..., None]
    colour = np.clip(image.astype(np.float32) * largest / opacity, 0, largest)
    return cast(Pixels, colour if image.dtype == np.float32 else np.rint(colour).astype(image.dtype))
