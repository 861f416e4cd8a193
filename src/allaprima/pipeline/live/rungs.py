"""The rungs of a live ladder: which network paints at which working size, the best picture first."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from allaprima.config import Size
from allaprima.engines import Engine

SHARES = (1.0, 0.75, 0.5)   # working heights of the rungs, of the tallest
SMALLEST_HEIGHT = 64
ROOM = 0.8                  # of the time between two frames that painting may take at the start


@dataclass(frozen=True, slots=True)
class Rung:
    """A network and the size that it paints at; style_scale keeps strokes alike at every size."""

    engine: Engine
    width: int
    height: int
    style_scale: float

    @property
    def detail(self) -> int:
        """The working height, in pixels of the shorter side."""
        return min(self.width, self.height)


def heights(tallest: int) -> tuple[int, ...]:
    """Working heights of the ladder, multiples of 8 below the tallest, each once."""
    wanted = [tallest] + [max(SMALLEST_HEIGHT, 8 * round(tallest * share / 8)) for share in SHARES[1:]]
    return tuple(height for index, height in enumerate(wanted) if index == 0 or height < wanted[index - 1])


def rungs_of(engines: Sequence[Engine], width: int, height: int, style_scale: float) -> tuple[Rung, ...]:
    """The rungs for pictures of that size, best first: each network at its heights, the best network first.

    Only the last network goes down to the smallest height: at half the height the one before it costs what the next
    one costs at three quarters, and shows less.
    """
    tallest = heights(min(width, height))
    return tuple(Rung(engine, *Size(shorter=each).of(width, height), style_scale * each / tallest[0])
                 for place, engine in enumerate(engines)
                 for each in (tallest if place == len(engines) - 1 else tallest[:2]))


def first_that_holds(seconds: Sequence[float], interval_seconds: float) -> int:
    """The first rung that paints a frame in time, with room for all else; the quickest one where none does."""
    for index, each in enumerate(seconds):
        if each <= ROOM * interval_seconds:
            return index
    return min(range(len(seconds)), key=lambda index: seconds[index])
