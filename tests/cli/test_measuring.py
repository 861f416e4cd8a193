"""The commands that measure and explain, on the published VGG-19 where it has been fetched."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from allaprima import weights
from allaprima.io.still.picture import Picture
from allaprima.io.still.reading import read_image
from allaprima.io.still.writing import write_image
from cli.outcome import Outcome

Command = Callable[..., Outcome]
EXAMPLES = Path(__file__).parents[2] / "examples"
fetched = pytest.mark.skipif(not weights.path_of("vgg19").is_file(),
                             reason="VGG-19 has not been fetched: allaprima weights pull vgg19")


@pytest.fixture
def folder(tmp_path: Path, photo: np.ndarray, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "contents").mkdir()
    (tmp_path / "styles").mkdir()
    write_image(tmp_path / "contents" / "photo.png", Picture(photo))
    write_image(tmp_path / "styles" / "art.png", Picture(np.ascontiguousarray(255 - photo[:, ::-1])))
    monkeypatch.chdir(tmp_path)
    return tmp_path


@fetched
def test_an_evaluation_prints_json_and_writes_both_pages(command: Command, folder: Path) -> None:
    outcome = command("allaprima", "evaluate", "contents", "styles", "--size", 48, "-m", "none", "-m", "balanced",
                      "--no-curve", "--html", "report.html", "--blind", "blind.html", "--json", "--device", "torch")
    assert outcome.code == 0, outcome.err
    told = json.loads(outcome.out)
    assert list(told["rows"]) == ["content, untouched", "style, untouched", "none", "balanced"]
    assert told["rows"]["none"]["measures"]["content"][0] == 0
    assert "fp32" in (folder / "report.html").read_text("utf-8")
    assert "Which do you prefer?" in (folder / "blind.html").read_text("utf-8")


@fetched
def test_films_are_evaluated_row_by_row_and_rows_that_are_kept_are_taken(command: Command, folder: Path) -> None:
    arguments = ("allaprima", "evaluate", "contents", EXAMPLES / "styles" / "starry.jpg", "--video", "-m", "none",
                 "--size", 48, "--frames", 2, "--temporal", "fast", "--rows", "rows", "--limit", 3, "--json")
    outcome = command(*arguments)
    assert outcome.code == 0, outcome.err
    told = json.loads(outcome.out)
    assert [line["clip"] for line in told] == ["pan", "zoom", "rotation"]
    assert len(outcome.err.splitlines()) == len(told) == len(list((folder / "rows").glob("*.json")))
    assert command(*arguments).out == outcome.out
    assert command(*arguments, "--temporal", "slow").code == 2


@fetched
def test_films_and_clips_of_pictures_elsewhere_make_one_table_with_strips(command: Command, folder: Path) -> None:
    arguments = ("allaprima", "evaluate", EXAMPLES / "clip.mp4", EXAMPLES / "styles" / "starry.jpg", "--video", "-m",
                 "none", "--size", 48, "--frames", 2, "--made", "contents", "--strips", "strips", "--limit", 2)
    outcome = command(*arguments)
    assert outcome.code == 0, outcome.err
    lines = outcome.out.splitlines()
    assert [line.split()[0] for line in lines[:3]] == ["clip", "pan", "zoom"]
    assert lines[-1].startswith("style ratio: 1.00 ")
    assert {path.name for path in (folder / "strips").iterdir()} == {f"{clip}, starry, none.png"
                                                                    for clip in ("pan", "zoom")}
    again = command(*arguments)
    assert again.code == 1
    assert "--overwrite" in again.err


def test_a_page_that_exists_is_not_replaced(command: Command, folder: Path) -> None:
    (folder / "report.html").write_text("mine")
    outcome = command("allaprima", "evaluate", "contents", "styles", "--html", "report.html")
    assert outcome.code == 1
    assert "--overwrite" in outcome.err
    assert (folder / "report.html").read_text() == "mine"


def test_a_peer_that_is_not_known_or_is_asked_for_on_films_is_refused(command: Command, folder: Path) -> None:
    for given, said in ((("--peer", "other=folder"), "known names: microast"),
                        (("--peer", "microast=folder", "--video"), "leave out --peer")):
        outcome = command("allaprima", "evaluate", "contents", "styles", *given)
        assert outcome.code == 2
        assert said in outcome.err
    outcome = command("allaprima", "bench", "--peer", "microast=folder")
    assert outcome.code == 1
    assert "content_encoder.pth" in outcome.err


def test_a_sheet_in_an_unknown_format_is_refused_before_any_work(command: Command, folder: Path) -> None:
    outcome = command("allaprima", "sheet", "contents/photo.png", "--style", "starry", "-o", "sheet.gif")
    assert outcome.code == 2
    assert ".html or .png" in outcome.err


def test_a_bracket_is_written(command: Command, folder: Path) -> None:
    outcome = command("allaprima", "sheet", "contents/photo.png", "--style", "starry", "--size", 48, "--strengths",
                      "0.5,1", "--brush", "64", "-o", "sheet.png", "--device", "torch")
    assert outcome.code == 0, outcome.err
    assert read_image(folder / "sheet.png").image.shape == (48 + 24, 2 * 80 + 36, 3)


def test_numbers_that_are_none_are_refused(command: Command, folder: Path) -> None:
    outcome = command("allaprima", "sheet", "contents/photo.png", "--style", "starry", "--strengths", "half")
    assert outcome.code == 2
    assert "'half'" in outcome.err


@fetched
def test_models_are_compared(command: Command, folder: Path) -> None:
    outcome = command("allaprima", "compare", "contents/photo.png", "--style", "styles/art.png", "--size", 48,
                      "-m", "none", "-m", "balanced", "--device", "torch")
    assert outcome.code == 0, outcome.err
    assert [line.split()[0] for line in outcome.out.splitlines()] == ["model", "none", "balanced"]
    assert "art" in (folder / "comparison.html").read_text("utf-8")
    assert "painting with balanced, 2 of 2" in outcome.err
    assert re.search(r"^balanced: \d+\.\d s$", outcome.err, re.MULTILINE)


@fetched
def test_gatys_paints_with_sixteen_bits_and_saves_previews(command: Command, folder: Path) -> None:
    outcome = command("allaprima", "gatys", "contents/photo.png", "--style", "styles/art.png", "--size", 32, "--steps",
                      5, "--style-scale", 0.125, "--layers", "relu1_1:2,relu2_1", "--save-every", 2, "--depth", 16,
                      "--device", "torch", "-o", "out.png")
    assert outcome.code == 0, outcome.err
    painted = read_image(folder / "out.png").image
    assert painted.dtype == np.uint16
    assert painted.shape == (32, 54, 3)
    assert read_image(folder / "out-step00002.png").image.dtype == np.uint8
    assert not (folder / "out-step00001.png").exists()
    assert re.search(r"step \d, evaluation [5-9] of about 5, 54x32: loss", outcome.err)


@fetched
def test_gatys_paints_under_a_mask_and_keeps_what_it_leaves(command: Command, folder: Path) -> None:
    photo = read_image(folder / "contents" / "photo.png").image[:32, :48]
    mask = np.zeros_like(photo)
    mask[:, :24] = 255
    for name, picture in (("small.png", photo), ("mask.png", mask)):
        write_image(folder / name, Picture(picture))
    outcome = command("allaprima", "gatys", "small.png", "--style", "starry", "--mask", "mask.png", "--steps", 5,
                      "--style-scale", 0.125, "--layers", "relu1_1:2,relu2_1", "--device", "torch", "-o", "kept.png")
    assert outcome.code == 0, outcome.err
    painted = read_image(folder / "kept.png").image.astype(int)
    assert np.array_equal(painted[:, 24:], photo[:, 24:])
    assert np.abs(painted[:, :24] - photo[:, :24]).mean() > 2
    outcome = command("allaprima", "gatys", "small.png", "--mask", "mask.png")
    assert outcome.code == 2
    assert "no style was given" in outcome.err


def test_a_layer_that_is_none_is_refused(command: Command, folder: Path) -> None:
    outcome = command("allaprima", "gatys", "contents/photo.png", "--style", "starry", "--layers", "relu9_1")
    assert outcome.code == 2
    assert "relu9_1" in outcome.err


def test_previews_every_no_steps_are_refused(command: Command, folder: Path) -> None:
    outcome = command("allaprima", "gatys", "contents/photo.png", "--style", "starry", "--save-every", 0)
    assert outcome.code == 2
    assert "Traceback" not in outcome.err


@fetched
def test_layers_are_explained(command: Command, folder: Path) -> None:
    outcome = command("allaprima", "explain", "contents/photo.png", "--style", "styles/art.png", "--size", 32,
                      "--steps", 1, "--device", "torch")
    assert outcome.code == 0, outcome.err
    page = (folder / "explanation.html").read_text("utf-8")
    assert page.count("data:image/png") == 6 + 6 + 3
    assert "up to relu5_1" in page
    assert page.count("<svg") == 1
