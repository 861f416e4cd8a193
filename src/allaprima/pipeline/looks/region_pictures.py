"""Regions shown: as maps to be corrected, and over the pictures that they are of."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import cast

import numpy as np
from numpy.typing import NDArray

from allaprima.engines import Style
from allaprima.errors import OptionError
from allaprima.frames import Pixels
from allaprima.io.outputs import check_output
from allaprima.io.still.cutouts import read_shown
from allaprima.io.still.picture import Picture, as_uint8
from allaprima.io.still.writing import write_image
from allaprima.pipeline.looks.region_maps import as_colors, read_maps
from allaprima.pipeline.looks.regions import Parts, RegionsAsked
from allaprima.subjects import shrunk


def shown_regions(asked: RegionsAsked, content: Pixels, style: Path) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    """The maps of a content and a style's picture: what is of one kind has one colour, (H, W, 3) each."""
    from allaprima.subjects.regions import clusters_of, seer, shares_of

    if asked.maps is not None:
        own, other = read_maps(*asked.maps)
        return as_colors(own), as_colors(other)
    seen = seer()(content)
    shares = shares_of(seen, clusters_of(seen, asked.count))
    order, parts = Parts(asked, style, lambda part, whole, name: cast(Style, None)).matched(seen, shares)
    return as_colors(shares), as_colors(parts[order])


def overlaid(picture: Pixels, colors: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """A picture (H, W, 3) under the colours of its map."""
    import cv2

    small = shrunk(as_uint8(picture))
    over = cv2.resize(colors, small.shape[1::-1], interpolation=cv2.INTER_NEAREST)
    return np.asarray(cv2.addWeighted(small, 0.45, over, 0.55, 0), np.uint8)


def region_pictures(asked: RegionsAsked, content: Pixels, style: Path) -> tuple[NDArray[np.uint8], ...]:
    """A content and a style's picture with their regions shown."""
    own, other = shown_regions(asked, content, style)
    return overlaid(content, own), overlaid(read_shown(style), other)


def style_map_beside(path: Path) -> Path:
    """Where the style's map is written, beside the content's."""
    return path.with_name(f"{path.stem}-style{path.suffix}")


def save_regions(path: Path, asked: RegionsAsked, content: Pixels, style: Path, *, inputs: Sequence[Path] = (),
                 overwrite: bool = False) -> None:
    """Writes the content's map, and the style's beside it, to be corrected and given to ``--regions``.

    inputs: files that must not be written over, beside the style and the maps that were asked for.
    """
    if path.suffix.lower() != ".png":
        raise OptionError(f"cannot write regions to {path}", "end the name in .png, which keeps every colour as it is")
    read = [style, *inputs, *(asked.maps or ())]
    for target in (path, style_map_beside(path)):
        check_output(target, read, overwrite=overwrite)
    own, other = shown_regions(asked, content, style)
    write_image(path, Picture(own), inputs=read, overwrite=overwrite)
    write_image(style_map_beside(path), Picture(other), inputs=read, overwrite=overwrite)
