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
    found = lines[8 * SPACE:]
    weighed(waiting, taps, count)
    for point in range(3 * SPACE):
        sums[at(point)] = f32(0)
    inner = within(waiting, width, height, count)
    if not inner:
        numbered(waiting, width, height, lines, count)
    for row in range(4):
        if inner:
            side_by_side(picture, waiting, (row - 1) * width - 1, found, count)
        else:
            one_by_one(picture, lines, at(row * SPACE), found, count)
        summed(found, taps, at((4 + row) * SPACE), sums, count)


@compiled
def within(waiting: Numbers, width: int, height: int, count: int) -> bool:
    """Whether all pixels around all places that wait are there."""
    outside = i32(0)
    for point in range(count):
        place = i32(waiting[at(SPACE + point)])
        line = i32((np.float64(place) + 0.5) / np.float64(width))  # whole numbers would be divided one by one
        left = place - line * i32(width)
        outside |= i32((line < 1) | (line > i32(height - 3)) | (left < 1) | (left > i32(width - 3)))
    return bool(outside == i32(0))


@compiled
def numbered(waiting: Numbers, width: int, height: int, lines: Numbers, count: int) -> None:
    """Where the four rows around every place that waits begin, and the four columns, at the border the nearest."""
    for point in range(count):
        x = at(point)
        place = i32(waiting[at(SPACE) + x])
        line = place // i32(width)
        left = place - line * i32(width)
        for tap in range(4):
            lines[at(tap * SPACE) + x] = u32(min(max(line + i32(tap - 1), i32(0)), i32(height - 1)) * i32(width))
            lines[at((4 + tap) * SPACE) + x] = u32(min(max(left + i32(tap - 1), i32(0)), i32(width - 1)))


@compiled
def weighed(waiting: Numbers, taps: Floats, count: int) -> None:
    """The weights of four pixels along x, then along y, for every place that waits."""
    for axis in range(2):
        for point in range(count):
            x = at(point)
            part = f32(i32(waiting[at((2 + axis) * SPACE) + x])) * f32(1 / 256)
            far, rest, begin = part + f32(1), f32(1) - part, at(4 * axis * SPACE) + x
            outer = ((SHARPNESS * far - f32(5) * SHARPNESS) * far + f32(8) * SHARPNESS) * far - f32(4) * SHARPNESS
            inner = ((SHARPNESS + f32(2)) * part - (SHARPNESS + f32(3))) * part * part + f32(1)
            after = ((SHARPNESS + f32(2)) * rest - (SHARPNESS + f32(3))) * rest * rest + f32(1)
            taps[begin], taps[begin + at(SPACE)], taps[begin + at(2 * SPACE)] = outer, inner, after
            taps[begin + at(3 * SPACE)] = f32(1) - outer - inner - after


@compiled
def side_by_side(picture: Pixels, waiting: Numbers, shift: int, found: Numbers, count: int) -> None:
    """Four pixels in a row for every place that waits, that far from it; none beyond the border."""
    for point in range(count):
        x = at(point)
        here = at(i32(waiting[at(SPACE) + x]) + i32(shift))
        found[x], found[at(SPACE) + x] = picture[here], picture[here + at(1)]
        found[at(2 * SPACE) + x], found[at(3 * SPACE) + x] = picture[here + at(2)], picture[here + at(3)]


@compiled
def one_by_one(picture: Pixels, lines: Numbers, row: np.uintp, found: Numbers, count: int) -> None:
    """Four pixels of a row for every place, by the columns that are noted for it."""
    for point in range(count):
        x = at(point)
        line = at(lines[row + x])
        for tap in range(4):
            found[at(tap * SPACE) + x] = picture[line + at(lines[at((4 + tap) * SPACE) + x])]


@compiled
def level(pixel: np.uint32, channel: np.uint32) -> np.float32:
    """A channel of a pixel."""
    return f32(i32((pixel >> channel) & BYTE))


@compiled
def summed(found: Numbers, taps: Floats, down: np.uintp, sums: Floats, count: int) -> None:
    """Adds four pixels beside each other by their weights, and by that of their row, to sums of three colours."""
    for point in range(count):
        x = at(point)
        one, two = found[x], found[at(SPACE) + x]
        three, four = found[at(2 * SPACE) + x], found[at(3 * SPACE) + x]
        first, second, third, fourth = taps[x], taps[at(SPACE) + x], taps[at(2 * SPACE) + x], taps[at(3 * SPACE) + x]
        share = taps[down + x]
        sums[x] += share * (first * level(one, u32(0)) + second * level(two, u32(0))
                            + third * level(three, u32(0)) + fourth * level(four, u32(0)))
        sums[at(SPACE) + x] += share * (first * level(one, EIGHT) + second * level(two, EIGHT)
                                        + third * level(three, EIGHT) + fourth * level(four, EIGHT))
        sums[at(2 * SPACE) + x] += share * (first * level(one, SIXTEEN) + second * level(two, SIXTEEN)
                                            + third * level(three, SIXTEEN) + fourth * level(four, SIXTEEN))


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
