"""TIFFs of every layout: read value by value, or refused with the reason."""

import struct
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from allaprima.errors import SourceError
from allaprima.io.still.reading import read_image
from made_tiffs import Tiff

RNG = np.random.default_rng(5)
RGB = RNG.integers(0, 65536, (37, 21, 3), dtype=np.uint16)
ALPHA = RNG.integers(1, 65536, (37, 21, 1), dtype=np.uint16)
RGBA = np.concatenate([RGB, ALPHA], axis=2)
FLOATS = RNG.random((37, 21, 3), dtype=np.float32)


def read(tmp_path: Path, tiff: Tiff):
    (tmp_path / "picture.tif").write_bytes(tiff.bytes())
    return read_image(tmp_path / "picture.tif")


@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize("separate", [False, True])
@pytest.mark.parametrize("choices", [{}, {"compression": 8, "predictor": 2}, {"tile": 16, "compression": 8},
                                     {"big": True}, {"rows": 37}], ids=str)
def test_16_bit_colour_is_read_from_every_layout(tmp_path: Path, order: str, separate: bool,
                                                 choices: dict[str, int]) -> None:
    picture = read(tmp_path, Tiff(RGB, order=order, separate=separate, **choices))
    np.testing.assert_array_equal(picture.image, RGB)
    assert picture.alpha is None
    assert picture.warnings == ()


@pytest.mark.parametrize("separate", [False, True])
def test_alpha_is_told_from_channels_that_mean_nothing(tmp_path: Path, separate: bool) -> None:
    more = np.concatenate([RGB, ALPHA[::-1], ALPHA], axis=2)
    picture = read(tmp_path, Tiff(more, separate=separate, extra=(0, 2)))
    np.testing.assert_array_equal(picture.image, RGB)
    np.testing.assert_array_equal(picture.alpha, ALPHA[..., 0])
    assert read(tmp_path, Tiff(RGBA, separate=separate, extra=(0,))).alpha is None
    np.testing.assert_array_equal(read(tmp_path, Tiff(RGBA, separate=separate)).alpha, ALPHA[..., 0])


@pytest.mark.parametrize("separate", [False, True])
def test_premultiplied_colours_are_divided_by_alpha(tmp_path: Path, separate: bool) -> None:
    alpha = np.full((4, 4, 1), 32768, np.uint16)
    picture = read(tmp_path, Tiff(np.concatenate([np.full((4, 4, 3), 10000, np.uint16), alpha], axis=2),
                                  separate=separate, extra=(1,)))
    np.testing.assert_allclose(picture.image, 10000 * 65535 / 32768, atol=1)


@pytest.mark.parametrize("bits", [None, 10, 12, 14])
def test_where_white_is_zero_the_picture_is_turned_round(tmp_path: Path, bits: int | None) -> None:
    largest = (1 << (bits or 16)) - 1
    grey = RNG.integers(0, largest + 1, (9, 13, 1), dtype=np.uint16)
    black = read(tmp_path, Tiff(grey, photometric=1, bits=bits)).image
    white = read(tmp_path, Tiff(grey, photometric=0, bits=bits)).image
    np.testing.assert_allclose(black[..., 1] / 65535, grey[..., 0] / largest, atol=1e-5)
    np.testing.assert_array_equal(white, 65535 - black)
    assert white.shape == (9, 13, 3)


def test_grey_with_alpha_keeps_both(tmp_path: Path) -> None:
    for separate in (False, True):
        picture = read(tmp_path, Tiff(RGBA[..., 2:], photometric=1, separate=separate, extra=(2,)))
        np.testing.assert_array_equal(picture.image, np.repeat(RGB[..., 2:], 3, axis=2))
        np.testing.assert_array_equal(picture.alpha, ALPHA[..., 0])


@pytest.mark.parametrize("separate", [False, True])
@pytest.mark.parametrize("choices", [{}, {"compression": 8, "predictor": 3}, {"order": ">"}], ids=str)
def test_floats_are_read_from_every_layout(tmp_path: Path, separate: bool, choices: dict[str, int]) -> None:
    picture = read(tmp_path, Tiff(FLOATS, separate=separate, **choices))
    assert picture.image.dtype == np.float32
    np.testing.assert_array_equal(picture.image, FLOATS)


@pytest.mark.parametrize("dtype", [np.float16, np.float64])
def test_halves_and_doubles_become_floats(tmp_path: Path, dtype: type) -> None:
    picture = read(tmp_path, Tiff(FLOATS.astype(dtype)))
    assert picture.image.dtype == np.float32
    np.testing.assert_allclose(picture.image, FLOATS, atol=1e-3)


def lab_of(rgb: np.ndarray) -> np.ndarray:
    """CIE L*a*b* relative to D50 of sRGB values in 0 to 1, by the matrix of the profile of IEC 61966-2-1."""
    light = np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)
    matrix = np.array([[0.4360747, 0.3850649, 0.1430804], [0.2225045, 0.7168786, 0.0606169],
                       [0.0139322, 0.0971045, 0.7141733]])
    stimuli = light @ matrix.T / [0.9642, 1, 0.8249]
    roots = np.where(stimuli > (6 / 29) ** 3, np.cbrt(stimuli), stimuli * (29 / 6) ** 2 / 3 + 4 / 29)
    return np.stack([116 * roots[..., 1] - 16, 500 * (roots[..., 0] - roots[..., 1]),
                     200 * (roots[..., 1] - roots[..., 2])], -1)


@pytest.mark.parametrize("separate", [False, True])
@pytest.mark.parametrize(("photometric", "bits", "white", "offset"), [
    (8, 16, 65535, 0), (9, 16, 65280, 32768), (8, 8, 255, 0), (9, 8, 255, 128)])
def test_lab_becomes_srgb(tmp_path: Path, separate: bool, photometric: int, bits: int, white: int,
                          offset: int) -> None:
    colours = 0.2 + 0.6 * RNG.random((12, 11, 3))
    lab = lab_of(colours)
    unit = 256 if bits == 16 else 1
    stored = np.rint(np.stack([lab[..., 0] * white / 100, lab[..., 1] * unit + offset, lab[..., 2] * unit + offset],
                              -1)).astype(np.int32).astype(np.uint16 if bits == 16 else np.uint8)
    image = read(tmp_path, Tiff(stored, photometric=photometric, separate=separate)).image
    assert image.dtype == stored.dtype
    np.testing.assert_allclose(image / np.iinfo(image.dtype).max, colours, atol=0.002 if bits == 16 else 0.03)


def test_8_bit_planes_and_inks_are_read(tmp_path: Path) -> None:
    shallow = (RGBA >> 8).astype(np.uint8)
    picture = read(tmp_path, Tiff(shallow, separate=True, extra=(2,), compression=8, predictor=2))
    np.testing.assert_array_equal(picture.image, shallow[..., :3])
    np.testing.assert_array_equal(picture.alpha, shallow[..., 3])
    paper = np.zeros((8, 8, 4), np.uint16)
    paper[:, 4:, 3] = 65535
    for separate in (False, True):
        inks = read(tmp_path, Tiff(paper, photometric=5, separate=separate)).image
        assert inks[:, :4].min() > 250
        assert inks[:, 4:].max() < 5


def test_a_plane_picture_is_turned_and_tells_of_its_pages(tmp_path: Path) -> None:
    picture = read(tmp_path, Tiff(RGB, separate=True, tags={274: 6}))
    np.testing.assert_array_equal(picture.image, np.rot90(RGB, -1))
    data = Tiff(RGB, separate=True).bytes()
    (tmp_path / "two.tif").write_bytes(with_second_page(data))
    warnings = read_image(tmp_path / "two.tif").warnings
    assert any("2 pages" in warning and "stylize-video" not in warning for warning in warnings)


def with_second_page(data: bytes) -> bytes:
    """Return the file with the first directory's copy behind it as a second page."""
    at, = struct.unpack_from("<I", data, 4)
    count, = struct.unpack_from("<H", data, at)
    end = at + 2 + 12 * count
    return data[:end] + struct.pack("<I", len(data)) + data[end + 4:] + data[at:end] + bytes(4)


@pytest.mark.parametrize(("tiff", "reason"), [
    (Tiff(RGB.astype(np.uint32)), "unsigned numbers of 32 bits"), (Tiff(RGB.astype(np.int16)), "signed numbers of 16"),
    (Tiff(RGB.astype(np.int8)), "signed numbers of 8"),
    (Tiff(RGB[..., :1], photometric=32803), "camera's raw file"), (Tiff(RGB, tags={50706: 1}), "camera's raw file"),
    (Tiff((RGB >> 8).astype(np.uint8), tags={254: 1, 330: 8}), "camera's raw file"),
    (Tiff(RGB, compression=34712), "JPEG 2000"), (Tiff(RGB, photometric=6, bits=12, compression=7), "12 bits.*JPEG"),
    (Tiff((RGB >> 8).astype(np.uint8), compression=50001), "8 bits.*WebP"),
    (Tiff((RGB >> 8).astype(np.uint8), compression=50002), "8 bits.*JPEG XL"),
    (Tiff(RGB, photometric=6), "luma and chroma"), (Tiff(np.repeat(RGB, 4, 2)), "12 channels"),
    (Tiff(RGB, tile=16, tags={322: 1 << 20, 323: 1 << 20, 324: 8, 325: 8}), "cut short|far larger"),
    (Tiff(RGB, separate=True, tags={279: 1 << 30}), "cut short"), (Tiff(RGB, tags={256: 0}), "directory is damaged"),
], ids=lambda value: value if isinstance(value, str) else "")
def test_what_is_not_read_is_refused_with_its_reason(tmp_path: Path, tiff: Tiff, reason: str) -> None:
    with pytest.raises(SourceError, match=reason) as caught:
        read(tmp_path, tiff)
    assert caught.value.hint


def test_a_block_that_does_not_unpack_is_damage(tmp_path: Path) -> None:
    data = bytearray(Tiff(RGB, separate=True, compression=8).bytes())
    data[200:260] = bytes(60)
    (tmp_path / "damaged.tif").write_bytes(data)
    with pytest.raises(SourceError, match="damaged"):
        read_image(tmp_path / "damaged.tif")


def test_lzw_of_16_bits_is_unpacked(tmp_path: Path) -> None:
    Image.fromarray(RGB[..., 0]).save(tmp_path / "lzw.tif", compression="tiff_lzw")
    np.testing.assert_array_equal(read_image(tmp_path / "lzw.tif").image, np.repeat(RGB[..., :1], 3, 2))
