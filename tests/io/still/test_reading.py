import struct
import zlib
from contextlib import suppress
from importlib.util import find_spec
from io import BytesIO
from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image, ImageOps

from allaprima.errors import MissingExtra, SourceError
from allaprima.io.still.reading import find_images, read_image
from allaprima.io.still.tiff import encode_tiff
from icc_profiles import Curve, cmyk_profile_by_black_alone, grey_profile, rgb_profile

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
    with pytest.raises(SourceError, match="7x5"):
        read_image(write_deep(tmp_path / "deep.ppm", COLOURS_16), max_pixels=34)


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
