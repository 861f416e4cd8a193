"""Subjects of a film that are kept: found in every frame, followed along the motion so that their edges do not flicker.

What is found is averaged with what was found before, carried here along the optical flow as far as that is trusted. A
cut begins anew. Frames are read from the first on, so that a film resumed has the covers that it would have had.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from allaprima.config import Subject
from allaprima.curves import Clock
from allaprima.engines import Look, Region
from allaprima.errors import OptionError
from allaprima.frames import Frame
from allaprima.pipeline.looks.carrying import carried
from allaprima.subjects import Cover, Find, shrunk
from allaprima.temporal.flow import single_threaded
from allaprima.temporal.proxies import Proxy, proxy_of
from allaprima.temporal.shots import ShotState, watched

MEMORY: dict[Subject, float] = {"people": 0.8, "faces": 0.9}
"""The share that what was found before has, where the motion is trusted wholly."""
EDGE = (0.3, 0.7)     # a cover below is none of it, above is all of it
HALF_STRENGTH = 0.5   # of what is painted where detail is kept

Frames = Callable[[], Iterator[Frame]]
"""All frames of the content, read anew."""


@dataclass(frozen=True, slots=True)
class Kept:
    """What of the content is kept: which subject, and whether it is painted at half the strength, or not at all."""

    subject: Subject
    detail_only: bool = False

    def __str__(self) -> str:
        return f"{self.subject}{' in detail' if self.detail_only else ''}"


def kept_for(keep: Subject | None, keep_detail: Subject | None) -> Kept | None:
    """What the options of these names keep, the first before the second; None where neither was given."""
    subject = keep or keep_detail
    return None if subject is None else Kept(subject, detail_only=keep is None)


@dataclass(frozen=True, slots=True, eq=False)
class Following:
    """What is remembered of the frame before: its proxy, its cover (h, w) before its edge was set, and its shot."""

    proxy: Proxy
    cover: Cover
    shot: ShotState


def followed(find: Find, image: NDArray[np.generic], memory: float,
             before: Following | None) -> tuple[Cover, Following]:
    """The cover (h, w) of the subject in a frame (H, W, 3), 0 to 1, and what the next frame must know.

    memory: see ``MEMORY``. The cover is as large as the picture that it is found in, see ``subjects.shrunk``.
    """
    small = shrunk(image)
    now, cover = proxy_of(small), find(small)
    change, shot = watched(small, None if before is None else before.shot)
    if before is not None and change != "cut":
        cover = carried(before.proxy, before.cover[None], now, cover[None], memory)[0]
    low, high = EDGE
    way = np.clip((cover - low) / (high - low), 0, 1)
    return np.asarray(way * way * (3 - 2 * way), np.float32), Following(now, np.asarray(cover, np.float32), shot)


class FollowedFilm:
    """The cover of a subject at each time of a content, read on as time goes on, and anew where time goes back."""

    def __init__(self, find: Find, subject: Subject, frames: Frames, clock: Clock) -> None:
        self._find, self._memory, self._frames, self._clock = find, MEMORY[subject], frames, clock
        self._reading: Iterator[Frame] = iter(())
        self._latest: tuple[Fraction, Cover] | None = None
        self._state: Following | None = None

    def at(self, seconds: Fraction) -> Cover:
        """The cover at that time, which is a frame's; raises OptionError where no frame has it."""
        if self._latest is None or self._latest[0] > seconds:
            self._reading, self._latest, self._state = self._frames(), None, None
        with single_threaded():
            while self._latest is None or self._latest[0] < seconds:
                frame = next(self._reading, None)
                if frame is None:
                    raise OptionError(f"nothing tells who is there at {float(seconds):g} s: the content ends before",
                                      "leave out --keep for this part")
                cover, self._state = followed(self._find, frame.image, self._memory, self._state)
                self._latest = self._clock.seconds(frame.pts), cover
        return self._latest[1]


def sparing(look: Look, cover: Cover, kept: Kept) -> Look:
    """The look with a subject left out of it, or painted by half, where the cover (h, w) says that it is."""
    from allaprima.engines.regions import mask_at_size

    def outside(mask: Cover) -> Cover:
        return mask * (1 - mask_at_size(cover, *mask.shape))

    background = Look(look.style, look.strength, look.color)
    painted = list(look.regions)
    if not look.keeps_rest:
        covered = sum((mask_at_size(region.mask, *cover.shape) for region in look.regions), np.zeros_like(cover))
        painted.append(Region(background, np.maximum(1 - covered, 0).astype(np.float32), found=not look.regions))
    regions = [replace(region, mask=outside(region.mask)) for region in painted]
    if kept.detail_only:
        regions += [replace(region, look=half(region.look), mask=region.mask - outside(region.mask))
                    for region in painted]
    return Look(look.style, look.strength, look.color, tuple(regions), keeps_rest=True, photoreal=look.photoreal)


def half(look: Look) -> Look:
    """The look at half its strength."""
    return Look(look.style, HALF_STRENGTH * look.strength, look.color)
