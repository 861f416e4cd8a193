"""``stylize-image``: real pictures in, real pictures out."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from allaprima.io.still.picture import Picture
from allaprima.io.still.reading import read_image
from allaprima.io.still.writing import write_image
from allaprima.pipeline.looks.styles import write_style
from cli.outcome import Outcome
from standin import chance_fit, chance_style

Command = Callable[..., Outcome]


@pytest.fixture
def folder(tmp_path: Path, photo: np.ndarray, monkeypatch: pytest.MonkeyPatch) -> Path:
    write_image(tmp_path / "photo.png", Picture(photo))
    alpha = np.linspace(0, 65535, 120 * 200).reshape(120, 200).astype(np.uint16)
    write_image(tmp_path / "deep.tif", Picture(photo.astype(np.uint16) * 257, alpha))
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_a_picture_is_painted_beside_the_input(command: Command, folder: Path, photo: np.ndarray) -> None:
    outcome = command("stylize-image", "photo.png", "--style", "starry")
    assert outcome.code == 0, outcome.err
    painted = read_image(folder / "photo-starry.png").image
    assert painted.shape == photo.shape
    assert np.abs(painted.astype(int) - photo).mean() > 10


def test_a_style_is_looked_at_twice_the_first_time(command: Command, folder: Path, photo: np.ndarray,
                                                   monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ALLAPRIMA_CACHE", str(folder / "cache"))
    write_image(folder / "art.png", Picture(np.ascontiguousarray(photo[::-1, :, ::-1])))
    words = ("stylize-image", "photo.png", "--style", "art.png", "--model", "fast", "-o")
    assert command(*words, "once.png").code == 0
    monkeypatch.delenv("ALLAPRIMA_REFINE")
    first, second = command(*words, "twice.png"), command(*words, "again.png")
    assert first.code == second.code == 0, first.err + second.err
    assert "looking at art" in first.err
    assert "looking at" not in second.err
    once, twice, again = (read_image(folder / f"{name}.png").image.astype(int) for name in ("once", "twice", "again"))
    np.testing.assert_array_equal(twice, again)
    assert np.abs(twice - once).mean() > 1


def test_depth_and_alpha_go_through(command: Command, folder: Path) -> None:
    assert command("stylize-image", "deep.tif", "--style", "starry", "-o", "out.png").code == 0
    before, after = read_image(folder / "deep.tif"), read_image(folder / "out.png")
    assert after.image.dtype == np.uint16
    assert before.alpha is not None
    assert after.alpha is not None
    np.testing.assert_array_equal(after.alpha, before.alpha)


def test_the_identity_model_gives_the_picture_back(command: Command, folder: Path, photo: np.ndarray) -> None:
    assert command("stylize-image", "photo.png", "-s", "starry", "-m", "none", "-o", "same.png").code == 0
    np.testing.assert_array_equal(read_image(folder / "same.png").image, photo)


def test_a_style_fitted_to_another_network_is_painted_by_its_codes_and_that_is_said(command: Command,
                                                                                  folder: Path) -> None:
    fitted = chance_style("art", 1, replace(chance_fit(1, "f" * 64), base="balanced"))
    write_style(Path("art.style"), fitted)
    outcome = command("stylize-image", "photo.png", "-s", "art.style", "--brush", "coarse")
    assert outcome.code == 0, outcome.err
    assert "note: art.style was fitted to another version of balanced" in outcome.err
    write_style(Path("plain.style"), replace(fitted, fitted=(), name="plain"))
    outcome = command("stylize-image", "photo.png", "-s", "plain.style", "--brush", "coarse")
    assert "note" not in outcome.err
    one, other = (read_image(folder / f"photo-{name}.png").image for name in ("art", "plain"))
    np.testing.assert_array_equal(one, other)


def test_a_brush_that_is_none_is_refused_before_any_work(command: Command, folder: Path) -> None:
    outcome = command("stylize-image", "photo.png", "-s", "starry", "--brush", "broad")
    assert outcome.code == 2
    assert "no brush" in outcome.err


def test_a_size_is_the_shorter_side_or_both(command: Command, folder: Path) -> None:
    for size, expected in (("60", (60, 100, 3)), ("50x70", (70, 50, 3))):
        assert command("stylize-image", "photo.png", "-s", "starry", "-m", "none", "--size", size, "-o", "s.png",
                       "--overwrite").code == 0
        assert read_image(folder / "s.png").image.shape == expected


def test_an_existing_output_stays_without_overwrite(command: Command, folder: Path) -> None:
    arguments = ("stylize-image", "photo.png", "-s", "starry", "-m", "none")
    assert command(*arguments).code == 0
    (folder / "photo-starry.png").write_bytes(b"mine")
    outcome = command(*arguments)
    assert outcome.code == 1
    assert "hint:" in outcome.err
    assert (folder / "photo-starry.png").read_bytes() == b"mine"
    assert command(*arguments, "--overwrite").code == 0


def test_several_inputs_report_the_failed_one_and_paint_the_rest(command: Command, folder: Path) -> None:
    (folder / "broken.png").write_bytes(b"\x89PNG\r\n\x1a\nnothing")
    outcome = command("stylize-image", ".", "-s", "starry", "-m", "none", "-o", "painted/", "--json")
    assert outcome.code == 1
    assert "broken.png" in outcome.err
    assert "2 of 3 pictures" in outcome.err
    reports = json.loads(outcome.out)
    assert sorted(Path(report["output"]).name for report in reports) == ["deep-starry.tif", "photo-starry.png"]
    assert all(Path(report["output"]).is_file() for report in reports)


@pytest.mark.parametrize(("arguments", "code", "words"), [
    (("missing.png", "-s", "starry"), 1, "there is no file missing.png"),
    (("photo.png", "-s", "missing.jpg"), 1, "no style picture"),
    (("photo.png", "-s", "starry", "--strength", "2"), 2, "strength 2 is out of range"),
    (("photo.png", "-s", "starry", "--style-scale", "0"), 2, "style scale 0 is out of range"),
    (("photo.png", "-s", "starry", "--size", "huge"), 2, "not a size"),
    (("photo.png", "-s", "starry", "--model", "huge"), 2, "unknown model"),
    (("photo.png", "-s", "starry", "--device", "abacus"), 2, "unknown device"),
    (("photo.png", "-s", "starry", "--precision", "fp3"), 2, "unknown precision"),
    (("photo.png", "-s", "starry", "-o", "out.doc"), 2, ".doc"),
    (("photo.png", "-s", "starry", "-o", "photo.png", "--overwrite"), 1, "photo.png"),
    (("photo.png", "-s", "photo.png", "--max-pixels", "100"), 1, "pixels"),
    (("x" * 300 + ".png", "-s", "starry"), 1, "too long"),
    (("photo.png", "-s", "x" * 300 + ".png"), 1, "no style picture"),
    (("photo.png", "-s", "starry", "-o", "x" * 300 + ".png"), 1, "too long"),
    (("photo.png", "-s", "starry", "-o", "gone/out.png"), 1, "folder does not exist"),
])
def test_misuse_gets_one_sentence_and_an_exit_code(command: Command, folder: Path, arguments: tuple[str, ...],
                                                   code: int, words: str) -> None:
    before = {path: path.read_bytes() for path in folder.iterdir()}
    outcome = command("stylize-image", *arguments)
    assert outcome.code == code
    assert words in outcome.err
    assert "Traceback" not in outcome.err
    assert outcome.err.count("error:") == 1
    assert {path: path.read_bytes() for path in folder.iterdir()} == before


def test_a_one_pixel_style_is_refused(command: Command, folder: Path) -> None:
    write_image(folder / "dot.png", Picture(np.zeros((1, 1, 3), np.uint8)))
    outcome = command("stylize-image", "photo.png", "-s", "dot.png")
    assert outcome.code == 2
    assert "1x1 pixels, too small" in outcome.err
