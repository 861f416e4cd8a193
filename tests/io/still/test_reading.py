"""Pictures come back value by value, upright, with what they carry."""

import struct
import zlib
from importlib.util import find_spec
from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image, ImageOps

from allaprima.errors import MissingExtra, SourceError
from allaprima.io.still.reading import find_images, read_image
from allaprima.io.still.tiff import encode_tiff
from icc_profiles import rgb_profile

RNG = np.random.default_rng(7)
COLOURS_8 = RNG.integers(0, 256, (5, 7, 3), dtype=np.uint8)
COLOURS_16 = RNG.integers(0, 65536, (5, 7, 3), dtype=np.uint16)
ALPHA_16 = RNG.integers(1, 65536, (5, 7), dtype=np.uint16)


def write_deep(path: Path, rgb: np.ndarray, alpha: np.ndarray | None = None) -> Path:
    channels = [rgb[..., 2], rgb[..., 1], rgb[..., 0]] + ([] if alpha is None else [alpha])
    data = cv2.imencode(path.suffix, np.dstack(channels))[1]
    path.write_bytes(data.tobytes())
    return path


@pytest.mark.parametrize("suffix", [".png", ".tif", ".bmp", ".ppm", ".tga", ".webp", ".jp2"])
def test_an_8_bit_picture_comes_back_value_by_value(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"picture{suffix}"
    options = {"lossless": True} if suffix == ".webp" else {}
    Image.fromarray(COLOURS_8).save(path, **options)
    picture = read_image(path)
    assert picture.image.dtype == np.uint8
    np.testing.assert_array_equal(picture.image, COLOURS_8)
    assert picture.alpha is None
    assert picture.warnings == ()


@pytest.mark.parametrize("suffix", [".png", ".tif", ".ppm"])
def test_16_bit_colour_keeps_every_bit(tmp_path: Path, suffix: str) -> None:
    picture = read_image(write_deep(tmp_path / f"deep{suffix}", COLOURS_16))
    assert picture.image.dtype == np.uint16
    np.testing.assert_array_equal(picture.image, COLOURS_16)


def test_16_bit_jpeg_2000_keeps_every_bit(tmp_path: Path) -> None:
    colours = RNG.integers(0, 65536, (64, 64, 3), dtype=np.uint16)
    data = cv2.imencode(".jp2", colours, [cv2.IMWRITE_JPEG2000_COMPRESSION_X1000, 1000])[1]
    (tmp_path / "deep.jp2").write_bytes(data.tobytes())
    np.testing.assert_array_equal(read_image(tmp_path / "deep.jp2").image, colours[..., ::-1])


@pytest.mark.parametrize("suffix", [".png", ".tif"])
def test_16_bit_alpha_keeps_every_bit(tmp_path: Path, suffix: str) -> None:
    picture = read_image(write_deep(tmp_path / f"deep{suffix}", COLOURS_16, ALPHA_16))
    np.testing.assert_array_equal(picture.image, COLOURS_16)
    assert picture.alpha is not None
    np.testing.assert_array_equal(picture.alpha, ALPHA_16)


@pytest.mark.parametrize("suffix", [".png", ".tif", ".pgm"])
def test_16_bit_grey_becomes_three_equal_channels(tmp_path: Path, suffix: str) -> None:
    grey = COLOURS_16[..., 0]
    path = tmp_path / f"grey{suffix}"
    path.write_bytes(cv2.imencode(suffix, grey)[1].tobytes())
    image = read_image(path).image
    assert image.dtype == np.uint16
    np.testing.assert_array_equal(image, np.dstack([grey] * 3))


def test_a_ppm_of_ten_bits_is_stretched_to_the_whole_range(tmp_path: Path) -> None:
    path = tmp_path / "ten.ppm"
    path.write_bytes(b"P6\n# a comment\n2 1\n1023\n" + struct.pack(">6H", 0, 1023, 512, 1, 2, 3))
    np.testing.assert_array_equal(read_image(path).image, [[[0, 65535, 32800], [64, 128, 192]]])


def test_a_written_out_ppm_of_16_bits_is_read(tmp_path: Path) -> None:
    path = tmp_path / "plain.ppm"
    path.write_bytes(b"P3 1 2 65535\n1 2 3\n65535 0 300\n")
    np.testing.assert_array_equal(read_image(path).image, [[[1, 2, 3]], [[65535, 0, 300]]])


def test_a_float_tiff_stays_float_and_is_limited_to_unit_range(tmp_path: Path) -> None:
    values = RNG.random((4, 3, 3), dtype=np.float32)
    plain = read_image(write_deep(tmp_path / "plain.tif", values))
    assert plain.image.dtype == np.float32
    np.testing.assert_array_equal(plain.image, values)
    assert plain.warnings == ()
    values[0, 0] = (np.nan, 7.5, -1)
    tamed = read_image(write_deep(tmp_path / "wild.tif", values))
    np.testing.assert_array_equal(tamed.image[0, 0], [0, 1, 0])
    assert any("limited" in warning for warning in tamed.warnings)


def test_premultiplied_16_bit_tiff_is_divided_by_its_alpha(tmp_path: Path) -> None:
    data = encode_tiff(np.full((2, 2, 3), 10000, np.uint16), np.full((2, 2), 32768, np.uint16))
    (tmp_path / "deep.tif").write_bytes(with_tiff_tag(data, 338, 1))
    np.testing.assert_allclose(read_image(tmp_path / "deep.tif").image, 10000 * 65535 / 32768, atol=1)


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("kind", ["jpg", "png", "tif", "webp", "avif", "deep.png", "deep.tif"])
def test_every_orientation_is_applied_and_forgotten(tmp_path: Path, kind: str, orientation: int) -> None:
    blocks = np.kron(RNG.permutation(6).reshape(2, 3)[..., None] * 40, np.ones((16, 16, 3))).astype(np.uint8)
    exif = Image.Exif()
    exif[0x0112] = orientation
    path = tmp_path / f"turned.{kind}"
    if kind == "deep.png":
        path = write_deep(path, blocks.astype(np.uint16) * 257)
        data = path.read_bytes()
        block = exif.tobytes()[6:]
        chunk = struct.pack(">I", len(block)) + b"eXIf" + block + struct.pack(">I", zlib.crc32(b"eXIf" + block))
        path.write_bytes(data[:33] + chunk + data[33:])
    elif kind == "deep.tif":
        data = encode_tiff(blocks.astype(np.uint16) * 257)
        path.write_bytes(with_tiff_tag(data, 274, orientation))
    else:
        Image.fromarray(blocks).save(path, exif=exif, quality=100)
    with Image.fromarray(blocks) as oracle:
        oracle.getexif()[0x0112] = orientation
        expected = np.asarray(ImageOps.exif_transpose(oracle))
    picture = read_image(path)
    scale = 257 if picture.image.dtype == np.uint16 else 1
    assert (scale == 257) == kind.startswith("deep")
    assert picture.image.shape == expected.shape
    np.testing.assert_allclose(picture.image // scale, expected, atol=12)
    assert picture.exif is None
    assert picture.warnings == ()


def with_tiff_tag(data: bytes, tag: int, value: int) -> bytes:
    """Return a TIFF of ours with one number set or added in its directory, which stands at the end of the file."""
    at, = struct.unpack_from("<I", data, 4)
    count, = struct.unpack_from("<H", data, at)
    entries = {data[place:place + 2]: data[place:place + 12] for place in range(at + 2, at + 2 + 12 * count, 12)}
    entries[struct.pack("<H", tag)] = struct.pack("<HHIHH", tag, 3, 1, value, 0)
    directory = b"".join(sorted(entries.values(), key=lambda entry: struct.unpack_from("<H", entry)))
    return data[:at] + struct.pack("<H", len(entries)) + directory + b"\0\0\0\0"


def test_what_exif_says_of_the_picture_is_kept(tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[0x0112], exif[0x8298], exif[0x0100] = 6, "by me", 999
    exif.get_ifd(0x8769)[0x9003] = "2024:05:06 07:08:09"
    exif.get_ifd(0x8769)[0xA002] = 999
    Image.fromarray(COLOURS_8).save(tmp_path / "photo.jpg", exif=exif)
    block = read_image(tmp_path / "photo.jpg").exif
    assert block is not None
    kept = Image.Exif()
    kept.load(block)
    assert dict(kept).get(0x8298) == "by me"
    assert kept.get_ifd(0x8769) == {0x9003: "2024:05:06 07:08:09"}
    assert not {0x0112, 0x0100} & set(kept)


def test_the_first_of_several_frames_is_taken_and_only_those_that_move_go_to_stylize_video(tmp_path: Path) -> None:
    frames = [Image.new("RGB", (4, 4), colour) for colour in ("red", "lime", "blue")]
    for name in ("moving.gif", "moving.webp", "moving.png", "pages.tif"):
        moving = not name.startswith("pages")
        frames[0].save(tmp_path / name, save_all=True, append_images=frames[1:], lossless=True)
        picture = read_image(tmp_path / name)
        np.testing.assert_array_equal(picture.image[0, 0], [255, 0, 0])
        assert len(picture.warnings) == 1
        assert "3" in picture.warnings[0]
        assert ("stylize-video" in picture.warnings[0]) == moving


def ten_bit_avif(path: Path, values: np.ndarray) -> Path:
    options = [cv2.IMWRITE_AVIF_DEPTH, 10, cv2.IMWRITE_AVIF_QUALITY, 100]
    if not cv2.imwrite(str(path), np.dstack([values] * 3), options):
        pytest.skip("this OpenCV writes no AVIF of 10 bits")
    return path


def test_an_avif_of_ten_bits_keeps_more_than_256_levels(tmp_path: Path) -> None:
    ramp = np.tile(np.arange(1024, dtype=np.uint16), (32, 1))
    picture = read_image(ten_bit_avif(tmp_path / "ramp.avif", ramp))
    assert picture.image.dtype == np.uint16
    assert len(np.unique(picture.image[..., 1])) > 900
    np.testing.assert_allclose(picture.image[16, :, 1] / 65535, ramp[0] / 1023, atol=0.004)


def test_a_pq_picture_is_brought_down_to_an_ordinary_screen(tmp_path: Path) -> None:
    path = ten_bit_avif(tmp_path / "hdr.avif", np.full((32, 32), 594, np.uint16))  # 203 nits, the white of BT.2408
    data = path.read_bytes()
    at = data.index(b"colrnclx") + 8
    path.write_bytes(data[:at] + struct.pack(">HH", 9, 16) + data[at + 4:])
    picture = read_image(path)
    assert any("PQ HDR" in warning for warning in picture.warnings)
    assert 0.75 < picture.image.mean() / 65535 < 0.97  # near white, and not the 0.58 of the code


def test_heic_without_its_package_names_the_extra(tmp_path: Path) -> None:
    if find_spec("pillow_heif"):
        pytest.skip("pillow-heif is installed")
    (tmp_path / "phone.heic").write_bytes(struct.pack(">I", 24) + b"ftypheic\0\0\0\0mif1heic" + b"\0" * 100)
    with pytest.raises(MissingExtra, match=r"HEIC picture .*phone\.heic.* pillow-heif") as caught:
        read_image(tmp_path / "phone.heic")
    assert "allaprima[heif]" in str(caught.value.hint)


def test_heic_is_read_upright_with_what_it_carries(tmp_path: Path) -> None:
    pillow_heif = pytest.importorskip("pillow_heif", reason="the extra heif is not installed")
    pillow_heif.register_heif_opener()
    blocks = np.kron(np.arange(6).reshape(2, 3)[..., None] * 40, np.ones((16, 16, 3))).astype(np.uint8)
    exif = Image.Exif()
    exif[0x0112], exif[0x8298] = 6, "by me"
    Image.fromarray(blocks).save(tmp_path / "phone.heic", exif=exif.tobytes(), quality=95, icc_profile=rgb_profile())
    picture = read_image(tmp_path / "phone.heic")
    np.testing.assert_allclose(picture.image, np.rot90(blocks, -1), atol=12)
    assert picture.icc_profile == rgb_profile()
    assert picture.exif is not None
    (tmp_path / "cut.heic").write_bytes((tmp_path / "phone.heic").read_bytes()[:-200])
    with pytest.raises(SourceError):
        read_image(tmp_path / "cut.heic")


@pytest.mark.parametrize("name", ["two words.png", "-dash.png", "100%d.png", "Größe 画.png", "[bold].png"])
def test_awkward_names_are_read(tmp_path: Path, name: str) -> None:
    write_deep(tmp_path / "plain.png", COLOURS_16).rename(tmp_path / name)
    np.testing.assert_array_equal(read_image(tmp_path / name).image, COLOURS_16)


def test_pictures_of_a_folder_come_in_the_order_people_count(tmp_path: Path) -> None:
    for name in ("b10.png", "b2.PNG", "a.jpg", ".hidden.png", "notes.txt", "b2.exr"):
        (tmp_path / name).touch()
    (tmp_path / "folder.png").mkdir()
    assert [path.name for path in find_images(tmp_path)] == ["a.jpg", "b2.exr", "b2.PNG", "b10.png"]


def test_a_folder_without_pictures_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="no pictures"):
        find_images(tmp_path)
    with pytest.raises(SourceError, match="cannot list"):
        find_images(tmp_path / "gone")
