"""One way to open a media file: its own bytes and nothing else, with a clear sentence where that does not work."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from allaprima.config import HwAccel
from allaprima.errors import SourceError
from allaprima.io.film.animated_webp import as_film, is_animated_webp

if TYPE_CHECKING:
    from av.container import InputContainer

# Containers that hold their own pictures. Playlists (hls, dash, concat, imf), devices, and the demuxers of single
# pictures stay out: they open other files, or are read better elsewhere.
FORMATS = ("mov,mp4,m4a,3gp,3g2,mj2,matroska,webm,avi,mpegts,mpeg,mpegvideo,flv,asf,ogg,mxf,gif,apng,yuv4mpegpipe,"
           "h264,hevc,vvc,av1,obu,ivf,m4v,h263,vc1,dirac,dv,nut,rm,wtv,mpegtsraw,gxf,nsv,live_flv,cavsvideo")
_PICTURE_MARKS = (b"\x89PNG", b"\xff\xd8\xff", b"II*\0", b"MM\0*", b"8BPS", b"BM", b"\x76\x2f\x31\x01", b"SDPX",
                  b"XPDS", b"#?RADIANCE")
_PLAYLIST_MARKS = (b"#EXTM3U", b"ffconcat", b"<?xml", b"<MPD", b"[playlist]", b"# ffconcat")


def open_container(path: Path, hwaccel: HwAccel = "none", max_pixels: int | None = None) -> InputContainer:
    """The container of a local file, closed by the caller; raises ``SourceError`` with what is wrong with it.

    Only the file itself can be opened: FFmpeg's playlists and protocols would otherwise read whatever they name.
    hwaccel: what decodes its pictures, where the machine has it and it knows their codec. max_pixels: of a frame of
    what is decoded while opening, an animated WebP; any number where None.
    """
    import av

    _refuse_what_is_no_film(path)
    if is_animated_webp(_head(path)):
        return av.open(as_film(path, max_pixels), "r", format="mov")
    if hwaccel != "none":
        with suppress(av.FFmpegError, OSError):  # no such device; what is wrong with the file shows below
            return _opened(path, hwaccel)
    try:
        return _opened(path, "none")
    except av.error.PermissionError as error:
        raise SourceError(f"cannot read {path}: permission denied", "check the file's permissions") from error
    except (av.FFmpegError, OSError) as error:
        reason, remedy = _why_unreadable(path, error)
        raise SourceError(f"cannot read {path}: {reason}", remedy) from error


def _opened(path: Path, hwaccel: HwAccel) -> InputContainer:
    import av
    from av.codec.hwaccel import HWAccel

    options = {"protocol_whitelist": "file", "format_whitelist": FORMATS}
    accelerator = None if hwaccel == "none" else HWAccel(hwaccel, allow_software_fallback=True)
    return av.open("file:" + os.path.abspath(path), "r", options=options, metadata_errors="replace",  # noqa: PTH100
                   hwaccel=accelerator)


def _refuse_what_is_no_film(path: Path) -> None:
    try:
        if path.is_dir():
            raise SourceError(f"cannot read {path}: it is a folder, not a film", "name a film inside it")
        if not path.exists():
            raise SourceError(f"cannot read {path}: there is no such file", "check the name and the folder")
        if not path.is_file():
            raise SourceError(f"cannot read {path}: it is not an ordinary file", "save the stream to a file first")
        if path.stat().st_size == 0:
            raise SourceError(f"cannot read {path}: the file is empty (0 bytes)", "copy it again from where it came")
    except OSError as error:
        raise SourceError(f"cannot read {path}: {error.strerror or error}",
                          "check the name and the permissions") from error


def _why_unreadable(path: Path, error: Exception) -> tuple[str, str]:
    """What is wrong with a file that did not open as a film, and what to do."""
    head = _head(path)
    if head.startswith(_PICTURE_MARKS) or head[8:12] == b"WEBP":
        return "it is a picture, not a film", "paint it with stylize-image"
    if any(head.lstrip().startswith(mark) for mark in _PLAYLIST_MARKS):
        return "it is a playlist that names other files, and those are not opened", "name the film itself"
    if b"\0" not in head and not any(byte > 0x7F for byte in head):
        return "it is a text file, not a film", "name a film"
    if looks_encrypted(path):
        return "it is encrypted", "save it without encryption first, where that is allowed"
    return (f"no film of a known kind was found in it ({_reason(error)})",
            "check that the file plays, or copy it again from where it came")


def _head(path: Path) -> bytes:
    """How a file begins; nothing of one that cannot be read."""
    with suppress(OSError), path.open("rb") as file:
        return file.read(4096)
    return b""


def looks_encrypted(path: Path) -> bool:
    """Whether an ISO media file declares protected streams (ISO/IEC 23001-7): its boxes name an encryption scheme."""
    with path.open("rb") as file:
        head = file.read(1 << 20)
    return b"ftyp" in head[:64] and any(mark in head for mark in (b"encv", b"pssh", b"schmcenc", b"schmcbcs"))


def _reason(error: Exception) -> str:
    return str(getattr(error, "strerror", None) or error)
