"""The inverse search of dense motion (Kroeger et al. 2016, arXiv:1603.03590) at one size: patches, then every pixel.

As OpenCV's, without its refinement: patches of eight by eight pixels whose means are taken out, two turns of a descent,
in which each patch also tries what its neighbours have found. Here a descent ends where it hardly moves, and patches
where nothing moves are not searched.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from allaprima.loops.compiling import compiled

f32, i32, at = np.float32, np.int32, np.uintp

Floats = NDArray[np.float32]

PATCH = 8            # pixels a side
BORDER = 16          # pixels around the second picture
TURNS = 2
STEPS = 6            # of a descent, in each turn
SHORT_PX = 0.02      # a step after which nothing is gained
MEAN = f32(1 / 64)   # of a patch
LEAST = f32(1e-3)    # of a determinant
UNKNOWN = f32(1e30)


@compiled
def corner(row: int, column: int, x: np.float32, y: np.float32, height: int, width: int) -> tuple[
        np.uintp, np.float32, np.float32, np.float32, np.float32]:
    """Where a patch of a picture that has moved begins in the other, which has a border; the weights of four pixels."""
    across = min(max(f32(column) + x, f32(1 - BORDER)), f32(width + BORDER - PATCH - 2)) + f32(BORDER)
    down = min(max(f32(row) + y, f32(1 - BORDER)), f32(height + BORDER - PATCH - 2)) + f32(BORDER)
    left, top = i32(across), i32(down)
    right, low = across - f32(left), down - f32(top)
    both = right * low
    return at(top) * at(width + 2 * BORDER) + at(left), f32(1) - right - low + both, right - both, low - both, both


@compiled
def missed(first: Floats, begin: np.uintp, width: np.uintp, second: Floats, there: np.uintp, stride: np.uintp,
           one: np.float32, two: np.float32, three: np.float32, four: np.float32) -> np.float32:
    """By how much a patch and what lies there differ: squares, their mean apart."""
    total, square = f32(0), f32(0)
    for row in range(PATCH):
        here, upper = begin + at(row) * width, there + at(row) * stride
        lower = upper + stride
        for column in range(PATCH):
            k = at(column)
            apart = (second[upper + k] * one + second[upper + k + at(1)] * two + second[lower + k] * three
                     + second[lower + k + at(1)] * four - first[here + k])
            total += apart
            square += apart * apart
    return square - total * total * MEAN


@compiled
def slope(first: Floats, along_x: Floats, along_y: Floats, begin: np.uintp, width: np.uintp, second: Floats,
          there: np.uintp, stride: np.uintp, one: np.float32, two: np.float32, three: np.float32,
          four: np.float32) -> tuple[np.float32, np.float32, np.float32, np.float32]:
    """The same, the sum of the differences, and the sums of these times each gradient."""
    total, square, sum_x, sum_y = f32(0), f32(0), f32(0), f32(0)
    for row in range(PATCH):
        here, upper = begin + at(row) * width, there + at(row) * stride
        lower = upper + stride
        for column in range(PATCH):
            k = at(column)
            apart = (second[upper + k] * one + second[upper + k + at(1)] * two + second[lower + k] * three
                     + second[lower + k + at(1)] * four - first[here + k])
            total += apart
            square += apart * apart
            sum_x += apart * along_x[here + k]
            sum_y += apart * along_y[here + k]
    return square - total * total * MEAN, total, sum_x, sum_y


@compiled
def prepared(along_x: Floats, along_y: Floats, width: np.uintp, stride: int, known: Floats) -> None:
    """What a descent needs of every patch's gradients: the inverse of the products' sums, and the sums."""
    for patch_row in range(known.shape[0]):
        for patch_column in range(known.shape[1]):
            xx, xy, yy, x, y = f32(0), f32(0), f32(0), f32(0), f32(0)
            for row in range(PATCH):
                here = at(patch_row * stride + row) * width + at(patch_column * stride)
                for column in range(PATCH):
                    one, other = along_x[here + at(column)], along_y[here + at(column)]
                    xx += one * one
                    xy += one * other
                    yy += other * other
                    x += one
                    y += other
            xx, xy, yy = xx - x * x * MEAN, xy - x * y * MEAN, yy - y * y * MEAN
            determinant = xx * yy - xy * xy
            if abs(determinant) < LEAST:
                determinant = LEAST
            own = known[patch_row, patch_column]
            own[0], own[1], own[2], own[3], own[4] = yy / determinant, -xy / determinant, xx / determinant, x, y


@compiled
def any_of(moves: Floats, row: int, column: int) -> bool:
    """Whether anything in a patch may move."""
    for y in range(PATCH):
        for x in range(PATCH):
            if moves[row + y, column + x] > f32(0):
                return True
    return False


@compiled
def best_guess(found: Floats, patch_row: int, patch_column: int, back: int, stride: int, own: Floats, other: Floats,
               height: int, width: int) -> tuple[np.float32, np.float32]:
    """Of what a patch has found and what two of its neighbours have, ``back`` before it, what fits it best."""
    row, column = patch_row * stride, patch_column * stride
    line, wide = at(width), at(width + 2 * BORDER)
    begin = at(row) * line + at(column)
    x, y = found[patch_row, patch_column, 0], found[patch_row, patch_column, 1]
    there, one, two, three, four = corner(row, column, x, y, height, width)
    best = missed(own, begin, line, other, there, wide, one, two, three, four)
    for side in range(2):
        near_row, near_column = patch_row + back * side, patch_column + back * (1 - side)
        if near_row < 0 or near_column < 0 or near_row >= found.shape[0] or near_column >= found.shape[1]:
            continue
        near_x, near_y = found[near_row, near_column, 0], found[near_row, near_column, 1]
        there, one, two, three, four = corner(row, column, near_x, near_y, height, width)
        miss = missed(own, begin, line, other, there, wide, one, two, three, four)
        if miss < best:
            best, x, y = miss, near_x, near_y
    return x, y


@compiled
def descended(begun_x: np.float32, begun_y: np.float32, known: Floats, row: int, column: int, own: Floats,
              across: Floats, down: Floats, other: Floats, height: int, width: int) -> tuple[np.float32, np.float32]:
    """A patch's motion after a descent from there, as long as it fits better; from where it has run away, that."""
    line, wide = at(width), at(width + 2 * BORDER)
    begin = at(row) * line + at(column)
    x, y, last = begun_x, begun_y, UNKNOWN
    for _ in range(STEPS):
        there, one, two, three, four = corner(row, column, x, y, height, width)
        miss, total, sum_x, sum_y = slope(own, across, down, begin, line, other, there, wide, one, two, three, four)
        if not miss < last:
            break
        last = miss
        sum_x, sum_y = sum_x - total * known[3] * MEAN, sum_y - total * known[4] * MEAN
        step_x, step_y = known[0] * sum_x + known[1] * sum_y, known[1] * sum_x + known[2] * sum_y
        x, y = x - step_x, y - step_y
        if step_x * step_x + step_y * step_y < f32(SHORT_PX**2):
            break
    if (x - begun_x) * (x - begun_x) + (y - begun_y) * (y - begun_y) <= f32(PATCH**2):
        return x, y
    return begun_x, begun_y


@compiled
def searched(first: Floats, along_x: Floats, along_y: Floats, second: Floats, moves: Floats, stride: int,
             found: Floats) -> None:
    """The motion of every patch from the first picture to the second, in place of what is guessed of it.

    first, along_x, along_y: the picture (h, w) and its gradients. second: with its border around. moves: (h, w), 0
    where nothing does. stride: pixels from patch to patch. found: (rows, columns, 2), in pixels.
    """
    height, width = first.shape
    rows, columns = found.shape[0], found.shape[1]
    own, across, down, other = first.reshape(-1), along_x.reshape(-1), along_y.reshape(-1), second.reshape(-1)
    known = np.empty((rows, columns, 5), np.float32)
    prepared(across, down, at(width), stride, known)
    searching = np.empty((rows, columns), np.bool_)
    for patch_row in range(rows):
        for patch_column in range(columns):
            searching[patch_row, patch_column] = any_of(moves, patch_row * stride, patch_column * stride)
            if not searching[patch_row, patch_column]:
                found[patch_row, patch_column, 0], found[patch_row, patch_column, 1] = f32(0), f32(0)
    for turn in range(TURNS):
        for number in range(rows * columns):
            place = rows * columns - 1 - number if turn else number
            patch_row, patch_column = place // columns, place % columns
            if searching[patch_row, patch_column]:
                x, y = best_guess(found, patch_row, patch_column, 2 * turn - 1, stride, own, other, height, width)
                x, y = descended(x, y, known[patch_row, patch_column], patch_row * stride, patch_column * stride, own,
                                 across, down, other, height, width)
                found[patch_row, patch_column, 0], found[patch_row, patch_column, 1] = x, y


@compiled
def spread(first: Floats, second: Floats, found: Floats, stride: int, motion: Floats) -> None:
    """The motion (h, w, 2) of every pixel: the mean of the patches over it, each by how well it fits there."""
    height, width = first.shape
    line, wide = at(width), at(width + 2 * BORDER)
    own, other = first.reshape(-1), second.reshape(-1)
    weights, along_x, along_y = (np.zeros(height * width, np.float32), np.zeros(height * width, np.float32),
                                 np.zeros(height * width, np.float32))
    for patch_row in range(found.shape[0]):
        for patch_column in range(found.shape[1]):
            x, y = found[patch_row, patch_column, 0], found[patch_row, patch_column, 1]
            row, column = patch_row * stride, patch_column * stride
            there, one, two, three, four = corner(row, column, x, y, height, width)
            for across in range(PATCH):
                here, upper = at(row + across) * line + at(column), there + at(across) * wide
                lower = upper + wide
                for down in range(PATCH):
                    k = at(down)
                    apart = (other[upper + k] * one + other[upper + k + at(1)] * two + other[lower + k] * three
                             + other[lower + k + at(1)] * four - own[here + k])
                    weight = f32(1) / max(f32(1), abs(apart))
                    weights[here + k] += weight
                    along_x[here + k] += weight * x
                    along_y[here + k] += weight * y
    low, right = (found.shape[0] - 1) * stride + PATCH - 1, (found.shape[1] - 1) * stride + PATCH - 1
    out = motion.reshape(-1)
    for row in range(height):
        for column in range(width):  # what no patch reaches, at the ends, moves as what is beside it
            k = at(min(row, low)) * line + at(min(column, right))
            here = at(2) * (at(row) * line + at(column))
            whole = f32(1) / weights[k]
            out[here], out[here + at(1)] = along_x[k] * whole, along_y[k] * whole
