"""By what the units of styles are moved to refine them, kept: a kilobyte a style in the user's cache.

A move is found again by what it was made from. Networks of torch find it (``refining``), which are loaded only where it
is not known yet.
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
from allaprima.engines.looks import are_units
from allaprima.folders import cache_folder
from allaprima.frames import Pixels
from allaprima.runtimes.calls import Row

VERSION = 1  # of the way in which moves are found: what an older one found is not what this one finds
SWITCH = "ALLAPRIMA_REFINE"  # "off": styles are painted by what their codes mix

Find = Callable[[list[UnitPicture], Row], Row]


def are_wanted() -> bool:
    """Whether styles are refined at all: unless the environment says otherwise."""
    return os.environ.get(SWITCH, "").lower() != "off"


class Moves:
    """The moves of one network's styles, each found once.

    kernels: sha256 of the file of kernels that units mix. find: finds the move of a picture in parts, from the units of
    its code; called where neither ``known``, by what moves are made from, nor the cache holds it. on_find: told a
    style's name before its move is looked for, which takes seconds.
    """

    def __init__(self, kernels: str, find: Find) -> None:
        self._kernels, self._find = kernels, find
        self.known: dict[str, Row] = {}
        self.on_find: Callable[[str], None] = lambda name: None

    def of(self, picture: Pixels, name: str, shorter_side: float, units: Row) -> Row:
        """The move (256,) of a picture (H, W, 3) looked at at that size; ``units`` are those of its code."""
        key = self._key(picture, shorter_side)
        if key not in self.known:
            path = cache_folder("refined") / f"{key}.npy"
            move = read_move(path)
            if move is None:
                self.on_find(name)
                move = self._find(at_work(picture, name, shorter_side), units)
                write_move(path, move)
            self.known[key] = move
        return self.known[key]

    def _key(self, picture: Pixels, shorter_side: float) -> str:
        said = (VERSION, self._kernels, weights.named(weights.SLIM_VGG).sha256, picture.shape, picture.dtype.str,
                round(shorter_side, 3))
        digest = hashlib.sha256(repr(said).encode())
        digest.update(np.ascontiguousarray(picture).tobytes())
        return digest.hexdigest()[:32]


def read_move(path: Path) -> Row | None:
    """The move in a file of the cache; None where there is none, or where it is damaged."""
    try:
        found = np.load(path, allow_pickle=False)
    except (OSError, ValueError, EOFError):
        return None
    return found if are_units(found) else None


def write_move(path: Path, move: Row) -> None:
    """Keeps a move in the cache, as far as it can be written: it is found anew where it cannot."""
    with suppress(OSError):
        path.parent.mkdir(parents=True, exist_ok=True)
        partial = path.with_name(f".{path.name}.{os.getpid()}.part")
        with partial.open("wb") as file:
            np.save(file, move, allow_pickle=False)
        partial.replace(path)
