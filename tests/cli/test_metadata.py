"""What a photograph says of itself: kept unless one asks for it to be left out, and what is lost is said."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageCms

from cli.outcome import Outcome

Command = Callable[..., Outcome]
MODEL, MAKERS_NOTE, EXIF_IFD, GPS_IFD = 0x0110, 0x927C, 0x8769, 0x8825


@pytest.fixture
def photograph(tmp_path: Path, photo: np.ndarray) -> Path:
    exif = Image.Exif()
    exif[MODEL] = "Camera"
    exif[EXIF_IFD] = {0x829A: 0.01, MAKERS_NOTE: b"secrets"}
    exif[GPS_IFD] = {1: "N", 2: (52.0, 31.0, 0.0)}
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    path = tmp_path / "p.jpg"
    Image.fromarray(photo).save(path, exif=exif, icc_profile=profile, xmp=b"<x:xmpmeta xmlns:x='adobe:ns:meta/'/>")
    return path


def exif_of(path: Path) -> Image.Exif:
    with Image.open(path) as image:
        exif = image.getexif()
        exif.get_ifd(GPS_IFD)
        assert image.info.get("icc_profile")
        return exif


def test_metadata_is_kept_and_what_is_lost_is_said(command: Command, photograph: Path) -> None:
    outcome = command("stylize-image", photograph, "-s", "starry", "-m", "none")
    assert outcome.code == 0, outcome.err
    assert "not kept of its metadata: XMP, maker's notes" in outcome.err
    exif = exif_of(photograph.with_name("p-starry.jpg"))
    assert exif[MODEL] == "Camera"
    assert exif.get_ifd(GPS_IFD)[1] == "N"


def test_metadata_can_be_left_out(command: Command, photograph: Path) -> None:
    outcome = command("stylize-image", photograph, "-s", "starry", "-m", "none", "--no-keep-metadata")
    assert outcome.code == 0, outcome.err
    assert "its metadata was left out, as asked" in outcome.err
    exif = exif_of(photograph.with_name("p-starry.jpg"))
    assert not dict(exif)
    assert not exif.get_ifd(GPS_IFD)


def test_a_tiff_says_what_of_exif_it_does_not_hold(command: Command, photograph: Path) -> None:
    outcome = command("stylize-image", photograph, "-s", "starry", "-m", "none", "-o", photograph.with_suffix(".tif"))
    assert outcome.code == 0, outcome.err
    assert "of EXIF all but the texts" in outcome.err


def test_a_photograph_is_shown_in_every_style_of_a_folder(command: Command, photograph: Path) -> None:
    folder = photograph.parent / "styles"
    folder.mkdir()
    for name in ("one", "two"):
        Image.new("RGB", (64, 64), (200, 30, 90)).save(folder / f"{name}.png")
    sheet = photograph.with_name("sheet.png")
    outcome = command("allaprima", "sheet", photograph, "--styles", folder, "-o", sheet, "-m", "none")
    assert outcome.code == 0, outcome.err
    with Image.open(sheet) as shown:
        assert shown.size[0] > 3 * 400
    both = command("allaprima", "sheet", photograph, "--styles", "all", "-s", "starry")
    assert both.code == 2
    assert "give --style, or --styles all" in both.err
    unknown = command("allaprima", "sheet", photograph, "--styles", "al")
    assert unknown.code == 2
    assert "did you mean all?" in unknown.err
