"""Styles and looks as values: what a picture is to be painted in.

A style is the AdaIN code of one or more pictures. Codes combine linearly, so that a blend is a style like any other;
a fitted style has differences of kernels beside its code, for the networks that were fitted to it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple, cast

import numpy as np
from numpy.typing import NDArray

from allaprima.config import LARGEST_STRENGTH, PreserveColor, check_photoreal
from allaprima.engines.fitted import Fitted, Mixture, fits_of
from allaprima.errors import OptionError
from allaprima.frames import Pixels

CODE_LENGTH = 1920
LAYER_CHANNELS = (64, 128, 256, 512)
UNITS = 256  # of a style, that mix its kernels


class Sight(NamedTuple):
    """A style's picture (H, W, 3) as it is looked at twice: so much larger; what is found there holds nearby too.

    Of a picture at several sizes, or in other colours, one sight is enough: what its units are moved by is theirs.
    """

    picture: Pixels
    scale: float


@dataclass(frozen=True, slots=True, eq=False)
class Units:
    """What a style mixes kernels by where it was looked at twice, in place of what its code is mapped to.

    kernels: sha256 of the file of kernels. values: (256,) float32, see ``are_units``.
    """

    kernels: str
    values: NDArray[np.float32]


def are_units(values: NDArray[np.generic]) -> bool:
    """Whether an array can be a style's units: as many finite numbers of the right type."""
    return (values.shape == (UNITS,) and values.dtype == np.float32
            and bool(np.isfinite(cast(NDArray[np.float32], values)).all()))


@dataclass(frozen=True, slots=True, eq=False)
class Style:
    """The style of a picture, or of a blend of pictures.

    code: (1920,) float32: VGG-19's channel means, then biased deviations, at relu1_1, 2_1, 3_1 and 4_1.
    pixels: how many positions the statistics of each of those layers were taken over.
    encoder: which network measured them, by the first digits of its sha256.
    pictures: the pictures (H, W, 3), float32 RGB in [0, 1], and their shares, where a model looks at them again.
    fitted: the networks that were fitted to it, one for each base. parts: of a blend any part of which is fitted, the
    parts and their shares, which sum to 1. settled: whether the kernels of the parts are added up in one network, for a
    blend that stays; the pictures of each part's own network are mixed else, since no network is compiled anew while a
    blend moves. units: what it was refined to, for the kernels of each network.
    """

    name: str
    code: NDArray[np.float32]
    pixels: tuple[int, int, int, int]
    encoder: str
    pictures: tuple[tuple[NDArray[np.float32], float], ...] = ()
    fitted: tuple[Fitted, ...] = ()
    parts: tuple[tuple[Style, float], ...] = ()
    settled: bool = False
    units: tuple[Units, ...] = ()

    def mixture(self, sha256: str) -> Mixture:
        """What is added to the base network with that hash to paint in this style alone; nothing without a fit."""
        if self.settled:
            return tuple((fitted, share * own) for part, share in self.parts for fitted, own in part.mixture(sha256))
        found = fits_of(self.fitted, sha256)
        return () if found is None else ((found, 1.0),)

    def networks(self, sha256: str) -> tuple[tuple[Style, float], ...]:
        """The styles to paint in, each by a network of its own, and the shares of their pictures; alone where one does.

        sha256: of the base network. Parts that it was not fitted to are one style together.
        """
        if self.settled or not any(part.mixture(sha256) for part, _ in self.parts):
            return ((self, 1.0),)
        rest = [(part, share) for part, share in self.parts if not part.mixture(sha256)]
        own = [(part, share) for part, share in self.parts if part.mixture(sha256)]
        return ((blended(rest), sum(share for _, share in rest)), *own) if rest else tuple(own)

    def layer(self, index: int) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """Means and biased deviations at relu1_1 (index 0) to relu4_1 (index 3)."""
        start = 2 * sum(LAYER_CHANNELS[:index])
        middle = start + LAYER_CHANNELS[index]
        return self.code[start:middle], self.code[middle:middle + LAYER_CHANNELS[index]]


@dataclass(frozen=True, slots=True, eq=False)
class Look:
    """A style and its strength: 0 leaves the content as it is, 1 is the whole style, up to 1.5 goes on from there.

    color: how the content's colours are preserved. Of "luminance" the pipeline takes care after painting; a style for
    "histogram" or "coral" was encoded from a picture in the content's colours, and nothing is left to do.
    regions: parts of the picture that have looks of their own; style and strength are then for the rest of it.
    keeps_rest: what no region covers stays as the content is. photoreal: how far what is painted, regions included, is
    to be a change of the content's light and colour alone, 0 not at all to 1 wholly; the pipeline takes care of it.
    labels: (H, W), the number of what is where, for a network that paints by it.
    """

    style: Style
    strength: float = 1.0
    color: PreserveColor = "none"
    regions: tuple[Region, ...] = ()
    keeps_rest: bool = False
    photoreal: float = 0.0
    labels: NDArray[np.uint16] | None = None

    def __post_init__(self) -> None:
        if not 0 <= self.strength <= LARGEST_STRENGTH:
            raise OptionError(f"strength {self.strength:g} is out of range",
                              f"choose a strength from 0 to {LARGEST_STRENGTH:g}")
        check_photoreal(self.photoreal)


@dataclass(frozen=True, slots=True, eq=False)
class Region:
    """A look, and where it is put on: mask (H, W) float32, 1 wholly to 0 not at all.

    own: whether what lies there is painted and normalised as if it were all of the picture, so that it comes as near to
    its style as a picture would, and nothing near its border comes from beyond; or as a part of the whole picture.
    found: whether the mask was found in the content and moves with it: of a film, the look does not change then.
    """

    look: Look
    mask: NDArray[np.float32]
    own: bool = False
    found: bool = False


def labelled(look: Look, labels: NDArray[np.uint16]) -> Look:
    """The look, and those of its regions, with that label map."""
    regions = tuple(replace(region, look=labelled(region.look, labels)) for region in look.regions)
    return replace(look, regions=regions, labels=labels)


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
                       for picture, part in style.pictures),
                 parts=flat([(style, float(share)) for (style, _), share in zip(parts, shares, strict=True)]))


def all_fits(style: Style) -> tuple[Fitted, ...]:
    """What was fitted to a style, or to any of its parts."""
    return style.fitted + tuple(fitted for part, _ in style.parts for fitted in all_fits(part))


def kept_fits(style: Style) -> tuple[Fitted, ...]:
    """The same but for what a style's code gives: what has to be kept in its file."""
    return tuple(fitted for fitted in all_fits(style) if not fitted.mixed)


def flat(parts: Sequence[tuple[Style, float]]) -> tuple[tuple[Style, float], ...]:
    """The parts of blends in place of the blends, each style once; none where no part is fitted."""
    shares: dict[int, float] = {}
    styles: dict[int, Style] = {}
    for style, share in parts:
        for part, own in style.parts if style.parts and not style.settled else ((style, 1.0),):
            styles[id(part)] = part
            shares[id(part)] = shares.get(id(part), 0.0) + share * own
    if not any(style.fitted or style.settled for style in styles.values()):
        return ()
    return tuple((styles[key], share) for key, share in shares.items() if share > 0)


def settled(parts: Sequence[tuple[Style, float]], name: str | None = None) -> Style:
    """The weighted mean of styles as one that stays: where parts are fitted, their kernels are added up.

    name: of the blend, where it has one of its own.
    """
    blend = blended(parts)
    if name is not None:
        blend = replace(blend, name=name)
    return replace(blend, settled=True) if len(blend.parts) > 1 else blend
