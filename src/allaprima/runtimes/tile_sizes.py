"""Whether a picture fits into memory, and the tiles that it is painted in where it does not."""

from __future__ import annotations

from dataclasses import dataclass
from math import isqrt

from allaprima.errors import OutOfMemory

WHOLE = 5 << 30      # bytes: what would take more is painted in tiles even where it is free; others live here too
IN_TILES = 3 << 29   # for all tiles that are in work at once
LARGEST_SIDE = 2048  # of a tile: larger ones gain nothing
SMALLEST_OWN = 64    # pixels a side of a tile that are its own, less than which is all halo


@dataclass(frozen=True, slots=True)
class Tiling:
    """How a picture is cut: tiles of at most ``side`` pixels, halo and all, ``at_once`` of them in one call."""

    side: int
    at_once: int


@dataclass(frozen=True, slots=True)
class Needs:
    """What painting takes, in bytes a pixel.

    at_work: of what is painted in one call. kept: of the whole picture while it is painted in tiles, the result too.
    reach: pixels that a network sees beyond a place.
    """

    at_work: int
    kept: float
    reach: int


def tiling_for(height: int, width: int, needs: Needs, at_once: int, free: int | None) -> Tiling | None:
    """The tiles to paint a picture in, None to paint it whole; raises OutOfMemory where not even tiles would fit.

    at_once: calls that the device likes best. free: bytes, None where the system does not say.
    """
    pixels = height * width
    if needs.at_work * pixels <= WHOLE and (free is None or needs.at_work * pixels <= free):
        return None
    kept = int(needs.kept * pixels)
    left = IN_TILES if free is None else min(IN_TILES, free - kept)
    smallest = 2 * needs.reach + SMALLEST_OWN
    for calls in (at_once, 1):
        side = min(isqrt(max(left, 0) // (needs.at_work * calls)), LARGEST_SIDE)
        if side >= smallest:
            return Tiling(side, calls)
    least = kept + needs.at_work * min(pixels, smallest * smallest)
    raise OutOfMemory(f"cannot paint {width}x{height}, not even in tiles: it takes about {least / 2**30:.1f} GiB of "
                      f"memory, and {(free or 0) / 2**30:.1f} GiB are free", "a smaller working height: --detail 1080")
