"""How much there is in a picture to be painted: all of it, or less the nearer it comes to one flat colour. Numpy only.

Networks that normalise by a picture's own moments divide by its deviation: what is faint they show as strongly as what
is not, and where there is nothing at all they show the rounding of their own arithmetic. A painting therefore fades
with its content: to black, to white or to any flat colour.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from allaprima.frames import FULL_SCALE, Pixels

COPY_AREA = 160 * 90    # pixels of a copy in which noise is evened out, and lights and letters are still seen
LIGHT = (0.02, 0.5)     # of full scale: no light at all, and the least that a photograph has in its lightest place
CONTRAST = (0.05, 0.4)  # noise, and the least that a photograph has between its darkest and its lightest place
ALIKE = 0.05            # of the contrast: within it places have one colour
POWER = 1.5             # a fade's steps are about alike with it


def visibility(picture: Pixels) -> float:
    """The share, 0 to 1, in which a picture (H, W, 3) is to be painted; the rest of the result is the picture itself.

    1 for all that has light (black is short of it), shade (white is) and contrast (every flat colour is) enough, as of
    1,383 photographs all but five have; 0 where there is nothing but noise; smooth and rising between. It does not
    depend on the size of the picture, but that a copy of some 160 x 90 pixels is looked at.
    """
    copy = small(picture)
    lowest, highest = copy.min(axis=(0, 1)), copy.max(axis=(0, 1))
    light, shade, contrast = float(highest.max()), 1 - float(lowest.min()), float((highest - lowest).max())
    reached = min((value - none) / (whole - none)
                  for value, (none, whole) in ((light, LIGHT), (shade, LIGHT), (contrast, CONTRAST)))
    return float(min(max(reached, 0.0), 1.0) ** POWER)


def small(picture: Pixels) -> NDArray[np.float32]:
    """Means over parts of the picture, as many as fit, float32 in [0, 1]; a small picture itself."""
    import cv2

    height, width = picture.shape[:2]
    scale = min(1.0, (COPY_AREA / (height * width)) ** 0.5)
    size = max(1, round(width * scale)), max(1, round(height * scale))
    copy = cv2.resize(np.asarray(picture), size, interpolation=cv2.INTER_AREA)
    return np.asarray(np.clip(copy.astype(np.float32) / np.float32(FULL_SCALE[picture.dtype.name]), 0, 1), np.float32)


def evenness(picture: Pixels) -> float:
    """The share, 0 to 1, of a picture (H, W, 3) that has one colour: nearly all of a title on black.

    Of 1,656 photographs none has more than 0.84. Arithmetic with few bits, good enough for what varies, is not for the
    small difference of what hardly varies from its mean.
    """
    copy = small(picture)
    contrast = float((copy.max(axis=(0, 1)) - copy.min(axis=(0, 1))).max())
    apart = np.abs(copy - np.median(copy, axis=(0, 1))).max(axis=2)
    return float((apart <= ALIKE * contrast).mean())
