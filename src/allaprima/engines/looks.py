"""Styles and looks as values: what a picture is to be painted in.

A style is the AdaIN code of one or more pictures. Codes combine linearly, so that a blend is a style like any other.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from allaprima.config import PreserveColor
from allaprima.errors import OptionError

CODE_LENGTH = 1920
LAYER_CHANNELS = (64, 128, 256, 512)


@dataclass(frozen=True, slots=True, eq=False)
class Style:
    """The style of a picture, or of a blend of pictures.

    code: (1920,) float32: VGG-19's channel means, then biased deviations, at relu1_1, 2_1, 3_1 and 4_1.
    pixels: how many positions the statistics of each of those layers were taken over.
    encoder: which network measured them, by the first digits of its sha256.
    pictures: the pictures (H, W, 3), float32 RGB in [0, 1], and their shares, where a model looks at them again.
    """

    name: str
    code: NDArray[np.float32]
    pixels: tuple[int, int, int, int]
    encoder: str
    pictures: tuple[tuple[NDArray[np.float32], float], ...] = ()

    def layer(self, index: int) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """Means and biased deviations at relu1_1 (index 0) to relu4_1 (index 3)."""
        start = 2 * sum(LAYER_CHANNELS[:index])
        middle = start + LAYER_CHANNELS[index]
        return self.code[start:middle], self.code[middle:middle + LAYER_CHANNELS[index]]


@dataclass(frozen=True, slots=True, eq=False)
class Look:
    """A style and its strength: 0 leaves the content as it is, 1 is the whole style.

    color: how the content's colours are preserved. Of "luminance" the pipeline takes care after painting; a style for
    "histogram" or "coral" was encoded from a picture in the content's colours, and nothing is left to do.
    regions: parts of the picture that have looks of their own; style and strength are then for the rest of it.
    keeps_rest: what no region covers stays as the content is.
    """

    style: Style
    strength: float = 1.0
    color: PreserveColor = "none"
    regions: tuple[Region, ...] = ()
    keeps_rest: bool = False

    def __post_init__(self) -> None:
        if not 0 <= self.strength <= 1:
            raise OptionError(f"strength {self.strength:g} is out of range", "choose a strength from 0 to 1")


@dataclass(frozen=True, slots=True, eq=False)
class Region:
    """A look, and where it is put on: mask (H, W) float32, 1 wholly to 0 not at all."""

    look: Look
    mask: NDArray[np.float32]


def blended(parts: Sequence[tuple[Style, float]]) -> Style:
    """The weighted mean of styles; the weights are normalised, and must not sum to zero or be negative."""
    weights = np.array([weight for _, weight in parts], dtype=np.float64)
    if len(parts) == 0 or (weights < 0).any() or not np.isfinite(weights).all() or weights.sum() <= 0:
        raise OptionError(f"styles cannot be blended by the weights {weights.tolist()}",
                          "give weights that are not negative, at least one of them above 0")
    shares = weights / weights.sum()
    if len(parts) == 1:
        return parts[0][0]
    code = np.sum([share * style.code for (style, _), share in zip(parts, shares, strict=True)], axis=0)
    pixels = np.rint(np.sum([share * np.array(style.pixels) for (style, _), share in zip(parts, shares, strict=True)],
                            axis=0)).astype(int)
    name = "+".join(f"{style.name}:{share:.3g}" for (style, _), share in zip(parts, shares, strict=True))
    encoders = sorted({style.encoder for style, _ in parts})
    return Style(name, code.astype(np.float32), (int(pixels[0]), int(pixels[1]), int(pixels[2]), int(pixels[3])),
                 "+".join(encoders),
                 tuple((picture, float(share) * part) for (style, _), share in zip(parts, shares, strict=True)
                       for picture, part in style.pictures))
