"""Light and the values that stand for it: sRGB's curve (IEC 61966-2-1), and CIE L*a*b* as ICC profiles mean it."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]

# CIE XYZ by the white of ICC profiles (D50) to linear sRGB: the inverse of sRGB's primaries adapted by Bradford's
# method, as in the profile of IEC 61966-2-1.
_FROM_D50 = np.array([[3.1338561, -1.6168667, -0.4906146], [-0.9787684, 1.9161415, 0.0334540],
                      [0.0719453, -0.2289914, 1.4052427]], np.float32)
_WHITE_D50 = np.array([0.9642, 1.0, 0.8249], np.float32)
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
