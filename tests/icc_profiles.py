"""Small colour profiles made byte by byte (ICC.1:2001), each so odd that a picture shows whether it was used."""

import struct
from functools import cache
from typing import Literal

from PIL import ImageCms

Curve = Literal["power", "table", "parametric"]


@cache
def rgb_profile() -> bytes:
    """Return sRGB as a profile file; always the same bytes, as a profile holds the second it was made in."""
    return ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()


def grey_profile(gamma: float, curve: Curve = "power") -> bytes:
    """Return a grey profile whose tone curve is a power, written in one of three ways."""
    if curve == "power":
        curve_data = b"curv\0\0\0\0" + struct.pack(">IH", 1, round(gamma * 256))
    elif curve == "table":
        samples = [round((number / 255) ** gamma * 65535) for number in range(256)]
        curve_data = b"curv\0\0\0\0" + struct.pack(">I256H", 256, *samples)
    else:
        curve_data = b"para\0\0\0\0" + struct.pack(">HHi", 0, 0, round(gamma * 65536))
    return _profile(b"GRAY", b"XYZ ", [(b"kTRC", curve_data), (b"wtpt", _d50())])


def cmyk_profile_by_black_alone() -> bytes:
    """Return a CMYK profile that shows black ink and takes cyan, magenta and yellow for paper."""
    ramp = bytes(range(256))
    corners = b"".join(bytes([0 if black else 255, 128, 128]) for _ in range(8) for black in (0, 1))
    matrix = struct.pack(">9I", 65536, 0, 0, 0, 65536, 0, 0, 0, 65536)
    table = b"mft1\0\0\0\0" + bytes([4, 3, 2, 0]) + matrix + ramp * 4 + corners + ramp * 3
    return _profile(b"CMYK", b"Lab ", [(b"A2B0", table), (b"wtpt", _d50())], kind=b"prtr")


def _d50() -> bytes:
    return b"XYZ \0\0\0\0" + struct.pack(">3I", 0xF6D6, 0x10000, 0xD32D)


def _profile(space: bytes, connection: bytes, tags: list[tuple[bytes, bytes]], kind: bytes = b"mntr") -> bytes:
    text = b"ours\0"
    tags = [*tags, (b"cprt", b"text\0\0\0\0" + text),
            (b"desc", b"desc\0\0\0\0" + struct.pack(">I", len(text)) + text + b"\0" * 78)]
    at, directory, body = 132 + 12 * len(tags), b"", b""
    for name, data in tags:
        directory += name + struct.pack(">II", at + len(body), len(data))
        body += data + b"\0" * (-len(data) % 4)
    header = (struct.pack(">I", at + len(body)) + b"\0\0\0\0\x02\x10\0\0" + kind + space + connection
              + b"\0" * 12 + b"acsp" + b"\0" * 28 + struct.pack(">3I", 0xF6D6, 0x10000, 0xD32D)).ljust(128, b"\0")
    return header + struct.pack(">I", len(tags)) + directory + body
