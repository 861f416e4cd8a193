"""Which look each frame of a run is painted in: a track's by the frame's time, in the colours of the film."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from allaprima.curves import Clock
from allaprima.engines import Look
from allaprima.engines.color import Palette, palette_of, pooled
from allaprima.frames import Frame
from allaprima.pipeline.tracks import Track

COUNTED_EVERY = 4  # frames: a film's colours do not need them all


def looks_on(look: Look | Track, clock: Clock, frames: Iterable[Frame]) -> Callable[[int], Look]:
    """The look of the frame shown at a pts of that clock: a track's, or always the one look.

    frames: all of the run, gone through once beforehand where colours are to be matched to theirs.
    """
    if isinstance(look, Look):
        return lambda pts: look
    look.check(clock)
    if look.color in ("none", "luminance"):
        return lambda pts: look.at(clock.seconds(pts), clock)
    matched = look.in_colors_of(palette_of_frames(frames))
    return lambda pts: matched.at(clock.seconds(pts), clock)


def palette_of_frames(frames: Iterable[Frame]) -> Palette:
    """The colours of the frames together, every fourth of them looked at."""
    return pooled(palette_of(frame.image) for count, frame in enumerate(frames) if count % COUNTED_EVERY == 0)
