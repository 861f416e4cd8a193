"""Maps of regions as people paint them: one colour for each kind, the same in the content's map and in the style's."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from allaprima.errors import OptionError
from allaprima.io.still.picture import as_uint8
from allaprima.io.still.reading import read_image
from allaprima.plurals import counted

COLORS: NDArray[np.uint8] = np.array([[220, 60, 50], [50, 130, 220], [70, 180, 80], [240, 200, 60], [160, 80, 200],
                                      [60, 200, 200], [240, 130, 40], [130, 130, 130]], np.uint8)
"""Of the maps that are written, by region."""
LEAST_COVER = 1 / 500  # of a map: rarer colours are the soft edges of others
ALIKE = 40.0           # the distance of two colours, in levels, that are meant to be one

Map = NDArray[np.float32]
"""Masks (R, H, W), 0 or 1, one for each colour of a map."""


def read_maps(content: Path, style: Path) -> tuple[Map, Map]:
    """The masks of a content's map and those of a style's, by colour; raises OptionError where colours do not match."""
    own, other = (as_uint8(read_image(path).image) for path in (content, style))
    colors, parts = colors_in(content, own), colors_in(style, other)
    if len(colors) != len(parts):
        raise OptionError(f"the map {content} has {counted(len(colors), 'colour')}, the map {style} {len(parts)}",
                          "paint what is alike in one colour, in both maps")
    apart = np.linalg.norm(colors[:, None].astype(float) - parts[None], axis=2)
    order = apart.argmin(axis=1)
    if apart.min(axis=1).max() > ALIKE or len(set(order.tolist())) < len(order):
        strange = "#{:02x}{:02x}{:02x}".format(*colors[apart.min(axis=1).argmax()])
        raise OptionError(f"the colour {strange} of the map {content} is not in the map {style}",
                          "paint what is alike in one colour, in both maps")
    return masks_of(own, colors), masks_of(other, parts[order])


def colors_in(path: Path, picture: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """The colours (R, 3) that a map is painted in, the most used first; raises OptionError where it is a photograph."""
    colors, counts = np.unique(picture.reshape(-1, 3), axis=0, return_counts=True)
    found: list[NDArray[np.uint8]] = []
    for index in np.argsort(-counts, kind="stable"):
        if counts[index] < LEAST_COVER * picture.shape[0] * picture.shape[1] or len(found) > len(COLORS):
            break
        if all(np.linalg.norm(colors[index].astype(float) - one) > ALIKE for one in found):
            found.append(colors[index])
    if not 1 < len(found) <= len(COLORS):
        raise OptionError(f"the map {path} has {counted(len(found), 'colour')} that cover anything",
                          f"paint it in 2 to {len(COLORS)} plain colours, and save it as PNG")
    return np.stack(found)


def masks_of(picture: NDArray[np.uint8], colors: NDArray[np.uint8]) -> Map:
    """Where each colour is the nearest, (R, H, W)."""
    apart = [np.square(picture.astype(np.float32) - color).sum(axis=2) for color in colors.astype(np.float32)]
    nearest = np.argmin(apart, axis=0)
    return np.stack([nearest == index for index in range(len(colors))]).astype(np.float32)


def as_colors(shares: NDArray[np.float32]) -> NDArray[np.uint8]:
    """The map (H, W, 3) of regions (R, H, W)."""
    return np.asarray(COLORS[shares.argmax(axis=0)], np.uint8)
