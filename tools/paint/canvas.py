"""What every technique stands on: colours, grids, smooth noise and raking light."""

import cv2
import numpy as np
from numpy.typing import NDArray

Real = NDArray[np.floating]
Plane = NDArray[np.float32]  # (H, W)
Picture = NDArray[np.float32]  # (H, W, 3), RGB in [0, 1]
Field = NDArray[np.float32]  # (H, W, 2), unit vectors (x, y)


def colours(*codes: str) -> NDArray[np.float32]:
    """Return (n, 3) RGB in [0, 1] from codes like "1b3a6b"."""
    return np.array([[int(code[k : k + 2], 16) / 255 for k in (0, 2, 4)] for code in codes], np.float32)


def flat(height: int, width: int, colour: NDArray[np.float32]) -> Picture:
    """Return a picture of one colour."""
    return np.tile(colour.astype(np.float32), (height, width, 1))


def grid(height: int, width: int) -> tuple[Plane, Plane]:
    """Return x and y of every pixel, both in units of the height, y downwards."""
    y, x = np.mgrid[0:height, 0:width].astype(np.float32)
    return x / height, y / height


def noise(rng: np.random.Generator, size: tuple[int, ...], cell_px: float, octaves: int = 1) -> Plane:
    """Return smooth noise with mean 0 and deviation 1 whose largest features are about `cell_px` wide."""
    height, width = size
    total = np.zeros((height, width), np.float32)
    for octave in range(octaves):
        cell = max(cell_px / 2**octave, 1.0)
        rows, columns = int(height / cell) + 4, int(width / cell) + 4
        coarse = rng.standard_normal((rows, columns)).astype(np.float32)
        fine = cv2.resize(coarse, (int(columns * cell), int(rows * cell)), interpolation=cv2.INTER_CUBIC)
        top, left = int(cell), int(cell)
        total += fine[top : top + height, left : left + width] / 2**octave
    return np.asarray((total - total.mean()) / max(float(total.std()), 1e-6), np.float32)


def blur(picture: Real, sigma_px: float) -> NDArray[np.float32]:
    """Return `picture` under a Gaussian, its edges mirrored."""
    return np.asarray(cv2.GaussianBlur(picture, (0, 0), sigma_px, borderType=cv2.BORDER_REFLECT), np.float32)


def step(low: float, high: float, value: Real) -> Plane:
    """Return 0 below `low`, 1 above `high`, smooth between; `low` may be the larger one."""
    t = np.clip((value - low) / (high - low), 0, 1)
    return np.asarray(t * t * (3 - 2 * t), np.float32)


def over(below: Picture, colour: Real, coverage: Real) -> Picture:
    """Return `below` with `colour` (a colour or a picture) laid over it where `coverage` is 1."""
    return np.asarray(below + (colour - below) * coverage[..., None], np.float32)


def ramp(stops: NDArray[np.float32], place: Real) -> Picture:
    """Return the colour at `place` (0 the first stop, 1 the last) along evenly spaced stops."""
    position = np.clip(place, 0, 1) * (len(stops) - 1)
    below = np.minimum(position.astype(np.int32), len(stops) - 2)
    part = (position - below)[..., None]
    return np.asarray(stops[below] * (1 - part) + stops[below + 1] * part, np.float32)


def along(direction: Real) -> Field:
    """Return `direction` (H, W, 2) scaled to unit length."""
    length = np.linalg.norm(direction, axis=2, keepdims=True)
    return np.asarray(direction / np.maximum(length, 1e-6), np.float32)


def raking_light(picture: Picture, height: Plane, relief: float = 1.0, shine: float = 0.12) -> Picture:
    """Return `picture` lit from the upper left over the relief `height`, in px: shadows and shine."""
    slope_x, slope_y = (
        cv2.Sobel(height, cv2.CV_32F, 1, 0, scale=0.125),
        cv2.Sobel(height, cv2.CV_32F, 0, 1, scale=0.125),
    )
    facing = -(slope_x + slope_y) * relief
    shade = 1 + np.clip(facing, -0.45, 0.35)
    glint = np.clip(facing - 0.12, 0, 1) * shine * 4
    return np.asarray(np.clip(picture * shade[..., None] + glint[..., None], 0, 1), np.float32)
