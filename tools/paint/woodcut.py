"""A colour woodcut: a black line block over four flat blocks, the lines swelling and thinning with the light."""

import cv2
import numpy as np
from numpy.typing import NDArray

from paint.canvas import Picture, Plane, blur, colours, flat, grid, noise, over, step

PAPER, INK = colours("f3e6c8", "15182b")
BLOCKS = colours("f0b23c", "d8432b", "2f7f8f", "7fb8a8", "e8794a")
FINE = 2  # drawn at twice the size and averaged
SUN = (0.64, 0.34, 0.155)


def paint(height: int, width: int, rng: np.random.Generator) -> Picture:
    """Return the print."""
    rows, columns = height * FINE, width * FINE
    x, y = grid(rows, columns)
    hand = noise(rng, (rows, columns), 0.05 * rows, 2)
    kinds = _shapes(x, y)
    lines, tone = _lines(x, y, kinds, hand)
    # A gouge widens as it goes in: ink stays where the wave is under the tone.
    wave = 0.5 + 0.5 * np.cos(2 * np.pi * lines + 0.25 * hand)
    sharp = 0.16
    key = step(-sharp, sharp, (tone + 0.03 * hand - wave).astype(np.float32))
    key = np.maximum(key, _outlines(kinds, 0.0042 * rows, hand))
    grain = cv2.resize(noise(rng, (rows // 2, 40), 4, 2), (columns, rows)) + 0.6 * noise(rng, (rows, columns), 5)
    print_ = flat(rows, columns, PAPER)
    flats = _flats(kinds)
    shifted = np.pad(flats, ((3, 0), (0, 3)), "edge")[:-3, 3:]  # the blocks never meet the key exactly
    for index, colour in enumerate(BLOCKS):
        print_ = over(print_, colour, (shifted == index) * (0.93 + 0.05 * grain).clip(0, 1).astype(np.float32))
    print_ = over(print_, INK, key * (0.97 - 0.10 * step(0.9, 2.2, grain)))
    print_ = blur(print_, 0.8)
    fibres = 1 + 0.018 * noise(rng, (rows, columns), 6, 2)
    return np.asarray(cv2.resize(print_ * fibres[..., None], (width, height), interpolation=cv2.INTER_AREA), np.float32)


def _shapes(x: Plane, y: Plane) -> NDArray[np.int32]:
    """0 sky, 1 sun, 2 mountain, 3 its snow, 4 far sea, 5 wave, 6 foam, 7 shore."""
    kinds = np.zeros(x.shape, np.int32)
    kinds[np.hypot(x - SUN[0], y - SUN[1]) < SUN[2]] = 1
    flank = 0.62 - 0.36 * np.exp(-np.abs(x - 0.36) / 0.20) - 0.02 * np.sin(19 * x)
    kinds[y > flank] = 2
    kinds[(y > flank) & (y < 0.385 + 0.028 * np.sin(52 * x) + 0.012 * np.sin(95 * x))] = 3
    kinds[y > 0.60 + 0.006 * np.sin(30 * x)] = 4
    crest = 0.74 - 0.13 * np.sin(4.4 * x - 0.5) * np.exp(-((x - 0.78) ** 2) / 0.16) + 0.02 * np.sin(11 * x)
    scallops = 0.024 * np.abs(np.sin(21 * x)) + 0.012 * np.abs(np.sin(47 * x + 1))
    kinds[y > crest] = 6
    kinds[y > crest + 0.022 + scallops] = 5
    kinds[y > 0.93 - 0.10 * np.exp(-((x - 0.12) ** 2) / 0.03) + 0.01 * np.sin(23 * x)] = 7
    return kinds


def _lines(x: Plane, y: Plane, kinds: NDArray[np.int32], hand: Plane) -> tuple[Plane, Plane]:
    """Place in the hatching, in lines, and darkness, for every pixel."""
    rays = np.arctan2(y - SUN[1], x - SUN[0])
    distance = np.hypot(x - SUN[0], y - SUN[1])
    crest = 0.74 - 0.13 * np.sin(4.4 * x - 0.5) * np.exp(-((x - 0.78) ** 2) / 0.16) + 0.02 * np.sin(11 * x)
    side = np.where(x < 0.36 + 0.02 * np.sin(40 * y), 1.0, -1.0)
    places = (
        rays * 64 / (2 * np.pi),
        y * 0,
        (y + side * 0.9 * (x - 0.36)) * 46 + 0.4 * hand,
        (y + side * 2.2 * (x - 0.36)) * 22,
        y * 44 + 0.5 * np.sin(16 * x),
        (y - crest) * 34 + 0.5 * np.sin(13 * x + 9 * y),
        (y - crest) * 0,
        (y + 0.55 * x) * 40 + 0.8 * np.sin(20 * x),
    )
    darkness = (
        0.62 - 0.80 * np.exp(-(((distance - SUN[2]) / 0.34) ** 2)) + 0.12 * hand,
        y * 0 - 1,
        np.where(side > 0, 0.30, 0.72) + 0.35 * (y - 0.5),
        np.where(side > 0, -1.0, 0.34),
        0.50 + 1.2 * (y - 0.66) - 0.45 * np.exp(-(((x - SUN[0]) / 0.10) ** 2)),
        0.30 + 2.0 * (y - crest - 0.04),
        y * 0 - 1,
        0.74 + 0.2 * np.sin(9 * x),
    )
    return np.choose(kinds, places).astype(np.float32), np.choose(kinds, darkness).astype(np.float32)


def _flats(kinds: NDArray[np.int32]) -> NDArray[np.int32]:
    """Which colour block prints where; -1 is bare paper."""
    return np.array([0, 1, 4, -1, 3, 2, -1, 1], np.int32)[kinds]


def _outlines(kinds: NDArray[np.int32], width_px: float, hand: Plane) -> Plane:
    inner = np.ones(kinds.shape, np.uint8)
    inner[:, 1:][kinds[:, 1:] != kinds[:, :-1]] = 0
    inner[1:][kinds[1:] != kinds[:-1]] = 0
    distance = np.asarray(cv2.distanceTransform(inner, cv2.DIST_L2, 5), np.float32)
    return step(1.2, -1.2, distance - width_px * (1 + 0.35 * hand))
