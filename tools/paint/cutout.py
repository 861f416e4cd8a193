"""Painted paper cut with scissors: leaves, a bird and a sun on panels of flat colour, each casting a thin shadow."""

import cv2
import numpy as np
from numpy.typing import NDArray

from paint.canvas import Picture, blur, colours, flat, grid, noise, over, step

Points = NDArray[np.float32]  # (n, 2) in units of the height

ULTRAMARINE, MAGENTA, LEMON, LEAF = colours("1d3fb0", "d81f78", "ffd21f", "1f9a4f")
ORANGE, BLACK, WHITE, SKY, SCARLET = colours("ff7a1a", "15151f", "faf4e6", "6fc3e8", "e0282a")
FINE = 2  # drawn at twice the size and averaged


def paint(height: int, width: int, rng: np.random.Generator) -> Picture:
    """Return the collage."""
    rows, columns = height * FINE, width * FINE
    picture = flat(rows, columns, WHITE)
    for shape, colour in _panels():
        picture = _glue(picture, shape, colour, rng)
    for shape, colour in _forms():
        picture = _glue(picture, shape, colour, rng)
    small = cv2.resize(picture, (width, height), interpolation=cv2.INTER_AREA)
    return np.clip(small * (1 + 0.018 * noise(rng, (height, width), 3, 2))[..., None], 0, 1).astype(np.float32)


def _glue(picture: Picture, shape: Points, colour: NDArray[np.float32], rng: np.random.Generator) -> Picture:
    """Lay one piece down; gouache brushed on before cutting streaks its colour."""
    rows, columns = picture.shape[:2]
    mask = np.zeros((rows, columns), np.uint8)
    cv2.fillPoly(mask, [np.round(shape * rows * 16).astype(np.int32)], 255, cv2.LINE_AA, 4)
    cover = np.asarray(mask / 255, np.float32)
    shadow = blur(np.pad(cover, ((7, 0), (5, 0)))[:rows, :columns], 5)
    picture = over(picture, np.zeros(3), 0.42 * shadow * (1 - cover))
    x, y = grid(rows, columns)
    turn = rng.uniform(0, np.pi)
    streak = cv2.resize(noise(rng, (1, rows * 2), 24, 3), (rows * 2, 4))[0]
    place = ((x * np.cos(turn) + y * np.sin(turn) + 1.2) * 0.42 * rows * 2 / 1.3).astype(np.int32)
    brushed = streak[np.clip(place, 0, rows * 2 - 1)] + 0.6 * noise(rng, (rows, columns), 120, 3)
    rim = 1 + 0.10 * (blur(cover, 2.0) - step(0.4, 0.6, cover)) * cover
    tone = np.clip(colour * (1 + 0.045 * brushed)[..., None] * rim[..., None], 0, 1)
    return over(picture, tone, cover)


def _panels() -> list[tuple[Points, NDArray[np.float32]]]:
    rows = (
        (0.0, 0.36, (0.0, 0.31, 0.66, 1.0), (ULTRAMARINE, LEMON, MAGENTA)),
        (0.35, 0.68, (0.0, 0.40, 0.72, 1.0), (ORANGE, BLACK, LEAF)),
        (0.67, 1.0, (0.0, 0.28, 0.61, 1.0), (SKY, SCARLET, ULTRAMARINE)),
    )
    panels = []
    for top, bottom, cuts, tones in rows:
        for left, right, tone in zip(cuts[:-1], cuts[1:], tones, strict=True):
            skew = 0.008 * np.sin(40 * left + 9 * top)
            corners = [
                (left, top - skew),
                (right + 0.01, top + skew),
                (right + 0.01 - skew, bottom),
                (left + skew, bottom + 0.01),
            ]
            panels.append((np.array(corners, np.float32), tone))
    return panels


def _forms() -> list[tuple[Points, NDArray[np.float32]]]:
    forms = [
        (_frond((0.155, 0.335), 0.31, -92, 5, 0.115), WHITE),
        (_frond((0.50, 0.345), 0.31, -80, 4, 0.125), ULTRAMARINE),
        (_sun((0.83, 0.175), 0.150, 13), LEMON),
        (_sun((0.83, 0.175), 0.075, 0), SCARLET),
        (_frond((0.07, 0.66), 0.37, -48, 6, 0.095), MAGENTA),
        (_bird((0.56, 0.53), 0.165), WHITE),
        (_frond((0.87, 0.665), 0.30, -94, 5, 0.105), LEMON),
        (_wave(0.855, 0.035, 0.0, 0.28), ULTRAMARINE),
        (_wave(0.93, 0.030, 0.0, 0.28), WHITE),
        (_sun((0.145, 0.755), 0.058, 0), ORANGE),
        (_frond((0.445, 0.985), 0.30, -88, 4, 0.135), LEMON),
        (_frond((0.70, 0.98), 0.30, -112, 5, 0.10), ORANGE),
        (_frond((0.90, 0.985), 0.28, -72, 5, 0.10), LEAF),
    ]
    return [(shape.astype(np.float32), colour) for shape, colour in forms]


def _frond(foot: tuple[float, float], length: float, degrees: float, lobes: int, reach: float) -> Points:
    """Outline of a seaweed leaf: a stem with rounded lobes on both sides, smaller towards the tip."""
    half = []
    for lobe in range(lobes):
        low, high = lobe / lobes, (lobe + 0.86) / lobes
        wide = reach * (1 - 0.55 * lobe / lobes)
        t = np.linspace(0, np.pi, 24)
        along_stem = low + (high - low) * (0.5 - 0.5 * np.cos(t)) + 0.16 * np.sin(t)
        half += list(zip(along_stem * length, 0.020 + wide * np.sin(t) ** 0.7, strict=True))
    half.append((length * 1.12, 0.0))
    outline = np.array([(u, v) for u, v in half] + [(u, -0.9 * v) for u, v in reversed(half)])
    bend = 0.10 * (outline[:, 0] / length) ** 2 * length
    turn = np.radians(degrees)
    u, v = outline[:, 0], outline[:, 1] + bend
    return np.stack(
        [foot[0] + u * np.cos(turn) - v * np.sin(turn), foot[1] + u * np.sin(turn) + v * np.cos(turn)], axis=1
    )


def _sun(centre: tuple[float, float], radius: float, rays: int) -> Points:
    t = np.linspace(0, 2 * np.pi, 360, endpoint=False)
    r = radius * (1 + 0.03 * np.sin(3 * t + 1))
    if rays:
        r = r * (0.80 + 0.24 * np.abs(np.sin(rays * t / 2)) ** 0.6 * np.sign(np.sin(rays * t / 2) ** 2 - 0.25))
    return np.stack([centre[0] + r * np.cos(t), centre[1] + r * np.sin(t)], axis=1)


def _bird(centre: tuple[float, float], size: float) -> Points:
    points = [
        (-0.95, -0.10), (-0.70, -0.28), (-0.42, -0.22), (-0.25, -0.62), (0.12, -0.95), (0.10, -0.45), (0.30, -0.16),
        (0.62, -0.12), (1.0, -0.38), (0.92, 0.02), (1.0, 0.34), (0.60, 0.16), (0.32, 0.30), (0.28, 0.66), (-0.05, 0.94),
        (-0.12, 0.42), (-0.44, 0.16), (-0.70, 0.02),
    ]  # fmt: skip
    return np.asarray(np.array(centre) + _rounded(np.array(points)) * size, np.float32)


def _wave(level: float, swing: float, left: float, right: float) -> Points:
    x = np.linspace(left, right, 120)
    upper = level + swing * np.sin(x * 44)
    return np.concatenate([np.stack([x, upper], axis=1), np.stack([x, upper + 0.040], axis=1)[::-1]])


def _rounded(points: NDArray[np.floating]) -> NDArray[np.floating]:
    """Cut the corners three times (Chaikin)."""
    for _ in range(3):
        ahead = np.roll(points, -1, axis=0)
        points = np.stack([0.78 * points + 0.22 * ahead, 0.22 * points + 0.78 * ahead], axis=1).reshape(-1, 2)
    return points
