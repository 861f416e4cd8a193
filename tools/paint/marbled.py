"""Marbled paper: drops of ink on a bath, drawn out with a stylus and a comb.

Lu, Jaffer, Jin, Zhao and Mao, "Mathematical Marbling" (2012): a drop moves what is there outwards and keeps areas; a
tine drags what is near its line. Each pixel is followed back through the strokes to the drop it came from.
"""

import cv2
import numpy as np
from numpy.typing import NDArray

from paint.canvas import Picture, Plane, blur, colours, grid, noise

INKS = colours("0d1b3e", "c8202f", "f6ead0", "0f8a8c", "f2a71b", "1d4fa0", "f6ead0", "e4572e")
BATH = 0
FINE = 2  # drawn at twice the size and averaged


def paint(height: int, width: int, rng: np.random.Generator) -> Picture:
    """Return the sheet."""
    x, y = grid(height * FINE, width * FINE)
    drops = _drops(rng)
    x, y = _undo_tools(x, y)
    ink = _undo_drops(x, y, drops)
    sheet = np.asarray(cv2.resize(INKS[ink], (width, height), interpolation=cv2.INTER_AREA), np.float32)
    # Ink lies unevenly on the bath, and the paper's fibres show through.
    pool = 1 + 0.05 * noise(rng, (height, width), 60, 3) + 0.025 * noise(rng, (height, width), 3)
    return np.clip(blur(sheet, 0.4) * pool[..., None], 0, 1).astype(np.float32)


def _drops(rng: np.random.Generator) -> list[tuple[float, float, float, int]]:
    cells = [
        ((column + rng.uniform(0.1, 0.9)) / 4, (row + rng.uniform(0.1, 0.9)) / 4)
        for row in range(4)
        for column in range(4)
    ]
    centres = [cells[place] for place in rng.permutation(len(cells))]
    drops = []
    for ring in range(7):
        for index, (centre_x, centre_y) in enumerate(centres):
            radius = rng.uniform(0.045, 0.085)
            drops.append((centre_x, centre_y, radius, 1 + (ring + index * 3) % (len(INKS) - 1)))
    drops += [(rng.uniform(0, 1), rng.uniform(0, 1), rng.uniform(0.008, 0.03), int(rng.integers(8))) for _ in range(70)]
    return drops


def _undo_tools(x: Plane, y: Plane) -> tuple[Plane, Plane]:
    """Undo the last tool first: two whirls, a comb down the sheet, a wider one across it."""
    for centre_x, centre_y, radius, pull in ((0.30, 0.36, 0.13, 0.32), (0.73, 0.68, 0.16, -0.36)):
        dx, dy = x - centre_x, y - centre_y
        distance = np.sqrt(dx**2 + dy**2)
        turn = -pull * 0.045 ** (np.abs(distance - radius) / 0.16) / np.maximum(distance, 0.04)
        x, y = centre_x + dx * np.cos(turn) - dy * np.sin(turn), centre_y + dx * np.sin(turn) + dy * np.cos(turn)
    y = y - 0.050 * np.sin(x * 2 * np.pi / 0.125) - 0.012 * np.sin(x * 2 * np.pi / 0.031)
    x = x - 0.085 * np.sin(y * 2 * np.pi / 0.42)
    return x.astype(np.float32), y.astype(np.float32)


def _undo_drops(x: Plane, y: Plane, drops: list[tuple[float, float, float, int]]) -> NDArray[np.int8]:
    ink: NDArray[np.int8] = np.full(x.shape, -1, np.int8)
    for centre_x, centre_y, radius, colour in reversed(drops):
        dx, dy = x - centre_x, y - centre_y
        square = dx**2 + dy**2
        ink[(square < radius**2) & (ink < 0)] = colour
        shrink = np.sqrt(np.clip(1 - radius**2 / np.maximum(square, 1e-9), 0, 1))
        x, y = centre_x + dx * shrink, centre_y + dy * shrink
    ink[ink < 0] = BATH
    return ink
