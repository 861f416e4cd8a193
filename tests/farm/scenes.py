"""Small films in shots, and their plans, for the tests of the farm."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from PIL import Image

from made_films import Film

SHOTS = (12, 12, 40, 3, 9)
"""Frames of each shot: short ones, one to be cut in pieces, one that no segment begins with."""


def shot(seed: int, frames: int, width: int = 48, height: int = 32) -> list[np.ndarray]:
    """A camera that moves over a picture of soft blotches."""
    blotches = np.random.default_rng(seed).integers(0, 255, (9, 12, 3), dtype=np.uint8)
    wide = np.asarray(Image.fromarray(blotches).resize((2 * width, 2 * height), Image.Resampling.BICUBIC))
    return [np.ascontiguousarray(wide[index // 3:index // 3 + height, index // 2:index // 2 + width])
            for index in range(frames)]


def pictures(shots: Sequence[int] = SHOTS) -> list[np.ndarray]:
    """The frames of those shots, one after the other."""
    return [picture for seed, frames in enumerate(shots) for picture in shot(seed, frames)]


def write_film(path: Path, shots: Sequence[int] = SHOTS) -> Path:
    """A film with sound of those shots."""
    found = pictures(shots)
    return Film(48, 32, tuple(range(0, 512 * len(found), 512)), pictures=found, sounds=1).write(path)


def write_sequence(folder: Path, shots: Sequence[int] = SHOTS) -> Path:
    """Numbered pictures of those shots; gives back their pattern."""
    folder.mkdir()
    for number, picture in enumerate(pictures(shots), 1001):
        Image.fromarray(picture).save(folder / f"shot.{number}.png", compress_level=1)
    return folder / "shot.%04d.png"
