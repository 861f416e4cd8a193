"""Delft tiles: blue brushed on white glaze, four scenes in rings, a lily in every corner, a fine crackle over all."""

from collections.abc import Callable
from itertools import pairwise

import cv2
import numpy as np

from paint.canvas import Picture, Plane, blur, colours, flat, grid, noise, over, step
from paint.inkwash import FINE, Sheet

GLAZE, BLUE, DEEP, GROUT = colours("eef1ee", "2b57b8", "0e1f63", "b9bcb4")
Point = tuple[float, float]
TILE = 0.5


class Tile:
    """One of the tiles: points in it go from (-1, -1) to (1, 1)."""

    def __init__(self, sheet: Sheet, row: int, column: int) -> None:
        self.sheet = sheet
        self.centre = ((column + 0.5) * TILE, (row + 0.5) * TILE)

    def at(self, points: list[Point]) -> list[Point]:
        """Those points on the sheet."""
        return [(self.centre[0] + 0.5 * TILE * x, self.centre[1] + 0.5 * TILE * y) for x, y in points]

    def line(self, points: list[Point], wide: float = 0.030, dark: float = 1.6, dry: float = 0.1) -> None:
        """A brushed line that swells in its middle."""
        half = 0.5 * TILE * wide
        self.sheet.stroke(self.at(points), (0.35 * half, half, 0.9 * half, 0.3 * half), dark, dry)

    def edged(self, points: list[Point], wide: float = 0.022) -> None:
        """A straight line for each side."""
        for one, other in pairwise(points):
            self.line([one, other], wide, 1.5)

    def wash(self, points: list[Point], dark: float, fade: float = 0.0) -> None:
        """A wash within points, lighter to the right."""
        height, width = self.sheet.ink.shape
        mask = np.zeros((height, width), np.uint8)
        cv2.fillPoly(mask, [np.round(np.array(self.at(points)) * height * 16).astype(np.int32)], 255, cv2.LINE_AA, 4)
        u = (self.sheet.x - self.centre[0]) / (0.5 * TILE)
        self.sheet.wash(blur(np.asarray(mask / 255, np.float32), 2.0) * dark * (1 - fade * step(-0.3, 0.4, u)))


def paint(height: int, width: int, rng: np.random.Generator) -> Picture:
    """Return the four tiles on their wall."""
    sheet = Sheet(height * FINE, width * FINE, rng)
    scenes: tuple[Callable[[Tile], None], ...] = (_mill, _ship, _tulips, _bridge)
    for index, scene in enumerate(scenes):
        tile = Tile(sheet, index // 2, index % 2)
        _frame(tile)
        scene(tile)
    rows, columns = sheet.ink.shape
    cloud = noise(rng, (rows, columns), 220, 4)
    glaze = flat(rows, columns, GLAZE) * (1 + 0.010 * cloud)[..., None]
    soft = 0.55 * blur(sheet.ink, 2.2) + 0.45 * blur(sheet.ink, 0.8)  # cobalt runs a little in the fire
    picture = over(glaze, BLUE, 1 - np.exp(-1.25 * soft))
    picture = over(picture, DEEP, 1 - np.exp(-0.55 * np.clip(soft - 0.75, 0, None) ** 1.2))
    picture = over(picture, colours("8d8f86")[0], 0.30 * _crackle(rows, columns, rng))
    near = np.minimum(np.abs((sheet.x + TILE / 2) % TILE - TILE / 2), np.abs((sheet.y + TILE / 2) % TILE - TILE / 2))
    picture = picture * (1 - 0.16 * np.exp(-near / 0.006))[..., None]
    picture = over(picture, GROUT, step(0.0042, 0.0030, near))
    shine = step(0.012, 0.004, near) * step(0.0040, 0.0050, near)
    picture = picture + 0.10 * shine[..., None]
    small = cv2.resize(picture.astype(np.float32), (width, height), interpolation=cv2.INTER_AREA)
    return np.clip(small, 0, 1).astype(np.float32)


def _crackle(rows: int, columns: int, rng: np.random.Generator) -> Plane:
    """Hair-thin cracks: the borders of cells."""
    x, y = grid(rows, columns)
    bend = 0.012 * noise(rng, (rows, columns), 90, 3)
    seeds = rng.random((150, 2)).astype(np.float32)
    first = np.full((rows, columns), 9, np.float32)
    second = first.copy()
    for seed_x, seed_y in seeds:
        distance = np.hypot(x + bend - seed_x, y - bend - seed_y)
        second = np.minimum(second, np.maximum(first, distance))
        first = np.minimum(first, distance)
    return step(0.0022, 0.0006, second - first) * step(-0.6, 0.6, noise(rng, (rows, columns), 120, 2))


def _ring(radius: float, start: float = 0, end: float = 360) -> list[Point]:
    turns = np.radians(np.linspace(start, end, max(int(abs(end - start) / 12), 4)))
    return [(radius * float(np.cos(turn)), radius * float(np.sin(turn))) for turn in turns]


def _frame(tile: Tile) -> None:
    for radius, wide in ((0.80, 0.020), (0.855, 0.036)):
        for start in (0, 90, 180, 270):
            tile.line(_ring(radius, start - 4, start + 94), wide, 1.3)
    for turn in range(36):
        tile.line(
            [
                (0.805 * np.cos(turn * np.pi / 18), 0.805 * np.sin(turn * np.pi / 18)),
                (0.845 * np.cos(turn * np.pi / 18 + 0.08), 0.845 * np.sin(turn * np.pi / 18 + 0.08)),
            ],
            0.016,
            1.2,
        )
    for right in (-1, 1):
        for down in (-1, 1):

            def at(u: float, v: float, right: int = right, down: int = down) -> Point:
                return right * (0.955 - u - v), down * (0.955 - u + v)

            tile.line([at(0.02, 0), at(0.10, 0.0), at(0.23, 0)], 0.060, 1.4)
            for side in (-1, 1):
                tile.line(
                    [at(0.03, 0), at(0.08, side * 0.09), at(0.045, side * 0.22), at(-0.02, side * 0.20)], 0.046, 1.3
                )
                tile.line([at(0.10, 0.0), at(0.16, side * 0.06), at(0.12, side * 0.11)], 0.030, 1.1)


def _ground(tile: Tile, level: float) -> None:
    for index, (left, right) in enumerate(((-0.70, 0.72), (-0.64, 0.10), (-0.2, 0.62), (-0.48, 0.30), (-0.1, 0.40))):
        y = level + 0.085 * index
        tile.line([(left, y), ((left + right) / 2, y + 0.018), (right, y - 0.004)], 0.030, 1.2 - 0.13 * index, 0.4)
    tile.wash([(-0.72, level), (0.72, level), (0.55, level + 0.26), (-0.5, level + 0.30)], 0.30)


def _clouds(tile: Tile, x: float, y: float) -> None:
    for index, (left, wide, high) in enumerate(((0.0, 0.16, 0.07), (0.13, 0.20, 0.11), (0.30, 0.15, 0.06))):
        tile.line([(x + left, y), (x + left + wide / 2, y - high), (x + left + wide, y)], 0.018, 0.8)
        tile.line(
            [(x + left + 0.02, y + 0.05 + 0.02 * index), (x + left + wide, y + 0.05 + 0.02 * index)], 0.016, 0.5, 0.4
        )


def _birds(tile: Tile, x: float, y: float) -> None:
    for dx, dy in ((0, 0), (0.12, -0.06), (0.20, 0.05)):
        tile.line([(x + dx - 0.05, y + dy - 0.03), (x + dx - 0.02, y + dy - 0.035), (x + dx, y + dy)], 0.016)
        tile.line([(x + dx, y + dy), (x + dx + 0.02, y + dy - 0.035), (x + dx + 0.05, y + dy - 0.03)], 0.016)


def _mill(tile: Tile) -> None:
    _ground(tile, 0.40)
    tile.wash([(-0.20, 0.40), (-0.115, -0.12), (0.115, -0.12), (0.20, 0.40)], 1.15, 0.75)
    tile.edged([(-0.20, 0.40), (-0.115, -0.12), (0.115, -0.12), (0.20, 0.40)])
    tile.wash([(-0.14, -0.12), (-0.07, -0.26), (0.07, -0.26), (0.14, -0.12)], 1.6, 0.3)
    tile.line([(-0.30, 0.16), (0.30, 0.16)], 0.036, 1.8)
    tile.edged([(-0.06, 0.40), (-0.06, 0.26), (0.05, 0.26), (0.05, 0.40)], 0.02)
    for turn in (28, 118, 208, 298):
        dx, dy = np.cos(np.radians(turn)), np.sin(np.radians(turn))
        tip = (0.56 * dx, -0.17 + 0.56 * dy)
        tile.line([(0, -0.17), tip], 0.026, 1.9)
        side = (-0.11 * dy, 0.11 * dx)
        tile.edged(
            [(0.14 * dx + side[0], -0.17 + 0.14 * dy + side[1]), (tip[0] + side[0], tip[1] + side[1]), tip], 0.018
        )
        for rung in np.linspace(0.16, 0.54, 8):
            foot = (rung * dx, -0.17 + rung * dy)
            tile.line([foot, (foot[0] + side[0], foot[1] + side[1])], 0.015, 1.1)
        tile.wash(
            [
                (0.14 * dx, -0.17 + 0.14 * dy),
                (0.14 * dx + side[0], -0.17 + 0.14 * dy + side[1]),
                (tip[0] + side[0], tip[1] + side[1]),
                tip,
            ],
            0.35,
        )
    _tree(tile, -0.50, 0.40, 0.8)
    _tree(tile, 0.53, 0.41, 0.6)
    _clouds(tile, -0.62, -0.30)
    _birds(tile, 0.36, -0.42)


def _tree(tile: Tile, x: float, foot: float, size: float) -> None:
    tile.line([(x, foot), (x + 0.01, foot - 0.22 * size)], 0.04 * size, 1.7)
    for row in range(4):
        for place in np.linspace(-1, 1, 5 - row):
            cx, cy = x + 0.14 * size * place * (1 - 0.15 * row), foot - (0.20 + 0.09 * row) * size
            tile.line(
                [(cx - 0.055 * size, cy + 0.02), (cx, cy - 0.05 * size), (cx + 0.055 * size, cy + 0.02)],
                0.052 * size,
                0.7 + 0.5 * (place < 0.2),
                0.3,
            )


def _ship(tile: Tile) -> None:
    for row in range(6):
        y = 0.33 + 0.075 * row
        reach = float(np.sqrt(max(0.76**2 - y**2, 0.05)))
        for start in np.arange(-reach, reach - 0.10, 0.20) + 0.05 * (row % 2):
            tile.line(
                [(start, y), (start + 0.06, y - 0.032), (start + 0.13, y + 0.006), (start + 0.17, y - 0.012)],
                0.024,
                1.2 - 0.1 * row,
                0.2,
            )
    hull = [(-0.47, 0.10), (-0.36, 0.30), (0.34, 0.31), (0.50, 0.04), (0.30, 0.12), (-0.2, 0.14)]
    tile.wash(hull, 1.7, 0.45)
    tile.edged([*hull, hull[0]], 0.026)
    tile.line([(-0.42, 0.18), (0.0, 0.215), (0.42, 0.16)], 0.018, 1.8)
    for mast, top, width, flag in ((-0.25, -0.42, 0.17, 0.10), (0.03, -0.58, 0.21, 0.13), (0.28, -0.36, 0.15, 0.10)):
        tile.line([(mast, 0.12), (mast, top)], 0.022, 1.9)
        for low, high, share in ((0.04, 0.22, 1.0), (0.27, 0.42, 0.78), (0.47, 0.58, 0.55)):
            bottom, upper = 0.12 - low * (0.12 - top) / 0.62, 0.12 - high * (0.12 - top) / 0.62
            half = width * share
            sail = [
                (mast - half, bottom),
                (mast - 0.86 * half, upper),
                (mast + 0.82 * half, upper),
                (mast + half, bottom),
            ]
            tile.wash(sail, 0.52, 0.0)
            tile.wash([sail[0], sail[1], (mast - 0.3 * half, upper), (mast - 0.2 * half, bottom)], 0.6)
            tile.edged([sail[1], sail[2]], 0.02)
            tile.line([sail[0], (mast, bottom + 0.035), sail[3]], 0.022, 1.4)
            tile.line([sail[1], (mast - 1.08 * half, (bottom + upper) / 2), sail[0]], 0.018, 1.3)
            tile.line([sail[2], (mast + 1.06 * half, (bottom + upper) / 2), sail[3]], 0.018, 1.3)
        tile.line([(mast, top), (mast + 0.5 * flag, top - 0.02), (mast + flag, top + 0.015)], 0.045, 1.7)
    tile.line([(0.44, 0.08), (0.66, -0.08)], 0.020, 1.6)
    _birds(tile, -0.56, -0.22)
    _clouds(tile, 0.30, -0.46)


def _tulips(tile: Tile) -> None:
    vase = [
        (-0.13, 0.62),
        (-0.20, 0.42),
        (-0.10, 0.24),
        (-0.13, 0.16),
        (0.13, 0.16),
        (0.10, 0.24),
        (0.20, 0.42),
        (0.13, 0.62),
    ]
    tile.wash(vase, 0.9, 0.7)
    tile.line([vase[0], vase[1], vase[2], vase[3]], 0.03)
    tile.line([vase[4], vase[5], vase[6], vase[7]], 0.03)
    tile.edged([vase[0], vase[7]], 0.03)
    tile.edged([vase[3], vase[4]], 0.024)
    for y in (0.30, 0.54):
        tile.line([(-0.16, y), (0, y + 0.03), (0.16, y)], 0.026, 1.6)
    for x in (-0.09, 0.0, 0.09):
        tile.line([(x, 0.37), (x + 0.035, 0.42), (x, 0.48), (x - 0.035, 0.42), (x, 0.37)], 0.022, 1.5)
    for x, y, lean, size in (
        (0.0, -0.44, 0.0, 1.0),
        (-0.38, -0.20, -0.5, 0.86),
        (0.40, -0.22, 0.5, 0.86),
        (-0.21, -0.52, -0.2, 0.62),
        (0.23, -0.54, 0.2, 0.62),
    ):
        tile.line([(0.03 * np.sign(x), 0.17), (0.45 * x, 0.0), (x, y + 0.16 * size)], 0.024, 1.4)
        for side, dark in ((-1, 1.5), (1, 0.8), (0, 1.1)):
            spread = 0.105 * size
            tile.line(
                [
                    (x, y + 0.17 * size),
                    (x + side * spread + 0.06 * lean, y + 0.04 * size),
                    (x + side * 0.9 * spread + 0.12 * lean, y - 0.15 * size),
                ],
                0.115 * size,
                dark,
                0.15,
            )
            tile.line(
                [
                    (x, y + 0.17 * size),
                    (x + side * 1.5 * spread + 0.06 * lean, y + 0.04 * size),
                    (x + side * 0.9 * spread + 0.12 * lean, y - 0.17 * size),
                ],
                0.018,
                1.8,
            )
    for side in (-1, 1):
        for reach, rise in ((0.50, 0.10), (0.40, 0.28), (0.62, -0.04)):
            tile.line([(side * 0.04, 0.15), (side * 0.55 * reach, rise - 0.14), (side * reach, rise)], 0.085, 1.0, 0.2)
            tile.line([(side * 0.04, 0.15), (side * 0.55 * reach, rise - 0.14), (side * reach, rise)], 0.016, 1.9)


def _bridge(tile: Tile) -> None:
    for x, wide, high, roof in (
        (-0.52, 0.20, 0.36, 0.14),
        (-0.29, 0.17, 0.46, 0.16),
        (0.30, 0.22, 0.40, 0.15),
        (0.53, 0.17, 0.30, 0.12),
    ):
        base, half = 0.14, wide / 2
        tile.wash([(x - half, base), (x - half, base - high), (x + half, base - high), (x + half, base)], 0.62)
        tile.wash([(x - half, base - high), (x, base - high - roof), (x + half, base - high)], 1.5)
        tile.edged(
            [
                (x - half, base),
                (x - half, base - high),
                (x, base - high - roof),
                (x + half, base - high),
                (x + half, base),
            ],
            0.02,
        )
        for row in range(3):
            for side in (-0.42, 0.42):
                y = base - high + 0.05 + 0.115 * row
                if y < base - 0.08:
                    tile.line([(x + side * half, y), (x + side * half, y + 0.055)], 0.045, 1.7)
    tower = [(-0.06, 0.10), (-0.055, -0.44), (0.055, -0.44), (0.06, 0.10)]
    tile.wash(tower, 0.9, 0.6)
    tile.edged(tower, 0.022)
    tile.wash([(-0.07, -0.44), (0.0, -0.72), (0.07, -0.44)], 1.7)
    tile.line([(0.0, -0.70), (0.0, -0.77)], 0.02, 1.8)
    tile.line([(-0.02, -0.32), (0.02, -0.32)], 0.05, 1.8)
    arch = [(-0.74, 0.22), (-0.36, 0.10), (0.0, 0.06), (0.36, 0.10), (0.74, 0.22)]
    tile.line(arch, 0.060, 1.6)
    tile.line([(x, y + 0.07) for x, y in arch], 0.030, 1.2)
    for x in (-0.38, 0.0, 0.38):
        tile.line([(x - 0.14, 0.40), (x - 0.10, 0.24), (x, 0.19), (x + 0.10, 0.24), (x + 0.14, 0.40)], 0.034, 1.7)
        tile.wash([(x - 0.13, 0.40), (x - 0.10, 0.25), (x, 0.20), (x + 0.10, 0.25), (x + 0.13, 0.40)], 1.1)
    for row in range(5):
        y = 0.44 + 0.065 * row
        reach = 0.62 - 0.10 * row
        tile.line([(-reach, y), (-0.2, y + 0.012), (0.1, y - 0.008), (reach, y)], 0.022, 1.0, 0.35)
    _birds(tile, 0.24, -0.46)
    _clouds(tile, -0.60, -0.44)
