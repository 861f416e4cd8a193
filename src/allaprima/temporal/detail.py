"""A picture taken apart: its colours, at an eighth of its size, and its detail, what it has beyond them."""

from __future__ import annotations

from typing import cast

import numpy as np
from numpy.typing import NDArray

from allaprima.temporal.fields import Plane, sampled

WorkingPicture = NDArray[np.uint8] | NDArray[np.float32]

COLOR_REDUCTION = 8          # colours are what is left at an eighth of the size
SAMPLED = 3                  # detail is measured on every third pixel of every third row


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
