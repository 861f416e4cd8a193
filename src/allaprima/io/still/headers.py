"""What the first bytes of a picture say: which formats need another reader, and how many bits a channel it holds."""

from __future__ import annotations

import re
import struct
import zlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, BinaryIO, Literal

if TYPE_CHECKING:
    from PIL import ImageFile

HEAD_BYTES = 4096
_SEPARATOR = rb"(?:\s|#[^\n]*\n)+"
_NETPBM = re.compile(rb"P([36])" + _SEPARATOR + rb"(\d+)" + _SEPARATOR + rb"(\d+)" + _SEPARATOR + rb"(\d+)\s")
_WIDTH, _HEIGHT, _BITS, _SAMPLES, _EXTRA, _FORMAT = 256, 257, 258, 277, 338, 339
_ORIENTATION = 274
_STRIPS, _STRIP_BYTES, _TILES, _TILE_BYTES = 273, 279, 324, 325
_TIFF_MAGIC = (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")


@dataclass(frozen=True, slots=True)
class Netpbm:
    """The header of a colour PNM file: ``offset`` is where its samples begin, ``text`` whether they are written out."""

    width: int
    height: int
    largest: int
    offset: int
    text: bool


@dataclass(frozen=True, slots=True)
class TiffLayout:
    """How a TIFF's first page stores its samples.

    kind: 1 unsigned, 2 signed, 3 floating-point, as tag 339 numbers them.
    whole: every strip or tile lies inside the file.
    """

    width: int
    height: int
    bits: tuple[int, ...]
    kind: int
    premultiplied: bool
    whole: bool


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


def is_tiff(head: bytes) -> bool:
    """Return whether the file begins as a TIFF or BigTIFF does."""
    return head.startswith(_TIFF_MAGIC)


def without_orientation(tiff: bytes) -> bytes:
    """Return a TIFF file whose first page is said to stand upright: readers differ in whether they would turn it."""
    order: Literal["little", "big"] = "little" if tiff.startswith(b"II") else "big"
    big = int.from_bytes(tiff[2:4], order) == 43
    at = int.from_bytes(tiff[8:16] if big else tiff[4:8], order)
    count_bytes, entry_bytes, value_at = (8, 20, 12) if big else (2, 12, 8)
    count = int.from_bytes(tiff[at:at + count_bytes], order)
    for entry in range(at + count_bytes, at + count_bytes + min(count, 4096) * entry_bytes, entry_bytes):
        if int.from_bytes(tiff[entry:entry + 2], order) == _ORIENTATION:
            return tiff[:entry + value_at] + (1).to_bytes(2, order) + tiff[entry + value_at + 2:]
    return tiff


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


def tiff_layout(file: BinaryIO, image: ImageFile.ImageFile | None = None) -> TiffLayout | None:
    """Return how the first page of a TIFF stores its samples, None where the directory cannot be read.

    ``image`` is the page as Pillow opened it; without it the first directory is read here, since Pillow gives nothing
    for a layout that it does not know.
    """
    from PIL import TiffImagePlugin

    size_bytes = file.seek(0, 2)

    try:
        if isinstance(image, TiffImagePlugin.TiffImageFile):
            tags = image.tag_v2
        else:
            file.seek(0)
            header = file.read(8)
            if header[2] == 43:
                header += file.read(8)
            tags = TiffImagePlugin.ImageFileDirectory_v2(header)
            file.seek(tags.next)
            tags.load(file)
        bits = tuple(int(value) for value in tags.get(_BITS, (1,)))
        if len(bits) == 1:
            bits = bits * int(tags.get(_SAMPLES, 1))
        starts = tags.get(_STRIPS, tags.get(_TILES, ()))
        lengths = tags.get(_STRIP_BYTES, tags.get(_TILE_BYTES, ()))
        whole = len(starts) == len(lengths) > 0 and all(
            int(start) + int(length) <= size_bytes for start, length in zip(starts, lengths, strict=True))
        return TiffLayout(int(tags[_WIDTH]), int(tags[_HEIGHT]), bits, int(tags.get(_FORMAT, (1,))[0]),
                          1 in tags.get(_EXTRA, ()), whole)
    except (SyntaxError, ValueError, KeyError, TypeError, IndexError, OSError, struct.error):
        return None
