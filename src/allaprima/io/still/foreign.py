"""Files that are not read here, told by how they begin: why not, and what to do about it."""

from __future__ import annotations

from typing import BinaryIO

from allaprima.errors import SourceError
from allaprima.io.boxes import content, found

_LIGHT = "write it to a file and name that"
_RAW = "develop it in a raw converter, and export a TIFF of 16 bits"
_EXPORT = "export it from an image editor as PNG, TIFF or JPEG"
_FILM = "paint it with stylize-video"
_KNOWN = ("it is not a picture in a format known here, or its header is damaged",
          "PNG, JPEG, TIFF, WebP, AVIF, GIF, BMP, PNM, JPEG 2000, PSD and TGA are read")
# How files begin, what they are, and what helps. The first ones are of light that no screen shows as it is.
_LIGHT_MARKS = (
    (b"\x76\x2f\x31\x01", "an OpenEXR picture"), (b"SDPX", "a DPX picture"), (b"XPDS", "a DPX picture"),
    (b"\x80\x2a\x5f\xd7", "a Cineon picture"), (b"#?RADIANCE", "a Radiance HDR picture"),
    (b"#?RGBE", "a Radiance HDR picture"))
_MARKS = (
    (b"\xff\x0a", "a JPEG XL picture", _EXPORT), (b"\0\0\0\x0cJXL ", "a JPEG XL picture", _EXPORT),
    (b"II\xbc", "a JPEG XR picture", _EXPORT), (b"<svg", "an SVG drawing", _EXPORT),
    (b"%PDF", "a PDF document", _EXPORT), (b"%!PS", "a PostScript document", _EXPORT),
    (b"DDS ", "a DDS texture", _EXPORT), (b"qoif", "a QOI picture", _EXPORT), (b"\0\0\1\0", "an icon", _EXPORT),
    (b"gimp xcf", "a GIMP picture", _EXPORT),
    (b"FUJIFILMCCD-RAW", "a camera's raw file", _RAW), (b"IIRO", "a camera's raw file", _RAW),
    (b"IIRS", "a camera's raw file", _RAW), (b"IIU\0", "a camera's raw file", _RAW),
    (b"FOVb", "a camera's raw file", _RAW), (b"\x1a\x45\xdf\xa3", "a film", _FILM), (b"OggS", "a film", _FILM),
    (b"FLV\1", "a film", _FILM))
_JPEG_KINDS = {0xC3: "lossless JPEG", 0xC5: "hierarchical JPEG", 0xC6: "hierarchical JPEG", 0xC7: "hierarchical JPEG",
               0xF7: "JPEG-LS"}
_FRAME_MARKERS = (*range(0xC0, 0xC4), *range(0xC5, 0xC8), *range(0xC9, 0xCC), *range(0xCD, 0xD0), 0xF7)
_LARGEST_AVIF = 16384 * 16384  # what libavif takes unless it is built otherwise


def is_linear_light(head: bytes) -> bool:
    """Return whether a file is of a kind whose values are light, with no upper end: OpenEXR, DPX, Cineon, Radiance."""
    return head.startswith(tuple(mark for mark, _ in _LIGHT_MARKS))


def why_not_read(file: BinaryIO, head: bytes) -> SourceError:
    """Return the reason that a file no reader took gives, with what helps."""
    for mark, name in _LIGHT_MARKS:
        if head.startswith(mark):
            return SourceError(f"it is {name}, and those are read from files only", _LIGHT)
    for mark, name, remedy in _MARKS:
        if head.lstrip(b"\xef\xbb\xbf \r\n\t").startswith(mark) if mark[:1] in b"<%" else head.startswith(mark):
            return SourceError(f"it is {name}{', which is not read here' if remedy == _EXPORT else ''}", remedy)
    if head.startswith(b"\xff\xd8\xff"):
        return _why_no_jpeg(file)
    if head[4:8] == b"ftyp":
        return _why_no_boxes(file, head)
    if head.startswith(b"8BPS") and len(head) > 24:
        return _why_no_photoshop(head)
    if head[:4] == b"RIFF" and head[8:12] == b"AVI ":
        return SourceError("it is a film", _FILM)
    return SourceError(*_KNOWN)


def _why_no_photoshop(head: bytes) -> SourceError:
    """The header of Adobe's Photoshop file format: version, channels, size, bits a channel."""
    if head[4:6] == b"\0\2":
        return SourceError("it is a large Photoshop document (PSB), which is not read here", _EXPORT)
    bits = int.from_bytes(head[22:24], "big")
    if bits > 8:
        return SourceError(f"it is a Photoshop document of {bits} bits a channel, and those of 8 bits are read",
                           "save it as a TIFF of 16 bits, flattened")
    return SourceError(*_KNOWN)


def _why_no_jpeg(file: BinaryIO) -> SourceError:
    """JPEG's frame header names the coding and the bits a sample (ITU-T T.81, B.2.2)."""
    place = 2
    while True:
        file.seek(place)
        head = file.read(5)
        if len(head) < 5 or head[0] != 0xFF:
            return SourceError(*_KNOWN)
        if head[1] in _FRAME_MARKERS:
            break
        place += 2 + int.from_bytes(head[2:4], "big")
    if head[1] in _JPEG_KINDS:
        return SourceError(f"it is {_JPEG_KINDS[head[1]]}, which is not read here", _EXPORT)
    if head[4] != 8:
        return SourceError(f"it is a JPEG of {head[4]} bits a channel, and those of 8 bits are read",
                           "export it as a TIFF or PNG of 16 bits, or as a JPEG of 8")
    return SourceError(*_KNOWN)


def _why_no_boxes(file: BinaryIO, head: bytes) -> SourceError:
    """Files of ISO boxes: AVIFs too large, raw files of cameras, films."""
    brand = head[8:12]
    if brand in (b"avif", b"avis", b"mif1", b"miaf"):
        meta = content(file, b"meta") or b""
        extents = found(meta, "iprp/ipco/ispe", 4)
        width, height = (int.from_bytes(meta[extents.start + at:extents.start + at + 4], "big") for at in (4, 8)) \
            if extents is not None else (0, 0)
        if width * height > _LARGEST_AVIF:
            return SourceError(f"its header says {width}x{height} pixels, more than an AVIF's decoder takes here",
                               "save it as PNG, TIFF or JPEG, or make a smaller copy of it")
        return SourceError(*_KNOWN)
    return SourceError("it is a camera's raw file", _RAW) if brand == b"crx " else SourceError("it is a film", _FILM)
