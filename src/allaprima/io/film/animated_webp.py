"""Animated WebP, which FFmpeg does not decode: Pillow does, into a film of lossless pictures in memory.

Source: the WebP container specification, VP8X and ANMF chunks.
"""

from __future__ import annotations

import os
from fractions import Fraction
from functools import lru_cache
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from allaprima.errors import SourceError
from allaprima.io.size_limit import remedy_for
from allaprima.plurals import counted

if TYPE_CHECKING:
    from PIL.WebPImagePlugin import WebPImageFile

_ANIMATED = 0x02
_MILLISECOND = Fraction(1, 1000)
_DAMAGE = (OSError, SyntaxError, ValueError, EOFError)


def is_animated_webp(head: bytes) -> bool:
    """Whether a file that begins so is a WebP of several pictures."""
    return head[:4] == b"RIFF" and head[8:16] == b"WEBPVP8X" and len(head) > 20 and bool(head[20] & _ANIMATED)


def as_film(path: Path, max_pixels: int | None) -> BytesIO:
    """The pictures of an animated WebP as a QuickTime film with their times; raises ``SourceError`` for damage.

    max_pixels: of its canvas; a larger one is refused before anything is decoded, none where None.
    """
    found = path.stat()
    return BytesIO(_film(os.fspath(path), found.st_mtime_ns, found.st_size, max_pixels))


@lru_cache(maxsize=1)  # one run opens its film several times
def _film(path: str, changed_ns: int, size: int, max_pixels: int | None) -> bytes:
    from PIL import WebPImagePlugin

    try:
        with WebPImagePlugin.WebPImageFile(path) as image:
            width, height = image.size
            if max_pixels is not None and width * height > max_pixels:
                raise SourceError(f"cannot read {path}: its frames are {width}x{height}, {width * height:,} pixels, "
                                  f"more than the limit of {max_pixels:,}",
                                  remedy_for(width, height))
            return _written(image, path)
    except _DAMAGE as error:
        raise SourceError(f"cannot read {path}: it is cut short or damaged", "copy it again from where it came") \
            from error


def _written(image: WebPImageFile, path: str) -> bytes:
    import av

    target = BytesIO()
    with av.open(target, "w", format="mov") as output:
        stream = output.add_stream("png", options={"compression_level": "1"})
        stream.width, stream.height = image.size
        stream.pix_fmt = "rgba" if image.mode == "RGBA" else "rgb24"
        stream.time_base = stream.codec_context.time_base = _MILLISECOND
        latest = -1
        for number in range(image.n_frames):
            try:
                image.seek(number)
                image.load()
            except _DAMAGE as error:
                raise SourceError(f"cannot read {path}: it is cut short or damaged after "
                                  f"{counted(number, 'picture')} of {image.n_frames}",
                                  "copy it again from where it came") from error
            frame = av.VideoFrame.from_ndarray(np.array(image), stream.pix_fmt)
            latest = max(latest + 1, int(image.info["timestamp"]))
            frame.pts, frame.time_base = latest, _MILLISECOND
            for packet in stream.encode(frame):  # one for each frame, without delay
                packet.duration = round(Fraction(max(1, int(image.info["duration"])), 1000) / packet.time_base)
                output.mux_one(packet)
    return target.getvalue()
