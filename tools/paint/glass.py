"""A leaded window: a sun over hills and water, each shape cut into panes of hand-blown glass."""

import cv2
import numpy as np
from numpy.typing import NDArray

from paint.canvas import Picture, Plane, blur, colours, grid, noise, step

Labels = NDArray[np.int32]

GLASS = (
    colours("ffd23a", "ffb31f", "ffe680"),  # sun
    colours("1c4fb8", "2f6fd8", "163a96"),  # rays, the blue ones
    colours("7a2fa0", "a33fb0", "5a2490"),  # rays, the violet ones
    colours("d8202a", "b3122a", "f04a2a"),  # far hills
    colours("f08a1f", "e86a1a", "f7ad3a"),  # middle hills
    colours("1f8a4a", "2fae5a", "0f6a4a"),  # near hills
    colours("0f7f9a", "1fa7b8", "2f5fb8", "7fd8d8"),  # water
    colours("f4f0d0", "e8e0a8"),  # the sun's path on the water
    colours("b0182a", "1c3f9a", "e0a01f", "1f7a4a"),  # border
)
PANE_PX = (60, 84, 84, 78, 78, 74, 62, 46, 96)
SUN = (0.56, 0.36, 0.125)


def paint(height: int, width: int, rng: np.random.Generator) -> Picture:
    """Return the window with the light behind it."""
    x, y = grid(height, width)
    shapes = _shapes(x, y)
    panes, kinds = _panes(shapes, height / 768, rng)
    glass = _glass(panes, kinds, rng)
    thick, thin = _distance(shapes), _distance(panes)
    unit = height / 768
    came = np.minimum(thick / (6.5 * unit), thin / (4.0 * unit))
    lit = np.clip(glass + 0.30 * blur(glass * step(1.0, 1.3, came)[..., None], 16 * unit), 0, 1)
    lead = 0.07 + 0.17 * step(1.0, 0.2, came) * (0.85 + 0.12 * noise(rng, (height, width), 9))
    cover = step(1.25, 0.95, came)[..., None]
    metal = lead[..., None] * np.array([0.9, 0.95, 1.0])
    return np.asarray(np.clip(lit * (1 - cover) + metal * cover, 0, 1), np.float32)


def _shapes(x: Plane, y: Plane) -> Labels:
    angle = np.arctan2(y - SUN[1], x - SUN[0])
    distance = np.hypot(x - SUN[0], y - SUN[1])
    shape = np.where(np.sin(angle * 9 + 1.2 * np.sin(distance * 6)) > 0, 1, 2)
    ring = (distance > 0.27 + 0.012 * np.sin(angle * 9)) & (distance < 0.34)
    shape = np.where(ring, 3 - shape, shape)
    shape[distance < SUN[2]] = 0
    shape[y > 0.47 + 0.07 * np.sin(6.3 * x + 0.4)] = 3
    shape[y > 0.56 + 0.06 * np.sin(5.0 * x + 2.9)] = 4
    shape[y > 0.66 + 0.045 * np.sin(6.6 * x + 5.0)] = 5
    water = y > 0.76 + 0.012 * np.sin(9 * x)
    shape[water] = 6
    shape[water & (np.abs(x - SUN[0] - 0.03 * np.sin(26 * y)) < 0.055 + 0.02 * np.sin(40 * y))] = 7
    edge = np.minimum(np.minimum(x, x.max() - x), np.minimum(y, y.max() - y))
    shape[edge < 0.052] = 8
    return shape.astype(np.int32)


def _panes(shapes: Labels, unit: float, rng: np.random.Generator) -> tuple[Labels, list[int]]:
    """Cut every shape into the cells of seeds of its own: pane numbers, and for every pane its kind of glass."""
    panes = np.zeros(shapes.shape, np.int32)
    kinds: list[int] = []
    for kind, size_px in enumerate(PANE_PX):
        mask = (shapes == kind).astype(np.uint8)
        count, parts = cv2.connectedComponents(mask, connectivity=4)
        for part in range(1, count):
            inside = parts == part
            rows, columns = np.nonzero(inside)
            seeds = max(round(len(rows) / (size_px * unit) ** 2), 1)
            chosen = rng.choice(len(rows), seeds, replace=False)
            places = np.stack([rows[chosen], columns[chosen]], axis=1).astype(np.float32)
            for _ in range(4):  # Lloyd's relaxation: cells of like size
                cell = _nearest(places, shapes.shape)[inside]
                sizes = np.maximum(np.bincount(cell, minlength=seeds), 1)
                centres = [np.bincount(cell, weights=axis, minlength=seeds) / sizes for axis in (rows, columns)]
                places = np.stack(centres, axis=1).astype(np.float32)
            panes[inside] = _nearest(places, shapes.shape)[inside] + len(kinds)
            kinds += [kind] * seeds
    return panes, kinds


def _nearest(places: NDArray[np.float32], size: tuple[int, ...]) -> Labels:
    field = np.full(size, 255, np.uint8)
    rows = np.clip(places[:, 0].round().astype(int), 0, size[0] - 1)
    columns = np.clip(places[:, 1].round().astype(int), 0, size[1] - 1)
    field[rows, columns] = 0
    _, labels = cv2.distanceTransformWithLabels(field, cv2.DIST_L2, 5, labelType=cv2.DIST_LABEL_PIXEL)
    order = np.zeros(labels.max() + 1, np.int32)
    order[labels[rows, columns]] = np.arange(len(rows))
    return np.asarray(order[labels], np.int32)


def _glass(panes: Labels, kinds: list[int], rng: np.random.Generator) -> Picture:
    tones = np.zeros((len(kinds), 3), np.float32)
    for pane, kind in enumerate(kinds):
        tones[pane] = GLASS[kind][int(rng.integers(len(GLASS[kind])))] * rng.uniform(0.82, 1.1)
    streaks = cv2.resize(noise(rng, (panes.shape[0] // 4, panes.shape[1]), 26, 3), panes.shape[::-1])
    ripples = noise(rng, panes.shape, 22, 2)
    depth = np.minimum(_distance(panes) / (panes.shape[0] / 768 * 26), 1)
    light = 0.70 + 0.34 * depth + 0.08 * streaks + 0.06 * ripples
    return np.asarray(np.clip(tones[panes] * light[..., None], 0, 1), np.float32)


def _distance(labels: Labels) -> Plane:
    """Distance in px to the nearest border between two labels."""
    inner = np.ones(labels.shape, np.uint8)
    inner[:, 1:][labels[:, 1:] != labels[:, :-1]] = 0
    inner[1:][labels[1:] != labels[:-1]] = 0
    return np.asarray(cv2.distanceTransform(inner, cv2.DIST_L2, 5), np.float32)
