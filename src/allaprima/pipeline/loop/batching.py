"""Frames gathered into batches for an engine."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import cast

import numpy as np

from allaprima.frames import Frame
from allaprima.runtimes.calls import Batch


def batched(frames: Iterable[Frame], size: int,
            begins: Callable[[Frame], bool] = lambda frame: False) -> Iterator[list[Frame]]:
    """Lists of ``size`` frames; the last may be shorter, and so may one before a frame that begins a shot."""
    batch: list[Frame] = []
    for frame in frames:
        if batch and begins(frame):
            yield batch
            batch = []
        batch.append(frame)
        if len(batch) == size:
            yield batch
            batch = []
    if batch:
        yield batch


def images_of(frames: Sequence[Frame]) -> Batch:
    """The frames' pictures as one batch (N, H, W, 3)."""
    if len(frames) == 1:
        return frames[0].image[None]
    return cast(Batch, np.stack([frame.image for frame in frames]))
