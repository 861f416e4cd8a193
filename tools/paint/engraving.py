"""A copper engraving of a cat: lines that swell with the shadow and bend over the form, crossed where it is dark."""

import io
from pathlib import Path

import cv2
import numpy as np
from PIL import Image

from allaprima.packs import packed_pictures
from paint.canvas import Picture, Plane, blur, colours, flat, grid, noise, over, step

PACK = Path(__file__).parents[2] / "weights" / "contents.pack.safetensors"
CAT = "cat-0.webp"  # Chelsea, by Stefan van der Walt, CC0
PAPER, INK = colours("f3ead3", "1d1712")
FINE = 2  # drawn at twice the size and averaged
LINES = 76  # of one screen, from top to bottom
SCREENS = (  # turn in degrees, how far lines bend over the form, the tone at which they begin and at which they close
    (24.0, 2.6, 0.06, 1.05),
    (-38.0, 1.8, 0.42, 1.30),
    (80.0, 1.2, 0.70, 1.55),
)


def paint(height: int, width: int, rng: np.random.Generator) -> Picture:
    """Return the print."""
    rows, columns = height * FINE, width * FINE
    grey = _cat(rows, columns)
    dark = _tones(grey, rows / 1536)
    hand = noise(rng, (rows, columns), 0.10 * rows, 2)
    form = blur(grey, 0.018 * rows)
    ink = np.zeros((rows, columns), np.float32)
    for turn, bend, begins, closes in SCREENS:
        ink = np.maximum(ink, _screen(dark, form, hand, turn, bend, begins, closes))
    ink = np.maximum(ink, _outlines(grey, rows / 1536))
    ink = np.maximum(ink, step(0.93, 0.97, blur(dark, 3 * rows / 1536)))
    ink *= _plate(rows, columns)
    bite = noise(rng, (rows, columns), 5, 2)
    paper = flat(rows, columns, PAPER) * (1 + 0.012 * noise(rng, (rows, columns), 60, 5) + 0.008 * bite)[..., None]
    print_ = over(paper, INK, blur(ink, 0.7) * (0.96 - 0.05 * step(1.0, 2.2, bite)))
    return np.asarray(cv2.resize(print_, (width, height), interpolation=cv2.INTER_AREA), np.float32)


def _cat(rows: int, columns: int) -> Plane:
    """The photograph in grey, its middle, as large as the plate."""
    data = next(data for name, data in packed_pictures(PACK) if name == CAT)
    with Image.open(io.BytesIO(data)) as opened:
        photo = opened.convert("L")
    side = photo.height
    left = round(0.12 * photo.width)
    photo = photo.crop((left, 0, left + side, side)).resize((columns, rows), Image.Resampling.LANCZOS)
    return np.asarray(np.asarray(photo, np.float32) / 255, np.float32)


def _tones(grey: Plane, unit: float) -> Plane:
    """How dark each place is to be: local contrast raised, the lightest parts left to the paper."""
    smooth = cv2.bilateralFilter(grey, 0, 0.12, 5 * unit)
    levels = cv2.createCLAHE(2.4, (6, 6)).apply(np.round(smooth * 255).astype(np.uint8))
    sharp = levels / 255 + 0.9 * (smooth - blur(smooth, 14 * unit))
    return np.asarray(1 - np.clip((sharp - 0.12) / 0.60, 0, 1), np.float32)


def _screen(dark: Plane, form: Plane, hand: Plane, turn: float, bend: float, begins: float, closes: float) -> Plane:
    """One set of lines, as thick as the tone is deep."""
    x, y = grid(*dark.shape)
    radians = np.radians(turn)
    place = (y * np.cos(radians) + x * np.sin(radians)) * LINES + bend * 3.2 * form + 0.22 * hand
    wave = 0.5 - 0.5 * np.cos(2 * np.pi * place)  # 0 in the middle of a line
    thick = np.clip((dark - begins) / (closes - begins), 0, 1) ** 0.85
    return step(0.16, -0.16, wave - thick) * step(begins, begins + 0.03, dark)


def _outlines(grey: Plane, unit: float) -> Plane:
    """Black where a fine blur falls short of a coarse one: after Winnemoeller et al., "XDoG" (2012)."""
    smooth = cv2.bilateralFilter(grey, 0, 0.12, 6 * unit)
    return step(-0.018, -0.042, blur(smooth, 3.0 * unit) - blur(smooth, 6.0 * unit))


def _plate(rows: int, columns: int) -> Plane:
    """1 on the plate, 0 on the margin of the sheet."""
    x, y = grid(rows, columns)
    near = np.minimum(np.minimum(x, columns / rows - x), np.minimum(y, 1 - y))
    return step(0.022, 0.026, near)
