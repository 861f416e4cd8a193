"""A film painted by optimisation: every frame begins with the one before it, moved along the content's motion.

After Ruder et al. 2016 (arXiv:1604.08610, section 4.1). What the motion uncovers begins with the content. What is
remembered is a value, as for every other steadied run.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol, cast, runtime_checkable

import numpy as np

from allaprima.engines import Look, in_own_colors
from allaprima.frames import Frame, Pixels, Vectors
from allaprima.pipeline.looks.changes import traits_of
from allaprima.pipeline.stylizers.state import Before, PaintState
from allaprima.runtimes.calls import Batch
from allaprima.temporal.anchors import looked_up
from allaprima.temporal.blend import as_given, as_working, full_scale
from allaprima.temporal.fields import Plane, inside, sampled, sampling_grid
from allaprima.temporal.flow import Motion
from allaprima.temporal.given import motion_to
from allaprima.temporal.proxies import Proxy, difference, exposure_matched, proxy_of
from allaprima.temporal.shots import Change

ALIKE = 10.0  # of 255: a difference along the motion that is not noise


@runtime_checkable
class Continuing(Protocol):
    """An engine that can go on from a picture."""

    def optimise(self, image: Pixels, look: Look, start: Pixels | None = None) -> Pixels:
        """The image (H, W, 3) in the look; start: a picture of its size and type to go on from."""
        ...


@dataclass(frozen=True, slots=True)
class Optimised:
    """Paints every frame from the one before it."""

    engine: Continuing

    @property
    def batch_size(self) -> int:
        """One: each frame waits for the one before."""
        return 1

    def __call__(self, frames: Sequence[Frame], looks: Sequence[Look], changes: Sequence[Change],
                 moved: Sequence[float], state: PaintState | None) -> tuple[Batch, PaintState]:
        """The frames of one shot painted, and the last of them to go on from."""
        before = None if state is None else state.before
        shown = []
        for frame, look in zip(frames, looks, strict=True):
            start = None if before is None else started_from(before, frame.image, frame.motion)
            painted = self.engine.optimise(frame.image, look, start)
            before = Before(proxy_of(frame.image), as_working(painted))
            shown.append(in_own_colors(frame.image[None], painted[None], [look]))
        return cast(Batch, np.concatenate(shown)), PaintState(traits_of(looks[-1]), before=before)


def started_from(before: Before, content: Pixels, vectors: Vectors | None = None) -> Pixels:
    """The picture before along the motion to the content (H, W, 3); the content itself where it was not there yet.

    vectors: the motion, where it is known.
    """
    import cv2

    height, width = content.shape[:2]
    if before.picture.shape[:2] != content.shape[:2]:
        return content
    now = proxy_of(content)
    motion = motion_to(now, before.content, width / now.shape[1], vectors)
    kept = cv2.resize(there_before(before.content, now, motion), (width, height))[..., None]
    moved, own = (np.asarray(one, np.float32) for one in (
        looked_up(before.picture, sampling_grid(*now.shape[:2]) + motion.backward, height, width), as_working(content)))
    mixed = np.clip(kept * moved + (1 - kept) * own, 0, full_scale(before.picture), dtype=np.float32)
    return as_given(np.rint(mixed).astype(np.uint8) if content.dtype == np.uint8 else mixed, content.dtype)


def there_before(before: Proxy, now: Proxy, motion: Motion) -> Plane:
    """Where now shows what was there before, (h, w), 0 to 1: a motion that can be trusted, or leads to what is alike.

    On flat ground no motion leads back to where it came from; what it leads to is as good as any other place of it. To
    begin with the content there would wash the paint away, frame by frame.
    """
    import cv2

    where = sampling_grid(*now.shape[:2]) + motion.backward
    seen = cast(Proxy, sampled(exposure_matched(before, now, where), where))
    changed = cv2.blur(difference(seen, now), (3, 3)).astype(np.float32)
    alike = np.exp(-np.square(changed / np.float32(ALIKE)))
    return cast(Plane, np.maximum(motion.trust, alike) * inside(cast(Plane, where)))
