"""Painted frames made photographs again: what each became is a change of light and colour, steady over its shot."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import cast

import numpy as np

from allaprima.engines import Look
from allaprima.engines.photoreal import is_projected, projected, sums_in
from allaprima.frames import Frame
from allaprima.functional.bilateral_grid import Sums
from allaprima.runtimes.calls import Batch

MEMORY = 0.9    # of the frames before, at stability 1
PASSING = 0.5   # a change of the look with a frame, of 0 to 1, from which nothing is remembered

Grids = tuple[Sums, ...]
"""What is remembered of a shot's fits: for every part with a look of its own what went into them, weighed by age."""


@dataclass(frozen=True, slots=True)
class Projecting:
    """How frames are projected, as far as their looks want it, and how much of the frames before goes into the fits.

    What goes in is smoothed over time rather than what comes out: a fit to the sums of several frames is the best one
    for all of them. stability_at: the stability of the frame shown at a pts; None for ``stability``.
    """

    stability: float = 0.0
    stability_at: Callable[[int], float] | None = None

    def __call__(self, frames: Sequence[Frame], painted: Batch, looks: Sequence[Look], moved: Sequence[float],
                 before: Grids) -> tuple[Batch, Grids]:
        """The frames in the order of time, and what is remembered after the last.

        before: of the frames of the same shot before these, nothing at its beginning. moved: how much the look has
        changed with each, 0 to 1.
        """
        if all(look.photoreal == 0 for look in looks):
            return painted, ()
        shown = []
        for frame, picture, look, change in zip(frames, painted, looks, moved, strict=True):
            if is_projected(look):
                before = self._followed(sums_in(frame.image, picture, look), before, frame.pts, change)
                shown.append(projected(frame.image, picture, look, before))
            else:
                before = ()
                shown.append(picture)
        return cast(Batch, np.stack(shown)), before

    def _followed(self, now: Grids, before: Grids, pts: int, change: float) -> Grids:
        stability = self.stability if self.stability_at is None else self.stability_at(pts)
        kept = np.float32(MEMORY * stability * max(0.0, 1 - change / PASSING))
        if kept == 0 or [one.shape for one in before] != [one.shape for one in now]:
            return now
        return tuple(kept * old + (1 - kept) * new for old, new in zip(before, now, strict=True))
