"""TIFFs that Pillow has no mode for: more than 8 bits, channels stored apart, CIE L*a*b*; or the reason why not."""

from __future__ import annotations

from typing import BinaryIO, cast

import numpy as np

from allaprima.errors import SourceError
from allaprima.frames import Pixels
from allaprima.io.still.deep import AGAIN, divided, limited, stretched
from allaprima.io.still.icc import deep_to_rgb, to_rgb
from allaprima.io.still.light import srgb_of_lab
from allaprima.io.still.picture import Picture, as_uint8
from allaprima.io.still.pillow import damage_as_source_error
from allaprima.io.still.tiff_page import TiffPage
from allaprima.io.still.tiff_samples import COMPRESSIONS, tiff_samples

_WHITE_IS_ZERO, _BLACK_IS_ZERO, _RGB, _INKS, _CIELAB, _ICCLAB = 0, 1, 2, 5, 8, 9
_COLOURS = {_WHITE_IS_ZERO: 1, _BLACK_IS_ZERO: 1, _RGB: 3, _INKS: 4, _CIELAB: 3, _ICCLAB: 3}
_MEANINGS = {3: "numbers of a palette", 4: "a mask", 6: "luma and chroma", 32844: "LogL", 32845: "LogLuv"}
_NAMES = {2: "CCITT", 3: "CCITT", 4: "CCITT", 6: "JPEG", 7: "JPEG", 33003: "JPEG 2000", 33005: "JPEG 2000",
          34676: "SGILog", 34677: "SGILog", 34712: "JPEG 2000", 34887: "LERC", 34892: "JPEG", 50001: "WebP",
          50002: "JPEG XL", 52546: "JPEG XL"}
_MOST_SAMPLES = 8
_PADDING = 4  # times the picture: more than that in tiles that reach past its edges is a trap
_SMALL = 1 << 24
_JPEG = (6, 7)
_OF_PILLOW = (*COMPRESSIONS, *_JPEG, 2, 3, 4, 32771, 32809)  # what the libtiff in its wheels unpacks


def suits_pillow(page: TiffPage) -> bool:
    """Return whether Pillow shows a page as it is: not deeper than it can, nor stored in a way that it misreads."""
    plain = not page.separate and page.photometric not in (_CIELAB, _ICCLAB)
    unpacked = page.compression in (_OF_PILLOW if plain else _JPEG)
    return page.bits <= 8 and page.kind in (1, 4) and not page.raw and unpacked


def read_tiff(file: BinaryIO, page: TiffPage) -> Picture:
    """Return the first page as stored, not turned; raises SourceError with the reason where it is not read here.

    RGB and grey of 9 to 16 bits become uint16, floats float32; inks (CMYK) are converted at 8 bits.
    """
    _refuse_what_is_not_read(page)
    with damage_as_source_error():
        samples = tiff_samples(file, page)
    colours = _COLOURS[page.photometric]
    values, alpha = samples[..., :colours], _alpha_of(samples, page, colours)
    if page.photometric in (_CIELAB, _ICCLAB):
        return Picture(_from_lab(values, page), alpha)
    if page.photometric == _WHITE_IS_ZERO:
        values = (1 if page.kind == 3 else (1 << page.bits) - 1) - values
    if page.kind == 1 and 8 < page.bits < 16:
        largest = (1 << page.bits) - 1
        values = stretched(values, largest)
        alpha = None if alpha is None else stretched(alpha, largest)
    if page.bits == 8 or page.photometric == _INKS:
        return _by_profile(values, alpha, page)
    image = np.repeat(values, 3, axis=2) if colours == 1 else np.ascontiguousarray(values)
    picture = limited(cast(Pixels, image), alpha)
    if page.premultiplied and picture.alpha is not None:
        picture = limited(divided(picture.image, picture.alpha), picture.alpha, picture.warnings)
    pixels, profile, notes = deep_to_rgb(picture.image, page.icc_profile)
    return Picture(pixels, picture.alpha, profile, warnings=(*picture.warnings, *notes))


def _refuse_what_is_not_read(page: TiffPage) -> None:
    deepest = "export it as a TIFF of 8 or 16 bits, or of 32-bit floats"
    if page.raw:
        raise SourceError("it is a camera's raw file, or holds one beside a thumbnail",
                          "develop it in a raw converter, and export a TIFF of 16 bits")
    if page.compression not in COMPRESSIONS:
        name = _NAMES.get(page.compression, f"a way not known here ({page.compression})")
        raise SourceError(f"its samples of {page.bits} bits are compressed by {name}, which is not read here",
                          "save it with LZW or deflate (ZIP), or without compression")
    if page.photometric not in _COLOURS:
        meaning = _MEANINGS.get(page.photometric, f"of a meaning not known here ({page.photometric})")
        raise SourceError(f"its samples are {meaning}", "export it as RGB or grey")
    known = page.bits in (16, 32, 64) if page.kind == 3 else page.kind == 1 and 8 <= page.bits <= 16
    if not known:
        kind = {1: "unsigned", 2: "signed", 3: "floating-point"}.get(page.kind, "unknown")
        raise SourceError(f"its samples are {kind} numbers of {page.bits} bits, whose range nobody knows", deepest)
    whole_bytes = page.kind == 1 and page.bits in (8, 16)
    predictable = page.predictor == 1 or page.predictor == (2 if whole_bytes else 3 if page.kind == 3 else 1)
    if not predictable or (page.photometric in (_INKS, _CIELAB, _ICCLAB) and not whole_bytes):
        raise SourceError("its samples are stored in a way that is not read here "
                          f"({page.bits} bits, photometric {page.photometric}, predictor {page.predictor})", deepest)
    if not _COLOURS[page.photometric] <= page.samples <= _MOST_SAMPLES:
        raise SourceError(f"it has {page.samples} channels", "export it as RGB or grey, with alpha or without")
    padded = len(page.starts) * page.block[0] * page.block[1] // (page.samples if page.separate else 1)
    if not page.whole:
        raise SourceError("it is cut short: its pixels reach past the end of the file", AGAIN)
    if page.tiled and padded > max(_SMALL, _PADDING * page.width * page.height):
        raise SourceError(f"its tiles of {page.block[0]}x{page.block[1]} are far larger than the picture", AGAIN)


def _alpha_of(samples: Pixels, page: TiffPage, colours: int) -> Pixels | None:
    """The channel that tag 338 calls alpha; where it says nothing, the one after the colours."""
    kinds = page.extra if page.extra is not None else (2,) * (page.samples - colours)
    place = next((place for place, kind in enumerate(kinds, colours) if kind in (1, 2) and place < page.samples), None)
    return None if place is None else cast(Pixels, np.ascontiguousarray(samples[..., place]))


def _from_lab(values: Pixels, page: TiffPage) -> Pixels:
    """CIELAB (262 is 8) has signed a* and b*, ICCLAB (9) the unsigned numbers of ICC profiles (ICC.1, 6.3.4.2)."""
    unit = np.float32(256 if page.bits == 16 else 1)
    white = {(_CIELAB, 16): 65535, (_ICCLAB, 16): 65280}.get((page.photometric, page.bits), 255)
    lab = values.astype(np.float32)
    lab[..., 0] *= np.float32(100 / white)
    lab[..., 1:] /= unit
    if page.photometric == _ICCLAB:
        lab[..., 1:] -= 128
    else:
        lab[..., 1:] -= np.where(lab[..., 1:] >= 128, np.float32(256), np.float32(0))
    found = srgb_of_lab(lab)
    return as_uint8(found) if page.bits == 8 else found


def _by_profile(values: Pixels, alpha: Pixels | None, page: TiffPage) -> Picture:
    """Pictures of 8 bits, and all inks, through Pillow's colour management."""
    from PIL import Image

    if alpha is not None and page.premultiplied:
        values = divided(values, alpha)
    shallow, alpha = as_uint8(values), None if alpha is None else as_uint8(alpha)
    mode = {_RGB: "RGB", _INKS: "CMYK"}.get(page.photometric, "L")
    shallow = np.ascontiguousarray(shallow[..., 0] if mode == "L" else shallow)
    image = Image.frombytes(mode, (page.width, page.height), shallow.tobytes())
    rgb, profile, notes = to_rgb(image, page.icc_profile)
    return Picture(np.array(rgb), alpha, profile, warnings=notes)
