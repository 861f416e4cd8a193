"""Channels of plates by name, read without the rest of the file: ``shot.%04d.exr:matte.R`` names one."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from allaprima.errors import OptionError
from allaprima.io.plates.files import PLATE_SUFFIXES, read_channels, read_headers
from allaprima.io.plates.plate import Window, window_of

if TYPE_CHECKING:
    import OpenImageIO

_NAMED = re.compile(rf"(?P<file>.*?(?:{'|'.join(map(re.escape, sorted(PLATE_SUFFIXES)))})):(?P<name>.*)",
                    re.IGNORECASE | re.DOTALL)
Place = tuple[int, int]
"""The part that a channel is in, and its place there."""


def parsed_channel(path: Path) -> tuple[Path, str | None]:
    """The file or pattern of ``shot.%04d.exr:matte.R``, and what is named of it, None where nothing is."""
    match = _NAMED.fullmatch(str(path))
    return (path, None) if match is None else (Path(match["file"]), match["name"])


@dataclass(frozen=True, slots=True, eq=False)
class Channels:
    """The channels of a file, by their names in lower case, with the part's name before them or without."""

    path: Path
    specs: tuple[OpenImageIO.ImageSpec, ...]
    names: tuple[str, ...]
    places: dict[str, Place]

    def first_of(self, *wanted: str) -> Place | None:
        """The place of the first of these names that there is."""
        return next((self.places[name.lower()] for name in wanted if name.lower() in self.places), None)

    def missing(self, asked: str) -> OptionError:
        """What to say of a name that there is not."""
        return OptionError(f"the plate {self.path} has no channel {asked}",
                           f"name one of {', '.join(self.names[:20])}, as in {self.path.name}:{self.names[0]}")

    def read(self, places: Sequence[Place], inside: Window, outside: float = 0.0) -> list[NDArray[np.float32]]:
        """Those channels in the pixels of a window (H, W), integers as 0 to 1; ``outside`` beyond the plate's own."""
        found = []
        samples = read_channels(self.path, places)
        for (part, _), channel in zip(places, samples, strict=True):
            white = {"uint8": 255.0, "uint16": 65535.0}.get(channel.dtype.name, 1.0)
            values = np.asarray(channel, np.float32) * np.float32(1 / white)
            found.append(laid(values, window_of(self.specs[part]), inside, outside))
        return found


def channels_of(path: Path, max_pixels: int) -> Channels:
    """The channels that a plate's headers name; raises SourceError."""
    specs, _ = read_headers(path, max_pixels)
    names: list[str] = []
    places: dict[str, Place] = {}
    for number, spec in enumerate(specs):
        part = str(spec.getattribute("name") or "")
        for index, name in enumerate(spec.channelnames):
            names.append(name)
            places.setdefault(name.lower(), (number, index))
            if part:
                places.setdefault(f"{part}.{name}".lower(), (number, index))
    return Channels(path, specs, tuple(names), places)


def laid(values: NDArray[np.float32], own: Window, inside: Window, outside: float) -> NDArray[np.float32]:
    """Values (h, w) of a window in the pixels of another (H, W)."""
    result = np.full((inside.height, inside.width), outside, np.float32)
    top, left = max(own.y, inside.y), max(own.x, inside.x)
    bottom = min(own.y + own.height, inside.y + inside.height)
    right = min(own.x + own.width, inside.x + inside.width)
    if bottom > top and right > left:
        result[top - inside.y:bottom - inside.y, left - inside.x:right - inside.x] = \
            values[top - own.y:bottom - own.y, left - own.x:right - own.x]
    return result
