"""A field of poppies under a windy sky, laid on thick with a broad brush and a palette knife."""

import numpy as np

from paint.brush import GRAIN, Easel, Layer, easel, lay, stroke
from paint.canvas import Field, Picture, Plane, along, blur, colours, grid, noise, over, raking_light, ramp, step

SKY = colours("153a8f", "2268c4", "4fa3d8", "f3c069", "f58a3a")
HILLS = colours("3a2f86", "5b3f9a", "274f8f")
MEADOW = colours("f2c22f", "d99a22", "7f9a2a", "1f6a3a", "0d3f3f")
PETALS = colours("d3121f", "f0321f", "ff5a2a", "b00a3a", "ff7a4f")
HORIZON = 0.40


def paint(height: int, width: int, rng: np.random.Generator) -> Picture:
    """Return the painting."""
    x, y = grid(height, width)
    reference, field = _scene(x, y, rng)
    on = easel(blur(reference, 14), rng)
    unit = height / 768
    lay(on, reference, field, Layer(44 * unit, 150 * unit, 0.5, value_jitter=0.05, hue_jitter=0.035), rng)
    lay(on, reference, field, Layer(26 * unit, 90 * unit, 0.75, value_jitter=0.06, hue_jitter=0.045), rng)
    lay(on, reference, field, Layer(13 * unit, 52 * unit, 1.0, threshold=0.18, value_jitter=0.06), rng)
    _poppies(on, unit, rng)
    return raking_light(on.picture, blur(on.height, 0.9), relief=0.75, shine=0.11)


def _scene(x: Plane, y: Plane, rng: np.random.Generator) -> tuple[Picture, Field]:
    wind = noise(rng, x.shape, 190, 2)
    reference = ramp(SKY, (y / HORIZON + 0.16 * wind).astype(np.float32))
    clouds = step(0.35, 1.1, noise(rng, x.shape, 170, 3) - 1.2 * np.abs(y / HORIZON - 0.45))
    reference = over(reference, colours("ffe6b8")[0], 0.8 * clouds)
    lean = np.stack([np.ones_like(x), 0.5 * np.sin(4.5 * x + 7 * y + 0.6 * wind)], axis=2)
    field = along(lean.astype(np.float32))
    for index, crest in enumerate((HORIZON - 0.075 + 0.03 * np.sin(5 * x + 1), HORIZON - 0.03 + 0.02 * np.sin(7 * x))):
        reference = over(reference, HILLS[index], step(0, 0.006, (y - crest).astype(np.float32)))
    near = np.clip((y - HORIZON) / (1 - HORIZON), 0, 1)
    rows = np.sin((x - 0.62) / (0.10 + near) * 15).astype(np.float32)
    meadow = ramp(MEADOW, (0.10 + 0.55 * near + 0.20 * rows + 0.10 * noise(rng, x.shape, 70)).astype(np.float32))
    inside = step(HORIZON - 0.004, HORIZON + 0.004, y)
    reference = over(reference, meadow, inside)
    fan = along(np.stack([(x - 0.62) * 0.9 + 0.1 * wind, 0.16 + near], axis=2).astype(np.float32))
    return reference, along(field + (fan - field) * inside[..., None])


def _poppies(on: Easel, unit: float, rng: np.random.Generator) -> None:
    rows, columns = on.height.shape
    places = sorted(float(place) for place in HORIZON + 0.02 + (0.97 - HORIZON) * rng.random(95) ** 0.8)
    for place in places:
        near = (place - HORIZON) / (1 - HORIZON)
        radius = (5 + 40 * near**1.25) * rng.uniform(0.75, 1.2) * unit
        centre = np.array([rng.uniform(-0.02, 1.02) * columns, place * rows])
        turn = rng.uniform(0, 2 * np.pi)
        for petal in range(6 if radius > 9 * unit else 2):
            angle = turn + petal * 2.4
            out = np.array([np.cos(angle), 0.72 * np.sin(angle)])
            side = np.array([-out[1], out[0]])
            bend = np.linspace(-1, 1, 6)[:, None]
            path = centre + out * radius * (0.62 - 0.3 * bend**2) + side * bend * radius * 0.75
            tone = PETALS[int(rng.integers(len(PETALS)))] * rng.uniform(0.85, 1.1)
            stroke(on, path.astype(np.float32), radius * 0.8, np.clip(tone, 0, 1), 1.0, int(rng.integers(GRAIN)))
        if radius > 12 * unit:
            heart = centre + np.array([[-0.16, 0.0], [0.16, 0.03]]) * radius
            stroke(on, heart.astype(np.float32), radius * 0.34, colours("1b1030")[0], 1.0, int(rng.integers(GRAIN)))
