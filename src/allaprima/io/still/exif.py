"""What EXIF says: which way up a picture is shown, and the part of it that stays true of the stylised picture."""

from __future__ import annotations

import struct
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, BinaryIO, cast

import numpy as np

from allaprima.frames import Pixels

if TYPE_CHECKING:
    from PIL import Image

_ORIENTATION = 0x0112
_EXIF_IFD, _GPS_IFD, _INTEROPERABILITY = 0x8769, 0x8825, 0xA005
_MAKERS_NOTES = 0x927C
# Description, make, model, software, date, artist, copyright: the tags of the main directory that speak of the
# picture and not of the way the old file stored it.
_KEPT = (0x010E, 0x010F, 0x0110, 0x0131, 0x0132, 0x013B, 0x8298)
# Pixel size and colour space (no longer true), maker's notes and interoperability (their offsets break when moved).
_DROPPED = (0xA001, 0xA002, 0xA003, _MAKERS_NOTES, _INTEROPERABILITY)
_LARGEST_BLOCK = 65_000  # a JPEG segment holds no more


@dataclass(frozen=True, slots=True)
class FoundExif:
    """What EXIF says.

    orientation: 1 to 8. kept: the block worth keeping. adobe_rgb: the camera wrote Adobe RGB, which DCF 2.0 (4.4) tells
    by the interoperability index R03. notes: whether a maker's notes are in what is not kept. A damaged block gives
    orientation 1, nothing kept and one warning.
    """

    orientation: int = 1
    kept: bytes | None = None
    adobe_rgb: bool = False
    warnings: tuple[str, ...] = ()
    notes: bool = False


NO_EXIF = FoundExif()


def read_exif(read: Callable[[], Image.Exif]) -> FoundExif:
    """Return what the EXIF says that ``read`` gives."""
    try:
        exif = read()
        orientation = exif.get(_ORIENTATION, 1)
        adobe_rgb = bool(exif) and exif.get_ifd(_INTEROPERABILITY).get(1) == "R03"
        kept = _kept(exif)
        notes = _MAKERS_NOTES in exif.get_ifd(_EXIF_IFD)
    except (SyntaxError, ValueError, KeyError, TypeError, IndexError, OSError, struct.error) as error:
        return FoundExif(warnings=(f"its EXIF data is damaged and was left out ({error})",))
    if not isinstance(orientation, int) or not 1 <= orientation <= 8:
        orientation = 1
    return FoundExif(orientation, kept, adobe_rgb, notes=notes)


def exif_of_tiff(file: BinaryIO) -> Image.Exif:
    """Return the EXIF of a TIFF, which is its directory; none of a BigTIFF, whose directory Pillow does not load."""
    from PIL import Image

    exif = Image.Exif()
    file.seek(0)
    if 43 not in file.read(4):
        file.seek(0)
        exif.load_from_fp(file)
    return exif


def _kept(exif: Image.Exif) -> bytes | None:
    from PIL import Image

    kept = Image.Exif()
    for tag in _KEPT:
        if tag in exif:
            kept[tag] = exif[tag]
    details = {tag: value for tag, value in exif.get_ifd(_EXIF_IFD).items() if tag not in _DROPPED}
    place = dict(exif.get_ifd(_GPS_IFD))
    if details:
        kept[_EXIF_IFD] = details
    if place:
        kept[_GPS_IFD] = place
    if not len(kept):
        return None
    block = kept.tobytes()
    return block if len(block) <= _LARGEST_BLOCK else None


def upright(pixels: Pixels, orientation: int) -> Pixels:
    """Return an (H, W) or (H, W, C) array turned and mirrored as EXIF orientation 1 to 8 asks."""
    if orientation in (5, 6, 7, 8):
        pixels = pixels.swapaxes(0, 1)
    if orientation in (3, 4, 7, 8):
        pixels = pixels[::-1]
    if orientation in (2, 3, 6, 7):
        pixels = pixels[:, ::-1]
    return cast(Pixels, np.ascontiguousarray(pixels))
