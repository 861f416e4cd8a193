"""How far apart two looks are: what steadying must know of a look that moves."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from allaprima.config import PreserveColor
from allaprima.engines import Look, Style
from allaprima.engines.fitted import digest_of


@dataclass(frozen=True, slots=True, eq=False)
class Traits:
    """What of a look tells how far another one is from it, without its pictures and kernels: small enough to be kept.

    code: of its style. fits: of its style or all of the style's parts, by hash, and their shares. regions: the traits
    of parts of the picture that have looks of their own, and their masks (H, W); ``NOWHERE`` for a region that was
    found in the content: it moves as the content does, and the look with it does not change.
    """

    code: NDArray[np.float32]
    fits: tuple[tuple[str, float], ...]
    strength: float
    color: PreserveColor
    regions: tuple[tuple[Traits, NDArray[np.float32]], ...] = ()
    keeps_rest: bool = False


NOWHERE: NDArray[np.float32] = np.zeros((0, 0), np.float32)


@lru_cache(maxsize=4)  # masks may be large
def traits_of(look: Look) -> Traits:
    """The traits of a look; the same value for the same one."""
    return Traits(look.style.code, tuple(fits_of(look.style).items()), look.strength, look.color,
                  tuple((traits_of(region.look), NOWHERE if region.found else region.mask) for region in look.regions),
                  look.keeps_rest)


def change_between(before: Traits, after: Traits) -> float:
    """How much the look has changed, 0 not at all to 1 wholly; of looks in regions, what has changed most."""
    if before is after:
        return 0.0
    if (before.color, before.keeps_rest, len(before.regions)) != (after.color, after.keeps_rest, len(after.regions)):
        return 1.0
    strength = max(before.strength, after.strength)
    own = abs(after.strength - before.strength) + strength * distance(before, after)
    return min(1.0, max([own, *map(region_change, before.regions, after.regions)]))


def region_change(before: tuple[Traits, NDArray[np.float32]], after: tuple[Traits, NDArray[np.float32]]) -> float:
    """The same for a part of the picture and its look."""
    (own, mask), (other, mask_after) = before, after
    if mask is mask_after or mask.size == mask_after.size == 0:
        moved = 0.0
    else:
        moved = float(np.abs(mask_after - mask).mean()) if mask.shape == mask_after.shape else 1.0
    return moved + change_between(own, other)


def distance(first: Traits, second: Traits) -> float:
    """How unlike two styles are: the length of the difference of their codes, as a share of their mean length.

    Of fitted styles, whose codes may be the same, at least how much of what paints them has changed.
    """
    if first.code is second.code and first.fits == second.fits:
        return 0.0
    lengths = float(np.linalg.norm(first.code) + np.linalg.norm(second.code))
    apart = 2 * float(np.linalg.norm(first.code - second.code)) / lengths if lengths > 0 else 0.0
    return max(apart, exchanged(dict(first.fits), dict(second.fits)))


def exchanged(before: dict[str, float], after: dict[str, float]) -> float:
    """The share of fits that one of two styles has and the other has not, 0 to 1."""
    return sum(max(0.0, share - before.get(fit, 0.0)) for fit, share in after.items()) or sum(
        max(0.0, share - after.get(fit, 0.0)) for fit, share in before.items())


def fits_of(style: Style) -> dict[str, float]:
    """The fits of a style, or of all of its parts, by hash, and their shares."""
    found: dict[str, float] = {}
    for part, share in style.parts or ((style, 1.0),):
        own = fits_of(part) if part.parts else {"+".join(map(digest_of, part.fitted)): 1.0} if part.fitted else {}
        for fit, inner in own.items():
            found[fit] = found.get(fit, 0.0) + share * inner
    return found
