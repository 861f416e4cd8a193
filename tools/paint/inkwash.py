"""Ink wash: peaks in mist, a bamboo, a boat: wet washes, dry brush and one red seal on rice paper."""

from itertools import pairwise

import cv2
import numpy as np
from numpy.typing import NDArray

from paint.canvas import Picture, Plane, blur, colours, flat, grid, noise, over, step

PAPER, INK, SEAL, SUN = colours("f1e8d6", "15171c", "a8231c", "c8442e")
FINE = 2  # drawn at twice the size and averaged
PEAKS = (  # crest's height, its swing, where it is highest, darkness, how far the wash runs down
    (0.30, 0.10, 0.30, 0.26, 0.16),
    (0.38, 0.16, 0.62, 0.50, 0.15),
    (0.52, 0.13, 0.20, 0.95, 0.16),
)


class Sheet:
    """Paper, and the ink on it: 0 none, 3 black."""

    def __init__(self, height: int, width: int, rng: np.random.Generator) -> None:
        self.x, self.y = grid(height, width)
        self.rng = rng
        self.ink = np.zeros((height, width), np.float32)
        self.tooth = noise(rng, (height, width), 7 * height / 1536, 3)

    def stroke(self, points: list[tuple[float, float]], widths: tuple[float, ...], dark: float, dry: float) -> None:
        """One stroke of the brush along points; `widths` from its head to its tail; dry, it leaves paper uncovered."""
        rows = self.ink.shape[0]
        path = _smooth(np.array(points, np.float64))
        steps = np.linspace(0, 1, len(path))
        radius = np.interp(steps, np.linspace(0, 1, len(widths)), widths) * rows / 2
        corner = np.maximum(np.floor(path.min(axis=0) * rows - radius.max()).astype(int) - 8, 0)
        left, top = int(corner[0]), int(corner[1])
        right, bottom = np.ceil(path.max(axis=0) * rows + radius.max()).astype(int) + 8
        box = np.s_[top : max(int(bottom), top), left : max(int(right), left)]
        tooth = self.tooth[box]
        if not tooth.size:
            return
        along = np.full(tooth.shape, -1, np.float32)
        for (x, y), half, place in zip(path * rows - (left, top), radius, steps, strict=True):
            if half > 0.4:
                cv2.circle(along, (round(x * 16), round(y * 16)), round(half * 16), float(place), -1, cv2.LINE_8, 4)
        cover = blur((along >= 0).astype(np.float32), 1.2)
        bare = step(1.25 - dry, 2.0 - dry, tooth + 1.4 * dry * np.clip(along, 0, 1))
        self.ink[box] += cover * dark * (1 - bare * min(1.0, 2 * dry)) * (1 + 0.10 * tooth)

    def wash(self, amount: Plane) -> None:
        """Wet ink, that gathers in the paper's hollows."""
        cloud = noise(self.rng, self.ink.shape, 0.09 * self.ink.shape[0], 4)
        self.ink += np.clip(amount * (1 + 0.22 * cloud + 0.10 * self.tooth), 0, None)


def paint(height: int, width: int, rng: np.random.Generator) -> Picture:
    """Return the sheet when it has dried."""
    sheet = Sheet(height * FINE, width * FINE, rng)
    for peak in PEAKS:
        _mountain(sheet, *peak)
    _water(sheet)
    _boat(sheet, 0.36, 0.80)
    _shore(sheet)
    _bamboo(sheet)
    _birds(sheet)
    fibres = noise(rng, sheet.ink.shape, 90, 5)
    picture = flat(*sheet.ink.shape, PAPER) * (1 + 0.014 * fibres + 0.010 * sheet.tooth)[..., None]
    sun = np.hypot(sheet.x - 0.30, sheet.y - 0.155) + 0.0015 * sheet.tooth
    picture = over(picture, SUN, 0.78 * step(0.061, 0.057, sun) * (1 - 0.12 * np.abs(sheet.tooth)))
    picture = over(picture, INK, 1 - np.exp(-1.15 * sheet.ink))
    picture = _seal(picture, sheet)
    small = cv2.resize(picture, (width, height), interpolation=cv2.INTER_AREA)
    return np.clip(small, 0, 1).astype(np.float32)


def _smooth(points: NDArray[np.float64]) -> NDArray[np.float64]:
    """Points of a curve (Catmull-Rom) through the given ones."""
    if len(points) == 2:
        points = np.stack([points[0], points.mean(axis=0), points[1]])
    padded = np.concatenate([2 * points[:1] - points[1:2], points, 2 * points[-1:] - points[-2:-1]])
    found = []
    for a, b, c, d in zip(padded[:-3], padded[1:-2], padded[2:-1], padded[3:], strict=True):
        count = max(int(np.hypot(*(c - b)) * 420), 4)
        found += [
            0.5 * (2 * b + (c - a) * t + (2 * a - 5 * b + 4 * c - d) * t**2 + (3 * b - a - 3 * c + d) * t**3)
            for t in np.arange(count) / count
        ]
    return np.array([*found, points[-1]])


def _mountain(sheet: Sheet, level: float, swing: float, place: float, dark: float, fall: float) -> None:
    rows, columns = sheet.ink.shape
    across = np.linspace(0, columns / rows, columns, dtype=np.float32)
    rough = noise(sheet.rng, (4, columns), 0.16 * rows, 6)[1]
    humps = np.exp(-(np.abs((across - place) / 0.17) ** 1.5)) + 0.62 * np.exp(
        -(np.abs((across - place - 0.33) / 0.11) ** 1.5)
    )
    humps = humps + 0.5 * np.exp(-(np.abs((across - place + 0.30) / 0.10) ** 1.5))
    crest = level + 0.10 - 1.5 * swing * humps - 0.016 * rough
    depth = sheet.y - crest[None, :].astype(np.float32)
    inside = step(0.0, 0.004, depth)
    mist = np.exp(-np.clip(depth, 0, None) / fall) * step(fall * 3.2, fall * 1.0, depth)
    sheet.wash((dark * 0.62 * inside * mist).astype(np.float32))
    # Texture strokes run down the flanks; they are dry, and end where the mist begins.
    slope = cv2.resize(noise(sheet.rng, (rows // 14, columns), 9, 3), (columns, rows))
    lean = np.clip(np.gradient(crest) * rows, -2.5, 2.5).astype(np.float32)[None, :] * depth * rows
    source = np.clip(np.arange(columns, dtype=np.float32)[None, :] - 0.5 * lean, 0, columns - 1).astype(np.float32)
    level_rows = np.repeat(np.arange(rows, dtype=np.float32)[:, None], columns, axis=1)
    streak = cv2.remap(slope, np.broadcast_to(source, (rows, columns)).copy(), level_rows, cv2.INTER_LINEAR)
    texture = step(0.25, 1.3, streak + 0.45 * sheet.tooth) * inside * step(fall * 1.5, fall * 0.1, depth)
    sheet.ink += dark * 1.15 * texture
    edge = np.exp(-(((depth - 0.003) / 0.0028) ** 2)) * step(-0.9, 0.7, 0.8 * rough[None, :] + 0.35 * sheet.tooth)
    sheet.ink += (dark * 1.1 * edge).astype(np.float32)


def _water(sheet: Sheet) -> None:
    for _ in range(26):
        y = 0.70 + 0.27 * sheet.rng.random() ** 1.2
        x, long = sheet.rng.uniform(-0.05, 0.95), sheet.rng.uniform(0.05, 0.20)
        sag = sheet.rng.uniform(-0.004, 0.004)
        sheet.stroke(
            [(x, y), (x + long / 2, y + sag), (x + long, y)],
            (0.001, 0.0045, 0.001),
            sheet.rng.uniform(0.12, 0.38),
            0.45,
        )


def _boat(sheet: Sheet, x: float, y: float) -> None:
    sheet.stroke(
        [(x - 0.085, y - 0.016), (x - 0.03, y + 0.006), (x + 0.04, y + 0.006), (x + 0.10, y - 0.020)],
        (0.004, 0.017, 0.016, 0.003),
        1.7,
        0.15,
    )
    sheet.stroke(
        [(x - 0.035, y - 0.008), (x - 0.025, y - 0.040), (x + 0.022, y - 0.042), (x + 0.038, y - 0.008)],
        (0.006, 0.007, 0.007, 0.006),
        1.0,
        0.2,
    )
    sheet.stroke([(x + 0.066, y - 0.014), (x + 0.066, y - 0.052)], (0.012, 0.006), 1.9, 0.1)
    sheet.stroke(
        [(x + 0.046, y - 0.050), (x + 0.066, y - 0.068), (x + 0.087, y - 0.050)], (0.003, 0.009, 0.003), 1.6, 0
    )
    sheet.stroke([(x + 0.05, y - 0.075), (x + 0.13, y + 0.035)], (0.002, 0.003), 1.2, 0.1)
    sheet.stroke([(x - 0.07, y + 0.026), (x + 0.01, y + 0.030), (x + 0.09, y + 0.025)], (0.002, 0.012, 0.002), 0.4, 0.5)


def _shore(sheet: Sheet) -> None:
    rows = sheet.ink.shape[0]
    bank = 0.985 - 0.17 * np.exp(-(((sheet.x - 1.02) / 0.27) ** 2)) - 0.035 * np.exp(-(((sheet.x - 0.02) / 0.20) ** 2))
    depth = (sheet.y - bank + 0.010 * noise(sheet.rng, sheet.ink.shape, 0.08 * rows, 4)).astype(np.float32)
    sheet.wash(0.9 * step(-0.002, 0.012, depth) * (0.5 + 0.5 * step(0.0, 0.08, depth)))
    for _ in range(30):
        x = float(sheet.rng.normal(0.97, 0.15)) if sheet.rng.random() < 0.75 else float(sheet.rng.uniform(0, 0.18))
        foot = 0.985 - 0.17 * np.exp(-(((x - 1.02) / 0.27) ** 2)) - 0.035 * np.exp(-(((x - 0.02) / 0.20) ** 2))
        lean, tall = sheet.rng.normal(0, 0.018), sheet.rng.uniform(0.02, 0.06)
        sheet.stroke(
            [(x, foot + 0.01), (x + 0.3 * lean, foot - 0.5 * tall), (x + lean, foot - tall)],
            (0.0045, 0.0035, 0.0008),
            1.5,
            0.1,
        )


def _bamboo(sheet: Sheet) -> None:
    for foot, top, wide, dark in ((0.845, 0.775, 0.030, 0.85), (0.945, 0.93, 0.021, 1.3)):
        joints = np.linspace(1.0, -0.02, 7) + sheet.rng.normal(0, 0.008, 7)
        for low, high in pairwise(joints):
            a, b = top + (foot - top) * low, top + (foot - top) * high
            sheet.stroke(
                [(a, low - 0.007), ((a + b) / 2, (low + high) / 2), (b, high + 0.005)],
                (wide * 1.12, wide, wide, wide * 1.15),
                dark,
                0.36,
            )
            sheet.stroke(
                [(a - wide * 0.62, low + 0.004), (a, low - 0.004), (a + wide * 0.62, low + 0.003)],
                (0.002, 0.006, 0.002),
                1.5,
                0.0,
            )
    for x, y, turn, count, dark in (
        (0.775, 0.145, 200, 5, 2.0),
        (0.80, 0.31, 165, 5, 1.9),
        (0.93, 0.20, 150, 5, 2.2),
        (0.815, 0.47, 215, 4, 1.5),
        (0.94, 0.40, 160, 5, 2.2),
        (0.78, 0.07, 170, 4, 1.0),
        (0.70, 0.24, 175, 4, 0.7),
        (0.95, 0.60, 170, 4, 1.6),
    ):
        for leaf in range(count):
            angle = np.radians(turn - 62 + 118 * (leaf + sheet.rng.uniform(-0.3, 0.3)) / count - 90)
            long = sheet.rng.uniform(0.085, 0.155)
            dx, dy = -abs(np.sin(angle)) if turn > 180 else np.sin(angle), abs(np.cos(angle)) * 0.8 + 0.15
            tip = (x + long * dx, y + long * dy)
            middle = (x + 0.5 * long * dx + 0.01, y + 0.5 * long * dy - 0.006)
            sheet.stroke([(x, y), middle, tip], (0.003, 0.021, 0.013, 0.0005), dark, 0.12)
    sheet.stroke([(0.80, 0.45), (0.74, 0.30), (0.70, 0.235)], (0.006, 0.004, 0.003), 1.2, 0.2)


def _birds(sheet: Sheet) -> None:
    for x, y, size in ((0.13, 0.23, 0.022), (0.175, 0.205, 0.018), (0.215, 0.235, 0.014), (0.10, 0.195, 0.012)):
        sheet.stroke(
            [(x - size, y - 0.35 * size), (x - 0.4 * size, y - 0.5 * size), (x, y)], (0.001, 0.005, 0.002), 1.6, 0
        )
        sheet.stroke(
            [(x, y), (x + 0.4 * size, y - 0.55 * size), (x + size, y - 0.3 * size)], (0.002, 0.005, 0.001), 1.6, 0
        )


def _seal(picture: Picture, sheet: Sheet) -> Picture:
    x, y = (sheet.x - 0.075) / 0.030, (sheet.y - 0.885) / 0.034
    stamp = step(1.0, 0.96, np.maximum(np.abs(x), np.abs(y)) + 0.03 * sheet.tooth)
    signs = (np.abs(np.abs(x) - 0.45) < 0.10) & (np.abs(y) < 0.72)
    signs |= (np.abs(np.abs(y - 0.02) - 0.40) < 0.08) & (np.abs(x) < 0.75)
    signs |= np.abs(np.hypot(x, y) - 0.2) < 0.08
    cover = stamp * (1 - 0.9 * blur(signs.astype(np.float32), 1.2)) * step(1.9, 1.1, sheet.tooth)
    return over(picture, SEAL, 0.92 * cover)
