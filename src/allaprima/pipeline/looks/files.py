"""Which files a look is read from: a result must never land on one of them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from allaprima.engines import Look
from allaprima.io.plates.channels import parsed_channel
from allaprima.io.sequence.patterns import is_pattern, parsed_pattern
from allaprima.pipeline.looks.tracks import Track


def files_of(look: Look | Track) -> tuple[Path, ...]:
    """The files of styles, masks and label maps that a track names; a look is a value, and has none."""
    if not isinstance(look, Track):
        return ()
    masks = (parsed_channel(place.mask)[0] for place in look.masked)
    labels = () if look.labels is None else (look.labels,)
    maps = () if look.regions is None else look.regions.maps or ()
    return tuple(files_behind(*look.pictures, *masks, *labels, *maps))


def files_behind(*paths: Path) -> Iterator[Path]:
    """Those files; for a pattern of numbers all files that it stands for."""
    for path in paths:
        if is_pattern(path):
            pattern = parsed_pattern(path)
            yield from (pattern.path(number) for number in pattern.numbers())
        else:
            yield path
