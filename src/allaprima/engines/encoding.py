"""A style picture made ready for an encoder, and its style as a value."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from math import ceil

import numpy as np
from numpy.typing import NDArray

from allaprima.engines.looks import LAYER_CHANNELS, Style
from allaprima.errors import OptionError
from allaprima.frames import Pixels
from allaprima.runtimes.calls import Encoder

SMALLEST_STYLE = 16   # below it a picture has colours but no texture to measure
LARGEST_STYLE = 4096  # of the shorter side at work
LONGEST = 8           # times the shorter side: of a longer picture so many squares are looked at
MOST = 1 << 25        # pixels at work: of a picture that has more and is longer than two squares fewer are looked at
AT_ONCE = 1 << 22     # pixels that are encoded in one call; VGG-19 takes some 3 GB for them

UnitPicture = NDArray[np.float32]


def style_of(picture: Pixels, name: str, encode: Encoder, encoder: str, shorter_side: float) -> Style:
    """The style of a picture (H, W, 3), RGB, resized so that its shorter side has that many pixels.

    A large picture is measured in parts, whose moments are put together; of a strip more than eight times as long as
    it is wide, eight squares spread over it are measured, fewer where the scale makes them large.
    """
    pieces = at_work(picture, name, shorter_side)
    counts = [positions(*piece.shape[:2]) for piece in pieces]
    code = together([encode(piece) for piece in pieces], counts)
    sums = [sum(count[layer] for count in counts) for layer in range(4)]
    return Style(name, code, (sums[0], sums[1], sums[2], sums[3]), encoder)


def at_work(picture: Pixels, name: str, shorter_side: float) -> list[UnitPicture]:
    """The parts of a style picture that are looked at, float32 in [0, 1], at that size; all of it where it is small."""
    height, width = picture.shape[:2]
    if min(height, width) < SMALLEST_STYLE:
        raise OptionError(f"the style {name} is {width}x{height} pixels, too small to have a texture",
                          f"choose a picture of at least {SMALLEST_STYLE}x{SMALLEST_STYLE} pixels")
    if not SMALLEST_STYLE <= shorter_side <= LARGEST_STYLE:
        raise OptionError(f"the style scale makes the style {name} {shorter_side:.0f} pixels small or large",
                          f"choose one that gives {SMALLEST_STYLE} to {LARGEST_STYLE} pixels")
    scale = shorter_side / min(height, width)
    return [scaled(part, scale) for square in squares_of(picture, shorter_side) for part in cut(square, scale)]


def squares_of(picture: Pixels, shorter_side: float) -> list[Pixels]:
    """The picture, or as many squares as are looked at, spread evenly over one that is longer than that."""
    height, width = picture.shape[:2]
    side, most = min(height, width), max(2, min(LONGEST, int(MOST / shorter_side ** 2)))
    if max(height, width) <= most * side:
        return [picture]
    places = np.linspace(0, max(height, width) - side, most).round().astype(int)
    return [picture[:, at:at + side] if width > height else picture[at:at + side] for at in places]


def cut(picture: Pixels, scale: float) -> list[Pixels]:
    """The picture in as many equal parts a side as it takes for none to have more than ``AT_ONCE`` pixels at work."""
    height, width = picture.shape[:2]
    parts = ceil((height * width * scale ** 2 / AT_ONCE) ** 0.5)
    rows, columns = (np.linspace(0, length, parts + 1).round().astype(int) for length in (height, width))
    return [picture[top:bottom, left:right] for top, bottom in pairwise(rows)
            for left, right in pairwise(columns)]


def positions(rows: int, columns: int) -> tuple[int, int, int, int]:
    """How many positions the features of a picture have at relu1_1 to relu4_1: pooling rounds up."""
    counts = []
    for _ in range(4):
        counts.append(rows * columns)
        rows, columns = -(-rows // 2), -(-columns // 2)
    return counts[0], counts[1], counts[2], counts[3]


def together(codes: Sequence[NDArray[np.float32]], counts: Sequence[Sequence[int]]) -> NDArray[np.float32]:
    """The code of a whole, from those of its parts: means and biased deviations over all positions."""
    if len(codes) == 1:
        return codes[0]
    whole, start = [], 0
    for layer, channels in enumerate(LAYER_CHANNELS):
        means = np.array([code[start:start + channels] for code in codes], np.float64)
        deviations = np.array([code[start + channels:start + 2 * channels] for code in codes], np.float64)
        shares = np.array([count[layer] for count in counts], np.float64)[:, None]
        shares /= shares.sum()
        mean = (shares * means).sum(axis=0)
        variance = (shares * (deviations ** 2 + means ** 2)).sum(axis=0) - mean ** 2
        whole += [mean, np.sqrt(np.maximum(variance, 0))]
        start += 2 * channels
    return np.concatenate(whole).astype(np.float32)


def scaled(picture: Pixels, scale: float) -> UnitPicture:
    """The picture as float32 in [0, 1], that much larger, both sides even."""
    import cv2

    height, width = picture.shape[:2]
    size = (max(2, 2 * round(width * scale / 2)), max(2, 2 * round(height * scale / 2)))
    full = {np.dtype(np.uint8): 255, np.dtype(np.uint16): 65535}.get(picture.dtype, 1)
    wide = picture.astype(np.float32) / np.float32(full)
    if size == (width, height):
        return wide
    method = cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC
    return np.clip(cv2.resize(wide, size, interpolation=method), 0, 1).astype(np.float32)
