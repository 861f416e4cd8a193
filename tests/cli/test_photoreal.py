"""``--photoreal``: a photograph changes its light and colours, and keeps everything else."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch

from allaprima.functional.realism import affine_residual
from allaprima.io.still.picture import Picture
from allaprima.io.still.reading import read_image
from allaprima.io.still.writing import write_image
from cli.outcome import Outcome
from made_plates import exr, header, light

Command = Callable[..., Outcome]


@pytest.fixture
def folder(tmp_path: Path, photo: np.ndarray, monkeypatch: pytest.MonkeyPatch) -> Path:
    write_image(tmp_path / "photo.png", Picture(photo))
    monkeypatch.chdir(tmp_path)
    return tmp_path


def left(path: Path, content: np.ndarray) -> float:
    """What of a result is no change of colour, in levels of 8 bits."""
    full = np.iinfo(content.dtype).max
    painted, own = (torch.tensor(picture / full).permute(2, 0, 1)[None]
                    for picture in (read_image(path).image, content))
    return affine_residual(painted, own)


def test_a_photograph_stays_one(command: Command, folder: Path, photo: np.ndarray) -> None:
    for share in ("0", "0.5", "1"):
        outcome = command("stylize-image", "photo.png", "-s", "starry", "--photoreal", share, "-o", f"{share}.png")
        assert outcome.code == 0, outcome.err
    painted, half, real = (left(Path(f"{share}.png"), photo) for share in ("0", "0.5", "1"))
    assert real < painted / 4
    assert real < half < painted
    assert np.abs(read_image(Path("1.png")).image.astype(int) - photo).mean() > 10


def test_a_share_beyond_one_is_a_misuse(command: Command, folder: Path) -> None:
    assert command("stylize-image", "photo.png", "-s", "starry", "--photoreal", "1.5").code == 2


def test_a_seamless_photograph_is_refused_in_a_sentence(command: Command, folder: Path) -> None:
    outcome = command("stylize-image", "photo.png", "-s", "starry", "--photoreal", "1", "--seamless")
    assert outcome.code != 0
    assert "what stays a photograph has no seams taken out of it" in outcome.err


def test_what_keeps_the_content_keeps_it_to_the_bit(command: Command, folder: Path, photo: np.ndarray) -> None:
    mask = np.zeros(photo.shape, np.uint8)
    mask[:, :photo.shape[1] // 2] = 255
    write_image(Path("mask.png"), Picture(mask))
    outcome = command("stylize-image", "photo.png", "-s", "starry", "--mask", "mask.png", "--photoreal", "1",
                      "-o", "x.png")
    assert outcome.code == 0, outcome.err
    shown = read_image(Path("x.png")).image
    half = photo.shape[1] // 2
    assert np.array_equal(shown[:, half:], photo[:, half:])
    assert np.abs(shown[:, :half].astype(int) - photo[:, :half]).mean() > 10


def test_frames_of_16_bits_stay_photographs_and_are_resumed_to_the_same_bytes(command: Command, folder: Path,
                                                                              photo: np.ndarray) -> None:
    contents = {number: np.roll(photo[:64, :96].astype(np.uint16) * 257, number, axis=1) for number in (1, 2, 3)}
    for number, picture in contents.items():
        write_image(folder / f"shot.{number:04d}.png", Picture(picture))
    asked = ("stylize-video", "shot.%04d.png", "--model", "fast", "-s", "starry", "--temporal", "fast",
             "-o", "out.%04d.png")
    outcome = command(*asked, "--photoreal", "1")
    assert outcome.code == 0, outcome.err
    whole = [path.read_bytes() for path in sorted(folder.glob("out.*.png"))]
    assert read_image(folder / "out.0003.png").image.dtype == np.uint16
    assert left(folder / "out.0002.png", contents[2]) < 1.5
    assert np.abs(read_image(folder / "out.0002.png").image.astype(int) - contents[2]).mean() > 10 * 257
    (folder / "out.0003.png").unlink()
    assert command(*asked, "--photoreal", "1", "--resume").code == 0
    assert [path.read_bytes() for path in sorted(folder.glob("out.*.png"))] == whole


def test_a_plate_stays_a_photograph(command: Command, folder: Path) -> None:
    exr(folder / "in.exr", light())
    for name in ("out.png", "out.exr"):
        outcome = command("stylize-image", "in.exr", "--model", "fast", "-s", "mosaic", "--photoreal", "1", "-o", name)
        assert outcome.code == 0, outcome.err
    assert command("stylize-image", "in.exr", "-s", "mosaic", "--model", "none", "-o", "own.png").code == 0
    own = read_image(Path("own.png")).image
    assert left(Path("out.png"), own) < 1.5
    assert np.abs(read_image(Path("out.png")).image.astype(int) - own).mean() > 10 * 257
    assert header(Path("out.exr"))["allaprima:style"] == "mosaic"
