"""What the first bytes of a picture say: which formats need another reader, and how many bits a channel it holds."""

from __future__ import annotations

import re
import zlib
from dataclasses import dataclass
from typing import BinaryIO

from allaprima.io.still.light import GAMMA_OF_CODE, PRIMARIES_OF_CODE

HEAD_BYTES = 4096
_COLOUR_CHUNKS = (b"gAMA", b"cHRM", b"sRGB", b"iCCP", b"cICP")
_LEAST_GAMMA, _LARGEST_GAMMA = 5_000, 1_000_000  # hundred-thousandths; beyond it is a slip
_SEPARATOR = rb"(?:\s|#[^\n]*\n)+"
_NETPBM = re.compile(rb"P([36])" + _SEPARATOR + rb"(\d{1,10})" + _SEPARATOR + rb"(\d{1,10})" + _SEPARATOR
                     + rb"(\d{1,20})\s")


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
    """What the chunks of a PNG say.

    sound: those that matter are whole up to IEND. exif: the file holds EXIF, in a chunk of any kind. gamma: values are
    light to that power. primaries: x and y of white, red, green and blue. transfer: 16 (PQ) or 18 (HLG) where it is
    HDR. Gamma and primaries are None where nothing is said, or another chunk says it better (PNG, 4.3).
    """

    sound: bool
    exif: bool
    gamma: float | None = None
    primaries: tuple[float, ...] | None = None
    transfer: int | None = None


def is_heif(head: bytes) -> bool:
    """Return whether the file is HEIC or HEIF (ISO/IEC 23008-12), which needs the extra "heif"; AVIF is not meant."""
    brand = head[8:12] if head[4:8] == b"ftyp" else b""
    return brand in (b"heic", b"heix", b"hevc", b"hevx", b"heim", b"heis") or (
        brand in (b"mif1", b"msf1") and b"avif" not in head[8:64])


def png_bits(head: bytes) -> int:
    """Return the bits a channel that a PNG's IHDR names."""
    return head[24] if len(head) > 24 else 8


def jpeg2000_bits(head: bytes) -> int:
    """Return the bits a channel that the SIZ marker of a JPEG 2000 codestream names (ITU-T T.800, A.5.1)."""
    at = head.find(b"\xff\x4f\xff\x51")
    return (head[at + 42] & 0x7F) + 1 if 0 <= at < len(head) - 42 else 8


def png_scan(file: BinaryIO) -> PngScan:
    """Return what a walk over the chunks of a PNG finds; the place in the file is kept.

    Pillow does not compare the checksums of pixel data, and would show a picture with a bit flipped.
    """
    place = file.tell()
    file.seek(8)
    sound, ended, exif = True, False, False
    colours: dict[bytes, bytes] = {}
    while sound and not ended and len(header := file.read(8)) == 8:
        length, kind = int.from_bytes(header[:4], "big"), header[4:]
        checksum = zlib.crc32(kind)
        while length and (data := file.read(min(length, 1 << 20))):
            checksum = zlib.crc32(data, checksum)
            exif = exif or kind == b"eXIf" or (kind in (b"tEXt", b"zTXt", b"iTXt") and data.startswith(b"Raw profile"))
            length -= len(data)
            if kind in _COLOUR_CHUNKS:
                colours.setdefault(kind, data)
        critical = not kind[0] & 0x20
        whole = file.read(4) == checksum.to_bytes(4, "big")
        if not whole:
            colours.pop(kind, None)
        sound = whole or not critical
        ended = kind == b"IEND"
    file.seek(place)
    return PngScan(sound and ended, exif, *_png_colours(colours))


def _png_colours(chunks: dict[bytes, bytes]) -> tuple[float | None, tuple[float, ...] | None, int | None]:
    """Gamma, primaries and HDR transfer of chunks by kind: cICP goes before iCCP and sRGB, these before the rest."""
    codes = chunks.get(b"cICP", b"")
    if len(codes) == 4:
        gamma, primaries = GAMMA_OF_CODE.get(codes[1]), PRIMARIES_OF_CODE.get(codes[0])
        return (None, None, codes[1]) if codes[1] in (16, 18) else (gamma, primaries, None)
    if b"iCCP" in chunks or b"sRGB" in chunks:
        return None, None, None
    number = int.from_bytes(chunks.get(b"gAMA", b""), "big")
    gamma = number / 100_000 if _LEAST_GAMMA <= number <= _LARGEST_GAMMA else None
    places = chunks.get(b"cHRM", b"")
    if len(places) != 32:
        return gamma, None, None
    return gamma, tuple(int.from_bytes(places[at:at + 4], "big") / 100_000 for at in range(0, 32, 4)), None


def netpbm(head: bytes) -> Netpbm | None:
    """Return the header of a colour PNM (P3 or P6), None where the file is something else."""
    match = _NETPBM.match(head)
    if match is None:
        return None
    width, height, largest = (int(match[number]) for number in (2, 3, 4))
    return Netpbm(width, height, largest, match.end(), match[1] == b"3")
