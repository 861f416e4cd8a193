"""A picture of bytes at twice its size: between two pixels lies what a filter of ten finds, in rows, then columns."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from allaprima.loops.compiling import compiled

f32, i32, u8, at = np.float32, np.int32, np.uint8, np.uintp

Floats = NDArray[np.float32]
Bytes = NDArray[np.uint8]
Pixels = NDArray[np.uint32]

CHANNELS = 4
BEFORE, AFTER = 4, 5   # pixels that the filter reaches on either side


@compiled
def rounded(values: Floats, count: int, out: Bytes) -> None:
    """The values as bytes."""
    for point in range(count):
        out[at(point)] = u8(i32(min(max(values[at(point)] + f32(0.5), f32(0)), f32(255))))


@compiled
def bordered(picture: Bytes, begin: np.uintp, width: int, line: Floats) -> None:
    """A row of pixels as numbers, its ends repeated as far as the filter reaches."""
    count = CHANNELS * width
    for point in range(count):
        line[at(CHANNELS * BEFORE + point)] = f32(i32(picture[begin + at(point)]))
    for point in range(CHANNELS * BEFORE):
        line[at(point)] = line[at(CHANNELS * BEFORE + point % CHANNELS)]
    for point in range(CHANNELS * AFTER):
        line[at(CHANNELS * BEFORE + count + point)] = line[at(CHANNELS * BEFORE + count - CHANNELS + point % CHANNELS)]


@compiled
def filtered(line: Floats, taps: Floats, count: int, out: Floats) -> None:
    """What lies half a pixel to the right of each of a bordered row's values; taps: of both halves, the outer first."""
    one, two, three, four, five = taps[0], taps[1], taps[2], taps[3], taps[4]
    for point in range(count):
        x = at(point)
        out[x] = (one * (line[x] + line[x + at(36)]) + two * (line[x + at(4)] + line[x + at(32)])
                  + three * (line[x + at(8)] + line[x + at(28)]) + four * (line[x + at(12)] + line[x + at(24)])
                  + five * (line[x + at(16)] + line[x + at(20)]))


@compiled
def woven(picture: Pixels, begin: np.uintp, between: Pixels, width: int, out: Pixels) -> None:
    """A row's pixels and those between them by turns, from four times there on."""
    for point in range(width):
        here = at(4) * begin + at(2 * point)
        out[here], out[here + at(1)] = picture[begin + at(point)], between[at(point)]


@compiled
def added(picture: Bytes, one: np.uintp, other: np.uintp, share: np.float32, sums: Floats, count: int) -> None:
    """Adds two rows by the same weight to sums."""
    for point in range(count):
        x = at(point)
        sums[x] += share * f32(i32(picture[one + x]) + i32(picture[other + x]))


@compiled
def doubled(picture: Bytes, taps: Floats, out: Bytes) -> None:
    """The picture (H, W, 4) at twice its size, (2 H, 2 W, 4); taps: of the filter's first half, (5,)."""
    height, width = picture.shape[0], picture.shape[1]
    source, large, wide = picture.reshape(-1), out.reshape(-1), 2 * CHANNELS * width
    pixels, large_pixels = source.view(np.uint32), large.view(np.uint32)
    line = np.zeros(CHANNELS * (width + BEFORE + AFTER), np.float32)
    sums, between = np.zeros(wide, np.float32), np.zeros(wide, np.uint8)
    for y in range(height):
        begin = at(CHANNELS * width * y)
        bordered(source, begin, width, line)
        filtered(line, taps, CHANNELS * width, sums)
        rounded(sums, CHANNELS * width, between)
        woven(pixels, at(width * y), between.view(np.uint32), width, large_pixels)
    for y in range(height):
        sums[:] = f32(0)
        for tap in range(5):
            upper, lower = max(y - BEFORE + tap, 0), min(y + AFTER - tap, height - 1)
            added(large, at(2 * wide * upper), at(2 * wide * lower), taps[tap], sums, wide)
        rounded(sums, wide, between)
        out_begin = 2 * wide * y + wide
        large[out_begin:out_begin + wide] = between
