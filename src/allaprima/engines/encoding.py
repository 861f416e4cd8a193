"""A style picture made ready for an encoder, and its style as a value."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from allaprima.engines.looks import Style
from allaprima.errors import OptionError
from allaprima.frames import Pixels
from allaprima.runtimes.calls import Encoder

SMALLEST_STYLE = 16   # below it a picture has colours but no texture to measure
LARGEST_STYLE = 4096  # of the shorter side at work


def style_of(picture: Pixels, name: str, encode: Encoder, encoder: str, shorter_side: float) -> Style:
    """The style of a picture (H, W, 3), RGB, resized so that its shorter side has that many pixels."""
    height, width = picture.shape[:2]
    if min(height, width) < SMALLEST_STYLE:
        raise OptionError(f"the style {name} is {width}x{height} pixels, too small to have a texture",
                          f"choose a picture of at least {SMALLEST_STYLE}x{SMALLEST_STYLE} pixels")
    if not SMALLEST_STYLE <= shorter_side <= LARGEST_STYLE:
        raise OptionError(f"the style scale makes the style {name} {shorter_side:.0f} pixels small or large",
                          f"choose one that gives {SMALLEST_STYLE} to {LARGEST_STYLE} pixels")
    resized = at_size(picture, shorter_side)
    rows, columns = resized.shape[:2]
    counts = []
    for _ in range(4):
        counts.append(rows * columns)
        rows, columns = -(-rows // 2), -(-columns // 2)  # pooling rounds up
    return Style(name, encode(resized), (counts[0], counts[1], counts[2], counts[3]), encoder)


def at_size(picture: Pixels, shorter_side: float) -> NDArray[np.float32]:
    """The picture as float32 in [0, 1], its shorter side about that many pixels, both sides even."""
    import cv2

    height, width = picture.shape[:2]
    scale = shorter_side / min(height, width)
    size = (max(2, 2 * round(width * scale / 2)), max(2, 2 * round(height * scale / 2)))
    full = {np.dtype(np.uint8): 255, np.dtype(np.uint16): 65535}.get(picture.dtype, 1)
    wide = picture.astype(np.float32) / np.float32(full)
    if size == (width, height):
        return wide
    method = cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC
    return np.clip(cv2.resize(wide, size, interpolation=method), 0, 1).astype(np.float32)
