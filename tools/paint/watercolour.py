"""Watercolour: transparent washes with dark rims, granulating in the paper's hollows; sails in a harbour at dusk."""

import cv2
import numpy as np
from numpy.typing import NDArray

from paint.canvas import Picture, Plane, Real, blur, colours, flat, grid, noise, step

PAPER = colours("fbf7ec")[0]
ROSE, PEACH, GOLD = colours("e8527a", "ff9a6b", "ffc21f")
BLUE, TURQUOISE, INDIGO = colours("1f6fd0", "12a5ad", "27307e")
VIOLET, SCARLET, SIENNA = colours("7a3fb0", "e0302a", "9a4a24")


class _Sheet:
    """Wet paper: light that comes back through the washes, and the hollows that pigment settles in."""

    def __init__(self, height: int, width: int, rng: np.random.Generator) -> None:
        self.x, self.y = grid(height, width)
        self.rng = rng
        self.light = flat(height, width, PAPER)
        self.tooth = noise(rng, (height, width), 5 * height / 768, 2)
        self.wobble = (noise(rng, (height, width), 0.09 * height, 4), noise(rng, (height, width), 0.09 * height, 4))

    def wash(
        self,
        inside: Plane,
        pigment: NDArray[np.float32],
        density: float | Real = 1.0,
        rim: float = 0.5,
        soft: float = 1.2,
        other: NDArray[np.float32] | None = None,
        reserve: float = 0.0,
    ) -> None:
        """Lay one wash where `inside` (signed px, positive inside) is positive; `other` bleeds in from below.

        `reserve` is how much of the paper had been kept white there.
        """
        size = self.light.shape[0] / 768
        cover = step(-soft * size, soft * size, inside)
        self.light = self.light + (PAPER - self.light) * (reserve * cover)[..., None]
        pool = 1 + 0.34 * noise(self.rng, inside.shape, 150 * size, 4)
        bloom = noise(self.rng, inside.shape, 110 * size, 5)
        edge = rim * np.exp(-np.abs(inside) / (3.2 * size)) + 0.5 * rim * np.exp(-np.abs(bloom) / 0.035) * 0.5
        amount = cover * density * np.clip(pool + edge + 0.16 * self.tooth, 0.05, None)
        absorbs = -np.log(np.clip(pigment, 0.02, 1))
        if other is not None:
            share = step(-0.5, 0.6, 0.8 * bloom + 2.2 * (self.y - self.y.mean()))[..., None]
            absorbs = absorbs * (1 - share) - np.log(np.clip(other, 0.02, 1)) * share
        self.light = self.light * np.exp(-absorbs * amount[..., None])

    def polygon(self, points: list[tuple[float, float]], waver: float = 0.006) -> Plane:
        """Return the signed distance in px to a polygon whose outline wavers as a hand does."""
        height, width = self.x.shape
        mask = np.zeros((height, width), np.uint8)
        corners = np.round(np.array(points, np.float64) * height).astype(np.int32)
        cv2.fillPoly(mask, [corners], 1)
        signed = cv2.distanceTransform(mask, cv2.DIST_L2, 5) - cv2.distanceTransform(1 - mask, cv2.DIST_L2, 5)
        columns = (self.x * height + self.wobble[0] * waver * height).astype(np.float32)
        rows = (self.y * height + self.wobble[1] * waver * height).astype(np.float32)
        return np.asarray(
            cv2.remap(signed, columns, rows, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE), np.float32
        )


def paint(height: int, width: int, rng: np.random.Generator) -> Picture:
    """Return the sheet when it has dried."""
    sheet = _Sheet(height, width, rng)
    _sky(sheet)
    _town(sheet)
    _water(sheet)
    for place, size, colour, lining in (
        (0.30, 1.0, SCARLET, GOLD),
        (0.66, 0.78, GOLD, SCARLET),
        (0.86, 0.52, VIOLET, ROSE),
        (0.50, 0.46, TURQUOISE, BLUE),
    ):
        _boat(sheet, place, size, colour, lining)
    _spatter(sheet)
    grain = 1 + 0.022 * sheet.tooth[..., None]
    return np.clip(blur(sheet.light, 0.5) * grain, 0, 1).astype(np.float32)


def _sky(sheet: _Sheet) -> None:
    size = sheet.x.shape[0]
    whole = sheet.polygon([(-0.1, -0.1), (1.1, -0.1), (1.1, 0.50), (-0.1, 0.50)], 0.012)
    sheet.wash(whole, BLUE, 0.80 * step(0.36, 0.0, sheet.y + 0.08 * sheet.wobble[0]), 0.2, 8)
    sheet.wash(whole, ROSE, 0.70 * np.exp(-(((sheet.y - 0.25 + 0.04 * sheet.wobble[1]) / 0.09) ** 2)), 0.2, 8)
    sheet.wash(whole, PEACH, 0.95 * step(0.22, 0.44, sheet.y + 0.03 * sheet.wobble[0]), 0.2, 8)
    sun = (0.072 - np.hypot(sheet.x - 0.60, sheet.y - 0.33)) * size
    sheet.wash(sun, GOLD, 1.0, 0.5, 1.5, PEACH, 0.95)
    for centre_x, centre_y, length in ((0.22, 0.13, 0.17), (0.80, 0.20, 0.20), (0.48, 0.07, 0.13)):
        flat = np.hypot((sheet.x - centre_x) / length, (sheet.y - centre_y) / 0.045)
        cloud = (1 - flat + 0.55 * sheet.wobble[0] + 0.25 * sheet.wobble[1]) * 0.05 * size
        sheet.wash(cloud.astype(np.float32), VIOLET, 0.34, 0.8, 2.5, ROSE, 0.55)


def _town(sheet: _Sheet) -> None:
    hills = sheet.polygon(
        [(-0.1, 0.40), (0.18, 0.335), (0.42, 0.40), (0.75, 0.35), (1.1, 0.31), (1.1, 0.5), (-0.1, 0.5)], 0.014
    )
    sheet.wash(hills, VIOLET, 0.8, 0.5, 1.5, TURQUOISE, 0.8)
    left = -0.02
    while left < 1.02:
        wide, tall = sheet.rng.uniform(0.045, 0.085), sheet.rng.uniform(0.05, 0.115)
        top = 0.485 - tall
        pigment = (PEACH, SIENNA, ROSE, GOLD, INDIGO)[int(sheet.rng.integers(5))]
        wall = sheet.polygon([(left, top), (left + wide, top), (left + wide, 0.49), (left, 0.49)], 0.003)
        sheet.wash(wall, pigment, 0.75, 0.6, 1.0, None, 0.85)
        roof = [(left - 0.006, top), (left + wide / 2, top - 0.028), (left + wide + 0.006, top)]
        sheet.wash(sheet.polygon(roof, 0.003), SCARLET, 1.0, 0.5, 1.0, SIENNA, 0.8)
        left += wide * sheet.rng.uniform(0.92, 1.25)


def _water(sheet: _Sheet) -> None:
    size = sheet.x.shape[0]
    sea = sheet.polygon([(-0.1, 0.49), (1.1, 0.49), (1.1, 1.1), (-0.1, 1.1)], 0.004)
    path = 1 - 0.8 * np.exp(-(((sheet.x - 0.60) / (0.06 + 0.25 * (sheet.y - 0.49))) ** 2)) * step(1.0, 0.5, sheet.y)
    sheet.wash(sea, TURQUOISE, (0.70 * path).astype(np.float32), 0.5, 1.5, BLUE, 0.9)
    sheet.wash(sea, GOLD, (0.8 * (1 - path)).astype(np.float32), 0.0, 1.5)
    for row in np.linspace(0.52, 0.99, 13):
        deep = (row - 0.49) / 0.51
        ripple = np.sin(sheet.x * (46 - 30 * deep) + 40 * row + 1.6 * sheet.wobble[0]) - 0.25 + 0.5 * sheet.wobble[1]
        band = (0.004 + 0.011 * deep) * (0.4 + ripple) - np.abs(sheet.y - row - 0.006 * sheet.wobble[1])
        sheet.wash((band * size).astype(np.float32), INDIGO if row > 0.8 else BLUE, 0.55, 0.5, 1.0)


def _boat(sheet: _Sheet, place: float, scale: float, colour: NDArray[np.float32], lining: NDArray[np.float32]) -> None:
    foot = 0.55 + 0.25 * scale

    def at(points: list[tuple[float, float]], waver: float) -> Plane:
        return sheet.polygon([(place + scale * x, foot + scale * y) for x, y in points], waver)

    sheet.wash(at([(0.015, -0.055), (0.015, -0.46), (0.20, -0.065)], 0.005), colour, 1.2, 0.6, 1.0, lining, 0.97)
    sheet.wash(at([(-0.01, -0.055), (-0.01, -0.40), (-0.13, -0.060)], 0.005), lining, 1.0, 0.6, 1.0, colour, 0.97)
    sheet.wash(
        at([(-0.17, -0.045), (0.22, -0.045), (0.16, 0.02), (-0.12, 0.02)], 0.004), INDIGO, 1.25, 0.4, 1.0, SIENNA, 0.9
    )
    sheet.wash(at([(0.0, -0.47), (0.010, -0.47), (0.010, -0.04), (0.0, -0.04)], 0.001), SIENNA, 1.5, 0.2, 0.8)
    for row in range(5):
        half = 0.13 * (1 - row / 6)
        lane = 0.045 + 0.05 * row
        glide = [(-half, lane), (half * 1.15, lane), (half * 0.9, lane + 0.024), (-half * 0.8, lane + 0.026)]
        sheet.wash(at(glide, 0.010), colour, 0.85 - 0.08 * row, 0.5, 1.5, None, 0.8 - 0.1 * row)


def _spatter(sheet: _Sheet) -> None:
    size = sheet.x.shape[0]
    drops = np.full(sheet.x.shape, -9.0, np.float32)
    for _ in range(46):
        x, y, radius = sheet.rng.uniform(0, 1), sheet.rng.uniform(0, 1), sheet.rng.uniform(0.0015, 0.005)
        drops = np.maximum(drops, (radius - np.hypot(sheet.x - x, sheet.y - y)) * size)
    sheet.wash(drops.astype(np.float32), BLUE, 0.6, 0.6, 0.8, ROSE)
