"""A night sky in motion: thick strokes that follow vortices, stars with haloes, a moon, hills and one dark tree."""

import numpy as np

from paint.brush import Layer, easel, lay
from paint.canvas import Field, Picture, Plane, along, blur, colours, grid, noise, over, raking_light, ramp, step

SKY = colours("0b1b4d", "12358a", "1f5fbf", "3f8fd6", "8cc4e0", "e8e6b8")
GLOW = colours("fffbe0", "ffe070", "f6b02c", "cfd08a", "6fb4bd", "2f7fc4")
HILLS = colours("0a1f48", "143f86", "1f7f9a", "3fae86", "a5cf78")
STARS = ((0.18, 0.16, 0.050), (0.40, 0.09, 0.038), (0.60, 0.22, 0.046), (0.31, 0.40, 0.036), (0.93, 0.46, 0.040))
MOON = (0.84, 0.17, 0.070)
VORTICES = ((0.50, 0.36, 0.17, 1.0), (0.74, 0.48, 0.12, -0.9), (0.12, 0.36, 0.12, -0.7))


def paint(height: int, width: int, rng: np.random.Generator) -> Picture:
    """Return the painting."""
    x, y = grid(height, width)
    reference, field = _sky(x, y, rng)
    reference, field = _land(x, y, reference, field, rng)
    reference, field = _tree(x, y, reference, field, rng)
    on = easel(blur(reference, 12) * 0.8, rng)
    unit = height / 768
    for layer in (
        Layer(26 * unit, 120 * unit, 0.55, value_jitter=0.05, hue_jitter=0.03),
        Layer(15 * unit, 84 * unit, 0.62, value_jitter=0.06, hue_jitter=0.035),
        Layer(9 * unit, 46 * unit, 0.8, threshold=0.22, value_jitter=0.05, hue_jitter=0.02),
    ):
        lay(on, reference, field, layer, rng)
    return raking_light(on.picture, blur(on.height, 0.7), relief=0.8, shine=0.10)


def _sky(x: Plane, y: Plane, rng: np.random.Generator) -> tuple[Picture, Field]:
    stream = 0.55 * (y + 0.05 * np.sin(5.5 * x + 1.0) + 0.03 * np.sin(11 * x - 2))
    for vortex_x, vortex_y, radius, turn in VORTICES:
        square = (x - vortex_x) ** 2 + (y - vortex_y) ** 2
        stream = stream + turn * 0.17 * np.exp(-square / (2 * (radius * 0.75) ** 2))
    stream = stream.astype(np.float32)
    field = _across(stream)
    # Colour is a random function of the stream, so that neighbouring strokes run in bands.
    bands = np.interp(np.arange(400), np.arange(0, 400, 4), rng.random(100)).astype(np.float32)
    band = bands[np.clip((stream * 330).astype(np.int32) + 60, 0, 399)]
    place = 0.72 * band + 0.25 * y / 0.75 + 0.06 * noise(rng, x.shape, 90)
    reference = ramp(SKY, np.clip(place, 0, 1))
    for light_x, light_y, radius in (*STARS, MOON):
        dx, dy = x - light_x, y - light_y
        distance = np.sqrt(dx**2 + dy**2) / radius
        rings = (distance / 2.4 + 0.05 * np.sin(distance * 9)).astype(np.float32)
        reference = over(reference, ramp(GLOW, rings), step(2.5, 1.7, distance))
        around = along(np.stack([-dy, dx], axis=2)) * np.sign((field * np.stack([-dy, dx], axis=2)).sum(2))[..., None]
        field = field + (around - field) * step(3.0, 1.9, distance)[..., None]
    moon = np.sqrt((x - MOON[0]) ** 2 + (y - MOON[1]) ** 2) / MOON[2]
    bite = np.sqrt((x - MOON[0] + 0.034) ** 2 + (y - MOON[1] - 0.012) ** 2) / (0.74 * MOON[2])
    reference = over(reference, colours("ff9a1f")[0], step(0.98, 0.9, moon))
    reference = over(reference, colours("ffe9a0")[0], step(1.0, 0.88, bite))
    return reference, along(field)


def _land(x: Plane, y: Plane, below: Picture, field: Field, rng: np.random.Generator) -> tuple[Picture, Field]:
    crests = (0.72 + 0.05 * np.sin(4.2 * x + 0.5), 0.79 + 0.045 * np.sin(5.1 * x + 2.6), 0.885 + 0.04 * np.sin(3.7 * x))
    for index, crest in enumerate(crests):
        depth = (y - crest).astype(np.float32)
        place = 0.24 * index + 0.15 + 0.19 * np.sin(62 * depth + 5 * x) + 0.08 * noise(rng, x.shape, 60)
        inside = step(0, 0.004, depth)
        below = over(below, ramp(HILLS, place.astype(np.float32)), inside)
        slope = np.stack([np.ones_like(x), np.gradient(crest, axis=1) * x.shape[0]], axis=2)
        field = field + (along(slope.astype(np.float32)) - field) * inside[..., None]
    for _ in range(34):
        lamp_x, lamp_y = rng.uniform(0.28, 1.0), rng.normal(0.805, 0.022)
        size_x, size_y = rng.uniform(0.007, 0.012), rng.uniform(0.008, 0.015)
        lamp = np.maximum(np.abs(x - lamp_x) / size_x, np.abs(y - lamp_y) / size_y).astype(np.float32)
        below = over(below, colours("ffc23d", "ff8f2b", "ffe08a")[int(rng.integers(3))], step(1.2, 0.8, lamp))
    return below, along(field)


def _tree(x: Plane, y: Plane, below: Picture, field: Field, rng: np.random.Generator) -> tuple[Picture, Field]:
    sway = 0.16 + 0.018 * np.sin(13 * y) + 0.02 * (1 - y)
    half = np.clip(0.105 * np.sqrt(np.clip((y - 0.20) / 0.8, 0, 1)) * (1 + 0.13 * np.sin(31 * y)), 0, 1)
    side = ((x - sway) / np.maximum(half, 1e-3)).astype(np.float32)
    inside = step(1.05, 0.92, np.abs(side)) * step(0.20, 0.215, y)
    flame = (0.5 + 0.5 * np.sin(9 * side + 20 * y + 1.5 * noise(rng, x.shape, 80))).astype(np.float32)
    tones = colours("06131f", "0b2a2a", "17473a", "3d6b3a", "0b2a2a")
    below = over(below, ramp(tones, flame), inside)
    lean = np.stack([-0.35 * np.cos(12 * y) + 0.3 * side, -np.ones_like(x)], axis=2)
    field = field + (along(lean.astype(np.float32)) - field) * inside[..., None]
    return below, along(field)


def _across(stream: Plane) -> Field:
    """Directions along the lines of equal `stream`."""
    slope_y, slope_x = np.gradient(stream)
    return along(np.stack([slope_y, -slope_x], axis=2).astype(np.float32))
