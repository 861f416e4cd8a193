"""Soft pastel on dark rough paper: a lily pond at dawn; chalk that catches on the tooth and leaves paper between."""

import cv2
import numpy as np
from numpy.typing import NDArray

from paint.brush import trace
from paint.canvas import Field, Picture, Plane, along, blur, colours, flat, grid, noise, over, ramp, step

PAPER = colours("28304a")[0]
WATER = colours("1e3f6a", "2f6a8e", "5f9fae", "a9b8d6", "e6b9c6", "f6d9b8")
PADS = colours("1f5a4a", "4f9a5a", "9cc46a", "d6e08a")
PETALS = colours("c8487a", "f08aa8", "fbc4cc", "fff2e2")
LILIES = ((0.27, 0.66, 0.066), (0.69, 0.54, 0.050), (0.60, 0.83, 0.085), (0.14, 0.44, 0.035), (0.87, 0.74, 0.048))
PADS_AT = ((0.20, 0.71, 0.13), (0.37, 0.70, 0.10), (0.63, 0.58, 0.10), (0.78, 0.56, 0.085), (0.50, 0.88, 0.15),
           (0.75, 0.90, 0.13), (0.08, 0.46, 0.075), (0.22, 0.455, 0.06), (0.90, 0.785, 0.10), (0.05, 0.90, 0.13),
           (0.44, 0.49, 0.05), (0.93, 0.475, 0.06), (0.32, 0.555, 0.055))  # fmt: skip


def paint(height: int, width: int, rng: np.random.Generator) -> Picture:
    """Return the sheet."""
    x, y = grid(height, width)
    reference, field = _pond(x, y, rng)
    tooth = 0.80 * noise(rng, (height, width), 2.3) + 0.35 * noise(rng, (height, width), 6, 2)
    ribs = 0.30 * np.sin(2 * np.pi * height * y / 5.2).astype(np.float32)  # laid paper
    picture = flat(height, width, PAPER) * (1 + 0.05 * tooth + 0.03 * ribs)[..., None]
    unit = height / 768
    for wide, long, pitch, press, jitter, threshold in (
        (28, 110, 17, -0.15, 0.03, 0.0), (15, 70, 11, -0.10, 0.06, 0.0), (8, 40, 7.5, 0.15, 0.075, 0.14),
        (4.5, 24, 5.5, 0.55, 0.07, 0.24),
    ):  # fmt: skip
        soft = blur(reference, 0.25 * wide * unit)
        _lay(
            picture,
            soft,
            field,
            tooth + ribs,
            (wide * unit, long * unit, pitch * unit),
            (press, jitter, threshold),
            rng,
        )
    return np.clip(picture, 0, 1).astype(np.float32)


def _lay(
    picture: Picture,
    reference: Picture,
    field: Field,
    tooth: Plane,
    sizes: tuple[float, float, float],
    manner: tuple[float, float, float],
    rng: np.random.Generator,
) -> None:
    """One layer of strokes, in place; those where the picture is near the reference already are left out."""
    rows, columns = picture.shape[:2]
    (wide, long, pitch), (press, jitter, threshold) = sizes, manner
    ys, xs = np.mgrid[0:rows:pitch, 0:columns:pitch]
    places = np.stack([xs.ravel(), ys.ravel()], axis=1) + rng.uniform(-0.6, 0.6, (xs.size, 2)) * pitch
    rng.shuffle(places)
    for x, y in places:
        column, row = int(min(max(x, 0), columns - 1)), int(min(max(y, 0), rows - 1))
        colour = reference[row, column]
        tint = colour + rng.normal(0, jitter) + rng.normal(0, 0.6 * jitter, 3)
        length, hand = long * rng.uniform(0.5, 1.2), press + rng.normal(0, 0.25)
        if threshold and np.abs(picture[row, column] - colour).sum() < threshold:
            continue
        path = trace(field, (float(x), float(y)), length, max(wide * 0.5, 3.0))
        _chalk(picture, path, wide * rng.uniform(0.7, 1.15), np.clip(tint, 0, 1).astype(np.float32), tooth, hand)


def _chalk(
    picture: Picture, path: NDArray[np.float32], wide: float, colour: NDArray[np.float32], tooth: Plane, press: float
) -> None:
    """One stroke: chalk stays where the paper stands up, the more of it the harder the hand presses."""
    rows, columns = picture.shape[:2]
    left, top = np.maximum(np.floor(path.min(axis=0) - wide).astype(int), 0)
    right, bottom = np.minimum(np.ceil(path.max(axis=0) + wide).astype(int), (columns, rows))
    if left >= right or top >= bottom:
        return
    mask = np.zeros((bottom - top, right - left), np.uint8)
    points = np.round((path - np.array([left, top], np.float32)) * 16).astype(np.int32)
    cv2.polylines(mask, [points], False, 255, max(round(wide), 1), cv2.LINE_AA, 4)
    box = np.s_[top:bottom, left:right]
    cover = blur(np.asarray(mask / 255, np.float32), 0.8) * (0.20 + 0.80 * step(-0.5, 0.5, tooth[box] + press))
    picture[box] += (colour - picture[box]) * (0.90 * cover)[..., None]


def _pond(x: Plane, y: Plane, rng: np.random.Generator) -> tuple[Picture, Field]:
    """What is seen, and the directions in which it is drawn."""
    drift = noise(rng, x.shape, 0.22 * x.shape[0], 3)
    light = 0.42 - 0.55 * (y - 0.35) + 0.16 * drift + 0.30 * np.exp(-(((x - 0.60 - 0.04 * drift) / 0.17) ** 2))
    reference = ramp(WATER, light)
    field = np.stack([np.ones_like(x), 0.10 * drift], axis=2)
    # Willows hang down in the upper part and stand on their heads in the water.
    willow = noise(rng, (max(x.shape[0] // 40, 4), x.shape[1]), 14, 2)
    hanging = cv2.resize(willow, (x.shape[1], x.shape[0]), interpolation=cv2.INTER_CUBIC)
    curtain = step(0.15, 1.0, hanging + 1.1 * np.cos(5.2 * x + 0.4) - 0.2) * step(0.47, 0.20, y + 0.04 * drift)
    reference = over(reference, ramp(colours("16382f", "3f7a54", "9cba6a"), 0.5 + 0.35 * hanging), 0.9 * curtain)
    field = field + (np.stack([0.12 * drift, np.ones_like(x)], axis=2) - field) * step(0.1, 0.5, curtain)[..., None]
    mirrored = step(0.35, 1.1, np.flipud(hanging) + 1.1 * np.cos(5.2 * x + 0.4) - 0.3) * step(0.40, 0.6, y)
    reference = over(reference, colours("1d4a55")[0], 0.55 * mirrored)
    for pad_x, pad_y, size in PADS_AT:
        reference = _pad(x, y, reference, pad_x, pad_y, size)
    for lily_x, lily_y, size in LILIES:
        reference, field = _lily(x, y, reference, np.asarray(field, np.float32), (lily_x, lily_y, size))
    return reference, along(field)


def _pad(x: Plane, y: Plane, below: Picture, centre_x: float, centre_y: float, size: float) -> Picture:
    u, v = (x - centre_x) / size, (y - centre_y) / (0.36 * size)
    distance = np.hypot(u, v)
    notch = step(0.30, 0.42, np.abs(np.arctan2(v, u) - 0.9)) + step(0.30, 0.15, distance)
    shadow = step(1.15, 0.95, np.hypot(u, v - 0.22))
    below = over(below, colours("122a44")[0], 0.6 * shadow)
    tone = 0.45 - 0.30 * v + 0.25 * u + 0.25 * step(0.86, 0.98, distance)
    return over(below, ramp(PADS, tone.astype(np.float32)), step(1.0, 0.96, distance) * np.clip(notch, 0, 1))


def _lily(x: Plane, y: Plane, below: Picture, field: Field, place: tuple[float, float, float]) -> tuple[Picture, Field]:
    centre_x, centre_y, size = place
    for ring, count, reach, rise in ((0, 9, 1.05, 0.0), (1, 7, 0.86, -0.16), (2, 5, 0.62, -0.32)):
        for index in range(count):
            turn = np.pi * (index + 0.5) / count if ring else np.pi * 2 * index / count
            dx, dy = np.cos(turn), -0.62 * np.sin(turn)
            long = size * reach
            u = ((x - centre_x) * dx + (y - centre_y - rise * size) * dy) / np.hypot(dx, dy) / long
            v = (-(x - centre_x) * dy + (y - centre_y - rise * size) * dx) / np.hypot(dx, dy) / long
            half = 0.25 * np.sqrt(np.clip(u, 0, 1)) * np.sqrt(np.clip(1.02 - u, 0, 1)) * 2
            inside = step(0.03, -0.03, np.abs(v) - half) * step(0.0, 0.05, u)
            tone = 0.30 + 0.14 * ring + 0.48 * u - 0.9 * np.abs(v) + 0.10 * dy
            below = over(below, ramp(PETALS, tone.astype(np.float32)), inside)
            lean = np.stack([np.full_like(x, dx), np.full_like(x, dy)], axis=2)
            field = np.asarray(field + (lean - field) * inside[..., None], np.float32)
    heart = np.hypot(x - centre_x, (y - centre_y + 0.34 * size) * 1.5) / size
    return over(below, colours("ffc83a")[0], step(0.17, 0.12, heart)), field
