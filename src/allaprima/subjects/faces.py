"""Faces, by MediaPipe's detector of full range (192x192, Apache 2.0; Bazarevsky et al. 2019), run by OpenVINO."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from allaprima import weights
from allaprima.fetching import FetchProgress
from allaprima.subjects.squares import squares

SIDE, CELLS = 192, 48
SURE = (0.5, 0.75)   # scores that are none, and that are a face
ASPECT = 1.25        # a head is higher than the box around eyes, nose and mouth
FACE, HEAD = 0.45, 0.8  # half axes of ellipses in widths of a face's box: the face itself; hair and chin go along
SOFT = 0.35          # of an ellipse's radius, over which it fades out


@dataclass(frozen=True, slots=True)
class Face:
    """A face: how surely it is one, 0 to 1, its middle and the side of its box, in pixels."""

    score: float
    x: float
    y: float
    side: float


def face_finder(people: Callable[[NDArray[np.uint8]], NDArray[np.float32]],
                progress: FetchProgress | None = None) -> Callable[[NDArray[np.uint8]], NDArray[np.float32]]:
    """What finds faces in pictures (h, w, 3): their cover (h, w), 0 to 1.

    people: finds people. Of these a face's cover is the head; where they are not found, the face alone.
    """
    import cv2

    from allaprima.runtimes.openvino_package import openvino

    core = openvino.Core()
    network = core.compile_model(core.read_model(str(weights.file_of("faces", progress))), "CPU",
                                 {"INFERENCE_NUM_THREADS": 1})

    def faces_in(square: NDArray[np.uint8]) -> list[Face]:
        small = cv2.resize(square, (SIDE, SIDE), interpolation=cv2.INTER_AREA).astype(np.float32)
        told = network([small[None] / np.float32(127.5) - np.float32(1)])
        return faces_of(told[network.output(0)][0], told[network.output(1)][0, :, 0], len(square) / SIDE)

    def find(image: NDArray[np.uint8]) -> NDArray[np.float32]:
        height, width = image.shape[:2]
        face, head = np.zeros((height, width), np.float32), np.zeros((height, width), np.float32)
        for top, left, side in squares(height, width):
            for one in faces_in(np.ascontiguousarray(image[top:top + side, left:left + side])):
                found = replace(one, x=one.x + left, y=one.y + top)
                face = np.maximum(face, ellipse(found, FACE, height, width))
                head = np.maximum(head, ellipse(found, HEAD, height, width))
        return np.maximum(face, head * people(image)) if head.any() else head

    return find


def faces_of(boxes: NDArray[np.float32], scores: NDArray[np.float32], scale: float) -> list[Face]:
    """The faces that a network tells of, the surest first, each once.

    boxes: (2304, 16), the middle's offset from its cell and the sides, in pixels of 192. scores: (2304,), logits.
    scale: pixels of the square for one of these.
    """
    found: list[Face] = []
    for index in np.argsort(-scores)[:40]:
        score = float(1 / (1 + np.exp(-np.clip(scores[index], -80, 80))))
        if score < SURE[0]:
            break
        row, column = divmod(int(index), CELLS)
        x = ((column + 0.5) * SIDE / CELLS + float(boxes[index, 0])) * scale
        y = ((row + 0.5) * SIDE / CELLS + float(boxes[index, 1])) * scale
        face = Face(score, x, y, float(boxes[index, 2]) * scale)
        if all((face.x - one.x)**2 + (face.y - one.y)**2 > (0.5 * one.side)**2 for one in found):
            found.append(face)
    return found


def ellipse(face: Face, half: float, height: int, width: int) -> NDArray[np.float32]:
    """A soft ellipse (height, width) about a face, as far as it is surely one; ``half``: its axis, in sides."""
    y, x = np.ogrid[0:height, 0:width]
    across, down = half * face.side, half * ASPECT * face.side
    radius = np.sqrt(((x - face.x) / across)**2 + ((y - face.y + 0.1 * face.side) / down)**2)
    sure = np.clip((face.score - SURE[0]) / (SURE[1] - SURE[0]), 0, 1)
    return np.asarray(sure * np.clip((1 - radius) / SOFT + 1, 0, 1), np.float32)
