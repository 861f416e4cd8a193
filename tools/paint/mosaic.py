"""A floor mosaic: two fish in a sea, the tesserae laid in rows that follow the outlines (opus vermiculatum)."""

import cv2
import numpy as np
from numpy.typing import NDArray

from paint.canvas import Picture, blur, colours, flat, noise, raking_light

Mask = NDArray[np.uint8]
FINE = 2  # drawn at twice the size and averaged
TILE = 0.0215  # of the height
SEA = (
    colours("0c5f8f", "127fa8", "1b9ab8", "0a4a7a", "2fb3c0"),
    colours("7fd0c8", "a8e0d0", "5fbfc0"),
    colours("083a66", "0c4f86", "0a2f5a"),
)
GOLD, CORAL, CREAM = (
    colours("f2b632", "e09a1c", "f7cf5f"),
    colours("e0452a", "f0652f", "c8321f"),
    colours("fbeed0", "f3dfb0"),
)
INK, OLIVE = colours("14202e", "1f2f40"), colours("4f8f3a", "6fae42", "2f6f3a")
GROUT = colours("3a342e")[0]


def paint(height: int, width: int, rng: np.random.Generator) -> Picture:
    """Return the floor."""
    rows, columns = height * FINE, width * FINE
    picture = flat(rows, columns, GROUT * 0.9)
    relief = np.zeros((rows, columns), np.float32)
    free = np.full((rows, columns), 255, np.uint8)
    tile = TILE * rows
    for mask, glass, scale in reversed(_shapes(rows, columns)):
        free_here = np.asarray(cv2.bitwise_and(free, mask), np.uint8)
        _fill(picture, relief, free_here, glass, tile * scale, rng)
        free[mask > 0] = 0
    stone = 1 + 0.05 * noise(rng, (rows, columns), 18, 3)
    lit = raking_light(picture * stone[..., None], blur(relief, 1.2), relief=0.5, shine=0.12)
    return np.asarray(cv2.resize(lit, (width, height), interpolation=cv2.INTER_AREA), np.float32)


def _shapes(rows: int, columns: int) -> list[tuple[Mask, NDArray[np.float32], float]]:
    """From the bottom up: where, in which glass, with tiles of which size."""
    y, x = np.mgrid[0:rows, 0:columns].astype(np.float32) / rows
    swell = y + 0.028 * np.sin(7.5 * x + 0.6) + 0.012 * np.sin(17 * x)
    shapes = [(_mask(swell > -1), SEA[0], 1.0)]
    for level, glass in (
        (0.10, SEA[1]),
        (0.47, SEA[1]),
        (0.88, SEA[1]),
        (0.155, SEA[2]),
        (0.525, SEA[2]),
        (0.935, SEA[2]),
    ):
        shapes.append((_mask(np.abs(swell - level) < 0.026), glass, 0.95))
    weed = np.abs(x - 0.10 - 0.035 * np.sin(13 * y)) < 0.026 * np.clip((y - 0.42) * 3, 0, 1)
    weed |= np.abs(x - 0.92 - 0.03 * np.sin(12 * y + 2)) < 0.026 * np.clip((y - 0.55) * 3, 0, 1)
    shapes.append((_mask(weed), OLIVE, 0.9))
    shapes += _fish(x, y, (0.47, 0.30), 0.31, -0.12, (GOLD, CORAL))
    shapes += _fish(1 - x, y, (0.46, 0.715), 0.29, -0.10, (CORAL, GOLD))
    return shapes


def _fish(
    x: NDArray[np.float32],
    y: NDArray[np.float32],
    centre: tuple[float, float],
    size: float,
    tilt: float,
    glass: tuple[NDArray[np.float32], NDArray[np.float32]],
) -> list[tuple[Mask, NDArray[np.float32], float]]:
    dx, dy = (x - centre[0]) / size, (y - centre[1]) / size
    u, v = dx * np.cos(tilt) + dy * np.sin(tilt), dy * np.cos(tilt) - dx * np.sin(tilt)
    v = v + 0.06 * np.sin(3 * u)
    back = 0.42 * np.sqrt(np.clip(1 - u**2, 0, 1)) * (1 - 0.35 * u)
    body = (np.abs(v) < back) & (np.abs(u) < 0.97)
    tail = (u > 0.80) & (u < 1.32) & (np.abs(v) < 0.10 + 0.75 * (u - 0.80)) & (np.abs(v) > 0.55 * (u - 1.06))
    fin = (np.abs(u - 0.05 + 0.5 * v) < 0.40) & (v < 0) & (v > -0.72 + 0.5 * np.abs(u + 0.1))
    fin |= (np.abs(u - 0.25 - 0.4 * v) < 0.20) & (v > 0) & (v < 0.60)
    outline = np.asarray(cv2.dilate(_mask(body | tail | fin), _disc(round(0.018 * len(x)))), np.uint8)
    stripe = body & (np.sin(11.5 * u + 3.5 * v**2 - 0.4) > 0.45) & (u > -0.42)
    head = body & (u < -0.50 + 0.20 * np.cos(5 * v))
    eye = np.hypot(u + 0.68, v + 0.10)
    return [
        (outline, INK, 0.8),
        (_mask(tail | fin), glass[1], 0.8),
        (_mask(body), glass[0], 0.85),
        (_mask(stripe), glass[1], 0.8),
        (_mask(head), CREAM, 0.75),
        (_mask(eye < 0.125), INK, 0.6),
        (_mask(eye < 0.055), CREAM, 0.6),
    ]


def _fill(
    picture: Picture,
    relief: NDArray[np.float32],
    free: Mask,
    glass: NDArray[np.float32],
    tile: float,
    rng: np.random.Generator,
) -> None:
    """Lay tiles in rows at growing distance from the border of `free`, then stop the gaps with smaller ones."""
    room = free.copy()
    for pass_size in (1.0, 0.62, 0.4):
        side = tile * pass_size
        distance = cv2.distanceTransform(np.pad(free if pass_size == 1.0 else room, 1), cv2.DIST_L2, 5)[1:-1, 1:-1]
        for row in range(int(distance.max() / side + 0.5) + 1):
            level = _mask(distance > (row + 0.5) * side)
            lines, _ = cv2.findContours(level, cv2.RETR_LIST, cv2.CHAIN_APPROX_NONE)
            for line in lines:
                _row(picture, relief, room, line[:, 0].astype(np.float32), glass, side, rng)


def _row(
    picture: Picture,
    relief: NDArray[np.float32],
    room: Mask,
    line: NDArray[np.float32],
    glass: NDArray[np.float32],
    side: float,
    rng: np.random.Generator,
) -> None:
    pace = max(round(side * 0.9), 1)
    reach = max(round(side * 0.6), 1)
    for index in range(0, len(line) - pace // 2, pace):
        centre = line[index]
        ahead, behind = line[(index + reach) % len(line)], line[(index - reach) % len(line)]
        turn = float(np.degrees(np.arctan2(ahead[1] - behind[1], ahead[0] - behind[0]))) + rng.normal(0, 4)
        size = side * rng.uniform(0.86, 0.98), side * rng.uniform(0.80, 0.90)
        box = cv2.boxPoints(((float(centre[0]), float(centre[1])), size, turn))
        left, top = np.maximum(np.floor(box.min(axis=0)).astype(int), 0)
        right, bottom = np.minimum(np.ceil(box.max(axis=0)).astype(int) + 1, room.shape[::-1])
        if left >= right or top >= bottom:
            continue
        stamp = np.zeros((bottom - top, right - left), np.uint8)
        cv2.fillConvexPoly(stamp, np.round(box - (left, top)).astype(np.int32), 1)
        area = np.s_[top:bottom, left:right]
        laid = (stamp > 0) & (room[area] > 0)
        if laid.sum() < 0.62 * stamp.sum():
            continue
        tone = glass[int(rng.integers(len(glass)))] * rng.uniform(0.86, 1.1) + rng.normal(0, 0.012, 3)
        picture[area][laid] = np.clip(tone, 0, 1)
        relief[area][laid] = 2.0 + rng.uniform(0, 1.2)
        room[area][cv2.dilate(stamp, _disc(1)) > 0] = 0


def _mask(inside: NDArray[np.bool_]) -> Mask:
    return inside.astype(np.uint8) * 255


def _disc(radius: int) -> Mask:
    return np.asarray(cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * radius + 1, 2 * radius + 1)), np.uint8)
