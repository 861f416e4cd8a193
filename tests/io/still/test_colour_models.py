"""Palettes, greys, CMYK, Lab and colour profiles: what a picture means is what is read."""

from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from allaprima.io.still.reading import read_image
from icc_profiles import Curve, cmyk_profile_by_black_alone, grey_profile, rgb_profile

RNG = np.random.default_rng(7)
COLOURS_8 = RNG.integers(0, 256, (5, 7, 3), dtype=np.uint8)


def test_a_palette_with_transparency_gives_colours_and_alpha(tmp_path: Path) -> None:
    palette = Image.fromarray(np.array([[0, 1], [2, 1]], np.uint8), "P")
    palette.putpalette([255, 0, 0, 0, 255, 0, 0, 0, 255])
    path = tmp_path / "palette.png"
    palette.save(path, transparency=bytes([255, 128, 0]))
    picture = read_image(path)
    np.testing.assert_array_equal(picture.image[0, 0], [255, 0, 0])
    np.testing.assert_array_equal(picture.image[1, 0], [0, 0, 255])
    assert picture.alpha is not None
    np.testing.assert_array_equal(picture.alpha, [[255, 128], [0, 128]])


def test_a_transparent_colour_of_a_png_becomes_alpha(tmp_path: Path) -> None:
    path = tmp_path / "keyed.png"
    Image.fromarray(COLOURS_8).save(path, transparency=tuple(int(value) for value in COLOURS_8[2, 3]))
    picture = read_image(path)
    assert picture.alpha is not None
    assert picture.alpha[2, 3] == 0
    assert picture.alpha[0, 0] == 255
    np.testing.assert_array_equal(picture.image, COLOURS_8)


def test_grey_one_bit_and_grey_with_alpha_become_rgb(tmp_path: Path) -> None:
    grey = COLOURS_8[..., 0]
    Image.fromarray(grey).save(tmp_path / "grey.png")
    Image.fromarray(grey).convert("1").save(tmp_path / "ink.png")
    Image.merge("LA", [Image.fromarray(grey), Image.fromarray(COLOURS_8[..., 1])]).save(tmp_path / "veil.png")
    np.testing.assert_array_equal(read_image(tmp_path / "grey.png").image, np.dstack([grey] * 3))
    assert set(np.unique(read_image(tmp_path / "ink.png").image)) <= {0, 255}
    veil = read_image(tmp_path / "veil.png")
    np.testing.assert_array_equal(veil.image, np.dstack([grey] * 3))
    np.testing.assert_array_equal(veil.alpha, COLOURS_8[..., 1])


def test_cmyk_jpeg_has_light_where_there_is_no_ink(tmp_path: Path) -> None:
    ink = np.zeros((16, 32, 4), np.uint8)
    ink[:, 16:, 3] = 255
    Image.fromarray(ink, "CMYK").save(tmp_path / "ink.jpg", quality=100)
    picture = read_image(tmp_path / "ink.jpg")
    assert picture.image[8, 4].min() > 250
    assert picture.image[8, 28].max() < 5
    assert any("CMYK" in warning for warning in picture.warnings)


def test_a_cmyk_profile_is_used_and_not_kept(tmp_path: Path) -> None:
    ink = np.zeros((8, 8, 4), np.uint8)
    ink[..., 0] = 255  # cyan, which this profile shows as bare paper
    Image.fromarray(ink, "CMYK").save(tmp_path / "ink.tif", icc_profile=cmyk_profile_by_black_alone())
    picture = read_image(tmp_path / "ink.tif")
    assert picture.image.min() > 250
    assert picture.icc_profile is None
    assert picture.warnings == ()


def test_a_grey_profile_is_converted_to_srgb(tmp_path: Path) -> None:
    grey = np.full((4, 4), 55, np.uint8)  # linear light 55/255 is sRGB 128
    Image.fromarray(grey).save(tmp_path / "linear.png", icc_profile=grey_profile(gamma=1.0))
    picture = read_image(tmp_path / "linear.png")
    np.testing.assert_allclose(picture.image, 128, atol=2)
    assert picture.icc_profile is None


@pytest.mark.parametrize("curve", ["power", "table", "parametric"])
def test_a_grey_profile_is_converted_at_16_bits_too(tmp_path: Path, curve: Curve) -> None:
    ramp = np.arange(65536, dtype=np.uint16).reshape(256, 256)
    buffer = BytesIO()
    Image.fromarray(ramp).save(buffer, "PNG", icc_profile=grey_profile(1.0, curve))
    (tmp_path / "linear.png").write_bytes(buffer.getvalue())
    image = read_image(tmp_path / "linear.png").image
    light = ramp / 65535
    expected = np.where(light <= 0.0031308, 12.92 * light, 1.055 * light ** (1 / 2.4) - 0.055) * 65535
    np.testing.assert_allclose(image[..., 0], expected, atol=40)
    assert len(np.unique(image)) > 40000


def test_an_rgb_profile_is_kept_and_its_values_untouched(tmp_path: Path) -> None:
    profile = rgb_profile()
    Image.fromarray(COLOURS_8).save(tmp_path / "wide.png", icc_profile=profile)
    picture = read_image(tmp_path / "wide.png")
    np.testing.assert_array_equal(picture.image, COLOURS_8)
    assert picture.icc_profile == profile


def test_a_damaged_profile_is_left_out_with_a_warning(tmp_path: Path) -> None:
    broken = bytearray(grey_profile(gamma=2.2))
    broken[128:] = b"\xff" * (len(broken) - 128)
    Image.fromarray(COLOURS_8[..., 0]).save(tmp_path / "grey.png", icc_profile=bytes(broken))
    picture = read_image(tmp_path / "grey.png")
    assert picture.icc_profile is None
    assert any("profile" in warning for warning in picture.warnings)


def test_lab_becomes_rgb(tmp_path: Path) -> None:
    Image.new("LAB", (4, 4), (255, 128, 128)).save(tmp_path / "lab.tif")
    assert read_image(tmp_path / "lab.tif").image.min() > 250
