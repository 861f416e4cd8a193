"""How far apart two looks are: what steadying must know of a look that moves."""

from __future__ import annotations

import numpy as np

from allaprima.engines import Look, Region, Style
from allaprima.engines.fitted import digest_of


def change_between(before: Look, after: Look) -> float:
    """How much the look has changed, 0 not at all to 1 wholly; of looks in regions, what has changed most."""
    if before is after:
        return 0.0
    if (before.color, before.keeps_rest, len(before.regions)) != (after.color, after.keeps_rest, len(after.regions)):
        return 1.0
    strength = max(before.strength, after.strength)
    own = abs(after.strength - before.strength) + strength * distance(before.style, after.style)
    return min(1.0, max([own, *map(region_change, before.regions, after.regions)]))


def region_change(before: Region, after: Region) -> float:
    """The same for a part of the picture and its look."""
    if before.mask is after.mask:
        moved = 0.0
    else:
        same_size = before.mask.shape == after.mask.shape
        moved = float(np.abs(after.mask - before.mask).mean()) if same_size else 1.0
    return moved + change_between(before.look, after.look)


def distance(first: Style, second: Style) -> float:
    """How unlike two styles are: the length of the difference of their codes, as a share of their mean length.

    Of fitted styles, whose codes may be the same, at least how much of what paints them has changed.
    """
    if first is second:
        return 0.0
    lengths = float(np.linalg.norm(first.code) + np.linalg.norm(second.code))
    apart = 2 * float(np.linalg.norm(first.code - second.code)) / lengths if lengths > 0 else 0.0
    return max(apart, exchanged(first, second)) if fits_of(first) or fits_of(second) else apart


def exchanged(first: Style, second: Style) -> float:
    """The share of fits that one of two styles has and the other has not, 0 to 1."""
    before, after = fits_of(first), fits_of(second)
    return sum(max(0.0, share - before.get(fit, 0.0)) for fit, share in after.items()) or sum(
        max(0.0, share - after.get(fit, 0.0)) for fit, share in before.items())


def fits_of(style: Style) -> dict[str, float]:
    """The fits of a style, or of all of its parts, and their shares."""
    found: dict[str, float] = {}
    for part, share in style.parts or ((style, 1.0),):
        own = fits_of(part) if part.parts else {"+".join(map(digest_of, part.fitted)): 1.0} if part.fitted else {}
        for fit, inner in own.items():
            found[fit] = found.get(fit, 0.0) + share * inner
    return found
