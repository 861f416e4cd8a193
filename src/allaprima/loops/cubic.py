"""Pixels looked up in a picture of the same size, by a cubic: gathered from where few are wanted, and done together."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from allaprima.loops.compiling import compiled

f32, i32, u32, at = np.float32, np.int32, np.uint32, np.uintp

Floats = NDArray[np.float32]
Numbers = NDArray[np.uint32]
Pixels = NDArray[np.uint32]
"""Pixels of four bytes, one after the other."""

BLOCK = 64               # pixels that are placed together
SPACE = 2 * BLOCK        # for pixels that wait for others to be looked up with
ALONG_X, ALONG_Y, FOUND = (at(k * BLOCK) for k in range(1, 4))  # in the scratch of a block, after the weights
BYTE, EIGHT, SIXTEEN = u32(255), u32(8), u32(16)
OPAQUE = u32(0xFF000000)
SHARPNESS = f32(-0.75)   # of the cubic: OpenCV's


@compiled
def collected(scratch: Numbers, places: Numbers, begin: np.uintp, waiting: Numbers, filled: int, count: int) -> int:
    """Puts those of a block that have a weight to those that wait: in the mixture, in the picture, parts, weight."""
    for point in range(count):
        x = at(point)
        if scratch[x] != u32(0):
            out = at(filled)
            waiting[out] = u32(begin + x)
            waiting[at(SPACE) + out] = places[x]
            waiting[at(2 * SPACE) + out], waiting[at(3 * SPACE) + out] = scratch[ALONG_X + x], scratch[ALONG_Y + x]
            waiting[at(4 * SPACE) + out] = scratch[x]
            filled += 1
    return filled


@compiled
def curved(picture: Pixels, width: int, height: int, waiting: Numbers, lines: Numbers, taps: Floats, sums: Floats,
           count: int) -> None:
    """The three colours at every place that waits by a cubic of four by four pixels, beyond the border the border."""
    for point in range(count):
        x = at(point)
        for axis in range(2):
            part = f32(i32(waiting[at((2 + axis) * SPACE) + x])) * f32(1 / 256)
            far, rest, begin = part + f32(1), f32(1) - part, at(4 * axis * SPACE) + x
            outer = ((SHARPNESS * far - f32(5) * SHARPNESS) * far + f32(8) * SHARPNESS) * far - f32(4) * SHARPNESS
            inner = ((SHARPNESS + f32(2)) * part - (SHARPNESS + f32(3))) * part * part + f32(1)
            after = ((SHARPNESS + f32(2)) * rest - (SHARPNESS + f32(3))) * rest * rest + f32(1)
            taps[begin], taps[begin + at(SPACE)], taps[begin + at(2 * SPACE)] = outer, inner, after
            taps[begin + at(3 * SPACE)] = f32(1) - outer - inner - after
        place = waiting[at(SPACE) + x]
        line = i32(place // u32(width))
        left = i32(place) - line * i32(width)
        for tap in range(4):
            lines[at(tap * SPACE) + x] = u32(min(max(line + i32(tap - 1), i32(0)), i32(height - 1)) * i32(width))
            lines[at((4 + tap) * SPACE) + x] = u32(min(max(left + i32(tap - 1), i32(0)), i32(width - 1)))
        sums[x], sums[x + at(SPACE)], sums[x + at(2 * SPACE)] = f32(0), f32(0), f32(0)
    for row in range(4):
        for column in range(4):
            for point in range(count):
                x = at(point)
                lines[at(8 * SPACE) + x] = picture[at(lines[at(row * SPACE) + x])
                                                   + at(lines[at((4 + column) * SPACE) + x])]
            summed(lines, taps, at(column * SPACE), at((4 + row) * SPACE), sums, count)


@compiled
def summed(lines: Numbers, taps: Floats, across: np.uintp, down: np.uintp, sums: Floats, count: int) -> None:
    """Adds pixels by the product of two weights of each to their sums of three colours."""
    for point in range(count):
        x = at(point)
        pixel, share = lines[at(8 * SPACE) + x], taps[across + x] * taps[down + x]
        sums[x] += share * f32(i32(pixel & BYTE))
        sums[at(SPACE) + x] += share * f32(i32((pixel >> EIGHT) & BYTE))
        sums[at(2 * SPACE) + x] += share * f32(i32((pixel >> SIXTEEN) & BYTE))


@compiled
def mixed_curved(mixture: Pixels, waiting: Numbers, sums: Floats, count: int) -> None:
    """What was found by the cubic, laid over the mixture where it belongs."""
    for point in range(count):
        x = at(point)
        here, share = at(waiting[x]), f32(i32(waiting[at(4 * SPACE) + x])) * f32(1 / 128)
        below = mixture[here]
        result = OPAQUE
        for channel in range(3):
            under = f32(i32((below >> u32(8 * channel)) & BYTE))
            found = min(max(sums[at(channel * SPACE) + x], f32(0)), f32(255))
            result |= u32(u32(i32(under + (found - under) * share + f32(0.5))) << u32(8 * channel))
        mixture[here] = result
