"""What a file says beside its pixels changes the picture: it is applied, or its loss is named."""

import struct
import zlib
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from allaprima.io.boxes import clean_aperture
from allaprima.io.still.reading import read_image
from icc_profiles import rgb_profile

VALUES = np.arange(256, dtype=np.uint8).reshape(16, 16)
RGB = np.stack([VALUES, VALUES[::-1], VALUES.T], axis=-1)
P3 = (0.3127, 0.329, 0.68, 0.32, 0.265, 0.69, 0.15, 0.06)
SRGB = (0.3127, 0.329, 0.64, 0.33, 0.3, 0.6, 0.15, 0.06)


def chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def gama(gamma: float) -> bytes:
    return chunk(b"gAMA", struct.pack(">I", round(gamma * 100_000)))


def chrm(places: tuple[float, ...]) -> bytes:
    return chunk(b"cHRM", struct.pack(">8I", *(round(place * 100_000) for place in places)))


def png(tmp_path: Path, chunks: bytes, pixels: np.ndarray = RGB, **options: object):
    buffer = BytesIO()
    Image.fromarray(pixels).save(buffer, "PNG", **options)
    data = buffer.getvalue()
    (tmp_path / "picture.png").write_bytes(data[:33] + chunks + data[33:])
    return read_image(tmp_path / "picture.png")


def srgb(light: np.ndarray) -> np.ndarray:
    return np.where(light <= 0.0031308, 12.92 * light, 1.055 * light ** (1 / 2.4) - 0.055)


def linear(values: np.ndarray) -> np.ndarray:
    return np.where(values <= 0.04045, values / 12.92, ((values + 0.055) / 1.055) ** 2.4)


@pytest.mark.parametrize("gamma", [1.0, 0.5556, 0.35])
def test_the_gamma_of_a_png_becomes_srgbs(tmp_path: Path, gamma: float) -> None:
    picture = png(tmp_path, gama(gamma))
    np.testing.assert_allclose(picture.image, 255 * srgb((RGB / 255) ** (1 / gamma)), atol=0.51)
    assert any("gamma" in warning for warning in picture.warnings)


def test_gamma_is_applied_to_16_bits_and_grey_and_leaves_alpha_alone(tmp_path: Path) -> None:
    deep = np.linspace(0, 65535, 256).astype(np.uint16).reshape(16, 16)
    np.testing.assert_allclose(png(tmp_path, gama(1), deep).image[..., 1], 65535 * srgb(deep / 65535), atol=0.51)
    picture = png(tmp_path, gama(1), np.dstack([VALUES, VALUES]))
    np.testing.assert_array_equal(picture.alpha, VALUES)
    np.testing.assert_allclose(picture.image[..., 0], 255 * srgb(VALUES / 255), atol=0.51)


@pytest.mark.parametrize("chunks", [
    gama(0.45455), gama(0.45455) + chrm(SRGB), gama(1) + chunk(b"sRGB", b"\0"), gama(0),
    chunk(b"cICP", bytes([1, 13, 0, 1])) + gama(1)])
def test_what_is_srgb_already_or_says_nothing_stays_as_it_is(tmp_path: Path, chunks: bytes) -> None:
    picture = png(tmp_path, chunks)
    np.testing.assert_array_equal(picture.image, RGB)
    assert picture.warnings == ()


def test_a_profile_goes_before_gamma(tmp_path: Path) -> None:
    picture = png(tmp_path, gama(1) + chrm(P3), icc_profile=rgb_profile())
    np.testing.assert_array_equal(picture.image, RGB)
    assert picture.icc_profile == rgb_profile()


@pytest.mark.parametrize("chunks", [chrm(P3), gama(0.45455) + chrm(P3), chunk(b"cICP", bytes([12, 13, 0, 1]))])
def test_other_primaries_become_srgbs(tmp_path: Path, chunks: bytes) -> None:
    # Linear Display P3 to linear sRGB, as the CSS Color 4 sample code gives it.
    matrix = np.array([[1.2249402, -0.2249402, 0], [-0.0420570, 1.0420570, 0], [-0.0196376, -0.0786361, 1.0982735]])
    expected = srgb(np.clip(linear(RGB / 255) @ matrix.T, 0, 1))
    picture = png(tmp_path, chunks)
    np.testing.assert_allclose(picture.image / 255, expected, atol=0.006)
    assert any("primaries" in warning for warning in picture.warnings)


def test_impossible_primaries_are_named_and_left_out(tmp_path: Path) -> None:
    for places in ((0.3, 0.3, 0.5, 0.5, 0.5, 0.5, 0.5, 0.5), (0.3, 0.3, 0.6, 0.0, 0.3, 0.6, 0.1, 0.1)):
        picture = png(tmp_path, chrm(places))
        np.testing.assert_array_equal(picture.image, RGB)
        assert any("impossible" in warning for warning in picture.warnings)


def test_a_png_in_pq_is_brought_down_to_an_ordinary_screen(tmp_path: Path) -> None:
    white = np.full((8, 8, 3), 148, np.uint8)  # 203 nits, the white of BT.2408
    picture = png(tmp_path, chunk(b"cICP", bytes([9, 16, 0, 1])), white)
    assert any("PQ HDR" in warning for warning in picture.warnings)
    assert 0.75 < picture.image.mean() / 65535 < 0.97


def test_a_camera_set_to_adobe_rgb_is_believed(tmp_path: Path) -> None:
    exif = Image.Exif()
    exif.get_ifd(0x8769)[0xA005] = {1: "R03"}
    Image.new("RGB", (16, 16), (90, 200, 90)).save(tmp_path / "photo.jpg", exif=exif, quality=100)
    picture = read_image(tmp_path / "photo.jpg")
    assert picture.image[8, 8, 0] < 30  # greener than sRGB's green at this red
    assert any("primaries" in warning for warning in picture.warnings)


def avif(tmp_path: Path, pixels: np.ndarray) -> bytes:
    Image.fromarray(pixels).save(tmp_path / "plain.avif", quality=100, subsampling="4:4:4")
    return (tmp_path / "plain.avif").read_bytes()


def with_clap(data: bytes, numbers: tuple[int, ...]) -> bytes:
    """The AVIF with a clean aperture for its first item: a property more, a number more, sizes and offsets moved."""
    box = struct.pack(">I4s8i", 40, b"clap", *numbers)
    ipco, ipma, iloc = data.index(b"ipco") - 4, data.index(b"ipma") - 4, data.index(b"iloc") - 4
    count = data[ipma + 18]
    places, at = 0, ipco + 8
    while at < ipma:
        at += int.from_bytes(data[at:at + 4], "big")
        places += 1
    changed = bytearray(data)
    changed[ipma + 18] = count + 1
    for name, more in ((b"meta", 41), (b"iprp", 41), (b"ipco", 40), (b"ipma", 1)):
        start = data.index(name) - 4
        changed[start:start + 4] = struct.pack(">I", int.from_bytes(data[start:start + 4], "big") + more)
    extent = iloc + 12 + 4 + 2 + 2 + 2
    changed[extent:extent + 4] = struct.pack(">I", int.from_bytes(data[extent:extent + 4], "big") + 41)
    changed[ipma + 19 + count:ipma + 19 + count] = bytes([0x80 | places + 1])
    changed[ipma:ipma] = box
    return bytes(changed)


def test_the_clean_aperture_of_an_avif_is_cut_out(tmp_path: Path) -> None:
    pixels = np.zeros((60, 80, 3), np.uint8)
    pixels[10:40, 20:60] = 200
    (tmp_path / "clap.avif").write_bytes(with_clap(avif(tmp_path, pixels), (40, 1, 30, 1, 0, 1, -5, 1)))
    picture = read_image(tmp_path / "clap.avif")
    assert picture.image.shape == (30, 40, 3)
    np.testing.assert_allclose(picture.image, 200, atol=4)


@pytest.mark.parametrize("numbers", [(40, 0, 30, 1, 0, 1, 0, 1), (400, 1, 30, 1, 0, 1, 0, 1),
                                     (40, 1, 30, 1, 90, 1, 0, 1), (80, 1, 60, 1, 0, 1, 0, 1),
                                     (-40, 1, 30, 1, 0, 1, 0, 1)])
def test_a_clean_aperture_that_cannot_be_is_the_whole_picture(numbers: tuple[int, ...]) -> None:
    assert clean_aperture(struct.pack(">8i", *numbers), 80, 60) is None


def test_a_clean_aperture_lies_to_the_nearest_pixel() -> None:
    assert clean_aperture(struct.pack(">8i", 1408, 2, 480, 1, -1, 2, 0, 1), 720, 480) == (8, 0, 704, 480)


def test_an_avif_in_wide_primaries_becomes_srgb(tmp_path: Path) -> None:
    data = avif(tmp_path, np.full((32, 32, 3), (90, 200, 90), np.uint8))
    at = data.index(b"colrnclx") + 8
    (tmp_path / "p3.avif").write_bytes(data[:at] + struct.pack(">H", 12) + data[at + 2:])
    picture = read_image(tmp_path / "p3.avif")
    assert picture.image[16, 16, 0] < 60
    assert any("primaries" in warning for warning in picture.warnings)


def test_a_panorama_and_a_second_view_are_named_as_lost(tmp_path: Path) -> None:
    xmp = b'<x:xmpmeta xmlns:x="adobe:ns:meta/"><r GPano:ProjectionType="equirectangular"/></x:xmpmeta>'
    for name in ("round.jpg", "round.webp", "round.avif"):
        Image.fromarray(RGB).save(tmp_path / name, xmp=xmp)
        assert any("panorama" in warning for warning in read_image(tmp_path / name).warnings)
    view = Image.fromarray(np.repeat(np.repeat(RGB, 4, 0), 4, 1))
    view.save(tmp_path / "two.mpo", save_all=True, append_images=[view])
    data = (tmp_path / "two.mpo").read_bytes()
    at = data.index(b"MPF\0") + 4
    place = data.index(struct.pack("<HH", 0xB002, 7), at)
    entries = at + int.from_bytes(data[place + 8:place + 12], "little")
    marked = data[:entries] + struct.pack("<I", 0x20020002) + data[entries + 4:]
    (tmp_path / "two.mpo").write_bytes(marked)
    assert any("stereo" in warning for warning in read_image(tmp_path / "two.mpo").warnings)
