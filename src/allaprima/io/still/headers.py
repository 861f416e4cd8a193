"""What the first bytes of a picture say: which formats need another reader, and how many bits a channel it holds."""

from __future__ import annotations

import re
import zlib
from dataclasses import dataclass
from typing import BinaryIO

HEAD_BYTES = 4096
_SEPARATOR = rb"(?:\s|#[^\n]*\n)+"
_NETPBM = re.compile(rb"P([36])" + _SEPARATOR + rb"(\d+)" + _SEPARATOR + rb"(\d+)" + _SEPARATOR + rb"(\d+)\s")


@dataclass(frozen=True, slots=True)
class Netpbm:
    """The header of a colour PNM file: ``offset`` is where its samples begin, ``text`` whether they are written out."""

    width: int
    height: int
    largest: int
    offset: int
    text: bool


@dataclass(frozen=True, slots=True)
class PngScan:
    """sound: the chunks that matter are whole up to IEND. exif: the file holds EXIF, in a chunk of any kind."""

    sound: bool
    exif: bool


def film_format(head: bytes) -> str | None:
    """Return "OpenEXR" or "DPX" where the file is one, else None: both need the extra "film"."""
    if head.startswith(b"\x76\x2f\x31\x01"):
        return "OpenEXR"
    return "DPX" if head.startswith((b"SDPX", b"XPDS")) else None


def is_heif(head: bytes) -> bool:
    """Return whether the file is HEIC or HEIF (ISO/IEC 23008-12), which needs the extra "heif"; AVIF is not meant."""
    brand = head[8:12] if head[4:8] == b"ftyp" else b""
    return brand in (b"heic", b"heix", b"hevc", b"hevx", b"heim", b"heis") or (
        brand in (b"mif1", b"msf1") and b"avif" not in head[8:64])


def png_bits(head: bytes) -> int:
    """Return the bits a channel that a PNG's IHDR names."""
    return head[24] if len(head) > 24 else 8


def png_scan(file: BinaryIO) -> PngScan:
    """Return what a walk over the chunks of a PNG finds; the place in the file is kept.

    Pillow does not compare the checksums of pixel data, and would show a picture with a bit flipped.
    """
    place = file.tell()
    file.seek(8)
    sound, ended, exif = True, False, False
    while sound and not ended and len(header := file.read(8)) == 8:
        length, kind = int.from_bytes(header[:4], "big"), header[4:]
        checksum = zlib.crc32(kind)
        while length and (data := file.read(min(length, 1 << 20))):
            checksum = zlib.crc32(data, checksum)
            exif = exif or kind == b"eXIf" or (kind in (b"tEXt", b"zTXt", b"iTXt") and data.startswith(b"Raw profile"))
            length -= len(data)
        critical = not kind[0] & 0x20
        sound = file.read(4) == checksum.to_bytes(4, "big") or not critical
        ended = kind == b"IEND"
    file.seek(place)
    return PngScan(sound and ended, exif)


def avif_bits(head: bytes) -> int:
    """Return the bits a channel that an AVIF's first pixel information box names (ISO/IEC 23008-12, 6.5.6)."""
    at = head.find(b"pixi")
    return head[at + 9] if 0 <= at < len(head) - 9 else 8


def hdr_transfer(head: bytes) -> int | None:
    """Return 16 (PQ) or 18 (HLG) where an AVIF or HEIF names such a transfer (ISO/IEC 23091-2), else None."""
    at = head.find(b"colrnclx")
    code = int.from_bytes(head[at + 10:at + 12], "big") if at >= 0 else 2
    return code if code in (16, 18) else None


def netpbm(head: bytes) -> Netpbm | None:
    """Return the header of a colour PNM (P3 or P6), None where the file is something else."""
    match = _NETPBM.match(head)
    if match is None:
        return None
    width, height, largest = (int(match[number]) for number in (2, 3, 4))
    return Netpbm(width, height, largest, match.end(), match[1] == b"3")
