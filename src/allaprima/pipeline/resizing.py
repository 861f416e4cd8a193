"""Frames at another size than their source's."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import cast

from allaprima.frames import Frame, Pixels
from allaprima.functional.hidden import filled


def resized(picture: Pixels, width: int, height: int) -> Pixels:
    """A picture (H, W, 3) or (H, W) at that size: area means when smaller, Lanczos when larger."""
    if picture.shape[:2] == (height, width):
        return picture
    import cv2

    smaller = width * height < picture.shape[0] * picture.shape[1]
    method = cv2.INTER_AREA if smaller else cv2.INTER_LANCZOS4
    return cast(Pixels, cv2.resize(picture, (width, height), interpolation=method))


def resized_frames(frames: Iterable[Frame], width: int, height: int) -> Iterator[Frame]:
    """The frames at that size, alpha and all; under full transparency nothing of their own is left."""
    for frame in frames:
        if frame.layers:
            frame = replace(frame, layers=tuple(resized_frames(frame.layers, width, height)))
        image = filled(frame.image, frame.alpha)
        frame = frame if image is frame.image else replace(frame, image=image)
        if frame.image.shape[:2] == (height, width):
            yield frame
            continue
        alpha = None if frame.alpha is None else resized(frame.alpha, width, height)
        yield replace(frame, image=resized(frame.image, width, height), alpha=alpha)
