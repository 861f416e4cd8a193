"""What styles were refined to, kept: a kilobyte a style in the user's cache, found again by what it was made from.

A style is refined where a picture is to be painted in it; networks of torch do it (``refining``), which are loaded only
where something is not known yet.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import numpy as np

from allaprima import weights
from allaprima.engines.encoding import UnitPicture, at_work
from allaprima.engines.looks import Units, are_units
from allaprima.folders import cache_folder
from allaprima.frames import Pixels
from allaprima.runtimes.calls import Row

VERSION = 1     # of the way in which units are refined: what an older one found is not what this one finds
SWITCH = "ALLAPRIMA_REFINE"  # "off": styles are painted by what their codes mix

Refine = Callable[[list[UnitPicture], Row], Row]


def are_wanted() -> bool:
    """Whether styles are refined at all: unless the environment says otherwise."""
    return os.environ.get(SWITCH, "").lower() != "off"


class RefinedUnits:
    """Refines the styles of one network, each once.

    kernels: sha256 of the file of kernels that units mix. refine: what finds units of a picture in parts, from those of
    its code; called where neither ``known``, by what they are made from, nor the cache holds them.
    """

    def __init__(self, kernels: str, refine: Refine) -> None:
        self._kernels, self._refine = kernels, refine
        self.known: dict[str, Row] = {}

    def of(self, picture: Pixels, name: str, shorter_side: float, units: Row) -> Units:
        """The units of a picture (H, W, 3) looked at at that size; ``units`` are those of its code."""
        key = self._key(picture, shorter_side)
        if key not in self.known:
            path = cache_folder("refined") / f"{key}.npy"
            found = read_units(path)
            if found is None:
                found = self._refine(at_work(picture, name, shorter_side), units)
                write_units(path, found)
            self.known[key] = found
        return Units(self._kernels, self.known[key])

    def _key(self, picture: Pixels, shorter_side: float) -> str:
        said = (VERSION, self._kernels, weights.named(weights.SLIM_VGG).sha256, picture.shape, picture.dtype.str,
                round(shorter_side, 3))
        digest = hashlib.sha256(repr(said).encode())
        digest.update(np.ascontiguousarray(picture).tobytes())
        return digest.hexdigest()[:32]


def read_units(path: Path) -> Row | None:
    """The units in a file of the cache; None where there is none, or where it is damaged."""
    try:
        found = np.load(path, allow_pickle=False)
    except (OSError, ValueError, EOFError):
        return None
    return found if are_units(found) else None


def write_units(path: Path, units: Row) -> None:
    """Keeps units in the cache, as far as it can be written: they are found anew where it cannot."""
    with suppress(OSError):
        path.parent.mkdir(parents=True, exist_ok=True)
        partial = path.with_name(f".{path.name}.{os.getpid()}.part")
        with partial.open("wb") as file:
            np.save(file, units, allow_pickle=False)
        partial.replace(path)
