"""Where shots begin: cuts and fades found from the frames alone, each as it comes.

A cut is a frame whose proxy neither resembles the one before (normalised correlation, which exposure and flashes
leave alone) nor differs from it only as much as the frames before differed from each other. A fade is a picture whose
contrast goes steadily up or down while its structure stays, or up by much at once; the shot after a fade through a flat
picture begins with the first frame that is not flat. Dissolves are not found: they pass for motion.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, cast

import numpy as np
from numpy.typing import NDArray

from allaprima.frames import Pixels

Change = Literal["none", "cut", "falling", "rising"]
"""What happens at a frame; "falling" and "rising" belong to a fade, and a picture that shows nothing is falling."""

SMALL = (64, 36)           # width and height of the proxies that are compared
LEAST_DIFFERENCE = 0.04    # of full scale: below it a cut would not be seen
UNLIKE = 0.45              # correlation under which two frames do not show the same place
MUCH_UNLIKE = 0.15         # ... whatever the motion before
TIMES_MOTION = 3.0         # a cut stands out from the motion before it by this factor
FLAT = 0.012               # deviation of a picture that shows nothing, of full scale
FADE_STEP = 0.015          # change of contrast between two frames that may belong to a fade
FADE_LENGTH = 3            # so many steps in one direction make one
QUICK_RISE = 1.2           # a contrast so many times the one before: light comes up, and its moments must at once
LIKE = 0.98                # correlation of neighbours within a fade: only the brightness changes
MEMORY = 0.8               # of the running mean of motion, a frame


@dataclass(frozen=True, slots=True)
class ShotState:
    """What is remembered of the frames before.

    small: the last frame's proxy (h, w, 3) float32 in [0, 1]. motion: the running mean of differences. steps: how
    many frames the contrast has been falling (negative) or rising. flat: whether the last frame showed nothing.
    """

    small: NDArray[np.float32]
    motion: float
    steps: int
    flat: bool


def small_copy(image: Pixels) -> NDArray[np.float32]:
    """The picture (H, W, 3) at 64 x 36 pixels, float32 in [0, 1]."""
    import cv2

    full = {np.dtype(np.uint8): 255, np.dtype(np.uint16): 65535}.get(image.dtype, 1)
    stride = max(1, min(image.shape[0] // (4 * SMALL[1]), image.shape[1] // (4 * SMALL[0])))
    thinned = np.ascontiguousarray(cast(NDArray[np.uint8], image)[::stride, ::stride])
    return np.asarray(cv2.resize(thinned, SMALL, interpolation=cv2.INTER_AREA), np.float32) / np.float32(full)


def correlation(first: NDArray[np.float32], second: NDArray[np.float32]) -> float:
    """The normalised correlation of two pictures, -1 to 1; flat pictures are unlike all others and like each other."""
    a, b = first - first.mean(axis=(0, 1)), second - second.mean(axis=(0, 1))
    size = float(np.sqrt((a * a).sum() * (b * b).sum()))
    return float((a * b).sum()) / size if size > 1e-6 else float(size == float((a * b).sum()))


def watched(image: Pixels, state: ShotState | None) -> tuple[Change, ShotState]:
    """What happens at this frame (H, W, 3), and the state for the next; the first frame of all is no change."""
    small = small_copy(image)
    contrast = float(small.std())
    flat = contrast < FLAT
    if state is None:
        return "none", ShotState(small, 0.0, 0, flat)
    difference = float(np.abs(small - state.small).mean())
    likeness = correlation(small, state.small)
    if state.flat and not flat:
        return "cut", ShotState(small, 0.0, 0, flat)
    stands_out = likeness < MUCH_UNLIKE or difference > TIMES_MOTION * state.motion
    if difference > LEAST_DIFFERENCE and likeness < UNLIKE and stands_out and not flat:
        return "cut", ShotState(small, 0.0, 0, flat)
    steps = counted(state.steps, contrast, float(state.small.std()), likeness)
    motion = difference if state.motion == 0 else MEMORY * state.motion + (1 - MEMORY) * difference
    rising = steps >= FADE_LENGTH or (steps > 0 and contrast > QUICK_RISE * float(state.small.std()))
    change: Change = "falling" if flat or steps <= -FADE_LENGTH else "rising" if rising else "none"
    return change, ShotState(small, motion, steps, flat)


def counted(steps: int, contrast: float, before: float, likeness: float) -> int:
    """The number of steps of contrast in one direction, this frame's included; 0 where it does not change alone."""
    if likeness < LIKE or abs(contrast - before) < FADE_STEP * max(contrast, before):
        return 0
    direction = 1 if contrast > before else -1
    return steps + direction if steps * direction >= 0 else direction
