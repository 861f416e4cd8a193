"""A film painted by optimisation: every frame begins with the one before it, moved along the content's motion.

After Ruder et al. 2016 (arXiv:1604.08610, section 4.1). What the motion uncovers begins with the content. What is
remembered is a value, as for every other steadied run.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol, cast, runtime_checkable

import numpy as np

from allaprima.config import Temporal
from allaprima.engines import Engine, Look, in_own_colors
from allaprima.frames import Frame, Pixels
from allaprima.pipeline.stylizers.steadying import Steadying
from allaprima.runtimes.calls import Batch
from allaprima.temporal.anchors import looked_up
from allaprima.temporal.blend import BlendState, Stabilizer, as_given, as_working, full_scale
from allaprima.temporal.copies import Copy, apart, copy_of, lit
from allaprima.temporal.detail import Picture
from allaprima.temporal.fields import Plane, inside, places, sampled
from allaprima.temporal.flow import Motion, motion_between
from allaprima.temporal.shots import Change

ALIKE = 10.0  # of 255: a difference along the motion that is not noise


@runtime_checkable
class Continuing(Protocol):
    """An engine that can go on from a picture."""

    def optimise(self, image: Pixels, look: Look, start: Pixels | None = None) -> Pixels:
        """The image (H, W, 3) in the look; start: a picture of its size and type to go on from."""
        ...


@dataclass(frozen=True, slots=True)
class Before:
    """A copy of a frame's content, and what was painted of it, uint8 or float32 in [0, 1]."""

    content: Copy
    picture: Picture


@dataclass(frozen=True, slots=True)
class FollowState:
    """What is remembered of the frame before: what the optimiser gave, and what the stabilizer showed of it."""

    painted: Before
    shown: BlendState


@dataclass(frozen=True, slots=True)
class Following:
    """How a run goes on from frame to frame; ``steadying`` blends what comes out, as for every other engine."""

    engine: Continuing
    steadying: Steadying

    def __call__(self, images: Batch, looks: Sequence[Look], frames: Sequence[Frame], change: Change,
                 state: FollowState | None) -> tuple[Batch, FollowState]:
        """The batch's first ``len(frames)`` images painted and steadied, and the state after them.

        The frames are of one shot; ``change`` is the first's. A shot begins with nothing remembered.
        """
        state = None if change == "cut" else state
        shown = []
        for image, look, frame in zip(images, looks, frames, strict=False):
            start = None if state is None else started_from(state.painted, image)
            painted = self.engine.optimise(image, look, start)
            remembered = Before(copy_of(image), as_working(painted))
            own = in_own_colors(image[None], painted[None], [look])
            picture, blend = self.steadying.steadied(image[None], own, [frame], None if state is None else state.shown,
                                                    [0.0])
            state = FollowState(remembered, blend)
            shown.append(picture)
        assert state is not None
        return cast(Batch, np.concatenate(shown)), state


def following_for(temporal: Temporal, stability: float, engine: Engine,
                  stability_at: Callable[[int], float] | None = None) -> Following | None:
    """How a run goes on from frame to frame; None for engines that cannot, and where every frame is for itself."""
    if temporal == "off" or not isinstance(engine, Continuing):
        return None
    return Following(engine, Steadying(Stabilizer(stability), stability_at=stability_at))


def started_from(before: Before, content: Pixels) -> Pixels:
    """The picture before along the motion to the content (H, W, 3); the content itself where it was not there yet."""
    import cv2

    height, width = content.shape[:2]
    if before.picture.shape != content.shape:
        return content
    now = copy_of(content)
    motion = motion_between(before.content, now, width / now.shape[1])
    kept = cv2.resize(there_before(before.content, now, motion), (width, height))[..., None]
    moved, own = (np.asarray(one, np.float32) for one in (
        looked_up(before.picture, places(*now.shape[:2]) + motion.backward, height, width), as_working(content)))
    mixed = np.clip(kept * moved + (1 - kept) * own, 0, full_scale(before.picture), dtype=np.float32)
    return np.rint(mixed).astype(np.uint8) if content.dtype == np.uint8 else as_given(mixed, content.dtype)


def there_before(before: Copy, now: Copy, motion: Motion) -> Plane:
    """Where now shows what was there before, (h, w), 0 to 1: a motion that can be trusted, or leads to what is alike.

    On flat ground no motion leads back to where it came from; what it leads to is as good as any other place of it. To
    begin with the content there would wash the paint away, frame by frame.
    """
    import cv2

    where = places(*now.shape[:2]) + motion.backward
    seen = cast(Copy, sampled(lit(before, now, where), where))
    changed = cv2.blur(apart(seen, now), (3, 3)).astype(np.float32)
    alike = np.exp(-np.square(changed / np.float32(ALIKE)))
    return cast(Plane, np.maximum(motion.trust, alike) * inside(cast(Plane, where)))
