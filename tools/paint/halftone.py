"""A comic's print: a posterised photograph in four inks, screens of dots at angles of their own, heavy outlines."""

from pathlib import Path

import cv2
import numpy as np
from PIL import Image

from paint.canvas import Picture, Plane, blur, colours, flat, grid, noise, step

PHOTO = Path(__file__).parents[2] / "examples" / "photos" / "astronaut.jpg"
FINE = 2  # drawn at twice the size and averaged
CELL = 0.0150  # of the height
PAPER = colours("fbf3de")[0]
INKS = colours("00a8e0", "ea1f7d", "ffe01a", "16141f")
ANGLES = (15.0, 75.0, 0.0)


def paint(height: int, width: int, rng: np.random.Generator) -> Picture:
    """Return the print."""
    rows, columns = height * FINE, width * FINE
    with Image.open(PHOTO) as opened:
        square = opened.convert("RGB").resize((columns, rows), Image.Resampling.BICUBIC)
    photo = np.asarray(np.asarray(square) / 255, np.float32)
    bold = _bold(photo, rows / 1536)
    print_ = flat(rows, columns, PAPER)
    for ink, angle, amount in zip(INKS[:3], ANGLES, np.moveaxis(1 - bold, 2, 0), strict=True):
        spread = 1 + 0.05 * noise(rng, (rows, columns), 30, 2)
        dots = _screen(np.clip(amount * spread, 0, 1).astype(np.float32), angle, CELL * rows)
        print_ = print_ * (1 - dots[..., None] * (1 - ink))
    line = _outlines(photo, rows / 1536)
    print_ = print_ * (1 - line[..., None]) + INKS[3] * line[..., None]
    return np.asarray(cv2.resize(blur(print_, 0.7), (width, height), interpolation=cv2.INTER_AREA), np.float32)


def _bold(photo: Picture, unit: float) -> Picture:
    """Return the photograph in few strong tones."""
    smooth = photo
    for _ in range(4):
        smooth = np.asarray(cv2.bilateralFilter(smooth, 0, 0.10, 9 * unit), np.float32)
    grey = smooth.mean(axis=2, keepdims=True)
    strong = np.clip(grey + (smooth - grey) * 2.0, 0, 1)
    strong = np.clip((strong - 0.10) * 1.25, 0, 1)
    tint = np.array([0.10, 0.62, 1.0], np.float32)  # what is grey and pale turns the blue of a comic's sky
    plain = step(0.30, 0.12, np.ptp(strong, axis=2)) * step(0.36, 0.5, strong.mean(axis=2))
    strong = strong + (tint * strong.mean(axis=2, keepdims=True) * 1.15 - strong) * plain[..., None]
    levels = 4
    return blur(np.clip(np.round(strong * levels) / levels, 0, 1).astype(np.float32), 1.5 * unit)


def _screen(amount: Plane, degrees: float, cell_px: float) -> Plane:
    """Dots whose area is `amount`, on a square grid turned by `degrees`."""
    x, y = grid(*amount.shape)
    turn, pace = np.radians(degrees), 2 * np.pi * amount.shape[0] / cell_px
    u, v = x * np.cos(turn) + y * np.sin(turn), y * np.cos(turn) - x * np.sin(turn)
    spot = 0.5 - 0.25 * (np.cos(u * pace) + np.cos(v * pace))  # 0 in a dot's middle
    even = blur(amount, cell_px * 0.12)
    dots = step(0.07, -0.07, (spot - (0.04 + 0.92 * even)).astype(np.float32))
    return np.where(even < 0.06, 0, np.where(even > 0.94, 1, dots)).astype(np.float32)


def _outlines(photo: Picture, unit: float) -> Plane:
    """Black where a fine blur falls short of a coarse one: after Winnemoeller et al., "XDoG" (2012)."""
    grey = cv2.bilateralFilter(photo.mean(axis=2), 0, 0.12, 7 * unit)
    fine, coarse = blur(grey, 4.0 * unit), blur(grey, 7.5 * unit)
    edges = step(-0.012, -0.030, fine - coarse)
    shadows = step(0.13, 0.09, blur(grey, 5 * unit))
    return blur(np.maximum(edges, shadows), 1.2 * unit)
