"""Channels of plates as masks: numbers as they are, not as a view shows them."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from allaprima.io.plates.channels import channels_of, parsed_channel
from allaprima.io.plates.cryptomatte import check_cryptomatte, is_cryptomatte, read_cryptomatte
from allaprima.io.plates.files import PLATE_SUFFIXES
from allaprima.io.plates.plate import Window

_USUAL = ("a", "alpha", "y", "r", "matte.r", "matte")
"""The channels that a matte stands in where none is named, the first that there is."""


def is_matte(path: Path) -> bool:
    """Whether a mask is a channel of a plate, or of numbered ones."""
    return parsed_channel(path)[0].suffix.lower() in PLATE_SUFFIXES


def check_matte(paths: Iterable[Path], name: str | None, max_pixels: int) -> None:
    """Raises OptionError for names that a shot's cryptomattes do not know; other mattes tell when they are read."""
    if name is not None and is_cryptomatte(name):
        check_cryptomatte(paths, name, max_pixels)


def read_matte(path: Path, name: str | None, place: Window, max_pixels: int) -> NDArray[np.float32]:
    """A channel of a plate, 0 to 1, in the pixels of a window (H, W); 0 outside the plate's own and for no number.

    name: the channel's, or a cryptomatte's layer and what it shows, ``CryptoObject:hero``. Raises OptionError for what
    there is not, SourceError.
    """
    if name is not None and is_cryptomatte(name):
        return read_cryptomatte(path, name, place, max_pixels)
    channels = channels_of(path, max_pixels)
    found = channels.first_of(*((name,) if name is not None else _USUAL))
    if found is None:
        raise channels.missing(name or "that is a matte")
    [values] = channels.read([found], place)
    return np.clip(np.nan_to_num(values), 0, 1)
