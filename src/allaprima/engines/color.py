"""Keeping the content's colours, fast in numpy and OpenCV; its reference, in torch, stands beside the tests.

Luminance: the content's chroma under the painted picture's luma. Histogram and CORAL: the style picture's colours are
given the mean and covariance of the content's before the style is encoded.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import cast

import numpy as np
from numpy.typing import NDArray

from allaprima.config import MatchedColor
from allaprima.engines.looks import Look
from allaprima.frames import FULL_SCALE, Pixels
from allaprima.runtimes.calls import Batch

LUMA = (0.2126, 0.7152, 0.0722)  # of red, green and blue: ITU-R BT.709
SMALLEST_VARIANCE = 1e-6         # flat colours have no covariance to divide by
COUNTED = 200_000                # pixels of a picture that are enough to know its colours by

Matrix = NDArray[np.float64]
Plane = NDArray[np.float32]


@dataclass(frozen=True, slots=True, eq=False)
class Palette:
    """Mean (3,) and covariance (3, 3) of colours, RGB in [0, 1]; pixels: how many were counted."""

    mean: Matrix
    covariance: Matrix
    pixels: int


def palette_of(picture: Pixels, alpha: Pixels | None = None) -> Palette:
    """The colours of a picture (H, W, 3); of large ones an even sample of pixels, never means of several.

    What alpha (H, W) hides wholly is not counted, unless that is everything.
    """
    stride = max(1, int((picture.shape[0] * picture.shape[1] / COUNTED) ** 0.5))
    sample = picture[::stride, ::stride].reshape(-1, 3)
    shown = np.ones(len(sample), np.bool_) if alpha is None else alpha[::stride, ::stride].reshape(-1) > 0
    colors = (sample[shown] if shown.any() else sample).astype(np.float64) / FULL_SCALE[picture.dtype.name]
    mean = colors.mean(axis=0)
    apart = colors - mean
    return Palette(mean, apart.T @ apart / len(colors), len(colors))


def pooled(palettes: Iterable[Palette]) -> Palette:
    """The colours of several pictures together."""
    parts = list(palettes)
    counts = np.array([part.pixels for part in parts], np.float64)
    shares = counts / counts.sum()
    mean = np.einsum("n,nc->c", shares, np.stack([part.mean for part in parts]))
    within = np.einsum("n,nij->ij", shares, np.stack([part.covariance for part in parts]))
    apart = np.stack([part.mean - mean for part in parts])
    return Palette(mean, within + np.einsum("n,ni,nj->ij", shares, apart, apart), int(counts.sum()))


def recolored(style: Pixels, wanted: Palette, method: MatchedColor) -> NDArray[np.float32]:
    """The style picture (H, W, 3) with the mean and covariance wanted, float32 in [0, 1] (cut off there)."""
    own = palette_of(style)
    transform = (matching if method == "histogram" else coral)(own, wanted)
    colors = style.astype(np.float32) / np.float32(FULL_SCALE[style.dtype.name])
    moved = colors @ transform.T.astype(np.float32) + (wanted.mean - transform @ own.mean).astype(np.float32)
    return cast(NDArray[np.float32], np.clip(moved, 0, 1))


def matching(own: Palette, wanted: Palette) -> Matrix:
    """The matrix (3, 3) of the linear map from colours to colours of the covariance wanted."""
    return root(wanted.covariance) @ root(own.covariance, -0.5)


def coral(own: Palette, wanted: Palette) -> Matrix:
    """The same by CORAL: channels brought to deviation 1, correlated, and scaled."""
    own_deviation, deviation = (np.sqrt(np.maximum(palette.covariance.diagonal(), SMALLEST_VARIANCE))
                                for palette in (own, wanted))
    identity = np.eye(3) / own.pixels
    own_correlation = own.covariance / np.outer(own_deviation, own_deviation) + identity
    correlation = wanted.covariance / np.outer(deviation, deviation) + identity
    return (deviation[:, None] * (root(correlation) @ root(own_correlation, -0.5)) / own_deviation)


def root(covariance: Matrix, power: float = 0.5) -> Matrix:
    """The symmetric square root of a covariance (3, 3), or another power of it."""
    values, vectors = np.linalg.eigh(covariance)
    return cast(Matrix, vectors @ np.diag(np.maximum(values, SMALLEST_VARIANCE) ** power) @ vectors.T)


def in_own_colors(contents: Batch, painted: Batch, looks: Sequence[Look]) -> Batch:
    """The painted pictures (N, H, W, 3); those whose look preserves colours by luminance under the contents' chroma."""
    if all(look.color != "luminance" for look in looks):
        return painted
    return cast(Batch, np.stack([with_luma(content, picture) if look.color == "luminance" else picture
                                 for content, picture, look in zip(contents, painted, looks, strict=True)]))


def with_luma(content: Pixels, painted: Pixels) -> Pixels:
    """The content's chroma with the painted picture's luma, (H, W, 3) each, of one type.

    Where a colour of that luma would leave the gamut, its chroma shrinks just enough: hue and luma stay.
    """
    import cv2

    full = FULL_SCALE[content.dtype.name]
    weights = np.array([LUMA], np.float32)
    wide = content.astype(np.float32)
    wanted = np.clip(cv2.transform(painted.astype(np.float32), weights), 0, full)
    own = cv2.transform(wide, weights)
    chroma = [cv2.subtract(plane, own) for plane in cv2.split(wide)]
    above = cv2.max(cv2.max(chroma[0], chroma[1]), chroma[2])
    below = cv2.min(cv2.min(chroma[0], chroma[1]), chroma[2])
    room = cv2.min(cv2.divide(full - wanted, np.maximum(above, 1e-9)), cv2.divide(wanted, np.maximum(-below, 1e-9)))
    share = np.minimum(room, 1)
    moved = cv2.merge([cv2.add(wanted, cv2.multiply(share, plane)) for plane in chroma])
    return as_given(cast(Plane, moved), content.dtype, full)


def as_given(pixels: Plane, dtype: np.dtype[np.generic], full: float) -> Pixels:
    """Floats in 0 .. ``full`` as pixels of a type, rounded where it is an integer's."""
    limited = np.clip(pixels, 0, full)
    if dtype == np.float32:
        return limited
    return cast(Pixels, np.rint(limited).astype(dtype))
