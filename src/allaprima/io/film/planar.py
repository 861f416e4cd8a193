"""RGB of 8 bits from planes of luma and halved chroma and back, of one size: a few passes over whole numbers.

Chroma lies where films have it: above every second column of luma, between the rows. It is read by a cubic, as swscale
reads it where it is asked for care, in a quarter of its time, and made of a column and half of its neighbours. (swscale
makes it as for pictures, between two columns, so that it comes back half a pixel beside its lines.)
"""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

import numpy as np
from numpy.typing import NDArray

from allaprima.frames import Matrix, Planes, Range, Rgb8
from allaprima.functional.luma import to_luma_and_chroma, to_rgb

if TYPE_CHECKING:
    from av.video.frame import VideoFrame
    from av.video.plane import VideoPlane

PLANAR = ("yuv420p", "yuvj420p")  # the same samples; the second one says that its range is full
AROUND = np.array([[1, 2, 1], [1, 2, 1]], np.float32) / 8  # of two rows and three columns
BETWEEN = np.array([[-1, 9, 9, -1]], np.float32) / 16  # of four columns, the middle of a cubic
Samples = NDArray[np.uint8]


def is_planar(frame: VideoFrame) -> bool:
    """Whether a frame has a film's planes, of even sides."""
    return frame.format.name == "yuv420p" and frame.width % 2 == frame.height % 2 == 0


def planes_of(frame: VideoFrame) -> tuple[Samples, Samples, Samples]:
    """A frame's luma (H, W) and its two planes of chroma, in memory of their own."""
    y, u, v = (samples_of(plane) for plane in frame.planes)
    return y, u, v


def samples_of(plane: VideoPlane) -> Samples:
    """A plane's samples (H, W), in memory of their own."""
    rows = np.frombuffer(memoryview(plane), np.uint8).reshape(-1, plane.line_size)
    return np.ascontiguousarray(rows[:plane.height, :plane.width])


def rgb_of_planes(y: Samples, u: Samples, v: Samples, matrix: Matrix, levels: Range) -> Rgb8:
    """The picture (H, W, 3) of luma (H, W) and chroma of that size or of half of it."""
    import cv2

    whole = (chroma if chroma.shape == y.shape else enlarged(chroma) for chroma in (u, v))
    return cast(Rgb8, cv2.transform(cv2.merge([y, *whole]), to_rgb(matrix, levels)))


def enlarged(chroma: Samples) -> Samples:
    """A plane of chroma (H, W) at twice its size; its first column lies above the first of luma."""
    import cv2

    tall = cv2.resize(chroma, (chroma.shape[1], 2 * chroma.shape[0]), interpolation=cv2.INTER_CUBIC)
    found = np.empty((tall.shape[0], 2 * tall.shape[1]), np.uint8)
    found[:, ::2] = tall
    found[:, 1::2] = cv2.filter2D(tall, -1, BETWEEN, anchor=(1, 0), borderType=cv2.BORDER_REPLICATE)
    return found


def planes_of_rgb(picture: Rgb8, matrix: Matrix, levels: Range) -> Planes:
    """The planes of a picture (H, W, 3) of even sides."""
    import cv2

    y, *wide = cv2.split(cv2.transform(picture, to_luma_and_chroma(matrix, levels)))
    u, v = (halved(cast(Samples, chroma)) for chroma in wide)
    return Planes(cast(Samples, y), u, v, matrix, levels)


def halved(chroma: Samples) -> Samples:
    """A plane of chroma (H, W) of even sides at half its size, as ``enlarged`` takes it."""
    import cv2

    around = cv2.filter2D(chroma, -1, AROUND, anchor=(1, 0), borderType=cv2.BORDER_REPLICATE)
    return np.ascontiguousarray(around[::2, ::2], np.uint8)
