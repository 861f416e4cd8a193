"""A side cut into overlapping spans of one length, and moments gathered over parts. Numpy only."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch of a side: what is computed, and the part of it that counts, at least a halo away from every cut."""

    start: int
    stop: int
    own_start: int
    own_stop: int

    def at(self, reduction: int) -> Span:
        """The same stretch of a map at 1/``reduction``, where partial positions are rounded up."""
        return Span(self.start // reduction, -(-self.stop // reduction),
                    self.own_start // reduction, -(-self.own_stop // reduction))

    @property
    def seen(self) -> slice:
        """All of it."""
        return slice(self.start, self.stop)

    @property
    def own(self) -> slice:
        """The part that counts."""
        return slice(self.own_start, self.own_stop)

    @property
    def own_inside(self) -> slice:
        """The part that counts, counted from its start."""
        return slice(self.own_start - self.start, self.own_stop - self.start)


def spans(length: int, longest: int, halo: int, unit: int) -> list[Span]:
    """Spans of one length, ``longest`` at most, that cover a side; their own parts meet and do not overlap.

    Starts and own parts are whole ``unit``s, so that all see the networks' grids as the whole does; all are as long as
    the side modulo a unit, so that one compiled shape serves the last as well. halo: a multiple of the unit.
    """
    rest = length % unit
    most = max((longest - rest) // unit - 2 * halo // unit, 1)  # units of an own part
    if length <= max(longest, rest + unit + 2 * halo):
        return [Span(0, length, 0, length)]
    to_own = (length - rest - 2 * halo) // unit
    count = -(-to_own // most)
    size = -(-to_own // count) * unit + 2 * halo + rest
    starts = [index * ((length - size) // unit) // (count - 1) * unit for index in range(count)]
    cuts = [0, *(start + halo for start in starts[1:]), length]
    return [Span(start, start + size, own, after)
            for start, own, after in zip(starts, cuts[:-1], cuts[1:], strict=True)]


@dataclass(frozen=True, slots=True)
class Population:
    """How many values, their means and the sums of squares about them; by channel, (C,) in float64."""

    count: int
    mean: NDArray[np.float64]
    apart: NDArray[np.float64]

    def with_more(self, other: Population) -> Population:
        """Both as one (Chan, Golub & LeVeque 1979): exact, and free of the cancellation of second moments."""
        count = self.count + other.count
        if count == 0:
            return self
        way = other.mean - self.mean
        share = other.count / count
        return Population(count, self.mean + share * way,
                          self.apart + other.apart + way * way * (self.count * share))

    def variance(self, *, unbiased: bool = False) -> NDArray[np.float64]:
        """Mean squares about the mean; divided by the count less one where ``unbiased``."""
        return self.apart / max(self.count - unbiased, 1)
