"""Painted frames held steady along their motion, each as firmly as its time asks for."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import cast

import numpy as np

from allaprima.frames import Frame, Pixels
from allaprima.runtimes.calls import Batch
from allaprima.temporal.blend import BlendState, Stabilizer, motion_into
from allaprima.temporal.flow import Motion

SAMPLED = 16
UNPAINTED = 0.02
"""Of a picture, below which pixels that equal their content do so by chance: white that stays white."""


@dataclass(frozen=True, slots=True)
class Holding:
    """How frames are held steady.

    stability_at: the stability of the frame shown at a pts; None for the stabilizer's own.
    """

    stabilizer: Stabilizer
    stability_at: Callable[[int], float] | None = None

    def __call__(self, frames: Sequence[Frame], painted: Batch, moved: Sequence[float], state: BlendState | None,
                 found: BlendState | None = None,
                 motions: Sequence[Motion | None] = ()) -> tuple[Batch, BlendState]:
        """The painted frames steadied, in the order of time, and the state after the last.

        moved: how much the look has changed with each frame, 0 to 1. found: the state at the first frame's content,
        where ``follow`` has found it already. motions: what ``motions`` found of the same frames.
        """
        shown = []
        for index, frame in enumerate(frames):
            picture, state = self._at(frame).steadied(frame.image, painted[index], state, moved[index],
                                                      found if index == 0 else None, frame.motion,
                                                      motions[index] if motions else None)
            shown.append(with_unpainted(frame.image, painted[index], picture))
        assert state is not None
        return cast(Batch, shown[0][None] if len(shown) == 1 else np.stack(shown)), state

    def follow(self, frame: Frame, state: BlendState | None) -> BlendState:
        """The state at a new frame's content: half of the work, which needs nothing painted."""
        return self._at(frame).follow(frame.image, state, frame.motion)

    def motions(self, frames: Sequence[Frame], before: Frame | None) -> list[Motion | None]:
        """The motion to each of the frames from the one before; None where there is none, or nothing is held."""
        found: list[Motion | None] = []
        for last, frame in zip([before, *frames[:-1]], frames, strict=True):
            held = last is not None and self._at(frame).stability > 0
            known = found[-1].now if found and found[-1] is not None else None
            found.append(motion_into(frame.image, last.image if known is None else known, frame.motion)
                         if held and last is not None else None)
        return found

    def _at(self, frame: Frame) -> Stabilizer:
        if self.stability_at is None:
            return self.stabilizer
        return replace(self.stabilizer, stability=self.stability_at(frame.pts))


def with_unpainted(content: Pixels, painted: Pixels, held: Pixels) -> Pixels:
    """What is held steady, but the content itself where nothing was painted: outside of masks, at strength 0.

    The pictures are (H, W, 3). Whether there are such places is told by every sixteenth pixel of every sixteenth row.
    """
    step = 1 if min(content.shape[:2]) < SAMPLED else SAMPLED
    if not (content[::step, ::step] == painted[::step, ::step]).all(axis=2).mean() > UNPAINTED:
        return held
    return np.where((content == painted).all(axis=2, keepdims=True), content, held)
