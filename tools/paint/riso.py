"""A risograph: pink and blue soy ink, each a grainy plate of its own that never lies quite where it should."""

import cv2
import numpy as np

from paint.canvas import Picture, Plane, blur, colours, flat, grid, noise, step

PAPER = colours("f6f1e4")[0]
PINK, BLUE = colours("ff4b8f", "1d50b0")
FINE = 2  # drawn at twice the size and averaged
SUN = (0.62, 0.40, 0.215)


class Plates:
    """How much of each ink there is, (H, W) in [0, 1]: pink and blue."""

    def __init__(self, x: Plane, y: Plane) -> None:
        self.x, self.y = x, y
        self.inks = [np.zeros(x.shape, np.float32) for _ in range(2)]

    def lay(self, inside: Plane, pink: float | Plane, blue: float | Plane) -> None:
        """Replace what is on the plates where `inside` is 1."""
        for index, amount in enumerate((pink, blue)):
            self.inks[index] += (np.asarray(amount, np.float32) - self.inks[index]) * inside


def paint(height: int, width: int, rng: np.random.Generator) -> Picture:
    """Return the print."""
    rows, columns = height * FINE, width * FINE
    x, y = grid(rows, columns)
    plates = Plates(x, y)
    _sky(plates)
    _dunes(plates, rng)
    _cactus(plates, 0.24, 0.90, 0.62, 1.0)
    _cactus(plates, 0.86, 0.80, 0.34, 1.0)
    _agave(plates, 0.55, 0.99, 0.26)
    _agave(plates, 0.02, 0.97, 0.20)
    print_ = flat(rows, columns, PAPER)
    for (right, down), ink, amount in zip(((3, 0), (-5, 4)), (PINK, BLUE), plates.inks, strict=True):
        moved = np.roll(amount, (down, right), (0, 1))
        grain = 0.62 * noise(rng, (rows, columns), 2.6) + 0.38 * noise(rng, (rows, columns), 6)
        uneven = 1 - 0.05 * np.abs(noise(rng, (rows, columns), 260, 3))
        # The stochastic screen: the share of the paper that is covered is the amount of ink.
        covered = step(-0.22, 0.22, _quantile(moved) - grain) * step(0.01, 0.05, moved)
        print_ = print_ * (1 - (0.94 * uneven * covered)[..., None] * (1 - ink))
    return np.asarray(cv2.resize(blur(print_, 0.6), (width, height), interpolation=cv2.INTER_AREA), np.float32)


def _quantile(share: Plane) -> Plane:
    """Where a normal deviate lies that a share of all lie below, near enough."""
    odds = np.clip(share, 0.004, 0.996)
    return np.asarray(0.62 * np.log(odds / (1 - odds)), np.float32)


def _sky(plates: Plates) -> None:
    x, y = plates.x, plates.y
    plates.lay(np.ones_like(x), 0.06 + 0.50 * step(0.62, -0.05, y), 0.80 * step(0.34, -0.10, y))
    distance = np.hypot(x - SUN[0], y - SUN[1]) / SUN[2]
    plates.lay(step(1.0, 0.99, distance), 0.42 + 0.58 * step(-0.9, 1.0, (y - SUN[1]) / SUN[2]), 0.0)
    for level, thick in ((0.455, 0.008), (0.497, 0.012), (0.545, 0.017)):
        stripe = step(thick, thick - 0.002, np.abs(y - level)) * step(1.0, 0.99, distance)
        plates.lay(stripe, 0.06, 0.0)
    for cloud_x, cloud_y, long in ((0.17, 0.17, 0.15), (0.90, 0.13, 0.13), (0.34, 0.42, 0.10)):
        shape = np.zeros_like(x)
        for offset, size in ((-0.55, 0.5), (-0.1, 0.85), (0.35, 0.65), (0.75, 0.4)):
            puff = np.hypot(x - cloud_x - offset * long, (y - cloud_y) * 1.5) - 0.42 * size * long
            shape = np.maximum(shape, step(0.002, -0.002, puff) * step(cloud_y + 0.012, cloud_y + 0.010, y))
        plates.lay(shape.astype(np.float32), 0.02 + 0.16 * step(cloud_y - 0.05, cloud_y + 0.01, y), 0.0)


def _dunes(plates: Plates, rng: np.random.Generator) -> None:
    x, y = plates.x, plates.y
    far = 0.60 - 0.10 * np.abs(((x * 2.3 + 0.2) % 1) - 0.5) * 2 - 0.015 * np.sin(23 * x)
    mesa = np.where((x > 0.06) & (x < 0.27), 0.435 + 0.006 * np.sin(90 * x), far)
    mesa = np.where((x > 0.88), 0.47 + 0.005 * np.sin(70 * x), mesa)
    depth = (y - np.minimum(mesa, far)).astype(np.float32)
    strata = step(-0.2, 0.2, np.sin(150 * y + 3 * np.sin(7 * x)))
    plates.lay(step(0, 0.003, depth), 0.45 + 0.35 * strata, 0.20 + 0.45 * step(0.0, 0.22, depth))
    crests = (
        0.625 + 0.030 * np.sin(5.0 * x + 0.6),
        0.72 + 0.040 * np.sin(4.1 * x + 3.0),
        0.83 + 0.035 * np.sin(5.3 * x + 5.0),
    )
    tones = ((0.95, 0.05), (0.12, 0.10), (0.90, 0.62))
    for crest, (pink, blue) in zip(crests, tones, strict=True):
        deep = (y - crest).astype(np.float32)
        shade = step(0.16, 0.0, deep)
        ripple = step(0.35, 0.75, np.sin(deep * 330 + 9 * np.sin(6 * x + 8 * deep)) * step(0.01, 0.05, deep))
        plates.lay(step(0, 0.003, deep), pink * (0.55 + 0.45 * shade), np.clip(blue * shade + 0.42 * ripple, 0, 1))


def _cactus(plates: Plates, x: float, foot: float, tall: float, ink: float) -> None:
    wide = 0.105 * tall
    parts = []
    for side, low, reach, high in ((-1, 0.46, 0.27, 0.76), (1, 0.34, 0.30, 0.86)):
        elbow = (x + side * reach * tall, foot - low * tall)
        parts += [((x, foot - low * tall), elbow, 0.68 * wide), (elbow, (elbow[0], foot - high * tall), 0.68 * wide)]
    parts.append(((x, foot), (x, foot - tall), wide))
    for (x0, y0), (x1, y1), radius in parts:
        dx, dy = x1 - x0, y1 - y0
        t = np.clip(((plates.x - x0) * dx + (plates.y - y0) * dy) / (dx * dx + dy * dy), 0, 1)
        side = np.hypot(plates.x - x0 - t * dx, plates.y - y0 - t * dy)
        across = ((plates.x - x0) * dy - (plates.y - y0) * dx) / np.hypot(dx, dy) / radius
        if dy > 0 or dx != 0:
            across = -across
        inside = step(radius + 0.0015, radius - 0.0015, side)
        ribs = step(0.55, 0.85, np.cos(across * 11.5))
        plates.lay(
            inside,
            0.04 + 0.80 * step(0.25, 1.0, across),
            ink * (0.62 + 0.36 * step(-0.6, 0.9, across)) * (1 - 0.75 * ribs),
        )


def _agave(plates: Plates, x: float, foot: float, size: float) -> None:
    for index, degrees in enumerate((-78, -60, 66, 48, -42, -25, 30, 12, -8)):
        turn = np.radians(degrees)
        u = (plates.x - x) * np.sin(turn) - (plates.y - foot) * np.cos(turn)
        v = (plates.x - x) * np.cos(turn) + (plates.y - foot) * np.sin(turn)
        along = u / size
        half = 0.15 * size * np.sqrt(np.clip(along + 0.05, 0, 1)) * np.clip(1.02 - along, 0, 1) ** 0.8 * 1.5
        inside = step(0.001, -0.001, np.abs(v) - half) * step(0.0, 0.02, along)
        edge = step(0.62, 0.85, np.abs(v) / np.maximum(half, 1e-4))
        plates.lay(inside, 0.10 + 0.75 * (index % 2) * (1 - edge), 0.97 - 0.92 * edge - 0.10 * (index % 3))
