"""A picture taken apart: its colours, at an eighth of its size, and its detail, what it has beyond them."""

from __future__ import annotations

from typing import cast

import numpy as np
from numpy.typing import NDArray

from allaprima.temporal.fields import Plane, sampled

WorkingPicture = NDArray[np.uint8] | NDArray[np.float32]
"""A picture (H, W, 4), red, green, blue and one that says nothing, as float32 in [0, 1]: four channels are sampled in
half the time of three."""

COLOR_REDUCTION = 8          # colours are what is left at an eighth of the size
FINE = (3, 3)                # pixels: what is left of a picture without its mean over so many is its finest detail
FINER = (9, 9)               # ... and what this mean has beyond the one over so many is next to it
FINE_STEP = 3                # how much of it there is tells every third row, along itself
SHARPENED = (1.02, 1.5)      # times such detail: less is nothing, more is too much


def coarse_size(picture: WorkingPicture) -> tuple[int, int]:
    """The (width, height) that a picture's colours have."""
    return max(1, picture.shape[1] // COLOR_REDUCTION), max(1, picture.shape[0] // COLOR_REDUCTION)


def halved(picture: WorkingPicture) -> WorkingPicture:
    """The picture at about half its size: four times that of its colours."""
    import cv2

    width, height = coarse_size(picture)
    return cast(WorkingPicture, cv2.resize(picture, (4 * width, 4 * height), interpolation=cv2.INTER_AREA))


def reduced(picture: WorkingPicture, half: WorkingPicture | None = None) -> Plane:
    """The picture's colours (h, w, 3), at an eighth of its size, float32; ``half``: ``halved`` it, if it is known."""
    import cv2

    # Two steps are faster than one.
    small = cv2.resize(halved(picture) if half is None else half, coarse_size(picture), interpolation=cv2.INTER_AREA)
    return np.asarray(cv2.cvtColor(small, cv2.COLOR_RGBA2RGB), np.float32)


def around(picture: WorkingPicture, half: WorkingPicture | None = None) -> WorkingPicture:
    """The means of eight by eight pixels, around every other pixel of every other row: colours at any place.

    half: ``halved`` the picture, if it is known.
    """
    import cv2

    half = halved(picture) if half is None else half
    return cast(WorkingPicture, cv2.blur(half, (4, 4), anchor=(1, 1), borderType=cv2.BORDER_REPLICATE))


def colors_at(means: WorkingPicture, where: Plane) -> Plane:
    """The colours (h, w, 3) at the places (h, w, 2) of a reduced picture, by the means around all of its places."""
    import cv2

    there = sampled(means, cast(Plane, where * np.float32(4) + np.float32(1)))
    return np.asarray(cv2.cvtColor(there, cv2.COLOR_RGBA2RGB), np.float32)


def sharpened(picture: WorkingPicture, model: WorkingPicture) -> WorkingPicture:
    """The picture with fine detail as strong, on the whole, as the model's: resampling takes some of it.

    That is done to its finest detail and to what is next to that, each by its own. A picture that lacks next to nothing
    comes back as it is.
    """
    import cv2

    gains = [min(max(wanted / max(own, 1e-6), 1.0), SHARPENED[1])
             for own, wanted in zip(fineness(picture), fineness(model), strict=True)]
    if max(gains) < SHARPENED[0]:
        return picture
    finest, finer = gains
    near, far = cv2.blur(picture, FINE), cv2.blur(picture, FINER)
    # The sum of picture x finest, near x (finer - finest) and far x (1 - finer), two of them first, whose mixture is
    # within what they are: what goes beyond white and black is cut off at the end only.
    if finest > finer:
        rest = cv2.addWeighted(near, (finest - finer) / (finest - 1), far, (finer - 1) / (finest - 1), 0)
        return cast(WorkingPicture, cv2.addWeighted(picture, finest, rest, 1 - finest, 0))
    fine = cv2.addWeighted(picture, finest / finer, near, 1 - finest / finer, 0)
    return cast(WorkingPicture, cv2.addWeighted(fine, finer, far, 1 - finer, 0))


def fineness(picture: WorkingPicture) -> tuple[float, float]:
    """The strength of a picture's finest detail, and of what is next to it, in no unit."""
    import cv2

    rows = cast(Plane, np.ascontiguousarray(picture[::FINE_STEP]))
    near, far = (cv2.blur(rows, (size[0], 1)) for size in (FINE, FINER))
    return cv2.norm(rows, near, cv2.NORM_L2), cv2.norm(near, far, cv2.NORM_L2)
