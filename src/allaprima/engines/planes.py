"""What was painted small seen large, in the luma and chroma that films are kept in: bytes in, bytes out.

The guided upsampling of ``engines.upsampling``, arranged so that nearly all of it is done at the small size: what the
large picture has beyond its small copy, enlarged, goes into the small painting, enlarged, as strongly as the painting
follows the picture there. A large pixel takes three interpolated numbers of 16 bits and five operations on them.
"""

from __future__ import annotations

from typing import cast

import numpy as np
from numpy.typing import NDArray

from allaprima.engines.upsampling import FLATNESS
from allaprima.frames import Planes, Rgb8
from allaprima.functional.luma import to_luma_and_chroma

# The inverse of (1, 6, 1) / 8, which is what upsampling and shrinking take away: its poles are those of a square root.
SHARPENING = np.array([[np.sqrt(2) * (np.sqrt(8) - 3) ** abs(tap) for tap in range(-2, 3)]], np.float32)
SHARPENING /= SHARPENING.sum()
FRACTION = 5              # bits of a slope behind the point: a slope is wrong by 1/64 at most
STEEPEST = 3 << FRACTION  # as it and the largest difference multiplied stay below 2**15
OVERSHOT = 85             # levels: what sharpening may leave the range by
STRIP = 64                # rows at once, which stay in the cache
WINDOW = (3, 3)           # of half the small size: as large as the other's five by five

Numbers = NDArray[np.int16]
Floats = NDArray[np.float32]


def painted_planes(full: Planes, content: Rgb8, painted: Rgb8) -> Planes:
    """The large picture painted as its small copy ``content`` (h, w, 3) was."""
    import cv2

    matrix = to_luma_and_chroma(full.matrix, full.range)
    small, wanted = (cast(Rgb8, cv2.transform(picture, matrix)) for picture in (content, painted))
    slopes, own, above = (cv2.split(part) for part in (slopes_of(small, wanted), sharpened(small), sharpened(wanted)))
    y, u, v = (enlarged(plane, *(interpolated(cast(Numbers, part[index]), plane) for part in (slopes, own, above)))
               for index, plane in enumerate((full.y, full.u, full.v)))
    return Planes(y, u, v, full.matrix, full.range)


def slopes_of(content: Rgb8, painted: Rgb8) -> Numbers:
    """How strongly a painting follows its content (h / 2, w / 2, 3), plane by plane, in steps of 1/32.

    By the fit of a guided filter (He et al. 2013), at half the size (He and Sun 2015, arXiv:1505.00996).
    """
    import cv2

    size = -(-content.shape[1] // 2), -(-content.shape[0] // 2)

    def mean(values: Floats) -> Floats:
        return cast(Floats, cv2.blur(cv2.resize(values, size), WINDOW, borderType=cv2.BORDER_REPLICATE))

    own, wanted = content.astype(np.float32), painted.astype(np.float32)
    own_mean, wanted_mean = mean(own), mean(wanted)
    covariance = mean(own * wanted) - own_mean * wanted_mean
    variance = np.maximum(mean(own * own) - own_mean * own_mean, 0) + np.float32(FLATNESS * 255**2)
    slope = cv2.blur(covariance / variance, WINDOW, borderType=cv2.BORDER_REPLICATE)
    steps = np.rint(cast(Floats, slope) * np.float32(1 << FRACTION))
    return cast(Numbers, np.clip(steps, -STEEPEST, STEEPEST).astype(np.int16))


def sharpened(picture: Rgb8) -> Numbers:
    """A picture (h, w, 3) of which bilinear upsampling and shrinking again make the given one, nearly."""
    import cv2

    sharp = cv2.sepFilter2D(picture, cv2.CV_16S, SHARPENING, SHARPENING, borderType=cv2.BORDER_REPLICATE)
    return cast(Numbers, np.clip(cast(Numbers, sharp), -OVERSHOT, 255 + OVERSHOT))


def interpolated(small: Numbers, plane: NDArray[np.uint8]) -> Numbers:
    """Numbers (h, w) at the size of a plane, interpolated."""
    import cv2

    return cast(Numbers, cv2.resize(small, plane.shape[::-1]))


def enlarged(plane: NDArray[np.uint8], slope: Numbers, own: Numbers, painted: Numbers) -> NDArray[np.uint8]:
    """A plane (H, W), less its small copy, times the slope, on top of the small painting; ``own`` is overwritten."""
    result = np.empty_like(plane)
    for top in range(0, len(plane), STRIP):
        rows = slice(top, top + STRIP)
        values = own[rows]
        np.subtract(plane[rows], values, out=values)
        np.multiply(values, slope[rows], out=values)
        np.add(values, np.int16(1 << (FRACTION - 1)), out=values)
        np.right_shift(values, FRACTION, out=values)
        np.add(values, painted[rows], out=values)
        np.clip(values, 0, 255, out=values)
        result[rows] = values
    return result
