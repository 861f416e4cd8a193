"""What a user names as a style: a picture, a bundled one, or a blend of several."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

from allaprima.bundled import bundled_styles
from allaprima.curves import Instant, in_order, parsed_instant
from allaprima.engines import Engine, Style, blended
from allaprima.errors import OptionError, SourceError
from allaprima.io.images import read_image


def load_style(spec: str, engine: Engine, scale: float = 1.0) -> Style:
    """The style that ``spec`` names, encoded: a file, a bundled name, or ``a.jpg:0.7+b.jpg:0.3``."""
    return blended([(engine.encode(read_image(path).image, path.stem, scale), weight)
                    for path, weight in parsed_style(spec)])


def keyed_styles(spec: str) -> list[tuple[Instant, str]]:
    """The styles at their instants that ``0:a.jpg,5:b.jpg`` names; one at the beginning where ``spec`` has no times.

    An existing file's name is taken whole. Raises OptionError where times do not follow each other.
    """
    keys = []
    for part in spec.split(","):
        time, colon, style = part.partition(":")
        instant = parsed_instant(time)
        if not colon or instant is None or found(time) is not None or found(spec) is not None:
            return [(Instant(Fraction(0)), spec)]
        keys.append((instant, style.strip()))
    in_order([(instant, 0.0) for instant, _ in keys], "style")
    return keys


def parsed_style(spec: str) -> list[tuple[Path, float]]:
    """The pictures that ``spec`` names, and their weights (1 where none is given).

    An existing file's name is taken whole before it is split at ``+``; a weight is what follows the last colon, if that
    is a number. Raises OptionError for what is neither a file nor a bundled style.
    """
    whole = found(spec)
    if whole is not None:
        return [(whole, 1.0)]
    return [weighted(part.strip()) for part in spec.split("+")]


def weighted(part: str) -> tuple[Path, float]:
    """One picture of a blend, and its weight."""
    whole = found(part)
    if whole is not None:
        return whole, 1.0
    name, colon, number = part.rpartition(":")
    try:
        weight = float(number) if colon else 1.0
    except ValueError:
        weight, name = 1.0, part
    path = found(name if colon else part)
    if path is None:
        raise SourceError(f"there is no style picture {part!r}",
                          f"give a picture's file, or a bundled style: {', '.join(bundled_styles())}")
    if not 0 <= weight < float("inf"):
        raise OptionError(f"the weight {number} of the style {name} is out of range", "give a weight of 0 or more")
    return path, weight


def picture_of(spec: str) -> Path:
    """The one picture that ``spec`` names; raises OptionError for a blend."""
    parts = parsed_style(spec)
    if len(parts) != 1:
        raise OptionError(f"the style {spec!r} is a blend of {len(parts)} pictures", "name one picture here")
    return parts[0][0]


def found(name: str) -> Path | None:
    """The file of that name, or the bundled style; None where there is neither."""
    path = Path(name)
    if path.is_file():
        return path
    if name and path.is_dir():
        raise SourceError(f"the style {name} is a folder", "give a picture's file")
    return bundled_styles().get(name)
