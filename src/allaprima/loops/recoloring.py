"""Colours drawn to a new frame's, all steps of it in one call; and a picture's colours shifted by them."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from allaprima.loops.boxes import box_sums, mirrored
from allaprima.loops.compiling import compiled
from allaprima.loops.laying import neighbours

f32, i32, u8, at = np.float32, np.int32, np.uint8, np.uintp

Floats = NDArray[np.float32]
Bytes = NDArray[np.uint8]


@compiled
def fallen(value: np.float32) -> np.float32:
    """The exponential of minus that, which is 0 or more."""
    part = min(value, f32(16)) * f32(1 / 16)
    power = f32(1) - part * (f32(1) - part * f32(1 / 2) * (
        f32(1) - part * f32(1 / 3) * (f32(1) - part * f32(1 / 4) * (f32(1) - part * f32(1 / 5)))))
    power *= power
    power *= power
    power *= power
    return power * power


@compiled
def mean_around(values: Floats, weight: Floats, least: np.float32, height: int, width: int, radius: int, sums: Floats,
                scratch: Floats) -> None:
    """The mean of colours (h * w * 3,) around every place by their weight, twice over boxes, four values a place.

    least: added to every weight.
    """
    for point in range(height * width):
        share, here, there = weight[at(point)] + least, at(3 * point), at(4 * point)
        sums[there], sums[there + at(1)] = values[here] * share, values[here + at(1)] * share
        sums[there + at(2)], sums[there + at(3)] = values[here + at(2)] * share, share
    box_sums(sums, height, width, 4, radius, scratch, sums)
    box_sums(sums, height, width, 4, radius, scratch, sums)
    for point in range(height * width):
        there = at(4 * point)
        whole = f32(1) / sums[there + at(3)]
        sums[there] *= whole
        sums[there + at(1)] *= whole
        sums[there + at(2)] *= whole


@compiled
def softened_row(values: Floats, above: np.uintp, begin: np.uintp, below: np.uintp, width: int, line: Floats,
                 out: Floats) -> None:
    """A row of colours evened by a quarter, a half and a quarter, with those beside it, along itself as well."""
    count = 3 * width
    for point in range(count):
        x = at(point)
        line[x + at(3)] = (values[above + x] + values[below + x]) * f32(0.25) + values[begin + x] * f32(0.5)
    second, last = 3 * mirrored(1, width), 3 * mirrored(width, width)
    for channel in range(3):
        line[at(channel)] = line[at(3 + second + channel)]
        line[at(3 + count + channel)] = line[at(3 + last + channel)]
    for point in range(count):
        x = at(point)
        out[begin + x] = (line[x] + line[x + at(6)]) * f32(0.25) + line[x + at(3)] * f32(0.5)


@compiled
def softened(values: Floats, height: int, width: int, out: Floats) -> None:
    """Colours evened by a quarter, a half and a quarter, along rows and columns."""
    line, count = np.zeros(3 * width + 6, np.float32), 3 * width
    for row in range(height):
        softened_row(values, at(count * mirrored(row - 1, height)), at(count * row),
                     at(count * mirrored(row + 1, height)), width, line, out)


@compiled
def recolored(apart: Floats, offset: Floats, sure: Floats, trust: Floats, radii: tuple[int, int],
              settings: tuple[np.float32, np.float32, np.float32, np.float32], out: Floats, alike: Floats) -> None:
    """What ``temporal.recoloring.recolored`` says, of what is missing ``apart`` and what has been added, (h, w, 3).

    sure: squared already, (h, w). radii: of the boxes that gaps and colours around are found in. settings: the rate,
    by what squares are multiplied that flicker and tolerance are told by, and what is added to weights. out: (h, w, 3).
    alike: (h, w).
    """
    height, width = trust.shape
    count = height * width
    rate, flicker, tolerance, least = settings
    missing, before, trusted = apart.reshape(-1), offset.reshape(-1), trust.reshape(-1)
    new, like = out.reshape(-1), alike.reshape(-1)
    sums, scratch = np.empty(4 * count, np.float32), np.empty(4 * count, np.float32)
    even = np.empty(3 * count, np.float32)
    mean_around(missing, sure.reshape(-1), least, height, width, radii[0], sums, scratch)
    softened(missing, height, width, even)
    some = f32(0)
    for point in range(count):
        gap_square, size = f32(0), f32(0)
        for channel in range(3):
            here = at(3 * point + channel)
            gap, far = sums[at(4 * point + channel)] - before[here], even[here] - before[here]
            gap_square += gap * gap
            size += far * far
            some = max(some, abs(before[here]))
        like[at(point)] = fallen(size * tolerance)
        share = trusted[at(point)] * (f32(1) - (f32(1) - rate) * fallen(gap_square * flicker))
        for channel in range(3):
            here = at(3 * point + channel)
            new[here] = before[here] + share * (sums[at(4 * point + channel)] - before[here])
    if some > f32(0):
        mean_around(before, trusted, least, height, width, radii[1], sums, scratch)
        for point in range(count):
            rest = f32(1) - trusted[at(point)]
            for channel in range(3):
                here = at(3 * point + channel)
                new[here] += rest * (sums[at(4 * point + channel)] - before[here])


@compiled
def widened(colors: Floats, begin: np.uintp, first: NDArray[np.uint32], part: Floats, out: Floats, out_begin: np.uintp,
            count: int) -> np.float32:
    """A row of three colours as that many pixels of four values; how large any of them is."""
    most = f32(0)
    for point in range(count):
        left = begin + at(3) * at(first[at(point)])
        for channel in range(3):
            one, other = colors[left + at(channel)], colors[left + at(channel + 3)]
            value = one + (other - one) * part[at(point)]
            out[out_begin + at(4 * point + channel)] = value
            most = max(most, abs(value))
    return most


@compiled
def moved_by(mixture: Bytes, begin: np.uintp, rows: Floats, upper: np.uintp, lower: np.uintp, part: np.float32,
             count: int) -> None:
    """Adds what lies between two rows to as many bytes, each rounded once."""
    for point in range(count):
        x = at(point)
        one = rows[upper + x]
        value = f32(i32(mixture[begin + x])) + one + (rows[lower + x] - one) * part
        mixture[begin + x] = u8(i32(min(max(value + f32(0.5), f32(0)), f32(255))))


@compiled
def shifted(mixture: Bytes, colors: Floats) -> None:
    """Adds colours (h, w, 3), in levels, enlarged, to a picture of bytes (H, W, 4), in place; h and w are 2 or more."""
    height, width = mixture.shape[0], mixture.shape[1]
    rows, columns = colors.shape[0], colors.shape[1]
    column, column_part = np.empty(width, np.uint32), np.empty(width, np.float32)
    line, line_part = np.empty(height, np.uint32), np.empty(height, np.float32)
    neighbours(width, columns, column, column_part)
    neighbours(height, rows, line, line_part)
    wide = np.zeros(8 * width, np.float32)  # two rows, by turns
    flat, source = mixture.reshape(-1), colors.reshape(-1)
    kept, most = np.full(2, -1, np.int64), np.zeros(2, np.float32)
    for y in range(height):
        row = np.int64(line[at(y)])
        for number in range(row, row + 2):
            turn = number & 1
            if kept[turn] != number:
                kept[turn] = number
                most[turn] = widened(source, at(3 * columns * number), column, column_part, wide, at(4 * width * turn),
                                     width)
        if max(most[0], most[1]) > f32(0):
            moved_by(flat, at(4 * width * y), wide, at(4 * width * (row & 1)), at(4 * width * (1 - (row & 1))),
                     line_part[at(y)], 4 * width)
