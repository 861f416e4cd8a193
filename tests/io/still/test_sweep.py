"""Every picture of the shared folder of awkward media ends as its manifest says."""

import csv
import time
from pathlib import Path

import numpy as np
import pytest

from allaprima.errors import AllaprimaError, SourceError
from allaprima.io.still.reading import read_image
from allaprima.io.still.writing import write_image
from shared_folder import shared

MANIFEST = shared("media", "MANIFEST-images.tsv")
if not MANIFEST.exists():
    pytest.skip("the shared folder of awkward media is not beside the checkout", allow_module_level=True)
with MANIFEST.open(encoding="utf-8", newline="") as lines:
    ROWS = list(csv.DictReader(lines, delimiter="\t"))
FILM = [row for row in ROWS if row["path"].endswith(".exr")]
DECODED = [row for row in ROWS if row["expect"].startswith("decode") and row not in FILM]
REFUSED = [row for row in ROWS if row["expect"].startswith("reject") and row not in FILM]

pytestmark = pytest.mark.media


def name(row: dict[str, str]) -> str:
    return Path(row["path"]).name


def path_of(row: dict[str, str]) -> Path:
    return MANIFEST.parent / row["path"]


def test_every_row_is_held_to() -> None:
    assert len(FILM) + len(DECODED) + len(REFUSED) == len(ROWS) > 0


@pytest.mark.parametrize("row", DECODED, ids=name)
def test_it_is_read_as_the_manifest_says_and_comes_back_from_every_lossless_format(
        row: dict[str, str], tmp_path: Path) -> None:
    picture = read_image(path_of(row))
    _, size, depth, *_ = row["identify(fmt|WxH|depth|cs|type|alpha)"].split("|")
    width, height = map(int, size.split("x"))
    if row["exif_orientation"] in ("5", "6", "7", "8"):
        width, height = height, width
    assert (picture.width, picture.height) == (width, height)
    deep = depth == "16" or (depth == "10" and picture.image.dtype != np.uint8)
    assert picture.image.dtype == (np.uint16 if deep else np.uint8)
    assert (picture.alpha is not None) >= (row["pillow"].split()[1] in ("LA", "RGBA"))
    assert (picture.icc_profile is not None) == bool(row["icc"])
    several = int(row["frames"]) > 1
    told = "pages" if "TIFF" in row["identify(fmt|WxH|depth|cs|type|alpha)"] else "stylize-video"
    assert several == any(told in warning and row["frames"] in warning for warning in picture.warnings)
    if "warn" in row["expect"]:
        assert picture.warnings
    for suffix in (".png", ".tif"):
        write_image(tmp_path / f"out{suffix}", picture)
        again = read_image(tmp_path / f"out{suffix}")
        np.testing.assert_array_equal(again.image, picture.image)
        assert (again.alpha is None) == (picture.alpha is None)
        assert again.icc_profile == picture.icc_profile
        assert again.warnings == ()


@pytest.mark.parametrize("row", REFUSED, ids=name)
def test_it_is_refused_within_a_second_in_one_sentence(row: dict[str, str]) -> None:
    begin = time.process_time()
    with pytest.raises(SourceError, match="cannot read the picture") as caught:
        read_image(path_of(row))
    assert time.process_time() - begin < 1
    assert name(row) in str(caught.value)
    assert "\n" not in str(caught.value)
    assert caught.value.hint
    if "size limit" in row["expect"]:
        assert "pixels" in str(caught.value)


@pytest.mark.parametrize("row", FILM, ids=name)
def test_openexr_ends_as_the_manifest_says(row: dict[str, str]) -> None:
    if row["expect"].startswith("reject"):
        with pytest.raises(SourceError, match="cannot read the plate") as caught:
            read_image(path_of(row))
        assert caught.value.hint
        return
    picture = read_image(path_of(row))
    _, width, height, _ = row["ffmpeg5.1(codec,w,h,fmt)"].split(",")
    assert picture.image.dtype == np.uint16
    assert picture.width <= int(width)  # FFmpeg tells the display window
    assert picture.height <= int(height)


@pytest.mark.parametrize("row", DECODED, ids=name)
def test_cut_anywhere_it_is_a_picture_or_one_error(row: dict[str, str], tmp_path: Path) -> None:
    data = path_of(row).read_bytes()
    cut = tmp_path / name(row)
    for share in (0.1, 0.5, 0.9):
        cut.write_bytes(data[:int(len(data) * share)])
        try:
            read_image(cut)
        except AllaprimaError as error:
            assert "\n" not in str(error)  # noqa: PT017  either outcome is right


@pytest.mark.parametrize("row", DECODED, ids=name)
def test_with_bits_flipped_it_is_a_picture_or_one_error(row: dict[str, str], tmp_path: Path) -> None:
    data = np.frombuffer(path_of(row).read_bytes(), np.uint8)
    rng = np.random.default_rng(4)
    flipped = tmp_path / name(row)
    for number in range(12):
        damaged = data.copy()
        damaged[rng.integers(0, min(data.size, 300 if number % 2 else data.size))] ^= 1 << rng.integers(0, 8)
        flipped.write_bytes(damaged.tobytes())
        try:
            read_image(flipped, max_pixels=4_000_000)
        except AllaprimaError as error:
            assert "\n" not in str(error)  # noqa: PT017  either outcome is right
