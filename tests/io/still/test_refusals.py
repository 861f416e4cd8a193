"""What is cut short, damaged, hostile or no picture gets one sentence, before it costs memory."""

import struct
import zlib
from contextlib import suppress
from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image

from allaprima.errors import SourceError
from allaprima.io.still.reading import read_image
from allaprima.io.still.tiff import encode_tiff

RNG = np.random.default_rng(7)
COLOURS_8 = RNG.integers(0, 256, (5, 7, 3), dtype=np.uint8)
COLOURS_16 = RNG.integers(0, 65536, (5, 7, 3), dtype=np.uint16)


@pytest.mark.parametrize("kept", [0.1, 0.5, 0.9])
@pytest.mark.parametrize("suffix", [".png", ".jpg", ".tif", ".webp", ".gif", ".avif", ".bmp", ".ppm", ".jp2"])
def test_a_truncated_picture_is_refused(tmp_path: Path, suffix: str, kept: float) -> None:
    path = tmp_path / f"cut{suffix}"
    Image.fromarray(RNG.integers(0, 256, (64, 64, 3), dtype=np.uint8)).save(path)
    path.write_bytes(path.read_bytes()[:int(path.stat().st_size * kept)])
    with pytest.raises(SourceError, match="cannot read the picture") as caught:
        read_image(path)
    assert caught.value.hint


@pytest.mark.parametrize("kept", [0.1, 0.5, 0.9])
@pytest.mark.parametrize("suffix", [".png", ".tif", ".ppm", ".pgm"])
def test_a_truncated_picture_of_16_bits_is_refused(tmp_path: Path, suffix: str, kept: float) -> None:
    values = RNG.integers(0, 65536, (64, 64, 3), dtype=np.uint16)
    path = tmp_path / f"cut{suffix}"
    path.write_bytes(cv2.imencode(suffix, values[..., 0] if suffix == ".pgm" else values)[1].tobytes())
    path.write_bytes(path.read_bytes()[:int(path.stat().st_size * kept)])
    with pytest.raises(SourceError):
        read_image(path)


def test_a_truncated_float_tiff_is_refused(tmp_path: Path) -> None:
    data = encode_tiff(RNG.random((64, 64, 3), dtype=np.float32))
    at, = struct.unpack_from("<I", data, 4)
    # The directory is kept and the strips before it are cut out: it points past the end.
    moved = bytearray(data[:at // 2] + data[at:])
    struct.pack_into("<I", moved, 4, at // 2)
    (tmp_path / "cut.tif").write_bytes(moved)
    with pytest.raises(SourceError):
        read_image(tmp_path / "cut.tif")


def png_header(width: int, height: int) -> bytes:
    body = b"IHDR" + struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    data = b"IDAT" + zlib.compress(b"\0" * 100)
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(chunk) - 4) + chunk + struct.pack(">I", zlib.crc32(chunk)) for chunk in (body, data))


def test_a_bomb_is_refused_from_its_header_and_no_option_is_said_to_allow_it(
        tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("allaprima.io.size_limit.free_bytes", lambda: 8 << 30)
    path = tmp_path / "bomb.png"
    path.write_bytes(png_header(60_000, 60_000))
    limit = Image.MAX_IMAGE_PIXELS
    with pytest.raises(SourceError, match="60000x60000") as caught:
        read_image(path)
    assert "--max-pixels" not in str(caught.value.hint)
    assert limit == Image.MAX_IMAGE_PIXELS


def test_the_limit_of_pixels_is_exact(tmp_path: Path) -> None:
    for name in ("small.png", "small.ppm"):
        Image.fromarray(COLOURS_8).save(tmp_path / name)
        assert read_image(tmp_path / name, max_pixels=35).image.shape == (5, 7, 3)
        with pytest.raises(SourceError, match="7x5"):
            read_image(tmp_path / name, max_pixels=34)
    (tmp_path / "deep.ppm").write_bytes(cv2.imencode(".ppm", COLOURS_16)[1].tobytes())
    with pytest.raises(SourceError, match="7x5"):
        read_image(tmp_path / "deep.ppm", max_pixels=34)


def test_a_limit_above_pillows_own_lets_larger_pictures_in(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 10)
    Image.fromarray(COLOURS_8).save(tmp_path / "large.png")
    picture = read_image(tmp_path / "large.png")
    assert picture.image.shape == (5, 7, 3)
    assert picture.warnings == ()


@pytest.mark.parametrize(("name", "data"), [
    ("empty.png", b""), ("text.jpg", b"this is no picture"), ("page.png", b"<html></html>"), ("cut.tif", b"II*\0\x10"),
    ("stub.gif", b"GIF89a\1\0\1\0\0\0\0;")])
def test_a_file_that_is_no_picture_gets_one_sentence(tmp_path: Path, name: str, data: bytes) -> None:
    path = tmp_path / name
    path.write_bytes(data)
    with pytest.raises(SourceError, match=name) as caught:
        read_image(path)
    assert "\n" not in str(caught.value)


def test_a_missing_file_a_folder_and_a_name_too_long_are_told_apart(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="no such file"):
        read_image(tmp_path / "gone.png")
    with pytest.raises(SourceError, match="folder"):
        read_image(tmp_path)
    with pytest.raises(SourceError, match="too long"):
        read_image(tmp_path / ("x" * 300 + ".png"))
    with pytest.raises(SourceError, match="not an ordinary file"):
        read_image(Path("/dev/null"))


def test_32_bit_integers_are_refused_with_what_to_export(tmp_path: Path) -> None:
    Image.fromarray(np.full((4, 4), 100_000, np.int32)).save(tmp_path / "counts.tif")
    with pytest.raises(SourceError, match="32 bits") as caught:
        read_image(tmp_path / "counts.tif")
    assert "8 or 16" in str(caught.value.hint)


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
def test_one_flipped_bit_in_the_pixels_of_a_png_is_noticed(tmp_path: Path, dtype: type) -> None:
    path = tmp_path / "flipped.png"
    data = bytearray(cv2.imencode(".png", RNG.integers(0, np.iinfo(dtype).max, (40, 40, 3), dtype=dtype))[1].tobytes())
    for at in (len(data) // 3, len(data) // 2, len(data) - 30):
        data[at] ^= 4
        path.write_bytes(data)
        with pytest.raises(SourceError, match="damaged"):
            read_image(path)
        data[at] ^= 4
    path.write_bytes(data)
    read_image(path)


def test_bit_flips_give_a_picture_or_one_error(tmp_path: Path) -> None:
    rng = np.random.default_rng(11)
    for suffix in (".png", ".jpg", ".tif", ".webp", ".gif", ".ppm", ".jp2", ".bmp"):
        whole = tmp_path / f"whole{suffix}"
        Image.fromarray(rng.integers(0, 256, (24, 24, 3), dtype=np.uint8)).save(whole)
        data = np.frombuffer(whole.read_bytes(), np.uint8)
        for number in range(40):
            flipped = data.copy()
            flipped[rng.integers(0, min(len(data), 200 if number % 2 else len(data)))] ^= 1 << rng.integers(0, 8)
            path = tmp_path / f"flipped{suffix}"
            path.write_bytes(flipped.tobytes())
            with suppress(SourceError):
                assert read_image(path, max_pixels=10_000_000).image.shape[2] == 3
