"""A picture taken apart: its colours, at an eighth of its size, and its detail, what it has beyond them."""

from __future__ import annotations

from typing import cast

import numpy as np
from numpy.typing import NDArray

from allaprima.temporal.fields import Plane, sampled

WorkingPicture = NDArray[np.uint8] | NDArray[np.float32]

COLOR_REDUCTION = 8          # colours are what is left at an eighth of the size
SAMPLED = 3                  # detail is measured on every third pixel of every third row
FINE = (3, 3)                # pixels: what is left of a picture without its mean over so many is its finest detail
SHARPENED = (1.02, 1.5)      # times the finest detail: less is nothing, more is too much


def coarse_size(picture: WorkingPicture) -> tuple[int, int]:
    """The (width, height) that a picture's colours have."""
    return max(1, picture.shape[1] // COLOR_REDUCTION), max(1, picture.shape[0] // COLOR_REDUCTION)


def halved(picture: WorkingPicture) -> WorkingPicture:
    """The picture at about half its size: four times that of its colours."""
    import cv2

    width, height = coarse_size(picture)
    return cast(WorkingPicture, cv2.resize(picture, (4 * width, 4 * height), interpolation=cv2.INTER_AREA))


def reduced(picture: WorkingPicture) -> Plane:
    """The picture's colours, at an eighth of its size, float32."""
    import cv2

    # Two steps are faster than one.
    return np.asarray(cv2.resize(halved(picture), coarse_size(picture), interpolation=cv2.INTER_AREA), np.float32)


def around(picture: WorkingPicture) -> WorkingPicture:
    """The means of eight by eight pixels, around every other pixel of every other row: colours at any place."""
    import cv2

    return cast(WorkingPicture, cv2.blur(halved(picture), (4, 4), anchor=(1, 1), borderType=cv2.BORDER_REPLICATE))


def colors_at(means: WorkingPicture, where: Plane) -> Plane:
    """The colours at the places (h, w, 2) of a picture's reduced one, by the means around all of its places."""
    return np.asarray(sampled(means, cast(Plane, where * np.float32(4) + np.float32(1))), np.float32)


def deviation(picture: WorkingPicture, low: Plane) -> float:
    """The deviation of a picture's detail, what it has beyond its colours ``low``."""
    import cv2

    size = (max(1, picture.shape[1] // SAMPLED), max(1, picture.shape[0] // SAMPLED))
    some = cv2.resize(picture, size, interpolation=cv2.INTER_NEAREST)
    mean, spread = cv2.meanStdDev(cv2.subtract(some, cv2.resize(low, size), dtype=cv2.CV_32F))
    return float(np.sqrt(np.square(spread).mean() + mean.var()))


def sharpened(picture: WorkingPicture, model: WorkingPicture) -> WorkingPicture:
    """The picture with its finest detail as strong, on the whole, as the model's: resampling takes some of it.

    A picture that lacks next to nothing comes back as it is.
    """
    import cv2

    soft = cv2.blur(picture, FINE)
    lacking = cv2.norm(model, cv2.blur(model, FINE), cv2.NORM_L2) / max(cv2.norm(picture, soft, cv2.NORM_L2), 1e-6)
    gain = min(lacking, SHARPENED[1])
    if gain < SHARPENED[0]:
        return picture
    return cast(WorkingPicture, cv2.addWeighted(picture, gain, soft, 1 - gain, 0))
