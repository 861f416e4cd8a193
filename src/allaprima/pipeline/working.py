"""Films larger than the height at which a network works: painted and held steady small, then made large once."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

import numpy as np

from allaprima.engines import Engine, Look
from allaprima.engines.detail import DetailEngine, shrunk, size_at
from allaprima.engines.planes import painted_planes
from allaprima.engines.upsampling import change_upsampled
from allaprima.frames import Frame, Planes
from allaprima.pipeline.looks.saved import SavedLookEngine
from allaprima.pipeline.looks.tracks import Track


def working_size(engine: Engine, look: Look | Track, width: int, height: int) -> tuple[int, int] | None:
    """The (width, height) that frames are to be painted at; None where that is their own.

    Regions are composed at full size, where edges are as sharp as their masks, and luminance is taken over there.
    """
    if not isinstance(engine, DetailEngine | SavedLookEngine) or min(width, height) <= engine.detail:
        return None
    masked = look.regions if isinstance(look, Look) else look.masked or look.regions
    return None if masked or look.color == "luminance" else size_at(width, height, engine.detail)


def made_small(frames: Iterable[Frame], detail: int) -> Iterator[Frame]:
    """The frames as small copies of that shorter side, with the pictures that they are of."""
    for frame in frames:
        small = shrunk(frame.image, detail)
        yield replace(frame, image=small, full=frame.image, small=small,
                      layers=tuple(made_small(frame.layers, detail)))


def made_large(frame: Frame) -> Frame:
    """A painted frame at its full size: the change from small copy to painting, made in its picture or its planes.

    Where nothing was painted, as at strength 0, the frame is the content to the bit.
    """
    if frame.layers:
        frame = replace(frame, layers=tuple(map(made_large, frame.layers)))
    if frame.full is None or frame.small is None:
        return frame
    if np.array_equal(frame.image, frame.small):
        return frame if isinstance(frame.full, Planes) else replace(frame, image=frame.full, full=None, small=None)
    if isinstance(frame.full, Planes):
        return replace(frame, full=painted_planes(frame.full, np.asarray(frame.small, np.uint8),
                                                  np.asarray(frame.image, np.uint8)))
    return replace(frame, image=change_upsampled(frame.full, frame.small, frame.image), full=None, small=None)
