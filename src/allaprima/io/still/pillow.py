"""Pillow at the edge: files opened by the formats that we trust, decoded whole, its many exceptions made one."""

from __future__ import annotations

import struct
import threading
import warnings
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

import numpy as np
from numpy.typing import NDArray

from allaprima.errors import AllaprimaError, MissingExtra, SourceError
from allaprima.io.still.headers import is_heif
from allaprima.io.still.icc import to_rgb

if TYPE_CHECKING:
    from PIL import Image, ImageFile

# Only these of Pillow's formats are tried: others start programs (EPS) or are no pictures (fonts, streams).
_FORMATS = ("PNG", "JPEG", "TIFF", "WEBP", "AVIF", "GIF", "BMP", "DIB", "PPM", "JPEG2000", "PSD", "TGA")
_MOVING = ("GIF", "PNG", "WEBP", "AVIF", "HEIF")  # read by stylize-video too; the pages of a TIFF or PSD do not move
# What Pillow's decoders raise on damaged data, collected by flipping bits.
_DAMAGED = (OSError, SyntaxError, ValueError, KeyError, IndexError, TypeError, OverflowError, ZeroDivisionError,
            EOFError, RuntimeError, AssertionError, struct.error, zlib.error)
# Python's warning filters belong to the whole process: one reader at a time may set and restore them.
_filters = threading.Lock()


@contextmanager
def warnings_as_notes(notes: list[str]) -> Iterator[None]:
    """Gather what Pillow warns of inside the block as sentences in ``notes``."""
    with _filters, warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        yield
    said = dict.fromkeys(str(entry.message).strip() for entry in caught)
    # Size is measured by max_pixels, Pillow's own threshold says nothing here.
    notes.extend(f"its data is damaged in part ({text})" for text in said if "decompression bomb" not in text)


@contextmanager
def damage_as_source_error() -> Iterator[None]:
    """Turn whatever a decoder raises on damaged data into one SourceError."""
    from PIL import Image

    try:
        yield
    except Image.DecompressionBombError as error:
        raise SourceError("its header asks for far more pixels than any picture has",
                          "if it is no attack, open it in an image editor and save a smaller copy") from error
    except _DAMAGED as error:
        if "MAX_TEXT" in str(error):
            raise SourceError("a text or profile in it unpacks to more than a megabyte, as a trap would",
                              "save a copy without it: exiftool -all= takes out all that is no picture") from error
        # Type and key errors tell of Pillow's inside, not of the file.
        detail = f" ({error})" if isinstance(error, OSError | SyntaxError | ValueError) else ""
        raise SourceError(f"it is cut short or damaged{detail}",
                          "copy it again from where it came from, or export it anew") from error


def opened(file: BinaryIO, head: bytes) -> ImageFile.ImageFile | None:
    """Return the file as opened by the first format that knows it, None where none does; raises SourceError.

    Image.open would do the same, but measures every picture by a limit that only a global can change.
    """
    from PIL import Image

    Image.init()
    _register_heif(file, head)
    for name in (*_FORMATS, "HEIF"):
        factory, accept = Image.OPEN.get(name, (None, None))
        if factory is None or (accept is not None and accept(head[:16].ljust(16, b"\0")) is not True):
            continue
        file.seek(0)
        with damage_as_source_error():
            try:
                return factory(file, "")
            except (SyntaxError, IndexError, TypeError, struct.error):
                continue  # how a plugin says "not mine", as in Image.open
    return None


def _register_heif(file: BinaryIO, head: bytes) -> None:
    if not is_heif(head):
        return
    try:
        import pillow_heif
    except ImportError as error:
        raise MissingExtra("pillow-heif", "heif", f"reading the HEIC picture {file.name}") from error
    pillow_heif.register_heif_opener()


def frame_count_note(image: ImageFile.ImageFile) -> str | None:
    """Return a sentence where a file holds several frames or pages; raises SourceError where they cannot be counted."""
    if image.format == "MPO":  # the others are a gain map, a depth map or a preview of the first
        return None
    with damage_as_source_error():
        count = int(getattr(image, "n_frames", 1))
        image.seek(0)
    if count < 2:
        return None
    if image.format not in _MOVING:
        return pages_note(count)
    return f"of its {count} frames the first was taken; moving pictures go to stylize-video"


def pages_note(count: int) -> str:
    """Return a sentence that tells of pages left behind."""
    return f"of its {count} pages the first was taken; save the others as files of their own to paint them"


def shallow_pixels(image: Image.Image, profile: bytes | None,
                   ) -> tuple[NDArray[np.uint8], NDArray[np.uint8] | None, bytes | None, tuple[str, ...]]:
    """Return RGB, alpha, the RGB profile and warnings of a loaded picture of at most 8 bits a channel."""
    alpha = None
    if image.has_transparency_data:
        grey = image.mode in ("1", "L", "LA", "La")
        image = image.convert("RGBA")
        alpha = np.array(image.getchannel("A"))
        # Grey goes on as grey, so that a grey profile still fits it.
        image = image.getchannel("R") if grey else image.convert("RGB")
    elif image.mode not in ("1", "L", "RGB", "CMYK", "LAB"):
        image = image.convert("RGB")
    rgb, profile, notes = to_rgb(image, profile)
    return np.array(rgb), alpha, profile, notes


def is_moving(path: Path) -> bool:
    """Whether a file holds several pictures that follow each other in time; False where it cannot be read."""
    try:
        with path.open("rb") as file:
            image = opened(file, file.read(16))
            return image is not None and image.format in _MOVING and int(getattr(image, "n_frames", 1)) > 1
    except (AllaprimaError, *_DAMAGED):
        return False
