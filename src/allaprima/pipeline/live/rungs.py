"""The rungs of a live ladder: which network paints at which working size, the best picture first."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from allaprima.engines import Engine
from allaprima.sizes import Size, look_at_scale

SHARES = (1.0, 0.75, 0.5)   # working heights of the rungs, of the tallest
SMALLEST_HEIGHT = 64
HEIGHT_STEP = 8
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
    steps = [round(tallest * share / HEIGHT_STEP) for share in SHARES[1:]]
    wanted = [tallest] + [max(SMALLEST_HEIGHT, HEIGHT_STEP * step) for step in steps]
    return tuple(height for index, height in enumerate(wanted) if index == 0 or height < wanted[index - 1])


def rungs_of(engines: Sequence[Engine], width: int, height: int, style_scale: float,
             brush: int | None = None) -> tuple[Rung, ...]:
    """The rungs for pictures of that size, best first: each network at its heights, the best network first.

    brush: lines that are painted at most, None for all of the picture's.
    Only the last network goes down to the smallest height: at half the height the one before it costs what the next
    one costs at three quarters, and shows less.
    """
    tallest = heights(min(width, height, brush or width))
    style_scale *= look_at_scale(brush)
    return tuple(Rung(engine, *Size(shorter=each).of(width, height), style_scale * each / tallest[0])
                 for place, engine in enumerate(engines)
                 for each in (tallest if place == len(engines) - 1 else tallest[:2]))


def brushed(rungs: Sequence[Rung], rung: int, brush: int) -> int:
    """The rung that paints when the ladder stands on that one and strokes are to be coarser by so many steps.

    Of the same network, at three quarters or half of the tallest height; its smallest where it has none as small.
    """
    most = round(SHARES[min(brush, len(SHARES) - 1)] * rungs[0].detail) + HEIGHT_STEP // 2
    same = [index for index in range(rung, len(rungs)) if rungs[index].engine is rungs[rung].engine]
    return next((index for index in same if rungs[index].detail <= most), same[-1])


def first_that_holds(seconds: Sequence[float], interval_seconds: float) -> int:
    """The first rung that paints a frame in time, with room for all else; the quickest one where none does."""
    for index, each in enumerate(seconds):
        if each <= ROOM * interval_seconds:
            return index
    return min(range(len(seconds)), key=lambda index: seconds[index])
