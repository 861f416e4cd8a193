from io import BytesIO
from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image

from allaprima.errors import OptionError, SinkError
from allaprima.io.still.picture import Picture, as_uint8, as_uint16
from allaprima.io.still.reading import read_image
from allaprima.io.still.writing import write_image
from icc_profiles import rgb_profile

RNG = np.random.default_rng(3)
COLOURS_8 = RNG.integers(0, 256, (37, 53, 3), dtype=np.uint8)
COLOURS_16 = RNG.integers(0, 65536, (37, 53, 3), dtype=np.uint16)
ALPHA_8, ALPHA_16 = COLOURS_8[..., 0].copy(), COLOURS_16[..., 0].copy()
SMOOTH = np.dstack([np.tile(np.linspace(0, 255, 96), (64, 1))] * 3).astype(np.uint8)


def cv2_rgb(path: Path) -> np.ndarray:
    return cv2.imread(str(path), cv2.IMREAD_UNCHANGED)[..., [2, 1, 0]]


@pytest.mark.parametrize("suffix", [".png", ".tif", ".tiff", ".TIF"])
@pytest.mark.parametrize("image", [COLOURS_8, COLOURS_16], ids=["8", "16"])
def test_png_and_tiff_keep_every_bit_as_another_reader_sees_it(tmp_path: Path, suffix: str, image: np.ndarray) -> None:
    path = tmp_path / f"out{suffix}"
    assert write_image(path, Picture(image)) == ()
    seen = cv2_rgb(path)
    assert seen.dtype == image.dtype
    np.testing.assert_array_equal(seen, image)


@pytest.mark.parametrize("suffix", [".png", ".tif"])
@pytest.mark.parametrize(("image", "alpha"), [(COLOURS_8, ALPHA_8), (COLOURS_16, ALPHA_16)], ids=["8", "16"])
def test_png_and_tiff_keep_alpha(tmp_path: Path, suffix: str, image: np.ndarray, alpha: np.ndarray) -> None:
    write_image(tmp_path / f"out{suffix}", Picture(image, alpha))
    again = read_image(tmp_path / f"out{suffix}")
    np.testing.assert_array_equal(again.image, image)
    np.testing.assert_array_equal(again.alpha, alpha)


def test_tiff_keeps_floats_and_png_rounds_them_to_16_bits(tmp_path: Path) -> None:
    values = RNG.random((9, 8, 3), dtype=np.float32)
    write_image(tmp_path / "out.tif", Picture(values))
    write_image(tmp_path / "out.png", Picture(values))
    np.testing.assert_array_equal(cv2_rgb(tmp_path / "out.tif"), values)
    np.testing.assert_allclose(cv2_rgb(tmp_path / "out.png") / 65535, values, atol=0.51 / 65535)


@pytest.mark.parametrize("suffix", [".jpg", ".jpeg", ".webp", ".avif"])
def test_lossy_formats_come_close_and_hold_8_bits_of_16(tmp_path: Path, suffix: str) -> None:
    write_image(tmp_path / f"out{suffix}", Picture(SMOOTH.astype(np.uint16) * 257))
    with Image.open(tmp_path / f"out{suffix}") as seen:
        error = np.asarray(seen.convert("RGB")).astype(float) - SMOOTH
    assert np.sqrt((error ** 2).mean()) < 1.5


@pytest.mark.parametrize("suffix", [".webp", ".avif"])
def test_webp_and_avif_hold_alpha(tmp_path: Path, suffix: str) -> None:
    write_image(tmp_path / f"out{suffix}", Picture(SMOOTH, SMOOTH[..., 0]))
    np.testing.assert_allclose(read_image(tmp_path / f"out{suffix}").alpha, SMOOTH[..., 0], atol=6)


def test_a_jpeg_with_alpha_is_laid_on_white_and_says_so(tmp_path: Path) -> None:
    alpha = np.zeros((64, 96), np.uint8)
    alpha[:, 48:] = 255
    warnings = write_image(tmp_path / "out.jpg", Picture(SMOOTH, alpha))
    assert len(warnings) == 1
    assert "white" in warnings[0]
    seen = read_image(tmp_path / "out.jpg").image
    assert seen[:, :40].min() > 250
    np.testing.assert_allclose(seen[:, 60:], SMOOTH[:, 60:], atol=4)


def test_a_jpeg_with_opaque_alpha_needs_no_warning(tmp_path: Path) -> None:
    assert write_image(tmp_path / "out.jpg", Picture(SMOOTH, np.full((64, 96), 255, np.uint8))) == ()


@pytest.mark.parametrize("suffix", [".png", ".jpg", ".tif", ".webp", ".avif"])
@pytest.mark.parametrize("deep", [False, True])
def test_profile_and_exif_are_carried(tmp_path: Path, suffix: str, deep: bool) -> None:
    exif = Image.Exif()
    exif[0x8298] = "by me"
    image = SMOOTH.astype(np.uint16) * 257 if deep else SMOOTH
    path = tmp_path / f"out{suffix}"
    write_image(path, Picture(image, icc_profile=rgb_profile(), exif=exif.tobytes()))
    with Image.open(path) as seen:
        assert seen.info["icc_profile"] == rgb_profile()
        assert seen.getexif()[0x8298] == "by me"
    again = read_image(path)
    assert again.icc_profile == rgb_profile()
    assert again.exif is not None
    assert again.warnings == ()


@pytest.mark.parametrize("suffix", [".png", ".jpg", ".tif", ".webp", ".avif"])
@pytest.mark.parametrize(("height", "width"), [(1, 1), (1, 17), (33, 1), (15, 3)])
def test_any_size_comes_back_exactly(tmp_path: Path, suffix: str, height: int, width: int) -> None:
    path = tmp_path / f"out{suffix}"
    write_image(path, Picture(np.full((height, width, 3), 90, np.uint8)))
    assert read_image(path).image.shape == (height, width, 3)


@pytest.mark.parametrize("suffix", [".png", ".tif"])
def test_the_same_picture_gives_the_same_bytes(tmp_path: Path, suffix: str) -> None:
    write_image(tmp_path / f"a{suffix}", Picture(COLOURS_16))
    write_image(tmp_path / f"b{suffix}", Picture(COLOURS_16))
    assert (tmp_path / f"a{suffix}").read_bytes() == (tmp_path / f"b{suffix}").read_bytes()


def test_an_existing_output_and_the_input_are_left_alone(tmp_path: Path) -> None:
    source = tmp_path / "in.png"
    write_image(source, Picture(COLOURS_8))
    before = source.read_bytes()
    with pytest.raises(SinkError, match="exists already"):
        write_image(source, Picture(COLOURS_16))
    (tmp_path / "link.png").symlink_to(source)
    with pytest.raises(SinkError, match="input itself"):
        write_image(tmp_path / "link.png", Picture(COLOURS_16), inputs=[source], overwrite=True)
    assert source.read_bytes() == before
    write_image(source, Picture(COLOURS_16), overwrite=True)
    np.testing.assert_array_equal(read_image(source).image, COLOURS_16)


@pytest.mark.parametrize("name", ["out.xyz", "out", "out.gif", "out.exr"])
def test_an_unknown_suffix_names_the_known_ones(tmp_path: Path, name: str) -> None:
    with pytest.raises(OptionError, match=r"out") as caught:
        write_image(tmp_path / name, Picture(COLOURS_8))
    assert ".png" in str(caught.value.hint)
    assert list(tmp_path.iterdir()) == []


def test_a_picture_too_large_for_its_format_is_refused_before_encoding(tmp_path: Path) -> None:
    with pytest.raises(SinkError, match="16383") as caught:
        write_image(tmp_path / "out.webp", Picture(np.zeros((1, 16384, 3), np.uint8)))
    assert ".png" in str(caught.value.hint)


@pytest.mark.parametrize("name", ["two words.png", "-dash.png", "100%d.tif", "Größe 画.jpg", "[bold].webp"])
def test_awkward_names_are_written(tmp_path: Path, name: str) -> None:
    write_image(tmp_path / name, Picture(COLOURS_8))
    assert [path.name for path in tmp_path.iterdir()] == [name]


def test_depths_convert_to_the_nearest_value_and_back() -> None:
    every_8, every_16 = np.arange(256, dtype=np.uint8), np.arange(65536, dtype=np.uint16)
    np.testing.assert_array_equal(as_uint8(as_uint16(every_8)), every_8)
    np.testing.assert_array_equal(as_uint8(every_16), np.rint(every_16 / 257))
    np.testing.assert_array_equal(as_uint8(np.float32([-1, 0, 0.5, 1, 2])), [0, 0, 128, 255, 255])
    np.testing.assert_array_equal(as_uint16((every_16 / 65535).astype(np.float32)), every_16)


def test_pillow_reads_what_the_tiff_says_of_itself(tmp_path: Path) -> None:
    write_image(tmp_path / "out.tif", Picture(COLOURS_8, ALPHA_8))
    with Image.open(BytesIO((tmp_path / "out.tif").read_bytes())) as seen:
        assert seen.mode == "RGBA"
        np.testing.assert_array_equal(np.asarray(seen), np.dstack([COLOURS_8, ALPHA_8]))
