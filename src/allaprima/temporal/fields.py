"""Fields over a picture: values or vectors at every pixel of a proxy."""

from __future__ import annotations

from functools import cache
from typing import cast

import numpy as np
from numpy.typing import NDArray

Plane = NDArray[np.float32]
Grey = NDArray[np.uint8]


@cache
def sampling_grid(height: int, width: int) -> Plane:
    """The x and y of every pixel, (H, W, 2); not to be written to."""
    grid = np.ascontiguousarray(np.mgrid[0:height, 0:width][::-1].transpose(1, 2, 0).astype(np.float32))
    grid.flags.writeable = False
    return grid


def sampled(field: Plane | Grey, where: Plane) -> Plane | Grey:
    """The field (h, w) or (h, w, C), taken linearly at the places (h, w, 2); beyond its border, the border."""
    import cv2

    return cast(Plane, cv2.remap(  # type: ignore[call-overload]  # a second map is not needed; the stubs want one
        field, where, None, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE))


def squared_length(field: Plane) -> Plane:
    """The squared length of the vectors of a field (h, w, 2)."""
    import cv2

    x, y = cv2.split(field)
    return cast(Plane, cv2.add(cv2.multiply(x, x), cv2.multiply(y, y)))


def gradients(field: Plane | Grey) -> tuple[Plane, Plane]:
    """The change of a field from pixel to pixel, along x and along y, each of the field's shape."""
    import cv2

    return (cast(Plane, cv2.Sobel(field, cv2.CV_32F, 1, 0, scale=1 / 8)),
            cast(Plane, cv2.Sobel(field, cv2.CV_32F, 0, 1, scale=1 / 8)))


def change(field: Plane) -> Plane:
    """The squared change (h, w) of a field (h, w, 2) from pixel to pixel, in all directions together."""
    import cv2

    along_x, along_y = gradients(field)
    return cast(Plane, cv2.add(squared_length(along_x), squared_length(along_y)))


def inside(where: Plane) -> Plane:
    """1 where the places (h, w, 2) lie within a picture of that size, 0 elsewhere."""
    import cv2

    height, width = where.shape[:2]
    found = cv2.inRange(where, (0.0, 0.0), (width - 1.0, height - 1.0))
    return cast(Plane, found.astype(np.float32) * np.float32(1 / 255))


def stepped(values: Plane, low: float, high: float) -> Plane:
    """0 up to the low value, 1 from the high one on, straight between; the other way round where low is above high."""
    return cast(Plane, np.clip((values - np.float32(low)) * np.float32(1 / (high - low)), 0, 1))


def pixels_of(picture: Grey | Plane) -> NDArray[np.uint32]:
    """A picture of bytes (H, W, 4) as whole pixels (H, W)."""
    return picture.view(np.uint32)[..., 0]
