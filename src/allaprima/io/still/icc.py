"""Colour profiles: RGB ones are kept beside the values, all others are converted to sRGB once, while reading.

LittleCMS, through Pillow, converts 8-bit pictures. It has no 16-bit way out, so grey ones of 16 bits, whose profile is
but one curve, are converted here (ICC.1:2022, 10.6 curveType and 10.18 parametricCurveType).
"""

from __future__ import annotations

import struct
from io import BytesIO
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from allaprima.frames import Pixels
from allaprima.io.still.light import srgb_of

if TYPE_CHECKING:
    from PIL import Image

_SPACE_OF_MODE = {"1": b"GRAY", "L": b"GRAY", "CMYK": b"CMYK", "LAB": b"Lab "}


def profile_space(profile: bytes | None) -> bytes | None:
    """Return the four letters of a profile's colour space (ICC.1, bytes 16 to 19), None without a whole header."""
    return profile[16:20] if profile is not None and len(profile) >= 128 else None


def to_rgb(image: Image.Image, profile: bytes | None) -> tuple[Image.Image, bytes | None, tuple[str, ...]]:
    """Return an 8-bit picture without alpha in RGB, the RGB profile its values are meant in, and warnings.

    A grey picture with an RGB profile (often sRGB's) keeps it. A profile that does not fit the picture is left out.
    """
    space = profile_space(profile)
    if space == b"RGB " and image.mode not in ("CMYK", "LAB"):
        return image.convert("RGB"), profile, ()
    wanted = _SPACE_OF_MODE.get(image.mode)
    warnings: tuple[str, ...] = ()
    if profile is not None and (space != wanted or wanted is None):
        profile, warnings = None, ("its colour profile does not fit its pixels and was left out",)
    if profile is not None or image.mode == "LAB":
        converted = _converted(image, profile)
        if converted is not None:
            return converted, None, warnings
        warnings = ("its colour profile is damaged and was left out",)
    if image.mode == "CMYK":
        warnings = (*warnings, "it is CMYK without a usable profile: colours are an estimate")
    return image.convert("RGB"), None, warnings


def _converted(image: Image.Image, profile: bytes | None) -> Image.Image | None:
    from PIL import ImageCms

    # For L*a*b* LittleCMS would take a coarse table, 30 of 255 beside the formulas in saturated colours.
    precise = ImageCms.Flags.NOOPTIMIZE if image.mode == "LAB" else ImageCms.Flags.NONE
    try:
        source = ImageCms.ImageCmsProfile(BytesIO(profile)) if profile else ImageCms.createProfile("LAB")
        return ImageCms.profileToProfile(
            image, source, ImageCms.createProfile("sRGB"),
            renderingIntent=ImageCms.Intent.RELATIVE_COLORIMETRIC, outputMode="RGB",
            flags=ImageCms.Flags.BLACKPOINTCOMPENSATION | precise)
    except (ImageCms.PyCMSError, OSError, ValueError):
        return None


def deep_to_rgb(pixels: Pixels, profile: bytes | None) -> tuple[Pixels, bytes | None, tuple[str, ...]]:
    """Return (H, W, 3) pixels of 16 bits or floats, the RGB profile they are meant in, and warnings.

    A grey profile turns values whose channels are equal into sRGB; any other that is not RGB is left out.
    """
    if profile is None or profile_space(profile) == b"RGB ":
        return pixels, profile, ()
    curve = _grey_curve(profile) if pixels.dtype == np.uint16 else None
    if curve is None or not np.array_equal(pixels[..., 0], pixels[..., 1]):
        return pixels, None, ("its colour profile does not fit its pixels and was left out",)
    return np.rint(srgb_of(curve) * 65535).astype(np.uint16)[pixels], None, ()


def _grey_curve(profile: bytes) -> NDArray[np.float64] | None:
    """Return the light, 0 to 1, of each of the 65536 values of a grey profile, None where it does not say."""
    value = np.linspace(0, 1, 65536)
    try:
        if profile[16:24] != b"GRAYXYZ ":
            return None
        data = _tag(profile, b"kTRC")
        if data.startswith(b"curv"):
            count, = struct.unpack_from(">I", data, 8)
            if count == 0:
                return value
            samples = np.frombuffer(data, ">u2", count, 12)
            if count == 1:
                return value ** (float(samples[0]) / 256)
            return np.interp(value, np.linspace(0, 1, count), samples / 65535)
        return _parametric(value, data)
    except (struct.error, ValueError, IndexError):
        return None


def _parametric(value: NDArray[np.float64], data: bytes) -> NDArray[np.float64]:
    """Return (a x + b)^g + e from x = d on and c x + f below it, of which the shorter kinds leave out a part."""
    kind, = struct.unpack_from(">H", data, 8)
    given = [number / 65536 for number in struct.unpack_from(f">{(1, 3, 4, 5, 7)[kind]}i", data, 12)]
    g, a, b = (*given, 1.0, 0.0)[:3] if kind == 0 else given[:3]
    c = d = e = f = 0.0
    if kind in (1, 2):
        d = -b / a if a else 0.0
        e = f = given[3] if kind == 2 else 0.0
    elif kind == 3:
        c, d = given[3:]
    elif kind == 4:
        c, d, e, f = given[3:]
    curve: NDArray[np.float64] = np.where(value >= d, np.maximum(a * value + b, 0) ** g + e, c * value + f)
    return curve


def _tag(profile: bytes, name: bytes) -> bytes:
    count, = struct.unpack_from(">I", profile, 128)
    for entry in range(132, 132 + 12 * min(count, 100), 12):
        if profile[entry:entry + 4] == name:
            start, length = struct.unpack_from(">II", profile, entry + 4)
            return profile[start:start + length]
    raise ValueError("the profile has no such tag")
