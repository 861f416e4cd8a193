"""A painting network for batches and pictures of any size: at once where memory does, else in parts, else in tiles."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TypeVar, cast

import numpy as np

from allaprima.errors import OutOfMemory
from allaprima.nets.stages import Layout
from allaprima.runtimes.calls import Batch, Modulation, Moments, Transfer, folded
from allaprima.runtimes.tile_sizes import SMALLEST_OWN, Tiling
from allaprima.runtimes.tiles import StageRunner, moments_of, painted_in_tiles

R = TypeVar("R")
ANY = 1 << 20  # pictures: as many as a batch has, until memory says otherwise


@dataclass(frozen=True, slots=True)
class Plan:
    """How many pictures of a batch are painted in one call; and in which tiles, or None where they are whole."""

    pictures: int
    tiling: Tiling | None

    def smaller(self, height: int, width: int, reach: int) -> Plan | None:
        """The next plan to try where memory did not do: half the batch, then tiles, then smaller ones; or None."""
        if self.pictures > 1:
            return Plan(-(-self.pictures // 2), self.tiling)
        if self.tiling is not None and self.tiling.at_once > 1:
            return Plan(1, replace(self.tiling, at_once=self.tiling.at_once // 2))
        side = (max(height, width) if self.tiling is None else self.tiling.side) // 2
        return Plan(1, Tiling(side, 1)) if side >= 2 * reach + SMALLEST_OWN else None


class AnySize:
    """Paints with a transfer of whole pictures as far as memory goes, and with its tiles beyond.

    plan_for: the tiles that a picture of that height, width and type needs, None for none; raises OutOfMemory where
    none would do. What memory it takes is found out once for every size of pictures.
    """

    def __init__(self, whole: Transfer, layout: Layout, run: StageRunner,
                 tiling_for: Callable[[int, int, str], Tiling | None]) -> None:
        self.whole, self.layout, self.run, self.tiling_for = whole, layout, run, tiling_for
        self.channels = layout.channels
        self.plans: dict[tuple[int, int, str], Plan] = {}

    def measure(self, images: Batch, modulation: Modulation, given: Moments | None = None,
                momentum: float = 1.0) -> tuple[Batch, Moments]:
        """Pictures normalised by the mixture of own and given moments, and that mixture."""

        def paint(part: slice, tiling: Tiling | None) -> tuple[Batch, Moments]:
            asked, known = modulation.part(part), None if given is None else given.part(part)
            if tiling is None:
                return self.whole.measure(images[part], asked, known, momentum)
            moments = moments_of(images[part], asked, self.layout, self.run, tiling, known, momentum)
            return self._in_tiles(images[part], folded(asked, moments), tiling), moments

        parts = self._planned(images, paint)
        if len(parts) == 1:
            return parts[0]
        return (cast(Batch, np.concatenate([painted for painted, _ in parts])),
                Moments(np.concatenate([moments.mean for _, moments in parts]),
                        np.concatenate([moments.variance for _, moments in parts])))

    def frozen(self, images: Batch, modulation: Modulation) -> Batch:
        """Pictures painted with a folded modulation."""

        def paint(part: slice, tiling: Tiling | None) -> Batch:
            asked = modulation.part(part)
            return (self.whole.frozen(images[part], asked) if tiling is None
                    else self._in_tiles(images[part], asked, tiling))

        parts = self._planned(images, paint)
        return parts[0] if len(parts) == 1 else cast(Batch, np.concatenate(parts))

    def _in_tiles(self, picture: Batch, modulation: Modulation, tiling: Tiling) -> Batch:
        return painted_in_tiles(picture, self.layout.reach, tiling,
                                lambda tiles, _: self.whole.frozen(tiles, modulation))

    def _planned(self, images: Batch, paint: Callable[[slice, Tiling | None], R]) -> list[R]:
        """What ``paint`` gives for every part of a batch, in as small parts and tiles as memory asks for."""
        count, height, width = images.shape[:3]
        key = height, width, str(images.dtype)
        plan = self.plans.get(key) or self._first(*key)
        while True:
            size = min(count, plan.pictures)
            try:
                parts = [paint(slice(start, start + size), plan.tiling) for start in range(0, count, size)]
                self.plans[key] = plan
                return parts
            except OutOfMemory as error:
                smaller = replace(plan, pictures=size).smaller(height, width, self.layout.reach)
                reason = str(error)
            if smaller is None:  # out of the handler: the error keeps what was in memory when it came
                raise OutOfMemory(f"cannot paint {width}x{height}, not even in tiles: {reason}",
                                  "a smaller working height: --detail 1080")
            plan = smaller

    def _first(self, height: int, width: int, pixels: str) -> Plan:
        tiling = self.tiling_for(height, width, pixels)
        return Plan(ANY if tiling is None else 1, tiling)
