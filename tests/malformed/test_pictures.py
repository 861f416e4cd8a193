"""Damaged pictures of every format are read, or refused with an error of ours."""

from __future__ import annotations

from contextlib import suppress
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from allaprima.errors import AllaprimaError
from allaprima.io.still.headers import netpbm, png_scan
from allaprima.io.still.icc import deep_to_rgb
from allaprima.io.still.picture import Picture
from allaprima.io.still.reading import read_image
from allaprima.io.still.writing import ENCODERS
from icc_profiles import rgb_profile
from malformed.strategies import QUICK, damaged

RNG = np.random.default_rng(1)
SMALL = RNG.integers(0, 255, (12, 16, 3), np.uint8)
DEEP = RNG.integers(0, 65535, (12, 16, 3), np.uint16)


def exif() -> bytes:
    found = Image.Exif()
    found[0x0112], found[0x010F], found[0x8769] = 6, "Maker", {0x9003: "2020"}
    return found.tobytes()


def by_pillow(name: str, mode: str = "RGB") -> bytes:
    buffer = BytesIO()
    Image.fromarray(SMALL).convert(mode).save(buffer, name)
    return buffer.getvalue()


def grey_profile() -> bytes:
    """A grey profile of one curve."""
    curve = b"curv\0\0\0\0\0\0\0\2\0\0\xff\xff"
    return bytes(16) + b"GRAYXYZ " + bytes(104) + b"\0\0\0\1kTRC" + (144).to_bytes(4, "big") + (16).to_bytes(
        4, "big") + curve


PICTURES = {
    **{f"ours{suffix}": ENCODERS[suffix](Picture(SMALL, None if suffix == ".jpg" else SMALL[..., 0], rgb_profile(),
                                                 exif())) for suffix in (".png", ".jpg", ".tif", ".webp", ".avif")},
    "deep.png": ENCODERS[".png"](Picture(DEEP, None, rgb_profile())),
    "deep.tif": ENCODERS[".tif"](Picture(DEEP, DEEP[..., 0])),
    "palette.png": by_pillow("PNG", "P"), "bits.tif": by_pillow("TIFF", "1"), "cmyk.jpg": by_pillow("JPEG", "CMYK"),
    "moving.gif": by_pillow("GIF"), "plain.bmp": by_pillow("BMP"), "plain.tga": by_pillow("TGA"),
    "plain.jp2": by_pillow("JPEG2000"), "plain.ppm": by_pillow("PPM"), "deep.ppm": b"P6\n4 4\n1023\n" + bytes(96),
    "text.ppm": b"P3\n2 2\n1023\n" + b"1 2 3 " * 4}


@pytest.mark.parametrize("name", PICTURES)
def test_damaged_pictures(tmp_path: Path, name: str) -> None:
    @QUICK
    @given(damaged(PICTURES[name]))
    def refused_or_read(content: bytes) -> None:
        path = tmp_path / name
        path.write_bytes(content)
        with suppress(AllaprimaError):
            picture = read_image(path, max_pixels=1_000_000)
            assert picture.image.shape[2] == 3
            assert np.isfinite(picture.image).all()

    refused_or_read()


@pytest.mark.parametrize("content", [
    b"P6\n4 4\n99999999999\n" + bytes(96), b"P6\n4 4\n0\n" + bytes(48), b"P6\n" + b"1" * 5000 + b" 4\n255\n",
    b"P5\n4 4\n99999999999\n", b"x", b"\xff\xd8", PICTURES["palette.png"].replace(b"PLTE", b"pLTE")],
    ids=["white too large", "no white", "digits", "grey", "one byte", "two bytes", "no palette"])
def test_what_was_once_no_sentence(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "p.ppm"
    path.write_bytes(content)
    with pytest.raises(AllaprimaError, match="cannot read the picture"):
        read_image(path)


@QUICK
@given(damaged(grey_profile()) | st.binary(max_size=200))
def test_grey_profiles(profile: bytes) -> None:
    pixels, _, _ = deep_to_rgb(np.full((2, 2, 3), 7, np.uint16), profile)
    assert pixels.dtype == np.uint16


@QUICK
@given(st.binary(max_size=64), damaged(PICTURES["deep.png"]))
def test_headers(head: bytes, png: bytes) -> None:
    netpbm(b"P6\n" + head)
    png_scan(BytesIO(png))
