"""PQ and HLG to BT.709: light as BT.2100 means it, brought down to what an ordinary screen shows."""

from __future__ import annotations

import struct
import sys
from typing import cast

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]

SDR_WHITE_NITS = 203.0
"""Diffuse white of HDR (BT.2408, table 1); the film's white, and so what an SDR screen shows as its own."""
DEFAULT_PEAK_NITS = 1000.0
_DISPLAY_GAMMA = 2.4  # BT.1886, which SDR masters are made on
_LUMINANCE_2020 = np.array([[0.2627, 0.6780, 0.0593]], np.float32)
# BT.2087, equation of section 2.1: linear BT.2020 to linear BT.709.
_TO_709 = np.array([[1.6605, -0.5876, -0.0728], [-0.1246, 1.1329, -0.0083], [-0.0182, -0.1006, 1.1187]], np.float32)
_CODES = np.arange(65536) / 65535.0
_PIXELS_AT_ONCE = 1 << 16  # what lies between stays in the cache, at half the time of a whole picture


class ToneMap:
    """Tone-maps pictures of one film: ``transfer`` 16 is PQ, 18 is HLG, ``peak_nits`` the brightest it uses.

    Each picture's brightest channel is rolled off by the EETF of BT.2390 and takes the others with it, so hues stay;
    then the primaries change and what lies outside BT.709 is clipped. All curves are tables of 65536 values.
    """

    def __init__(self, transfer: int, peak_nits: float = DEFAULT_PEAK_NITS) -> None:
        self.peak_nits = peak_nits if transfer == 16 else DEFAULT_PEAK_NITS
        light = np.minimum(_pq_to_nits(_CODES) / self.peak_nits, 1.0) if transfer == 16 else _CODES ** 2
        self._linear = _table(_pq_to_nits(_CODES) / self.peak_nits if transfer == 16 else _hlg_to_scene(_CODES))
        self._gain = _table(_roll_off_gain(light * self.peak_nits, self.peak_nits) * self.peak_nits)
        self._system = _table(_CODES ** (2 * 0.2))
        self._encode = np.rint(_CODES ** (2.0 / _DISPLAY_GAMMA) * 65535.0).astype(np.uint16).reshape(1, -1)
        self._factor = self._factor_of_pq if transfer == 16 else self._factor_of_hlg

    def apply(self, image: NDArray[np.uint16]) -> NDArray[np.uint16]:
        """The picture in BT.709, (H, W, 3) uint16 over the whole range, from PQ or HLG BT.2020 alike."""
        import cv2

        shown = np.empty_like(image)
        rows = max(1, _PIXELS_AT_ONCE // image.shape[1])
        for top in range(0, len(image), rows):
            band = np.ascontiguousarray(image[top:top + rows])
            light = cast(Floats, cv2.LUT(band, self._linear))
            factor = self._factor(band, light)
            cv2.transform(light, _TO_709, dst=light)
            cv2.multiply(light, cv2.merge([factor] * 3), dst=light)
            cv2.LUT(_rooted(light), self._encode, dst=shown[top:top + rows])
        return shown

    def _factor_of_pq(self, band: NDArray[np.uint16], light: Floats) -> Floats:
        import cv2

        return cast(Floats, cv2.LUT(_brightest(band), self._gain))

    def _factor_of_hlg(self, band: NDArray[np.uint16], light: Floats) -> Floats:
        """With the OOTF of BT.2100, table 5, on a screen of 1000 nits: luminance to the power of gamma 1.2, less 1."""
        import cv2

        system = cv2.LUT(_rooted(cast(Floats, cv2.transform(light, _LUMINANCE_2020))), self._system)
        brightest = cast(Floats, cv2.multiply(cv2.LUT(_brightest(band), self._linear), system))
        return cast(Floats, cv2.multiply(cv2.LUT(_rooted(brightest), self._gain), system))


def _brightest(band: NDArray[np.uint16]) -> NDArray[np.uint16]:
    import cv2

    red, green, blue = cv2.split(band)
    return cast(NDArray[np.uint16], cv2.max(cv2.max(red, green), blue))


def _rooted(light: Floats) -> NDArray[np.uint16]:
    """Light, limited to 0 to 1, as the index of a table: by its root, which spends more of it on the dark.

    The root of what lies below is not a number, which becomes 0.
    """
    import cv2

    roots = cv2.sqrt(light)
    return cast(NDArray[np.uint16], cv2.addWeighted(roots, 65535.0, roots, 0.0, 0.0, dtype=cv2.CV_16U))


def peak_of(content_light: bytes | None, mastering: bytes | None) -> float:
    """The peak in nits that a film's side data name: MaxCLL first, the mastering screen next, else 1000."""
    if content_light is not None and len(content_light) >= 4:
        brightest = int.from_bytes(content_light[:4], sys.byteorder)
        if brightest > SDR_WHITE_NITS:
            return min(float(brightest), 10000.0)
    if mastering is not None and len(mastering) >= 80:
        numerator, denominator = struct.unpack("=2i", mastering[72:80])
        if denominator > 0 and numerator / denominator > SDR_WHITE_NITS:
            return min(float(numerator / denominator), 10000.0)
    return DEFAULT_PEAK_NITS


def _table(values: NDArray[np.float64]) -> Floats:
    return values.astype(np.float32).reshape(1, -1)


def _pq_to_nits(code: NDArray[np.float64]) -> NDArray[np.float64]:
    """SMPTE ST 2084, equation 4.1."""
    root = code ** (32.0 / 2523.0)
    return 10000.0 * (np.maximum(root - 3424 / 4096, 0.0) / (2413 / 128 - 2392 / 128 * root)) ** (16384.0 / 2610.0)


def _nits_to_pq(nits: NDArray[np.float64]) -> NDArray[np.float64]:
    """SMPTE ST 2084, equation 5.1."""
    root = (nits / 10000.0) ** (2610.0 / 16384.0)
    return ((3424 / 4096 + 2413 / 128 * root) / (1.0 + 2392 / 128 * root)) ** (2523.0 / 32.0)


def _hlg_to_scene(code: NDArray[np.float64]) -> NDArray[np.float64]:
    """BT.2100, table 5, the inverse of the OETF: scene light in [0, 1]."""
    a, b, c = 0.17883277, 0.28466892, 0.55991073
    return np.where(code <= 0.5, code ** 2 / 3.0, (np.exp((code - c) / a) + b) / 12.0)


def _roll_off_gain(nits: NDArray[np.float64], peak: float) -> NDArray[np.float64]:
    """What to multiply light by so that 1 is SDR white: the EETF of BT.2390, section 5.4.1, black left where it is."""
    top = float(_nits_to_pq(np.array(peak)))
    code = _nits_to_pq(nits) / top
    limit = min(float(_nits_to_pq(np.array(SDR_WHITE_NITS))) / top, 1.0)
    knee = 1.5 * limit - 0.5
    t = np.clip((code - knee) / max(1.0 - knee, 1e-9), 0.0, 1.0)
    spline = ((2 * t**3 - 3 * t**2 + 1) * knee + (t**3 - 2 * t**2 + t) * (1.0 - knee) + (3 * t**2 - 2 * t**3) * limit)
    mapped = _pq_to_nits(np.where(code < knee, code, spline) * top)
    gain = mapped / np.maximum(nits, 1e-9)
    gain[0] = gain[1]
    return gain / SDR_WHITE_NITS
