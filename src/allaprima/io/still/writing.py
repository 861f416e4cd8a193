"""Still pictures written to files: the format by the suffix, the depth as far as it holds it, in one move."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from io import BytesIO
from pathlib import Path
from typing import cast

import numpy as np

from allaprima.errors import OptionError, SinkError
from allaprima.functional.hidden import on_white
from allaprima.io.outputs import check_output, written_file
from allaprima.io.still.picture import Picture, as_uint8, as_uint16
from allaprima.io.still.tiff import encode_tiff
from allaprima.sheets.png import Integers, encode_png

_LARGEST_SIDE = {".jpg": 65_535, ".jpeg": 65_535, ".webp": 16_383, ".avif": 65_536}
_LEVEL = 3  # of deflate's 9: at 6 a photograph takes twice the time and becomes three per cent smaller
_QUALITY = 95  # of 100: no artefacts that a style would not hide; the compression of AVIF begins to show below 90


def write_image(path: Path, picture: Picture, *, inputs: Iterable[Path] = (), overwrite: bool = False,
                ) -> tuple[str, ...]:
    """Write a picture in the format of the suffix and return warnings about what the format cannot hold.

    PNG and TIFF keep 16 bits, TIFF also floats; JPEG, WebP and AVIF hold 8. Alpha goes into all but JPEG, where the
    picture is laid on white. Profile and EXIF are carried. ``path`` appears only when it is whole; it may not be one
    of ``inputs``. Raises OptionError for an unknown suffix, SinkError for what cannot be written.
    """
    encode = encoder(path)
    check_output(path, inputs, overwrite=overwrite)
    limit = _LARGEST_SIDE.get(path.suffix.lower())
    if limit is not None and max(picture.width, picture.height) > limit:
        raise SinkError(f"cannot write {path}: {picture.width}x{picture.height} pixels, the format ends at {limit}",
                        "write a .png or .tif")
    warnings: tuple[str, ...] = ()
    if path.suffix.lower() in (".jpg", ".jpeg"):
        picture, warnings = _without_alpha(picture)
    try:
        data = encode(picture)
    except (ValueError, OSError, MemoryError) as error:
        raise SinkError(f"cannot write {path}: {error}", "write it in another format, or smaller") from error
    with written_file(path, overwrite=overwrite) as file:
        file.write(data)
    return warnings


def encoder(path: Path) -> Callable[[Picture], bytes]:
    """Return what turns a picture into the bytes of the format that a suffix names; raises OptionError."""
    encode = ENCODERS.get(path.suffix.lower())
    if encode is None:
        what = f"pictures cannot be written as {path.suffix}" if path.suffix else "the name has no suffix"
        raise OptionError(f"cannot write {path}: {what}", f"use one of {', '.join(ENCODERS)}")
    return encode


def _without_alpha(picture: Picture) -> tuple[Picture, tuple[str, ...]]:
    """Return the picture on white. White is what a page or a viewer shows behind it."""
    if picture.alpha is None:
        return picture, ()
    alpha = as_uint8(picture.alpha)
    if alpha.min() == 255:
        return replace(picture, alpha=None), ()
    return (replace(picture, image=on_white(as_uint8(picture.image), alpha), alpha=None),
            ("JPEG holds no transparency: the picture was laid on white (.png, .webp, .tif and .avif hold it)",))


def _png(picture: Picture) -> bytes:
    at_depth = as_uint8 if picture.image.dtype == np.uint8 else as_uint16
    channels = at_depth(picture.image)
    if picture.alpha is not None:
        channels = cast(Integers, np.concatenate((channels, at_depth(picture.alpha)[..., None]), axis=2))
    return encode_png(channels, icc_profile=picture.icc_profile, exif=picture.exif, level=_LEVEL)


def _tiff(picture: Picture) -> bytes:
    return encode_tiff(picture.image, picture.alpha, icc_profile=picture.icc_profile, exif=picture.exif, level=_LEVEL)


def _by_pillow(picture: Picture, name: str, **options: int | str) -> bytes:
    from PIL import Image

    pixels = as_uint8(picture.image)
    if picture.alpha is not None:
        pixels = np.concatenate((pixels, as_uint8(picture.alpha)[..., None]), axis=2)
    buffer = BytesIO()
    Image.fromarray(pixels).save(buffer, name, quality=_QUALITY, icc_profile=picture.icc_profile or b"",
                                 exif=picture.exif or b"", **options)
    return buffer.getvalue()


def _jpeg(picture: Picture) -> bytes:
    return _by_pillow(picture, "JPEG", subsampling="4:4:4")


def _webp(picture: Picture) -> bytes:
    return _by_pillow(picture, "WEBP", method=4)


def _avif(picture: Picture) -> bytes:
    return _by_pillow(picture, "AVIF", subsampling="4:4:4")


ENCODERS: dict[str, Callable[[Picture], bytes]] = {
    ".png": _png, ".jpg": _jpeg, ".jpeg": _jpeg, ".tif": _tiff, ".tiff": _tiff, ".webp": _webp, ".avif": _avif}
