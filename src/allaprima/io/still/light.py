"""Light and the values that stand for it: sRGB (IEC 61966-2-1), other gammas and primaries, and CIE L*a*b*."""

from __future__ import annotations

from typing import cast

import numpy as np
from numpy.typing import NDArray

from allaprima.frames import Pixels

Floats = NDArray[np.float32]
Chromaticities = tuple[float, ...]
"""x and y of white, red, green and blue."""

SRGB_PRIMARIES: Chromaticities = (0.3127, 0.329, 0.64, 0.33, 0.3, 0.6, 0.15, 0.06)
ADOBE_PRIMARIES: Chromaticities = (0.3127, 0.329, 0.64, 0.33, 0.21, 0.71, 0.15, 0.06)
PRIMARIES_OF_CODE: dict[int, Chromaticities] = {  # ISO/IEC 23091-2, table 2: those wider than sRGB's
    9: (0.3127, 0.329, 0.708, 0.292, 0.17, 0.797, 0.131, 0.046),
    11: (0.314, 0.351, 0.68, 0.32, 0.265, 0.69, 0.15, 0.06),
    12: (0.3127, 0.329, 0.68, 0.32, 0.265, 0.69, 0.15, 0.06)}
GAMMA_OF_CODE = {5: 1 / 2.8, 8: 1.0}  # ISO/IEC 23091-2, table 3: those that differ from sRGB's curve to the eye

# CIE XYZ by the white of ICC profiles (D50) to linear sRGB: the inverse of sRGB's primaries adapted by Bradford's
# method, as in the profile of IEC 61966-2-1.
_FROM_D50 = np.array([[3.1338561, -1.6168667, -0.4906146], [-0.9787684, 1.9161415, 0.0334540],
                      [0.0719453, -0.2289914, 1.4052427]], np.float32)
_WHITE_D50 = np.array([0.9642, 1.0, 0.8249], np.float32)
_BRADFORD = np.array([[0.8951, 0.2664, -0.1614], [-0.7502, 1.7135, 0.0367], [0.0389, -0.0685, 1.0296]])
_LIKE_SRGB = 0.05  # a gamma within five per cent of 1/2.2 stands for sRGB's own curve, as libpng takes it
_SAME_PLACE = 0.002  # chromaticities are written with few digits
_ROWS = 256  # at once, so that what lies between takes little memory


def srgb_of(light: NDArray[np.floating]) -> NDArray[np.floating]:
    """Return sRGB values, 0 to 1, of linear light, which is limited to 0 to 1."""
    light = np.clip(light, 0, 1)
    return np.where(light <= 0.0031308, 12.92 * light, 1.055 * light ** (1 / 2.4) - 0.055).astype(light.dtype)


def srgb_of_lab(lab: Floats) -> NDArray[np.uint16]:
    """Return sRGB, (H, W, 3) over the whole range, of L* (0 to 100), a* and b*, relative to D50; CIE 15, 8.2.1."""
    found = np.empty(lab.shape, np.uint16)
    for top in range(0, len(lab), _ROWS):
        rows = lab[top:top + _ROWS]
        middle = (rows[..., 0] + 16) / 116
        roots = np.stack([middle + rows[..., 1] / 500, middle, middle - rows[..., 2] / 200], axis=-1)
        stimuli = np.where(roots > 6 / 29, roots ** 3, (roots - 4 / 29) * (3 * (6 / 29) ** 2)) * _WHITE_D50
        found[top:top + _ROWS] = np.rint(srgb_of(stimuli @ _FROM_D50.T) * 65535)
    return found


def differs_from_srgb(gamma: float | None, primaries: Chromaticities | None) -> tuple[bool, bool]:
    """Return whether a gamma (values are light to that power) and primaries show another picture than sRGB's."""
    other_curve = gamma is not None and abs(gamma * 2.2 - 1) > _LIKE_SRGB
    other_places = primaries is not None and any(
        abs(here - there) > _SAME_PLACE for here, there in zip(primaries, SRGB_PRIMARIES, strict=True))
    return other_curve, other_places


def to_srgb(pixels: Pixels, gamma: float | None, primaries: Chromaticities | None) -> Pixels:
    """Return (H, W, 3) integers in sRGB, of values that are light to the power of ``gamma``, None for sRGB's curve.

    primaries: None for sRGB's own; white is adapted by Bradford's method. Raises ValueError for impossible ones.
    """
    largest = int(np.iinfo(np.uint16 if pixels.dtype == np.uint16 else np.uint8).max)
    values = np.arange(largest + 1) / largest
    other_curve, other_places = differs_from_srgb(gamma, primaries)
    light = values ** (1 / gamma) if other_curve and gamma else np.where(
        values <= 0.04045, values / 12.92, ((values + 0.055) / 1.055) ** 2.4)
    if not other_places or primaries is None:
        return cast(Pixels, np.rint(srgb_of(light) * largest).astype(pixels.dtype)[pixels])
    matrix = (np.linalg.inv(_stimuli(SRGB_PRIMARIES)) @ _adapted(primaries) @ _stimuli(primaries)).astype(np.float32)
    table, found = light.astype(np.float32), np.empty_like(pixels)
    for top in range(0, len(pixels), _ROWS):
        found[top:top + _ROWS] = np.rint(srgb_of(table[pixels[top:top + _ROWS]] @ matrix.T) * largest)
    return found


def _stimuli(primaries: Chromaticities) -> NDArray[np.float64]:
    """The matrix from linear RGB to CIE XYZ (SMPTE RP 177, 3.3); raises ValueError where there is none."""
    places = np.array(primaries).reshape(4, 2)
    if (places[:, 1] <= 0).any():
        raise ValueError("chromaticities without light")
    columns = np.stack([places[:, 0] / places[:, 1], np.ones(4), (1 - places.sum(axis=1)) / places[:, 1]])
    try:
        return cast(NDArray[np.float64], columns[:, 1:] * np.linalg.solve(columns[:, 1:], columns[:, 0]))
    except np.linalg.LinAlgError as error:
        raise ValueError("chromaticities in one line") from error


def _adapted(primaries: Chromaticities) -> NDArray[np.float64]:
    """The matrix that takes XYZ from the white of primaries to sRGB's."""
    whites = [_BRADFORD @ np.array([x / y, 1, (1 - x - y) / y]) for x, y in (primaries[:2], SRGB_PRIMARIES[:2])]
    return cast(NDArray[np.float64], np.linalg.inv(_BRADFORD) @ np.diag(whites[1] / whites[0]) @ _BRADFORD)
