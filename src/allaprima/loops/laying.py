"""A kept picture laid over another one: its places enlarged, looked up and mixed, block by block, in one pass.

Numbers are whole: places to 256ths of a pixel, weights in 128ths. Each value is rounded once.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from allaprima.loops.compiling import compiled
from allaprima.loops.cubic import (
    ALONG_X,
    ALONG_Y,
    BLOCK,
    BYTE,
    EIGHT,
    FOUND,
    OPAQUE,
    SIXTEEN,
    SPACE,
    collected,
    curved,
    mixed_curved,
)

f32, i32, u32, at = np.float32, np.int32, np.uint32, np.uintp

Floats = NDArray[np.float32]
Numbers = NDArray[np.uint32]
Pixels = NDArray[np.uint32]
"""Pixels of four bytes, one after the other."""

ROWS = 3                 # that are enlarged of each row of places: along x, along y, weights
WHOLE = u32(128)         # a weight


@compiled
def neighbours(count: int, among: int, first: Numbers, part: Floats) -> None:
    """Where each of so many points lies among others: the first of two neighbours, and the second one's weight."""
    for point in range(count):
        place = (f32(point) + f32(0.5)) * f32(among / count) - f32(0.5)
        place = min(max(place, f32(0)), f32(among - 1))
        left = min(i32(place), i32(among - 2))
        first[at(point)] = u32(left)
        part[at(point)] = place - f32(left)


@compiled
def widened(row: Floats, begin: np.uintp, step: np.uintp, first: Numbers, part: Floats, scale: np.float32,
            rest: np.float32, out: Floats, out_begin: np.uintp, count: int) -> None:
    """Every ``step``-th value of a row, less ``rest`` times its number, as many as ``count``, times ``scale``."""
    for point in range(count):
        left = first[at(point)]
        here = begin + at(left) * step
        one = row[here] - rest * f32(i32(left))
        other = row[here + step] - rest * f32(i32(left) + i32(1))
        out[out_begin + at(point)] = (one + (other - one) * part[at(point)]) * scale


@compiled
def widened_twice(row: Floats, begin: np.uintp, step: np.uintp, left: int, right: int, among: int, scale: np.float32,
                  rest: np.float32, out: Floats, out_begin: np.uintp) -> None:
    """What ``widened`` does where there are twice as many points, of the values from ``left`` to ``right``.

    Each lies a quarter of the way between two that are known beforehand, so that nothing is looked up by its number.
    """
    for point in range(max(left, 1), min(right, among - 1)):
        here, out_here, taken = begin + at(point) * step, out_begin + at(2 * point), rest * f32(i32(point))
        before, own, after = row[here - step] - (taken - rest), row[here] - taken, row[here + step] - (taken + rest)
        out[out_here] = (before + (own - before) * f32(0.75)) * scale
        out[out_here + at(1)] = (own + (after - own) * f32(0.25)) * scale
    if left == 0:
        own, after = row[begin], row[begin + step] - rest
        out[out_begin] = own * scale
        out[out_begin + at(1)] = (own + (after - own) * f32(0.25)) * scale
    if right >= among:
        here, taken = begin + at(among - 1) * step, rest * f32(i32(among - 1))
        before, own = row[here - step] - (taken - rest), row[here] - taken
        out[out_begin + at(2 * among - 2)] = (before + (own - before) * f32(0.75)) * scale
        out[out_begin + at(2 * among - 1)] = own * scale


@compiled
def places_widened(moved: Floats, number: int, columns: int, left: int, count: int, twice: bool, first: Numbers,
                   part: Floats, stretch_x: np.float32, stretch_y: np.float32, out: Floats, out_begin: np.uintp,
                   size: np.uintp) -> None:
    """A block of a row of places, along x and along y, each row of that size, in a picture's own pixels."""
    begin = at(2 * number * columns)
    if twice:
        right = left // 2 + count // 2
        widened_twice(moved, begin, at(2), left // 2, right, columns, stretch_x, f32(1), out, out_begin)
        widened_twice(moved, begin + at(1), at(2), left // 2, right, columns, stretch_y, f32(0), out, out_begin + size)
        return
    x = at(left)
    widened(moved, begin, at(2), first[x:], part[x:], stretch_x, f32(1), out, out_begin + x, count)
    widened(moved, begin + at(1), at(2), first[x:], part[x:], stretch_y, f32(0), out, out_begin + size + x, count)


@compiled
def weighted(rows: Floats, upper: np.uintp, lower: np.uintp, part: np.float32, scratch: Numbers) -> np.uint32:
    """The weights of a block between two rows, into the scratch; not 0 if any of them is more than nothing."""
    some = u32(0)
    for point in range(64):
        one, other = rows[upper + at(point)], rows[lower + at(point)]
        weight = u32(i32(one + (other - one) * part + f32(0.5)))
        scratch[at(point)] = weight
        some |= weight
    return some


@compiled
def note(across: np.float32, down: np.float32, width: int, height: int, x: np.uintp, scratch: Numbers,
         places: Numbers) -> None:
    """Notes a place of a block in a picture: the number of the pixel before it, and what is left to it in 256ths."""
    across = min(max(across, f32(0)), f32(width - 1))
    down = min(max(down, f32(0)), f32(height - 1))
    column, line = min(i32(across), i32(width - 2)), min(i32(down), i32(height - 2))
    scratch[ALONG_X + x] = u32(i32((across - f32(column)) * f32(256) + f32(0.5)))
    scratch[ALONG_Y + x] = u32(i32((down - f32(line)) * f32(256) + f32(0.5)))
    places[x] = u32(i32(line * i32(width)) + column)


@compiled
def placed(rows: Floats, upper: np.uintp, lower: np.uintp, width: np.uintp, part: np.float32, spacing: np.float32,
           left: np.float32, top: np.float32, picture_width: int, picture_height: int, scratch: Numbers,
           places: Numbers) -> None:
    """Notes the places of a block in a picture."""
    for point in range(64):
        x, y = at(point), at(point) + width
        across = rows[upper + x] + (rows[lower + x] - rows[upper + x]) * part + spacing * f32(i32(point)) + left
        down = rows[upper + y] + (rows[lower + y] - rows[upper + y]) * part + top
        note(across, down, picture_width, picture_height, x, scratch, places)


@compiled
def gathered(picture: Pixels, width: np.uintp, places: Numbers, scratch: Numbers, count: int) -> None:
    """The four pixels around every place of a block, into the scratch."""
    for point in range(count):
        x = at(point)
        here = at(places[x])
        scratch[FOUND + x] = picture[here]
        scratch[FOUND + at(BLOCK) + x] = picture[here + at(1)]
        scratch[FOUND + at(2 * BLOCK) + x] = picture[here + width]
        scratch[FOUND + at(3 * BLOCK) + x] = picture[here + width + at(1)]


@compiled
def between(one: np.uint32, two: np.uint32, three: np.uint32, four: np.uint32, below: np.uint32, channel: np.uint32,
            corner: np.uint32, right: np.uint32, lower: np.uint32, last: np.uint32, weight: np.uint32) -> np.uint32:
    """A channel of a pixel: of four neighbours' by their weights, of 65,536, then of that and of what is below."""
    found = u32(u32(u32(((one >> channel) & BYTE) * corner) + u32(((two >> channel) & BYTE) * right))
                + u32(u32(((three >> channel) & BYTE) * lower) + u32(((four >> channel) & BYTE) * last)))
    rest = u32(u32(u32((below >> channel) & BYTE) * u32(WHOLE - weight)) << SIXTEEN)
    return u32(u32(u32(u32(found * weight) + rest) + u32(1 << 22)) >> u32(23)) << channel


@compiled
def mixed(mixture: Pixels, begin: np.uintp, scratch: Numbers, count: int) -> None:
    """What was gathered for a block, mixed linearly and laid over the mixture from that pixel on."""
    for point in range(count):
        x = at(point)
        weight, across, down = scratch[x], scratch[ALONG_X + x], scratch[ALONG_Y + x]
        last = u32(across * down)
        lower, right = u32(u32(down << EIGHT) - last), u32(u32(across << EIGHT) - last)
        corner = u32(u32(1 << 16) - u32(u32(last + lower) + right))
        one, two = scratch[FOUND + x], scratch[FOUND + at(BLOCK) + x]
        three, four = scratch[FOUND + at(2 * BLOCK) + x], scratch[FOUND + at(3 * BLOCK) + x]
        below = mixture[begin + x]
        red = between(one, two, three, four, below, u32(0), corner, right, lower, last, weight)
        green = between(one, two, three, four, below, EIGHT, corner, right, lower, last, weight)
        blue = between(one, two, three, four, below, SIXTEEN, corner, right, lower, last, weight)
        mixture[begin + x] = u32(OPAQUE | u32(red | u32(green | blue)))


@compiled
def seen_rows(weight: Floats) -> NDArray[np.bool_]:
    """Which rows of weights (h, w) have any that is not 0."""
    seen = np.zeros(weight.shape[0], np.bool_)
    for row in range(weight.shape[0]):
        most = f32(0)
        for column in range(weight.shape[1]):
            most = max(most, weight[row, column])
        seen[row] = most > f32(0)
    return seen


@compiled
def lay(mixture: Pixels, picture: Pixels, where: Floats, weight: Floats) -> None:
    """Lays a picture over the mixture, in place, by its weight.

    mixture: (H, W). picture: (H, W), or twice that, where it is looked up linearly. where: places (h, w, 2), in
    reduced pixels. weight: (h, w), whole numbers up to 128.
    """
    height, width = mixture.shape
    picture_height, picture_width = picture.shape
    rows, columns = weight.shape
    factor = picture_width // width
    cubic = factor == 1
    stretch_x, stretch_y = f32(factor * width / columns), f32(factor * height / rows)
    column, column_part = np.empty(width, np.uint32), np.empty(width, np.float32)
    line, line_part = np.empty(height, np.uint32), np.empty(height, np.float32)
    neighbours(width, columns, column, column_part)
    neighbours(height, rows, line, line_part)
    size = at((width + BLOCK - 1) // BLOCK * BLOCK)
    wide = np.zeros(at(2 * ROWS) * size, np.float32)  # two rows, by turns
    scratch, places = np.zeros(7 * BLOCK, np.uint32), np.empty(BLOCK, np.uint32)
    waiting, filled = np.zeros(5 * SPACE, np.uint32), 0
    lines = np.zeros(12 * SPACE, np.uint32)
    taps, sums = np.zeros(8 * SPACE, np.float32), np.zeros(3 * SPACE, np.float32)
    flat, source, moved, weights = mixture.reshape(-1), picture.reshape(-1), where.reshape(-1), weight.reshape(-1)
    seen, twice = seen_rows(weight), width == 2 * columns and columns > 1
    kept, placed_rows = np.full(2, -1, np.int64), np.full((2, size // at(BLOCK)), -1, np.int64)
    for y in range(height):
        row = np.int64(line[at(y)])
        if not (seen[row] or seen[row + 1]):
            continue
        for number in range(row, row + 2):
            if kept[number & 1] != number:
                kept[number & 1] = number
                out = at((number & 1) * ROWS + 2) * size
                if twice:
                    widened_twice(weights, at(number * columns), at(1), 0, columns, columns, f32(1), f32(0), wide, out)
                else:
                    widened(weights, at(number * columns), at(1), column, column_part, f32(1), f32(0), wide, out, width)
        upper, lower = at((row & 1) * ROWS) * size, at((1 - (row & 1)) * ROWS) * size
        part = line_part[at(y)]
        top = f32(factor * y) - f32(row) * stretch_y - part * stretch_y
        for left in range(0, width, BLOCK):
            x, count = at(left), min(width - left, BLOCK)
            if weighted(wide, upper + at(2) * size + x, lower + at(2) * size + x, part, scratch) == u32(0):
                continue
            for number in range(row, row + 2):
                if placed_rows[number & 1, left // BLOCK] != number:  # most places of a row are not seen
                    placed_rows[number & 1, left // BLOCK] = number
                    places_widened(moved, number, columns, left, count, twice, column, column_part, stretch_x,
                                   stretch_y, wide, at((number & 1) * ROWS) * size, size)
            placed(wide, upper + x, lower + x, size, part, f32(factor), f32(factor * left), top, picture_width,
                   picture_height, scratch, places)
            if cubic:
                filled = collected(scratch, places, at(y * width) + x, waiting, filled, count)
                if filled >= BLOCK:
                    curved(source, picture_width, picture_height, waiting, lines, taps, sums, filled)
                    mixed_curved(flat, waiting, sums, filled)
                    filled = 0
            else:
                gathered(source, at(picture_width), places, scratch, count)
                mixed(flat, at(y * width) + x, scratch, count)
    if filled:
        curved(source, picture_width, picture_height, waiting, lines, taps, sums, filled)
        mixed_curved(flat, waiting, sums, filled)
