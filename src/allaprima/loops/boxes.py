"""Sums over boxes of a plane, whatever is beyond its border mirrored: rows first, then columns, both in vectors."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from allaprima.loops.compiling import compiled

f32, at = np.float32, np.uintp

Floats = NDArray[np.float32]


@compiled
def mirrored(place: int, count: int) -> int:
    """A place of a row of so many, beyond its ends mirrored at the outermost ones."""
    if count == 1:
        return 0
    while place < 0 or place >= count:
        place = -place if place < 0 else 2 * count - 2 - place
    return place


@compiled
def shifted_sums(values: Floats, reach: np.uintp, count: int) -> None:
    """Adds to each of a row's values the one so far after it."""
    for point in range(count):
        values[at(point)] += values[at(point) + reach]


@compiled
def added(values: Floats, begin: np.uintp, sums: Floats, out: np.uintp, count: int) -> None:
    """Adds a row to sums, from there on."""
    for point in range(count):
        sums[out + at(point)] += values[begin + at(point)]


@compiled
def row_sums(plane: Floats, begin: np.uintp, width: int, step: int, radius: int, line: Floats, out: Floats) -> None:
    """The sums of a row over as many places to either side, into the same row of another plane."""
    count = width * step
    for point in range(count):
        line[at(radius * step + point)] = plane[begin + at(point)]
    for place in range(radius):
        left, right = mirrored(place - radius, width) * step, mirrored(width + place, width) * step
        for channel in range(step):
            line[at(place * step + channel)] = plane[begin + at(left + channel)]
            line[at((radius + width + place) * step + channel)] = plane[begin + at(right + channel)]
    for point in range(count):
        out[begin + at(point)] = f32(0)
    # Of so many places: the sums of 1, 2, 4 and more of them in turn, of which those are taken that make up the box.
    wanted, reached, power, left_over = 2 * radius + 1, 0, 1, width + 2 * radius
    while wanted > 0:
        if wanted & 1:
            added(line, at(reached * step), out, begin, count)
            reached += power
        wanted >>= 1
        if wanted > 0:
            left_over -= power
            shifted_sums(line, at(power * step), left_over * step)
            power *= 2


@compiled
def box_sums(plane: Floats, height: int, width: int, step: int, radius: int, scratch: Floats, out: Floats) -> None:
    """The sums over boxes of 2 * radius + 1 a side; plane, scratch, out: (h * w * step,), of which the first and the
    last may be one. step: values at every place, one after another, each summed for itself.
    """
    count = width * step
    line = np.zeros(count + 2 * radius * step, np.float32)
    for row in range(height):
        row_sums(plane, at(row * count), width, step, radius, line, scratch)
    column = np.zeros(count, np.float32)
    for place in range(-radius, radius + 1):
        added(scratch, at(mirrored(place, height) * count), column, at(0), count)
    for row in range(height):
        gone, come = at(mirrored(row - radius, height) * count), at(mirrored(row + radius + 1, height) * count)
        for point in range(count):
            out[at(row * count + point)] = column[at(point)]
            column[at(point)] += scratch[come + at(point)] - scratch[gone + at(point)]
