"""Which look each frame of a run is painted in: a track's by the frame's time, in the colours of its shot."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator, Sequence
from copy import copy
from functools import partial

from allaprima.curves import Clock
from allaprima.engines import Look
from allaprima.engines.color import Palette, palette_of, pooled
from allaprima.frames import Frame, Source
from allaprima.pipeline.looks.masks import frames_in
from allaprima.pipeline.looks.tracks import Track
from allaprima.temporal.shots import ShotState, watched

Shown = Callable[[Iterator[Frame]], Iterator[Frame]]
COUNTED_EVERY = 4  # frames of a shot: its colours do not need them all

Palettes = Sequence[tuple[int, Palette]]
"""The pts of every shot's first frame, and the colours of the shot."""


def looks_on(look: Look | Track, clock: Clock, source: Source, *, whole: bool = True,
             shown: Shown = iter, palettes: Palettes | None = None,
             followed: Callable[[], Iterator[Frame]] | None = None) -> Callable[[int], Look]:
    """The look of the frame shown at a pts of that clock: a track's, or always the one look.

    source: all of the run; gone through once beforehand where colours are to be matched to a shot's, unless
    ``palettes`` tells them. whole: it is no excerpt, so that masks must be as long. shown: makes of its frames what a
    network sees, where that is something else (a camera's log). followed: the frames in which a subject is followed,
    where these need not be all of the source's. Raises OptionError for what does not fit it.
    """
    if isinstance(look, Look):
        return lambda pts: look
    look.check(clock)
    again = copy(source)  # reads by itself, whatever the run does with its own
    track = look.beside(source.info, clock, partial(frames_in, source) if whole else None,
                        followed or (lambda: shown(iter(again))))
    if not matches_colors(track):
        return lambda pts: track.at(clock.seconds(pts), clock)
    starts, tracks = [], []
    for pts, palette in palettes_of_shots(shown(iter(source))) if palettes is None else palettes:
        starts.append(pts)
        tracks.append(track.in_colors_of(palette))
    return lambda pts: tracks[max(0, bisect_right(starts, pts) - 1)].at(clock.seconds(pts), clock)


def matches_colors(look: Look | Track) -> bool:
    """Whether styles are given the colours of the shot that they are painted on."""
    return isinstance(look, Track) and look.color not in ("none", "luminance")


def stability_on(look: Look | Track, clock: Clock) -> Callable[[int], float] | None:
    """The stability of the frame shown at a pts, where a control file has a curve for it."""
    if isinstance(look, Look) or look.stability is None:
        return None
    curve = look.stability
    return lambda pts: curve.at(clock.seconds(pts), clock)


def palettes_of_shots(frames: Iterable[Frame]) -> list[tuple[int, Palette]]:
    """The pts of every shot's first frame, and the colours of the shot."""
    shots: list[tuple[int, list[Palette]]] = []
    state: ShotState | None = None
    for count, frame in enumerate(frames):
        change, state = watched(frame.image, state)
        if change == "cut" or not shots:
            shots.append((frame.pts, [palette_of(frame.image, frame.alpha)]))
        elif count % COUNTED_EVERY == 0:
            shots[-1][1].append(palette_of(frame.image, frame.alpha))
    return [(pts, pooled(palettes)) for pts, palettes in shots]
