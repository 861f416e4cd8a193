"""Pictures to measure with: centre squares of files, all of one size, none enlarged unless asked for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import cast

import numpy as np
from numpy.typing import NDArray

from allaprima.errors import OptionError, SourceError
from allaprima.frames import FULL_SCALE
from allaprima.io.still.reading import find_images, read_image
from allaprima.pipeline.resizing import resized

Square = NDArray[np.float32]


@dataclass(frozen=True, slots=True, eq=False)
class Sample:
    """A picture to measure with: its name, and its centre square (S, S, 3), float32 RGB in [0, 1].

    What is read from a file is rounded to 8-bit levels, as which models paint it.
    """

    name: str
    image: Square


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A file that is not measured with, and why."""

    name: str
    reason: str


def centre_square(image: NDArray[np.float32], size: int) -> Square:
    """The centre square of a picture (H, W, 3) at ``size`` pixels, by area averaging, or enlarged by Lanczos."""
    height, width = image.shape[:2]
    side = min(height, width)
    top, left = (height - side) // 2, (width - side) // 2
    return cast(Square, resized(image[top:top + side, left:left + side], size, size))


def as_levels(picture: Square) -> NDArray[np.uint8]:
    """A picture in [0, 1] as 8-bit levels."""
    return np.rint(np.clip(picture, 0, 1) * 255).astype(np.uint8)


def rounded(image: NDArray[np.float32]) -> Square:
    """Values of [0, 1] at the nearest of 256 levels."""
    return as_levels(image).astype(np.float32) / np.float32(255)


def load_squares(paths: Sequence[Path], size: int, *,
                 enlarge: bool = False) -> tuple[list[Sample], list[LeftOut]]:
    """The pictures' centre squares at ``size`` pixels, and the files left out: unreadable, or smaller than that.

    enlarge: whether smaller ones are enlarged instead. Raises OptionError where nothing remains.
    """
    pictures: list[Sample] = []
    left_out: list[LeftOut] = []
    for path in paths:
        try:
            image = read_image(path).image
        except SourceError as error:
            left_out.append(LeftOut(path.name, str(error)))
            continue
        if min(image.shape[:2]) < size and not enlarge:
            left_out.append(LeftOut(path.name, f"{image.shape[1]}x{image.shape[0]} is smaller than {size} pixels"))
            continue
        unit = image.astype(np.float32) / np.float32(FULL_SCALE[image.dtype.name])
        pictures.append(Sample(path.stem, rounded(centre_square(unit, size))))
    if not pictures:
        reason = left_out[0].reason if left_out else "there are none"
        raise OptionError(f"none of {len(paths)} pictures can be measured with at {size} pixels: {reason}",
                          "choose a smaller --size, or larger pictures")
    return pictures, left_out


def pictures_in(places: Sequence[Path], limit: int | None = None) -> list[Path]:
    """The picture files that are named or lie in the folders named, the first ``limit`` by name."""
    found = [path for place in places for path in (find_images(place) if place.is_dir() else (place,))]
    return found[:limit]


def load_whole(path: Path, size: int | None = None) -> Sample:
    """A whole picture, its shorter side made ``size`` pixels where it has more; never enlarged."""
    image = read_image(path).image
    unit = image.astype(np.float32) / np.float32(FULL_SCALE[image.dtype.name])
    height, width = unit.shape[:2]
    if size is not None and min(height, width) > size:
        scale = size / min(height, width)
        unit = cast(Square, resized(unit, round(width * scale), round(height * scale)))
    return Sample(path.stem, rounded(unit))
