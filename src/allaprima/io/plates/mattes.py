"""Channels of plates as masks: numbers as they are, not as a view shows them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from allaprima.errors import OptionError
from allaprima.io.plates.files import PLATE_SUFFIXES, read_plate
from allaprima.io.plates.plate import Plate, Window

_USUAL = ("a", "alpha", "y", "r", "matte.r", "matte")
"""The channels that a matte stands in where none is named, the first that there is."""


def parsed_matte(path: Path) -> tuple[Path, str | None]:
    """The file or pattern of ``shot.%04d.exr:matte.R``, and its channel, None where none is named."""
    name, colon, channel = path.name.rpartition(":")
    if colon and Path(name).suffix.lower() in PLATE_SUFFIXES:
        return path.with_name(name), channel
    return path, None


def is_matte(path: Path) -> bool:
    """Whether a mask is a channel of a plate, or of numbered ones."""
    return parsed_matte(path)[0].suffix.lower() in PLATE_SUFFIXES


def read_matte(path: Path, channel: str | None, place: Window, max_pixels: int) -> NDArray[np.float32]:
    """A channel of a plate, 0 to 1, in the pixels of a window (H, W); 0 outside the plate's own and for no number.

    Raises OptionError for a channel that there is not, SourceError.
    """
    plate = read_plate(path, max_pixels)
    part, index = _found(plate, path, channel)
    own = plate.parts[part].window
    samples = plate.parts[part].samples[..., index]
    white = {"uint8": 255.0, "uint16": 65535.0}.get(samples.dtype.name, 1.0)
    values = np.clip(np.nan_to_num(samples.astype(np.float32) * np.float32(1 / white)), 0, 1)
    mask = np.zeros((place.height, place.width), np.float32)
    top, left = max(own.y, place.y), max(own.x, place.x)
    bottom = min(own.y + own.height, place.y + place.height)
    right = min(own.x + own.width, place.x + place.width)
    if bottom > top and right > left:
        mask[top - place.y:bottom - place.y, left - place.x:right - place.x] = \
            values[top - own.y:bottom - own.y, left - own.x:right - own.x]
    return mask


def _found(plate: Plate, path: Path, channel: str | None) -> tuple[int, int]:
    """The part and the place of a channel."""
    names: list[str] = []
    places: dict[str, tuple[int, int]] = {}
    for number, part in enumerate(plate.parts):
        for index, name in enumerate(part.spec.channelnames):
            names.append(name)
            places.setdefault(name.lower(), (number, index))
            if part.name:
                places.setdefault(f"{part.name}.{name}".lower(), (number, index))
    for wanted in (channel.lower(),) if channel is not None else _USUAL:
        if wanted in places:
            return places[wanted]
    raise OptionError(f"the plate {path} has no channel {channel or 'that is a matte'}",
                      f"name one of {', '.join(names[:20])}, as in {path.name}:{names[0]}")
