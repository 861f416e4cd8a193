"""Gold ground: leaf laid in squares, a tree of spirals, two robes of tesserae and a meadow of discs."""

import cv2
import numpy as np
from numpy.typing import NDArray

from paint.canvas import Picture, blur, colours, grid, noise, raking_light, ramp, step

Colour = tuple[float, float, float]
GOLDS = colours("8a5a12", "c08a22", "dcae3c", "efcf6a", "f8e6a0")
UMBER, BLACK, IVORY, SILVER, BRASS = colours("3b2410", "17130f", "f6eed6", "a9a79a", "d09a28")
FLOWERS = colours("c8352b", "e4672e", "2f6f8f", "6a3d86", "2f7d4f", "e9b62f", "d8578a", "1f3f7a")
FINE = 2  # drawn at twice the size and averaged
MARGIN = np.array([0.008, 0.006])  # of a robe, dark
SPIRALS = (  # where its eye is, its size, how often and which way it turns, where it leaves to the branch
    (0.60, 0.165, 0.125, 2.6, 1, 2.2), (0.855, 0.30, 0.115, 2.5, -1, 1.0), (0.395, 0.30, 0.090, 2.4, -1, 0.6),
    (0.905, 0.085, 0.070, 2.2, 1, 2.4), (0.355, 0.085, 0.080, 2.3, 1, 1.7), (0.735, 0.43, 0.070, 2.2, 1, 0.4),
    (0.525, 0.415, 0.065, 2.1, 1, 2.9), (0.145, 0.175, 0.110, 2.5, -1, 0.5), (0.96, 0.50, 0.055, 2.0, -1, 1.2),
    (0.06, 0.375, 0.055, 2.0, 1, 0.0), (0.245, 0.375, 0.050, 2.0, 1, 2.0), (0.74, 0.07, 0.048, 1.9, -1, 1.2),
)  # fmt: skip


class Panel:
    """The picture, 8 bits, and the relief of what is raised on it; lengths in units of the height."""

    def __init__(self, ground: Picture) -> None:
        self.rows = ground.shape[0]
        self.picture = np.round(np.clip(ground, 0, 1) * 255).astype(np.uint8)
        self.relief = np.zeros(ground.shape[:2], np.uint8)

    def disc(self, x: float, y: float, radius: float, colour: NDArray[np.float32], raised: int = 0) -> None:
        """A disc of that colour; `raised` in levels of 255."""
        place, size = (round(x * self.rows * 16), round(y * self.rows * 16)), max(round(radius * self.rows * 16), 1)
        cv2.circle(self.picture, place, size, _levels(colour), -1, cv2.LINE_AA, 4)
        if raised:
            cv2.circle(self.relief, place, size, (float(raised),), -1, cv2.LINE_AA, 4)

    def fill(self, points: NDArray[np.floating], colour: NDArray[np.float32], raised: int = 0) -> None:
        """A polygon (n, 2) of that colour."""
        corners = np.round(points * self.rows * 16).astype(np.int32)
        cv2.fillPoly(self.picture, [corners], _levels(colour), cv2.LINE_AA, 4)
        if raised:
            cv2.fillPoly(self.relief, [corners], (float(raised),), cv2.LINE_AA, 4)

    def cord(
        self, path: NDArray[np.floating], radii: NDArray[np.floating], colour: NDArray[np.float32], raised: int
    ) -> None:
        """A line (n, 2) as thick as `radii` say."""
        for (x, y), radius in zip(path, radii, strict=True):
            self.disc(float(x), float(y), float(radius), colour, raised)


def paint(height: int, width: int, rng: np.random.Generator) -> Picture:
    """Return the panel."""
    rows, columns = height * FINE, width * FINE
    panel = Panel(_leaf(rows, columns, rng))
    for _ in range(900):
        _dot(panel, rng)
    _tree(panel, rng)
    _meadow(panel, rng)
    _robe(panel, 0.19, 0.235, 0.48, rng, blocks=True)
    _robe(panel, 0.47, 0.165, 0.60, rng, blocks=False)
    picture = np.asarray(panel.picture / 255, np.float32)
    height_px = blur(np.asarray(panel.relief / 255, np.float32) * 9, 2.2) + 0.35 * noise(rng, (rows, columns), 5, 2)
    lit = raking_light(picture, height_px, 0.55, 0.10)
    return np.asarray(cv2.resize(lit, (width, height), interpolation=cv2.INTER_AREA), np.float32)


def _levels(colour: NDArray[np.float32]) -> Colour:
    red, green, blue = (float(part) * 255 for part in colour)
    return red, green, blue


def _leaf(rows: int, columns: int, rng: np.random.Generator) -> Picture:
    """Gold leaf: squares that overlap a little, rubbed and mottled."""
    x, y = grid(rows, columns)
    side = 0.125
    tone = rng.normal(0, 0.055, (12, 12)).astype(np.float32)
    square = tone[(y / side).astype(np.int32) % 12, (x / side).astype(np.int32) % 12]
    seam = np.minimum(np.abs((x + 0.004) % side - 0.004), np.abs((y + 0.004) % side - 0.004))
    rubbed = noise(rng, (rows, columns), 240, 5)
    place = 0.52 + square + 0.10 * rubbed + 0.10 * step(0.004, 0.001, seam) + 0.05 * noise(rng, (rows, columns), 9, 3)
    return ramp(GOLDS, place)


def _dot(panel: Panel, rng: np.random.Generator) -> None:
    x, y, size = rng.uniform(0, 1), rng.uniform(0, 0.9), rng.uniform(0.002, 0.0065)
    panel.disc(x, y, size, GOLDS[int(rng.choice([0, 0, 4, 3]))], 90)
    if size > 0.0045:
        panel.disc(x, y, size * 0.5, GOLDS[2], 40)


def _tree(panel: Panel, rng: np.random.Generator) -> None:
    y = np.linspace(1.0, 0.36, 200)
    trunk = np.stack([0.70 + 0.030 * np.sin(5 * y) - 0.05 * (1 - y), y], axis=1)
    cords = [(trunk, 0.050 * (0.45 + 0.55 * (y - 0.36) / 0.64))]
    for eye_x, eye_y, size, turns, way, leaves in SPIRALS:
        t = np.linspace(0, 1, 420)
        angle = leaves + way * 2 * np.pi * turns * (1 - t)
        radius = size * (1 - t) ** 0.85
        spiral = np.stack([eye_x + radius * np.cos(angle), eye_y + radius * np.sin(angle)], axis=1)
        start = spiral[0]
        root = np.array([0.68, 0.50 + 0.25 * abs(start[0] - 0.68)])
        s = np.linspace(0, 1, 160)[:, None]
        ahead = start + (spiral[0] - spiral[6]) * 6.0
        branch = (
            (1 - s) ** 3 * root + 3 * (1 - s) ** 2 * s * (root - [0, 0.16]) + 3 * (1 - s) * s**2 * ahead + s**3 * start
        )
        thick = 0.085 * size
        cords.append(
            (np.concatenate([branch, spiral]), np.concatenate([np.linspace(0.013, thick, 160), thick * (1 - 0.62 * t)]))
        )
    for path, radii in cords:
        panel.cord(path, radii + 0.0038, UMBER, 60)
    for path, radii in cords:
        panel.cord(path, radii, BRASS, 170)
    for path, radii in cords:
        for index in range(12, len(path), 26):
            panel.disc(*path[index], min(0.34 * radii[index], 0.006), GOLDS[4] if index % 52 else UMBER, 220)
    for eye_x, eye_y, size, *_ in SPIRALS:
        panel.disc(eye_x, eye_y, 0.17 * size, UMBER, 120)
        panel.disc(eye_x, eye_y, 0.11 * size, FLOWERS[int(rng.integers(len(FLOWERS)))], 160)
    for eye_x, eye_y, size, *_ in SPIRALS[:9]:
        for turn in np.linspace(0, 2 * np.pi, 5)[:-1] + rng.uniform(0, 1):
            _triangle(
                panel, eye_x + 0.66 * size * np.cos(turn), eye_y + 0.66 * size * np.sin(turn), 0.10 * size + 0.005, turn
            )


def _triangle(panel: Panel, x: float, y: float, size: float, turn: float) -> None:
    def corner(share: float) -> NDArray[np.floating]:
        turns = turn + np.array([0, 2.094, 4.189])
        return np.stack([x + share * size * np.cos(turns), y + share * size * np.sin(turns)], axis=1)

    panel.fill(corner(1.35), BLACK, 120)
    panel.fill(corner(0.8), IVORY, 160)
    panel.disc(x, y, 0.24 * size, BLACK, 100)


def _robe(panel: Panel, middle: float, half: float, top: float, rng: np.random.Generator, *, blocks: bool) -> None:
    """A bell-shaped robe: upright blocks, black, white and silver, or discs of flowers."""
    y = np.linspace(top, 1.02, 80)
    share = (y - top) / (1.02 - top)
    reach = half * (0.28 + 0.72 * np.sin(np.pi / 2 * share**0.8))
    outline = np.concatenate([np.stack([middle - reach, y], axis=1), np.stack([middle + reach, y], axis=1)[::-1]])
    panel.fill(np.concatenate([outline[:80] - MARGIN, outline[80:] + MARGIN * [1, -1]]), UMBER, 90)
    panel.fill(outline, GOLDS[2], 120)
    inside = np.zeros(panel.relief.shape, np.uint8)
    cv2.fillPoly(inside, [np.round(outline * panel.rows).astype(np.int32)], 1)
    held, relief = panel.picture.copy(), panel.relief.copy()
    (_blocks if blocks else _discs)(panel, (middle - half, middle + half, top), rng)
    panel.picture = np.where(inside[..., None] > 0, panel.picture, held)
    panel.relief = np.where(inside > 0, panel.relief, relief)


def _blocks(panel: Panel, box: tuple[float, float, float], rng: np.random.Generator) -> None:
    left, right, y = box
    while y < 1.0:
        tall, x = rng.uniform(0.022, 0.060), left
        while x < right:
            wide = rng.uniform(0.012, 0.038)
            tone = (BLACK, IVORY, SILVER, BRASS, GOLDS[3])[int(rng.choice(5, p=[0.32, 0.2, 0.16, 0.16, 0.16]))]
            inset = 0.0022
            corners = np.array(
                [
                    (x + inset, y + inset),
                    (x + wide - inset, y + inset),
                    (x + wide - inset, y + tall - inset),
                    (x + inset, y + tall - inset),
                ]
            )
            panel.fill(corners, tone, 200)
            if wide > 0.022 and tall > 0.034:
                centre = x + wide / 2, y + tall / 2
                panel.disc(*centre, 0.0075, BLACK if tone is not BLACK else GOLDS[3], 230)
                panel.disc(*centre, 0.0036, IVORY if tone is not IVORY else FLOWERS[0], 250)
            x += wide
        y += tall


def _discs(panel: Panel, box: tuple[float, float, float], rng: np.random.Generator) -> None:
    left, right, top = box
    for _ in range(150):
        x, y, size = rng.uniform(left, right), rng.uniform(top, 1.0), rng.uniform(0.010, 0.026)
        _rosette(panel, x, y, size, rng)


def _rosette(panel: Panel, x: float, y: float, size: float, rng: np.random.Generator) -> None:
    outer, middle = (FLOWERS[int(rng.integers(len(FLOWERS)))] for _ in range(2))
    panel.disc(x, y, size * 1.12, UMBER, 110)
    panel.disc(x, y, size, outer, 150)
    for turn in np.linspace(0, 2 * np.pi, 9)[:-1]:
        panel.disc(x + 0.74 * size * np.cos(turn), y + 0.74 * size * np.sin(turn), 0.15 * size, GOLDS[4], 200)
    panel.disc(x, y, 0.52 * size, middle, 180)
    panel.disc(x, y, 0.26 * size, GOLDS[3], 220)


def _meadow(panel: Panel, rng: np.random.Generator) -> None:
    x = np.linspace(-0.02, 1.02, 120)
    bank = 0.86 - 0.07 * np.exp(-(((x - 0.95) / 0.22) ** 2)) + 0.012 * np.sin(17 * x)
    panel.fill(np.concatenate([np.stack([x, bank], axis=1), [(1.02, 1.02), (-0.02, 1.02)]]), colours("23492c")[0], 40)
    for _ in range(640):
        place = rng.uniform(0, 1)
        level = 0.86 - 0.07 * np.exp(-(((place - 0.95) / 0.22) ** 2)) + 0.01 + rng.random() ** 0.9 * 0.19
        if rng.random() < 0.5:
            panel.disc(
                place, level, rng.uniform(0.004, 0.010), colours("3f7a3a", "6f9a3c", "1c3a26")[int(rng.integers(3))], 90
            )
        else:
            _rosette(panel, place, level, rng.uniform(0.006, 0.015), rng)
