"""A bristle brush: strokes along paths, with colour, coverage and the relief of the paint.

Layers of strokes from coarse to fine after Hertzmann, "Painterly Rendering with Curved Brush Strokes of Multiple Sizes"
(1998), section 2; the direction comes from a given field rather than from the picture's gradient.
"""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from paint.canvas import Field, Picture, Plane, blur

BRISTLES = 96  # places across a stroke in the bristle texture
GRAIN = 512  # places along it


@dataclass(slots=True)
class Easel:
    """The picture and its relief, painted in place."""

    picture: Picture
    height: Plane
    bristles: Plane  # (GRAIN, BRISTLES) in [0, 1], long hairs


@dataclass(frozen=True, slots=True)
class Layer:
    """One pass of strokes of one size; lengths in px, jitters are deviations."""

    width_px: float
    length_px: float
    spacing: float = 0.6  # of the width
    threshold: float = 0.0  # strokes only where the picture is further than this from the reference
    value_jitter: float = 0.04
    hue_jitter: float = 0.02
    opacity: float = 0.95


def easel(ground: Picture, rng: np.random.Generator) -> Easel:
    """Return an easel with `ground` on it and a fresh brush."""
    hairs = rng.random((1, BRISTLES)).astype(np.float32)
    loose = cv2.resize(rng.random((GRAIN // 32, BRISTLES)).astype(np.float32), (BRISTLES, GRAIN))
    texture = cv2.GaussianBlur(0.55 * hairs + 0.45 * loose, (0, 0), sigmaX=0.9, sigmaY=6)
    low, high = texture.min(), texture.max()
    return Easel(ground.copy(), np.zeros(ground.shape[:2], np.float32), (texture - low) / (high - low))


def trace(field: Field, start: tuple[float, float], length_px: float, step_px: float) -> NDArray[np.float32]:
    """Return points (n, 2) along `field`, half of them before `start` and half after it."""
    height, width = field.shape[:2]
    halves = []
    for sign in (-1.0, 1.0):
        x, y = start
        points = []
        for _ in range(max(int(length_px / 2 / step_px), 1)):
            column, row = min(max(int(x), 0), width - 1), min(max(int(y), 0), height - 1)
            x += sign * step_px * float(field[row, column, 0])
            y += sign * step_px * float(field[row, column, 1])
            points.append((x, y))
        halves.append(points)
    return np.array([*reversed(halves[0]), start, *halves[1]], np.float32)


def stroke(
    on: Easel, path: NDArray[np.float32], width_px: float, colour: NDArray[np.float32], opacity: float, grain: int
) -> None:
    """Paint one stroke along `path`; `grain` is where in the bristle texture it starts."""
    rows, columns = on.height.shape
    margin = width_px * 0.6 + 1
    left, top = np.maximum(np.floor(path.min(axis=0) - margin).astype(int), 0)
    right, bottom = np.minimum(np.ceil(path.max(axis=0) + margin).astype(int), (columns, rows))
    if left >= right or top >= bottom:
        return
    across, length, total = _place(path, (int(left), int(top), int(right), int(bottom)), width_px)
    u = length / total
    hair = on.bristles[
        (length * 2 + grain).astype(np.int32) % GRAIN,
        np.clip((across * 0.5 + 0.5) * (BRISTLES - 1), 0, BRISTLES - 1).astype(np.int32),
    ]
    edge = np.clip((1 - np.abs(across) - 0.16 * (1 - hair)) * width_px / 3.0, 0, 1)
    head = np.clip((length + 0.15 * width_px * hair) * 3 / width_px, 0, 1)
    tail = np.clip((1 - u - 0.28 * (1 - hair)) * total / (0.35 * width_px), 0, 1)
    cover = edge * head * tail * opacity
    relief = (0.35 + 0.65 * hair + 0.35 * np.abs(across) ** 3) * width_px * 0.16
    box = np.s_[top:bottom, left:right]
    tinted = np.clip(colour * (1 + 0.16 * (hair[..., None] - 0.5)), 0, 1)
    on.picture[box] += (tinted - on.picture[box]) * cover[..., None]
    on.height[box] += (0.35 * on.height[box] + relief - on.height[box]) * cover


def _place(path: NDArray[np.float32], box: tuple[int, int, int, int], width_px: float) -> tuple[Plane, Plane, float]:
    """For each pixel of the box, its place across (-1 to 1 inside) and along the stroke, in px, and its length."""
    left, top, right, bottom = box
    starts, legs = path[:-1], np.diff(path, axis=0)
    squares = np.maximum((legs**2).sum(axis=1), 1e-6)
    lengths = np.sqrt(squares)
    y, x = np.mgrid[top:bottom, left:right].astype(np.float32) + 0.5
    dx, dy = x[..., None] - starts[:, 0], y[..., None] - starts[:, 1]
    t = (dx * legs[:, 0] + dy * legs[:, 1]) / squares
    inner = np.clip(t, 0, 1)
    far = (dx - inner * legs[:, 0]) ** 2 + (dy - inner * legs[:, 1]) ** 2
    nearest = far.argmin(axis=2)[..., None]
    distance = np.sqrt(np.take_along_axis(far, nearest, 2)[..., 0])
    side = np.sign(np.take_along_axis(legs[:, 0] * dy - legs[:, 1] * dx, nearest, 2)[..., 0])
    before = np.concatenate(([0], np.cumsum(lengths)[:-1])).astype(np.float32)
    length = before[nearest[..., 0]] + np.take_along_axis(inner, nearest, 2)[..., 0] * lengths[nearest[..., 0]]
    return side * distance / (width_px / 2), length, float(lengths.sum())


def lay(on: Easel, reference: Picture, field: Field, layer: Layer, rng: np.random.Generator) -> None:
    """Paint one layer of strokes that bring the picture towards `reference`."""
    soft = blur(reference, layer.width_px * 0.3)
    rows, columns = on.height.shape
    pitch = layer.width_px * layer.spacing
    ys, xs = np.mgrid[0 : rows + pitch : pitch, 0 : columns + pitch : pitch]
    places = np.stack([xs.ravel(), ys.ravel()], axis=1) + rng.uniform(-0.6, 0.6, (xs.size, 2)) * pitch
    rng.shuffle(places)
    for x, y in places:
        column, row = int(min(max(x, 0), columns - 1)), int(min(max(y, 0), rows - 1))
        colour = soft[row, column]
        jitter = rng.normal(0, layer.value_jitter) + rng.normal(0, layer.hue_jitter, 3)
        length, width = layer.length_px * rng.uniform(0.6, 1.3), layer.width_px * rng.uniform(0.75, 1.2)
        grain = int(rng.integers(GRAIN))
        if layer.threshold and np.abs(on.picture[row, column] - colour).sum() < layer.threshold:
            continue
        path = trace(field, (float(x), float(y)), length, max(layer.width_px * 0.5, 3.0))
        stroke(on, path, width, np.clip(colour + jitter, 0, 1).astype(np.float32), layer.opacity, grain)
