"""A still picture as it goes through the program, and what it carries from the file it was read from."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from allaprima.config import ImageOptions
from allaprima.frames import Pixels

# Phone and medium-format cameras reach 200 megapixels; at 250 a 16-bit picture with alpha and the copies made while
# decoding it stay under 6 GiB.
DEFAULT_MAX_PIXELS = ImageOptions().max_pixels


@dataclass(frozen=True, slots=True)
class Picture:
    """One still picture, upright, in RGB.

    image: (H, W, 3) RGB; uint8 and uint16 use their whole range, float32 is [0, 1].
    alpha: (H, W) of the same type, not premultiplied, or None where the file has none.
    icc_profile: the RGB profile that the values are meant in, or None for sRGB.
    exif: the EXIF block of the file without its orientation (it is applied), thumbnail and maker's notes, or None.
    left: the kinds of metadata that the file has and that are not kept, by name.
    warnings: sentences about what was lost or assumed while reading, for the user's eyes.
    """

    image: Pixels
    alpha: Pixels | None = None
    icc_profile: bytes | None = None
    exif: bytes | None = None
    warnings: tuple[str, ...] = ()
    left: tuple[str, ...] = ()

    @property
    def width(self) -> int:
        return int(self.image.shape[1])

    @property
    def height(self) -> int:
        return int(self.image.shape[0])


def as_uint8(pixels: Pixels) -> NDArray[np.uint8]:
    """Return pixels at 8 bits, rounded to the nearest value; uint8 comes back as it is."""
    if pixels.dtype == np.uint16:
        # v / 257 rounded, in integers: (v * 255 + 32895) >> 16 is exact for all 65536 values.
        return ((pixels.astype(np.uint32) * np.uint32(255) + np.uint32(32895)) >> np.uint32(16)).astype(np.uint8)
    if pixels.dtype == np.float32:
        return _quantised(pixels, 255).astype(np.uint8)
    return pixels.astype(np.uint8, copy=False)


def as_uint16(pixels: Pixels) -> NDArray[np.uint16]:
    """Return pixels at 16 bits: 8-bit values times 257, floats rounded; uint16 comes back as it is."""
    if pixels.dtype == np.uint8:
        return pixels.astype(np.uint16) * np.uint16(257)
    if pixels.dtype == np.float32:
        return _quantised(pixels, 65535).astype(np.uint16)
    return pixels.astype(np.uint16, copy=False)


def _quantised(pixels: Pixels, largest: int) -> NDArray[np.float32]:
    scaled: NDArray[np.float32] = np.clip(pixels, 0, 1).astype(np.float32, copy=False) * np.float32(largest)
    return np.rint(scaled)
