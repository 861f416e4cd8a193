"""The last frame as it was shown, carried along the newest motion: for places that no anchor has, or no longer.

Anchors are taken every few frames and lose what turns, bends or is passed by; until the next one a place would be
painted frame by frame. The last frame has it, one motion away. It is resampled every time, so that strokes carried like
this blur; each is painted anew after a while, one after another.
"""

from __future__ import annotations

from dataclasses import replace
from typing import cast

import numpy as np
from numpy.typing import NDArray

from allaprima.temporal.anchors import Anchor, alike
from allaprima.temporal.detail import WorkingPicture, around, coarse_size
from allaprima.temporal.fields import Plane, inside, sampled, sampling_grid
from allaprima.temporal.flow import Motion
from allaprima.temporal.grain import grain
from allaprima.temporal.proxies import Proxy, difference, exposure_matched

CARRIED_FRAMES = 24       # after which a stroke that was carried from frame to frame is painted anew
DOUBTFUL = 0.5            # of a stroke is carried along a motion that is not trusted


def shown_last(picture: WorkingPicture, content: Proxy, age: int = 0) -> Anchor:
    """The frame that was just shown, to be carried into the next one; ``content``: what its places were painted from.

    age: for how many frames something has been carried.
    """
    small = coarse_size(picture)
    return Anchor(picture, content, sampling_grid(*content.shape[:2]), np.ones(content.shape[:2], np.float32),
                  around(picture), np.zeros((small[1], small[0], 3), np.float32),
                  np.zeros(content.shape[:2], np.float32), age)


def carried(before: Anchor, motion: Motion, now: Proxy) -> Anchor:
    """The last frame where the motion has taken it, and what its places were painted from, as it lies now.

    A place is trusted as its content is still what its strokes were painted from, and as far as the motion is; where
    that was found and is not trusted, in part: what changes there, changes within some frames.
    """
    import cv2

    where = cast(Plane, cv2.add(motion.backward, sampling_grid(*motion.trust.shape)))
    content = cast(Proxy, sampled(before.content, where))
    changed = difference(exposure_matched(content, now), now)
    followed = motion.trust if motion.exact else cv2.max(motion.trust, DOUBTFUL * inside(where))
    trust = cv2.multiply(followed, alike(changed))
    return replace(before, content=content, where=where, trust=cast(Plane, trust), age=before.age + 1)


def painted_from(before: Anchor, share: Plane, now: Proxy) -> Proxy:
    """What a frame's places were painted from, where the share (h, w) of it is the last frame, carried: its content."""
    import cv2

    return cast(Proxy, cv2.blendLinear(before.content, now, share, 1 - share))


def stale(before: Anchor | None, last: Anchor, changed: float) -> Anchor | None:
    """The last frame as stale as the look has changed with the new one, or as the last anchor, which it holds."""
    return None if before is None else replace(before, staleness=max(last.staleness, changed))


def renewing(before: Anchor) -> Plane:
    """1 where (h, w) a stroke of the last frame is still carried, 0 where its turn has come to be painted anew."""
    return np.asarray(~turn(before, CARRIED_FRAMES), np.float32)


def turn(before: Anchor, frames: int) -> NDArray[np.bool_]:
    """Where (h, w) it is the turn of strokes that change one after another, all of them within so many frames."""
    turns = (grain(*before.trust.shape) * np.float32(frames - 1e-3)).astype(np.uint8)
    return np.asarray(turns == before.age % frames, np.bool_)
