"""A frame on its way through the live loop: as it is to be painted, and as it was."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from allaprima.engines import Statistics
from allaprima.frames import Frame
from allaprima.pipeline.live.controls import Controls
from allaprima.pipeline.live.fade import Parts

Rgb = NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class Asked:
    """A frame that is to be painted, and how.

    content: (H, W, 3) at the size shown. work: at the working size. fresh: whether the frame is shown for the first
    time; a frozen one is painted again when its look changes. settled: whether no fade is under way in it. step: where
    the ladder stood; strokes may be coarser than its rung's. faded_in: how much is seen of this rung's picture, 0 to 1;
    the rest is the last one of the rung before. begun: when it was taken, by ``time.perf_counter``.
    """

    frame: Frame
    content: Rgb
    work: Rgb
    parts: Parts
    controls: Controls
    rung: int
    fresh: bool
    settled: bool
    step: int
    faded_in: float
    begun: float


@dataclass(frozen=True, slots=True)
class Painted(Asked):
    """A frame as it was painted.

    small: at the working size. picture: at the size shown. statistics: what it was normalised by, None where by its
    own. paint_ms: from the frame taken to the picture done. pace_ms: what the slower half of that took; frames that
    wait come in so many milliseconds at best, since two halves are done at once.
    """

    small: Rgb
    picture: Rgb
    statistics: Statistics | None
    paint_ms: float
    pace_ms: float


def as_painted(asked: Asked, small: Rgb, picture: Rgb, statistics: Statistics | None, paint_ms: float,
               pace_ms: float) -> Painted:
    """What was asked for, as it was painted."""
    return Painted(asked.frame, asked.content, asked.work, asked.parts, asked.controls, asked.rung, asked.fresh,
                   asked.settled, asked.step, asked.faded_in, asked.begun, small, picture, statistics, paint_ms,
                   pace_ms)
