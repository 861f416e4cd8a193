"""Motion drawn to the outlines of things: of a place's motion and those beside it, the one that fits the content."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from allaprima.loops.compiling import compiled
from allaprima.loops.cubic import ALONG_X, ALONG_Y, BLOCK, BYTE, EIGHT, FOUND
from allaprima.loops.laying import gathered, note

f32, i32, u32, at = np.float32, np.int32, np.uint32, np.uintp

Floats = NDArray[np.float32]
Numbers = NDArray[np.uint32]

HALF = u32(1 << 15)


@compiled
def apart(one: np.uint32, two: np.uint32, three: np.uint32, four: np.uint32, own: np.uint32, channel: np.uint32,
          corner: np.uint32, right: np.uint32, lower: np.uint32, last: np.uint32) -> np.int32:
    """By how many levels a channel of four pixels, mixed by their weights, of 65,536, differs from a pixel's own."""
    found = u32(u32(u32(((one >> channel) & BYTE) * corner) + u32(((two >> channel) & BYTE) * right))
                + u32(u32(((three >> channel) & BYTE) * lower) + u32(((four >> channel) & BYTE) * last)))
    return i32(abs(i32(u32(found + HALF) >> u32(16)) - i32((own >> channel) & BYTE)))


@compiled
def reached(motion: Floats, begin: np.uintp, shift: np.uintp, left: int, line: int, width: int, height: int,
            scratch: Numbers, places: Numbers) -> None:
    """Where the motion of a block's points leads, of those at ``begin``, in a field that is bordered."""
    for point in range(64):
        x = at(point)
        here = at(2) * (begin + shift + x)
        across, down = motion[here] + f32(i32(left) + i32(point)), motion[here + at(1)] + f32(line)
        note(across, down, width, height, x, scratch, places)


@compiled
def compared(start: Numbers, begin: np.uintp, scratch: Numbers, out: Numbers, out_begin: np.uintp, count: int) -> None:
    """How much what was gathered for a block differs from the pixels from there on, in the channel that does most."""
    for point in range(count):
        x = at(point)
        across, down = scratch[ALONG_X + x], scratch[ALONG_Y + x]
        last = u32(across * down)
        lower, right = u32(u32(down << EIGHT) - last), u32(u32(across << EIGHT) - last)
        corner = u32(u32(1 << 16) - u32(u32(last + lower) + right))
        one, two = scratch[FOUND + x], scratch[FOUND + at(BLOCK) + x]
        three, four = scratch[FOUND + at(2 * BLOCK) + x], scratch[FOUND + at(3 * BLOCK) + x]
        own = start[begin + x]
        most = max(max(apart(one, two, three, four, own, u32(0), corner, right, lower, last),
                       apart(one, two, three, four, own, EIGHT, corner, right, lower, last)),
                   max(apart(one, two, three, four, own, u32(16), corner, right, lower, last),
                       apart(one, two, three, four, own, u32(24), corner, right, lower, last)))
        out[out_begin + x] = u32(most)


@compiled
def summed(rows: Numbers, upper: np.uintp, middle: np.uintp, lower: np.uintp, width: int, line: Numbers,
           mean: Numbers) -> None:
    """The means over three by three of three rows, whole levels; beyond their ends they are mirrored."""
    for column in range(width):
        x = at(column)
        line[x + at(1)] = u32(rows[upper + x] + u32(rows[middle + x] + rows[lower + x]))
    line[at(0)], line[at(width + 1)] = line[at(2)], line[at(width - 1)]
    for column in range(width):
        x = at(column)
        mean[x] = u32(u32(line[x] + u32(line[x + at(1)] + line[x + at(2)])) + u32(4)) // u32(9)


@compiled
def bordered_field(motion: Floats, reach: int, stride: int, field: Floats) -> None:
    """The motion (h, w, 2) into a field of rows of ``stride``, its border repeated ``reach`` times on every side."""
    height, width = motion.shape[0], motion.shape[1]
    for row in range(height + 2 * reach):
        own = min(max(row - reach, 0), height - 1)
        for column in range(width + 2 * reach):
            beside = min(max(column - reach, 0), width - 1)
            here = at(2 * (row * stride + column))
            field[here], field[here + at(1)] = motion[own, beside, 0], motion[own, beside, 1]


@compiled
def chosen_where(mean: Numbers, number: int, begin: np.uintp, best: Numbers, chosen: NDArray[np.uint8]) -> None:
    """That number into what is chosen of a row, from ``begin`` on, and its mean into the best, where it is less."""
    for column in range(mean.size):
        x = at(column)
        if number == 0 or mean[x] < best[begin + x]:
            best[begin + x], chosen[begin + x] = mean[x], number


@compiled
def drawn(motion: Floats, start: Numbers, end: Numbers, reach: int, out: Floats) -> None:
    """The motion from one picture to another, each place's own or that of one so far left, right, above or below.

    motion, out: (h, w, 2). start, end: (h, w), pixels of four bytes. The own one is kept where no other fits better.
    """
    height, width = start.shape
    stride = (width + BLOCK - 1) // BLOCK * BLOCK + 2 * reach
    field = np.zeros(2 * stride * (height + 2 * reach), np.float32)
    bordered_field(motion, reach, stride, field)
    own, other = start.reshape(-1), end.reshape(-1)
    scratch, places = np.zeros(7 * BLOCK, np.uint32), np.zeros(BLOCK, np.uint32)
    rows, line, mean = np.zeros(3 * width, np.uint32), np.zeros(width + 2, np.uint32), np.zeros(width, np.uint32)
    best, chosen = np.zeros(height * width, np.uint32), np.zeros(height * width, np.uint8)
    for number in range(5):
        right, low = (0, -reach, reach, 0, 0)[number], (0, 0, 0, -reach, reach)[number]
        for y in range(height + 1):
            if y < height:
                begin = at((y + reach + low) * stride + reach + right)
                for left in range(0, width, BLOCK):
                    count = min(width - left, BLOCK)
                    reached(field, begin, at(left), left, y, width, height, scratch, places)
                    gathered(other, at(width), places, scratch, count)
                    compared(own, at(y * width + left), scratch, rows, at((y % 3) * width + left), count)
            if y > 0:  # the row before has all its neighbours now; those beyond the ends are mirrored
                above, below = y - 2 if y > 1 else 1, y if y < height else height - 2
                summed(rows, at((above % 3) * width), at(((y - 1) % 3) * width), at((below % 3) * width), width, line,
                       mean)
                chosen_where(mean, number, at((y - 1) * width), best, chosen)
    for y in range(height):
        for x in range(width):
            which = int(chosen[at(y * width + x)])
            right, low = (0, -reach, reach, 0, 0)[which], (0, 0, 0, -reach, reach)[which]
            here = at(2 * ((y + reach + low) * stride + x + reach + right))
            out[y, x, 0], out[y, x, 1] = field[here], field[here + at(1)]
