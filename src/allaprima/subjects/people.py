"""People, by MediaPipe's selfie segmenter (256x256, Apache 2.0), run by OpenCV, which knows its layers."""

from __future__ import annotations

from collections.abc import Callable
from typing import cast

import numpy as np
from numpy.typing import NDArray

from allaprima import weights
from allaprima.fetching import FetchProgress
from allaprima.subjects.squares import squares, window

SIDE = 256


def people_finder(progress: FetchProgress | None = None) -> Callable[[NDArray[np.uint8]], NDArray[np.float32]]:
    """What finds people in pictures (h, w, 3): their cover (h, w), 0 to 1."""
    import cv2

    network = cv2.dnn.readNetFromTFLite(str(weights.file_of("people", progress)))

    def cover(square: NDArray[np.uint8]) -> NDArray[np.float32]:
        small = cv2.resize(square, (SIDE, SIDE), interpolation=cv2.INTER_AREA)
        network.setInput(cv2.dnn.blobFromImage(small, 1 / 255))
        found = np.asarray(network.forward(), np.float32)[0, 0]
        return cast(NDArray[np.float32], cv2.resize(found, square.shape[1::-1]))

    def find(image: NDArray[np.uint8]) -> NDArray[np.float32]:
        height, width = image.shape[:2]
        total, counted = np.zeros((height, width), np.float32), np.zeros((height, width), np.float32)
        for top, left, side in squares(height, width):
            part = np.s_[top:top + side, left:left + side]
            weight = window(side, vertical=height > width)
            total[part] += weight * cover(np.ascontiguousarray(image[part]))
            counted[part] += weight
        return np.asarray(np.clip(total / counted, 0, 1), np.float32)

    return find
