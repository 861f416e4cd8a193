"""Still pictures read from files: upright RGB at the file's own depth, whatever the file looks like inside."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

import numpy as np

from allaprima.errors import SourceError
from allaprima.io.size_limit import remedy_for
from allaprima.io.still import headers
from allaprima.io.still.avif import AvifItem, avif_item
from allaprima.io.still.deep import AGAIN, decode_deep, limited, read_netpbm
from allaprima.io.still.exif import NO_EXIF, exif_of_tiff, read_exif, upright
from allaprima.io.still.foreign import is_linear_light, why_not_read
from allaprima.io.still.icc import deep_to_rgb
from allaprima.io.still.meaning import as_meant, left_behind, lost_with, meaning_of
from allaprima.io.still.picture import DEFAULT_MAX_PIXELS, Picture
from allaprima.io.still.pillow import (
    damage_as_source_error,
    frame_count_note,
    opened,
    pages_note,
    shallow_pixels,
    warnings_as_notes,
)
from allaprima.io.still.tiff_page import is_tiff, tiff_page
from allaprima.io.still.tiff_reading import read_tiff, suits_pillow

if TYPE_CHECKING:
    from PIL import Image

__all__ = ["DEFAULT_MAX_PIXELS", "PICTURE_SUFFIXES", "Picture", "find_images", "read_image"]

PICTURE_SUFFIXES = frozenset((
    ".png", ".apng", ".jpg", ".jpeg", ".jpe", ".jfif", ".mpo", ".tif", ".tiff", ".webp", ".avif", ".heic", ".heif",
    ".gif", ".bmp", ".dib", ".ppm", ".pgm", ".pbm", ".pnm", ".pfm", ".tga", ".jp2", ".j2k", ".psd", ".exr", ".dpx"))


def read_image(path: Path, *, max_pixels: int = DEFAULT_MAX_PIXELS) -> Picture:
    """Return the picture in a file, upright, as RGB of 8 or 16 bits (or float32), with what it carries.

    Of several frames or pages the first is taken, with a warning. Palettes, grey, CMYK, Lab and non-RGB profiles become
    RGB; more than ``max_pixels`` are refused before anything is decoded. Raises SourceError, and MissingExtra where a
    format needs a package that is not installed.
    """
    with named(str(path)):
        if not path.is_file():
            path.stat()
            kind = "it is a folder" if path.is_dir() else "it is not an ordinary file"
            raise SourceError(kind, "name a picture file")
        with path.open("rb") as file:
            if is_linear_light(file.read(headers.HEAD_BYTES)):
                return _plate(path, max_pixels)
            file.seek(0)
            return _picture(file, max_pixels)


def read_image_from(file: BinaryIO, name: str, *, max_pixels: int = DEFAULT_MAX_PIXELS) -> Picture:
    """Return the picture in an open file that can seek; ``name`` is what errors call it."""
    with named(name):
        return _picture(file, max_pixels)


@contextmanager
def named(name: str) -> Iterator[None]:
    """A block whose errors say which picture could not be read."""
    try:
        yield
    except SourceError as error:
        raise SourceError(f"cannot read the picture {name}: {error}", error.hint) from error
    except FileNotFoundError as error:
        raise SourceError(f"cannot read the picture {name}: there is no such file",
                          "check the spelling and the folder") from error
    except OSError as error:
        raise SourceError(f"cannot read the picture {name}: {error.strerror or error}",
                          "check the name, and that you may read it") from error
    except MemoryError as error:
        raise SourceError(f"cannot read the picture {name}: it does not fit into memory",
                          "close other programs, or make a smaller copy of it") from error


def find_images(folder: Path) -> tuple[Path, ...]:
    """Return the pictures right inside a folder, by suffix, numbers in their names counted as numbers.

    Hidden files are passed over. Raises SourceError where there are none.
    """
    try:
        found = [path for path in folder.iterdir()
                 if path.suffix.lower() in PICTURE_SUFFIXES and not path.name.startswith(".") and path.is_file()]
    except OSError as error:
        raise SourceError(f"cannot list the folder {folder}: {error.strerror or error}",
                          "check the name, and that you may read it") from error
    if not found:
        raise SourceError(f"found no pictures in the folder {folder}",
                          "pictures are told by suffix: .png, .jpg, .tif, .webp and others")
    return tuple(sorted(found, key=_by_number))


def _by_number(path: Path) -> tuple[list[tuple[int, str]], str]:
    parts = re.findall(r"(\d+)|(\D+)", path.name.lower())
    return [(int(digits), "") if digits else (-1, text) for digits, text in parts], path.name


def _picture(file: BinaryIO, max_pixels: int) -> Picture:
    """Return the picture in an open file; the errors raised here and below do not yet say its name."""
    head = file.read(headers.HEAD_BYTES)
    if not head:
        raise SourceError("it is empty (0 bytes)", "copy it again from where it came from")
    if is_linear_light(head):
        raise why_not_read(file, head)
    colour_pnm = headers.netpbm(head)
    if colour_pnm is not None and colour_pnm.largest > 65535:
        raise SourceError(f"its header says that {colour_pnm.largest} is white, and PNM goes to 65535",
                          "export it with 8 or 16 bits a channel")
    if colour_pnm is not None and colour_pnm.largest > 255:
        _check_size(colour_pnm.width, colour_pnm.height, max_pixels)
        return Picture(read_netpbm(file, colour_pnm))
    notes: list[str] = []
    with warnings_as_notes(notes):
        picture = _tiff(file, head, max_pixels) if is_tiff(head) else _through_pillow(file, head, max_pixels)
    return replace(picture, warnings=(*picture.warnings, *notes))


def _plate(path: Path, max_pixels: int) -> Picture:
    """The picture of light or printing densities, as the default view shows it."""
    from allaprima.io.plates.managed import seen_plate  # needs packages of an extra

    return seen_plate(path, max_pixels)


def _check_size(width: int, height: int, max_pixels: int) -> None:
    if width * height > max_pixels:
        raise SourceError(f"its header says {width}x{height} pixels, more than the {max_pixels} allowed",
                          remedy_for(width, height))
    if width < 1 or height < 1:
        raise SourceError(f"its header says {width}x{height} pixels", "export it anew")


def _tiff(file: BinaryIO, head: bytes, max_pixels: int) -> Picture:
    page = tiff_page(file)
    if page is None:
        raise SourceError("its TIFF directory is damaged", AGAIN)
    _check_size(page.width, page.height, max_pixels)
    if suits_pillow(page):
        return _through_pillow(file, head, max_pixels)
    picture = read_tiff(file, page)
    found = read_exif(lambda: exif_of_tiff(file))
    notes = (pages_note(page.pages),) if page.pages > 1 else ()
    return _upright(picture, page.orientation, found.kept, (*notes, *found.warnings))


def _through_pillow(file: BinaryIO, head: bytes, max_pixels: int) -> Picture:
    image = opened(file, head)
    if image is None:
        raise why_not_read(file, head)
    _check_size(*image.size, max_pixels)
    note = frame_count_note(image)
    notes = [note] if note else []
    scan = headers.png_scan(file) if image.format == "PNG" else None
    if scan is not None and not scan.sound:
        raise SourceError("it is cut short or damaged: a checksum is wrong", AGAIN)
    item = avif_item(file) if image.format in ("AVIF", "HEIF") else None
    # Asked for EXIF that is not there, Pillow decodes the whole PNG to look behind the pixels.
    found = read_exif(image.getexif) if scan is None or scan.exif else NO_EXIF
    bits = _bits(image, head, item)
    deep = bits > 8 or image.mode.startswith(("I", "F"))
    if scan is None or not deep:  # a deep PNG is known to be whole, and OpenCV decodes it
        with damage_as_source_error():
            image.load()
    profile = image.info.get("icc_profile") or None
    if deep:
        picture = _deep(file, image, bits, profile)
    else:
        with damage_as_source_error():  # a palette that is missing shows only now
            rgb, alpha, kept, more = shallow_pixels(image, profile)
        picture = Picture(rgb, alpha, kept, warnings=more)
    picture = as_meant(picture, meaning_of(image, scan, item, found), profiled=profile is not None)
    orientation = 1 if image.format == "TIFF" else found.orientation  # Pillow turns TIFFs while loading
    whole = _upright(picture, orientation, found.kept, (*notes, *lost_with(image), *found.warnings))
    return replace(whole, left=left_behind(image, found))


def _bits(image: Image.Image, head: bytes, item: AvifItem | None) -> int:
    """Bits a channel where Pillow may have fewer than the file."""
    if image.format == "PNG":
        return headers.png_bits(head)
    if image.format == "JPEG2000" and image.mode in ("RGB", "RGBA", "I;16"):
        return headers.jpeg2000_bits(head)
    return 8 if item is None else item.bits


def _upright(picture: Picture, orientation: int, exif: bytes | None, notes: tuple[str, ...]) -> Picture:
    return Picture(upright(picture.image, orientation),
                   None if picture.alpha is None else upright(picture.alpha, orientation),
                   picture.icc_profile, exif, (*notes, *picture.warnings))


def _deep(file: BinaryIO, image: Image.Image, bits: int, profile: bytes | None) -> Picture:
    """Return a picture of more than 8 bits: by OpenCV, or from Pillow where the whole depth gets through."""
    if image.format in ("PNG", "AVIF", "JPEG2000"):
        picture = Picture(*decode_deep(_whole(file), bits=bits))
    else:
        values = np.asarray(image)
        grey = values.astype(np.float32) if image.mode == "F" else np.clip(values, 0, 65535).astype(np.uint16)
        picture = limited(np.repeat(grey[..., None], 3, axis=2), None)
    pixels, profile, notes = deep_to_rgb(picture.image, profile)
    return replace(picture, image=pixels, icc_profile=profile, warnings=(*picture.warnings, *notes))


def _whole(file: BinaryIO) -> bytes:
    file.seek(0)
    return file.read()
