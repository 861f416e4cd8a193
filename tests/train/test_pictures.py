from pathlib import Path

import pytest
import torch
from PIL import Image

from allaprima.errors import SourceError
from allaprima.packs import pack_pictures
from allaprima.train.pictures import encoded_pictures, load_pictures


def grey(height: int, width: int, level: int = 128) -> Image.Image:
    return Image.new("RGB", (width, height), (level, level, level))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    pictures = tmp_path / "pictures"
    (pictures / "inner").mkdir(parents=True)
    grey(100, 160).save(pictures / "a.jpg")
    grey(120, 90, 40).save(pictures / "inner" / "b.PNG")
    return pictures


def test_pictures_of_inner_folders_are_found_and_decoded(folder: Path) -> None:
    pictures = load_pictures(folder, 80, 1000)
    assert [tuple(image.shape) for image in pictures.images] == [(3, 100, 160), (3, 120, 90)]
    assert pictures.images[1].unique().tolist() == [40]
    assert pictures.skipped == ()


def test_bad_and_small_pictures_are_left_out_and_named(folder: Path) -> None:
    (folder / "broken.jpg").write_bytes(b"\xff\xd8\xff\xe0 not a picture")
    (folder / "empty.png").write_bytes(b"")
    grey(60, 200).save(folder / "small.jpg")
    (folder / "notes.txt").write_text("no picture, and not taken for one")
    pictures = load_pictures(folder, 80, 1000)
    assert len(pictures) == 2
    assert [name for name, _ in pictures.skipped] == ["broken.jpg", "empty.png", "small.jpg"]
    assert "200x60" in pictures.skipped[2][1]


def test_a_folder_without_a_usable_picture_is_an_error_that_says_why(folder: Path) -> None:
    with pytest.raises(SourceError, match=r"a\.jpg: 160x100 is smaller than the 500"):
        load_pictures(folder, 500, 1000)
    with pytest.raises(SourceError, match="no such folder"):
        load_pictures(folder / "nowhere", 80, 1000)


def test_large_pictures_are_reduced_to_the_shorter_side_asked_for(folder: Path) -> None:
    assert [tuple(image.shape) for image in load_pictures(folder, 40, 50).images] == [(3, 50, 80), (3, 67, 50)]


def test_deep_grey_and_transparent_pictures_become_8_bit_rgb(tmp_path: Path) -> None:
    Image.new("I;16", (90, 90), 257 * 50).save(tmp_path / "deep.png")
    Image.new("RGBA", (90, 90), (10, 20, 30, 0)).save(tmp_path / "transparent.png")
    deep, transparent = load_pictures(tmp_path, 80, 1000).images
    assert deep.dtype == torch.uint8
    assert deep.shape == (3, 90, 90)
    assert deep.unique().tolist() == [50]
    assert transparent[:, 0, 0].tolist() == [10, 20, 30]


def test_packed_pictures_are_the_same_and_no_file_is_larger_than_asked(folder: Path, tmp_path: Path) -> None:
    pictures = list(encoded_pictures(folder))
    limit = max(len(data) for _, data in pictures)
    packs = pack_pictures(pictures, tmp_path / "packs", limit)
    assert len(packs) == 2
    assert list(encoded_pictures(tmp_path / "packs")) == pictures
    assert list(encoded_pictures(packs[0])) + list(encoded_pictures(packs[1])) == pictures
    with pytest.raises(SourceError, match=r"a\.jpg"):
        pack_pictures(pictures, tmp_path / "tiny", 10)


def test_a_damaged_pack_is_named(tmp_path: Path) -> None:
    (tmp_path / "000.pack.safetensors").write_bytes(b"nothing of the kind")
    with pytest.raises(SourceError, match=r"000\.pack"):
        load_pictures(tmp_path, 80, 1000)
