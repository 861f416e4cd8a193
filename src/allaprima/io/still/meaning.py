"""What a file says beside its pixels that changes the picture: curve, primaries, HDR, clean aperture, panorama, stereo.

It is applied, so that the picture that is painted is the one that a viewer shows; what cannot be kept is named.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from allaprima.frames import Pixels
from allaprima.io.boxes import Crop
from allaprima.io.still.avif import AvifItem
from allaprima.io.still.exif import FoundExif
from allaprima.io.still.headers import PngScan
from allaprima.io.still.light import (
    ADOBE_PRIMARIES,
    GAMMA_OF_CODE,
    PRIMARIES_OF_CODE,
    Chromaticities,
    differs_from_srgb,
    to_srgb,
)
from allaprima.io.still.picture import Picture, as_uint16

if TYPE_CHECKING:
    from PIL import ImageFile

_MULTI_PICTURE_ENTRIES = 0xB002
_HDR = {16: "PQ", 18: "HLG"}


@dataclass(frozen=True, slots=True)
class Meaning:
    """gamma: values are light to that power. primaries: x and y of white, red, green, blue. transfer: 16 PQ, 18 HLG.

    crop: the part that is shown. None means sRGB's own, no HDR, and the whole picture.
    """

    gamma: float | None = None
    primaries: Chromaticities | None = None
    transfer: int | None = None
    crop: Crop | None = None


def meaning_of(image: ImageFile.ImageFile, scan: PngScan | None, item: AvifItem | None, exif: FoundExif) -> Meaning:
    """Return what a file says: scan and item of PNG and AVIF; of all others the EXIF of cameras set to Adobe RGB."""
    if scan is not None:
        return Meaning(scan.gamma, scan.primaries, scan.transfer)
    if item is not None:
        hdr = item.transfer if item.transfer in _HDR else None
        # Pillow's HEIF reader crops, its AVIF reader does not.
        crop = item.crop(*image.size) if image.format == "AVIF" else None
        return Meaning(GAMMA_OF_CODE.get(item.transfer), PRIMARIES_OF_CODE.get(item.primaries), hdr, crop)
    if exif.adobe_rgb:
        return Meaning(1 / 2.2, ADOBE_PRIMARIES)
    return Meaning()


def as_meant(picture: Picture, meaning: Meaning, *, profiled: bool) -> Picture:
    """Return the picture that is meant, in sRGB unless the file has a profile (``profiled``), which goes before all."""
    if meaning.crop is not None:
        picture = replace(picture, image=_part(picture.image, meaning.crop),
                          alpha=None if picture.alpha is None else _part(picture.alpha, meaning.crop))
    if meaning.transfer is not None:
        return _tone_mapped(picture, meaning.transfer)
    if profiled or not any(differs := differs_from_srgb(meaning.gamma, meaning.primaries)):
        return picture
    try:
        image = to_srgb(picture.image, meaning.gamma, meaning.primaries)
    except ValueError:
        note = "what it says of its primaries is impossible, and was left out"
        return replace(picture, warnings=(*picture.warnings, note))
    names = [name for name, differing in zip((f"gamma of {meaning.gamma or 0:g}", "primaries"), differs, strict=True)
             if differing]
    return replace(picture, image=image,
                   warnings=(*picture.warnings, f"its {' and '.join(names)} became sRGB's, with the values to fit"))


def lost_with(image: ImageFile.ImageFile) -> tuple[str, ...]:
    """Return a sentence for each thing that is not kept and changes what a viewer shows: panorama, second view."""
    notes = []
    xmp = image.info.get("xmp", image.info.get("XML:com.adobe.xmp", b""))
    if b"GPano:" in (xmp.encode() if isinstance(xmp, str) else bytes(xmp)):
        notes.append("it is a panorama to look around in; the XMP that says so is not kept (exiftool -tagsfromfile "
                     "carries it over)")
    entries = getattr(image, "mpinfo", {}).get(_MULTI_PICTURE_ENTRIES, ())
    if any("Disparity" in str(entry.get("Attribute", {}).get("MPType")) for entry in entries):
        notes.append("it is a stereo photograph; the first of its views was taken")
    return tuple(notes)


def left_behind(image: ImageFile.ImageFile, exif: FoundExif) -> tuple[str, ...]:
    """Return the kinds of metadata that a file has and that are not kept, by name."""
    found = {"XMP": {"xmp", "XML:com.adobe.xmp"} & set(image.info), "IPTC": "photoshop" in image.info,
             "maker's notes": exif.notes}
    return tuple(name for name, there in found.items() if there)


def _part(pixels: Pixels, crop: Crop) -> Pixels:
    return pixels[crop.top:crop.top + crop.height, crop.left:crop.left + crop.width]


def _tone_mapped(picture: Picture, transfer: int) -> Picture:
    from allaprima.io.film.tone_map import ToneMap

    note = f"it is {_HDR[transfer]} HDR: its light was brought down to an ordinary screen's"
    image = ToneMap(transfer).apply(as_uint16(picture.image))
    alpha = None if picture.alpha is None else as_uint16(picture.alpha)
    return replace(picture, image=image, alpha=alpha, warnings=(*picture.warnings, note))
