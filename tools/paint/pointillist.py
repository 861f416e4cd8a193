"""Dots of unmixed colour that the eye mixes: a sailing boat off a wooded shore at sunset."""

import cv2
import numpy as np
from numpy.typing import NDArray

from paint.canvas import Picture, Plane, blur, colours, flat, grid, noise, over, raking_light, ramp, step

SKY = colours("1f4fc8", "3f86e0", "9a8fe0", "ff9f9a", "ffa53a", "ff7a2a")
SEA = colours("ff9d4a", "d989a8", "5a8fe0", "2a62c8", "1b3f9a")
SHORE = colours("f6c83a", "9ab82a", "2f8a3a", "14595a", "1f2a7a")
PIGMENTS = colours(
    "ffffff",
    "ffe82f",
    "ffb01f",
    "ff6a1f",
    "e8262f",
    "e0307f",
    "8a2fb0",
    "3a2fb0",
    "1f5fd8",
    "2fa8e8",
    "1fb8a0",
    "2f9a3a",
    "9ad02f",
    "101a4a",
)
GROUND = colours("f3e4c6")[0]
FINE = 2  # drawn at twice the size and averaged
SUN = (0.34, 0.47, 0.060)


def paint(height: int, width: int, rng: np.random.Generator) -> Picture:
    """Return the painting."""
    rows, columns = height * FINE, width * FINE
    scene = _scene(*grid(rows, columns), rng)
    picture = flat(rows, columns, GROUND)
    relief = np.zeros((rows, columns), np.float32)
    unit = rows / 768
    for radius, spacing, purity in ((10.0, 1.0, 0.45), (8.0, 1.1, 0.9), (6.0, 1.3, 1.15)):
        _dots(picture, relief, scene, radius * unit, spacing, purity, rng)
    lit = raking_light(picture, blur(relief, 1.5), relief=0.6, shine=0.08)
    return np.asarray(cv2.resize(lit, (width, height), interpolation=cv2.INTER_AREA), np.float32)


def _scene(x: Plane, y: Plane, rng: np.random.Generator) -> Picture:
    drift = noise(rng, x.shape, 150, 3)
    distance = np.hypot(x - SUN[0], y - SUN[1])
    scene = ramp(SKY, (y / 0.56 + 0.05 * drift + 0.20 * np.exp(-distance / 0.13)).astype(np.float32))
    bands = step(0.4, 1.3, noise(rng, x.shape, 210, 3) + 0.7 * np.sin(34 * y))
    scene = over(scene, colours("ff9fb0")[0], 0.65 * bands * step(0.52, 0.30, y))
    scene = over(scene, colours("fff3b0")[0], step(SUN[2], SUN[2] * 0.85, distance))
    sea = ramp(SEA, ((y - 0.56) / 0.44 + 0.05 * drift + 0.05 * np.sin(90 * y + 6 * x)).astype(np.float32))
    scene = over(scene, sea, step(0.557, 0.562, y))
    glitter = np.exp(-(((x - SUN[0]) / (0.03 + 0.22 * (y - 0.56))) ** 2)) * (0.5 + 0.5 * np.sin(120 * y + 5 * drift))
    scene = over(scene, colours("ffe27a")[0], (glitter * step(0.557, 0.57, y)).astype(np.float32))
    cape = 0.535 - 0.06 * np.exp(-((x - 0.02) ** 2) / 0.02) - 0.02 * np.sin(14 * x)
    scene = over(
        scene,
        colours("6a4fb8")[0],
        step(0, 0.006, (y - cape).astype(np.float32)) * step(0.565, 0.558, y) * step(0.30, 0.2, x),
    )
    scene = _boat(scene, x, y)
    bank = 0.80 + 0.12 * np.cos(2.6 * x + 0.5) + 0.015 * np.sin(17 * x)
    tone = (0.10 + 1.6 * (y - bank) + 0.10 * drift + 0.05 * np.sin(60 * (y - 0.3 * x))).astype(np.float32)
    scene = over(scene, ramp(SHORE, tone), step(0, 0.01, (y - bank).astype(np.float32)))
    return _tree(scene, x, y, drift)


def _boat(scene: Picture, x: Plane, y: Plane) -> Picture:
    mast, foot, tall = 0.535, 0.625, 0.30
    up = (foot - 0.02 - y) / tall
    for low, high, colour in ((0.0, 0.155, "fff6e0"), (-0.085, -0.006, "ff9a7a")):
        edge = (high * np.clip(1 - up, 0, 1) ** 0.8 if high > 0 else low * np.clip(1 - 1.1 * up, 0, 1)).astype(
            np.float32
        )
        within = (
            step(0, 0.004, x - mast - 0.004) * step(0.004, 0, x - mast - edge)
            if high > 0
            else (step(-0.004, 0, x - mast - edge) * step(0.004, 0, x - mast - high))
        )
        scene = over(scene, colours(colour)[0], (within * step(0, 0.01, up) * step(1, 0.99, up)).astype(np.float32))
    hull = step(0.125, 0.118, np.abs(x - mast - 0.012) + 0.9 * np.abs(y - foot)) * step(foot - 0.013, foot - 0.008, y)
    scene = over(scene, colours("7a1f5a")[0], hull * step(foot + 0.035, foot + 0.028, y))
    image = step(0.07, 0.0, np.abs(x - mast - 0.03 + 0.02 * np.sin(70 * y))) * step(foot + 0.02, foot + 0.04, y)
    return over(scene, colours("ffe9d8")[0], 0.6 * image * step(foot + 0.17, foot + 0.06, y) * (np.sin(110 * y) > -0.2))


def _tree(scene: Picture, x: Plane, y: Plane, drift: Plane) -> Picture:
    trunk = step(0.022, 0.016, np.abs(x - 0.855 - 0.03 * np.sin(5 * y)) - 0.9 * np.clip(y - 0.80, 0, 1) ** 1.5)
    scene = over(scene, colours("5a2a6a")[0], trunk * step(0.25, 0.3, y) * step(0.93, 0.9, y))
    for crown_x, crown_y, radius in ((0.84, 0.20, 0.17), (0.96, 0.33, 0.15), (0.74, 0.33, 0.11), (0.90, 0.06, 0.12)):
        away = (
            np.hypot(x - crown_x, (y - crown_y) * 1.15) / radius + 0.10 * drift + 0.06 * np.sin(60 * x) * np.sin(55 * y)
        )
        light = np.clip(0.55 + 0.9 * (crown_x - x) / radius * 0.5 - 0.5 * (crown_y - y) / radius * -1, 0, 1)
        leaves = ramp(colours("141f6a", "145a6a", "2a8a3a", "9ac82f", "ffd23a"), light.astype(np.float32))
        scene = over(scene, leaves, step(1.02, 0.92, away.astype(np.float32)))
    return scene


def _dots(
    picture: Picture,
    relief: Plane,
    scene: Picture,
    radius: float,
    spacing: float,
    purity: float,
    rng: np.random.Generator,
) -> None:
    rows, columns = relief.shape
    pitch = 2 * radius * spacing * 0.8
    ys, xs = np.mgrid[0 : rows + pitch : pitch, 0 : columns + pitch : pitch]
    places = np.stack([xs.ravel(), ys.ravel()], axis=1) + rng.uniform(-0.5, 0.5, (xs.size, 2)) * pitch
    rng.shuffle(places)
    soft = blur(scene, radius * 0.4)
    for x, y in places:
        column, row = int(min(max(x, 0), columns - 1)), int(min(max(y, 0), rows - 1))
        colour = _pigment(soft[row, column], purity, rng)
        size = radius * rng.uniform(0.8, 1.12)
        centre = (round(float(x) * 16), round(float(y) * 16))
        cv2.circle(picture, centre, round(size * 16), [float(part) for part in colour], -1, cv2.LINE_8, 4)
        cv2.circle(relief, centre, round(size * 16), float(1.5 + rng.uniform(0, 1)), -1, cv2.LINE_8, 4)


def _pigment(target: NDArray[np.float32], purity: float, rng: np.random.Generator) -> NDArray[np.float32]:
    """One of the pigments near `target`, the nearer the likelier, partly mixed with it."""
    pull = rng.normal(0, 0.10, 3)
    distance = ((PIGMENTS - target - pull) ** 2).sum(axis=1)
    chance = np.exp(-distance / 0.055)
    choice = PIGMENTS[int(rng.choice(len(PIGMENTS), p=chance / chance.sum()))]
    share = purity * rng.uniform(0.35, 0.75)
    return np.asarray(np.clip(target * (1 - share) + choice * share, 0, 1), np.float32)
