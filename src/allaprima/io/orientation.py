"""The eight ways a picture may lie in its stream, and the one turn that puts it upright."""

from __future__ import annotations

import struct
from dataclasses import dataclass

from allaprima.io.film.pixels import Integers, contiguous

_NOT_A_NUMBER = -(1 << 31)  # what a NaN in the matrix arrives as


@dataclass(frozen=True, slots=True)
class Orientation:
    """Rows and columns swapped first, then mirrored: together the eight ways of laying down a rectangle."""

    swap_axes: bool = False
    flip_horizontal: bool = False
    flip_vertical: bool = False

    def size(self, width: int, height: int) -> tuple[int, int]:
        """Width and height as displayed."""
        return (height, width) if self.swap_axes else (width, height)

    def apply(self, pixels: Integers) -> Integers:
        """The picture upright; (H, W) or (H, W, C), contiguous, the same array where nothing has to turn."""
        if self == UPRIGHT:
            return pixels
        turned = pixels.swapaxes(0, 1) if self.swap_axes else pixels
        rows = slice(None, None, -1 if self.flip_vertical else 1)
        columns = slice(None, None, -1 if self.flip_horizontal else 1)
        return contiguous(turned[rows, columns])

    def __str__(self) -> str:
        parts = [("transposed", self.swap_axes), ("mirrored left to right", self.flip_horizontal),
                 ("mirrored top to bottom", self.flip_vertical)]
        return " and ".join(words for words, holds in parts if holds) or "upright"


UPRIGHT = Orientation()


def orientation_of(matrix: bytes) -> Orientation:
    """The nearest of the eight orientations to a display matrix: nine native 32-bit integers, ISO/IEC 14496-12, 6.2.2.

    A point (x, y) of the stream is shown at (a x + c y, b x + d y). Other angles than quarter turns go to the nearest;
    a matrix that is not finite or flat counts as upright.
    """
    if len(matrix) < 36:
        return UPRIGHT
    a, b, _, c, d, _, _, _, _ = struct.unpack("=9i", matrix[:36])
    if _NOT_A_NUMBER in (a, b, c, d) or a * d == b * c:
        return UPRIGHT
    if abs(a) + abs(d) >= abs(b) + abs(c):
        return Orientation(False, a < 0, d < 0)
    return Orientation(True, c < 0, b < 0)
