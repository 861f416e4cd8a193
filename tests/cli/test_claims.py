"""What commands may write: never an input, never unasked what exists, never one file twice."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from allaprima.cli import image, video
from allaprima.cli.gatys import refuse_previews
from allaprima.cli.outputs import destinations, named_apart, output_for
from allaprima.cli.pages import check_pages
from allaprima.errors import SinkError
from allaprima.io.film.parts_folder import PartsFolder
from allaprima.io.locks import OutputLock
from allaprima.sheets.png import encode_png
from cli.outcome import Outcome
from made_films import Film

Command = Callable[..., Outcome]
PLAIN = ("-s", "starry", "-m", "none")


@pytest.fixture
def film(tmp_path: Path) -> Path:
    return Film(times=range(0, 6 * 512, 512)).write(tmp_path / "in.mkv")


@pytest.fixture
def pictures(tmp_path: Path) -> Path:
    """A folder of three pictures whose results would go by two names."""
    folder = tmp_path / "pictures"
    folder.mkdir()
    picture = Image.fromarray(np.random.default_rng(1).integers(0, 255, (24, 32, 3), np.uint8))
    for suffix in ("jpg", "png", "gif"):
        picture.save(folder / f"p.{suffix}")
    return folder


def target(path: Path, stem: str) -> Path:
    return output_for(path, stem, "art", "out/", several=True, suffix=".png")


def test_inputs_of_one_name_are_told_apart_by_suffix_then_folder_then_both() -> None:
    found = named_apart([Path("a/p.jpg"), Path("a/p.gif"), Path("a/q.png"), Path("b/q.png"), Path("a/r.png"),
                         Path("b/r.png"), Path("b/r.gif")], target)
    assert [path.name for path in found] == ["p-jpg-art.png", "p-gif-art.png", "a-q-art.png", "b-q-art.png",
                                             "a-r-art.png", "b-r-art.png", "r-gif-art.png"]


def test_results_of_an_earlier_run_in_a_folder_are_no_inputs(tmp_path: Path) -> None:
    files = [tmp_path / "p.png", tmp_path / "p-art.png"]

    def beside(path: Path, stem: str) -> Path:
        return output_for(path, stem, "art", None, several=True, suffix=".png")

    assert destinations(files, [tmp_path], beside) == {files[0]: files[1]}
    assert list(destinations(files, files, beside)) == files


def test_every_picture_of_a_folder_gets_a_file_of_its_own(command: Command, pictures: Path) -> None:
    for options in ((), ("--overwrite",), ("--overwrite",)):
        outcome = command("stylize-image", pictures, *PLAIN, *options)
        assert outcome.code == 0, outcome.err
        assert "3 of 3 pictures done" in outcome.err
        assert sorted(path.name for path in pictures.iterdir()) == [
            "p-gif-starry.png", "p-png-starry.png", "p-starry.jpg", "p.gif", "p.jpg", "p.png"]


def test_films_of_one_name_get_a_file_each(command: Command, tmp_path: Path, film: Path) -> None:
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "clip.mkv").write_bytes(film.read_bytes())
    films = [tmp_path / name / "clip.mkv" for name in ("a", "b")]
    outcome = command("stylize-video", *films, films[0], *PLAIN, "-o", f"{tmp_path}/out/", "--overwrite")
    assert outcome.code == 0, outcome.err
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == ["a-clip-starry.mkv", "b-clip-starry.mkv"]


@pytest.mark.parametrize("report", ["itself", "link", "hard link", "result"])
@pytest.mark.parametrize("options", [(), ("--overwrite",)])
def test_a_report_never_lands_on_a_film(command: Command, tmp_path: Path, film: Path, report: str,
                                        options: tuple[str, ...]) -> None:
    before = film.read_bytes()
    path = {"itself": film, "result": tmp_path / "out.mkv"}.get(report, tmp_path / "report.json")
    if report == "link":
        path.symlink_to(film)
    elif report == "hard link":
        path.hardlink_to(film)
    outcome = command("stylize-video", film, *PLAIN, "-o", tmp_path / "out.mkv", "--report", path, *options)
    assert outcome.code == 1
    assert "error: cannot write" in outcome.err
    assert film.read_bytes() == before
    assert not (tmp_path / "out.mkv").exists()


def test_a_report_replaces_nothing_unasked(command: Command, tmp_path: Path, pictures: Path) -> None:
    report = tmp_path / "report.json"
    report.write_text("notes")
    arguments = ("stylize-image", pictures / "p.png", *PLAIN, "-o", tmp_path / "out.png", "--report", report)
    assert "exists already" in command(*arguments).err
    assert not (tmp_path / "out.png").exists()
    assert command(*arguments, "--overwrite").code == 0
    assert json.loads(report.read_text())[0]["output"] == str(tmp_path / "out.png")


def test_a_style_is_an_input_too(command: Command, pictures: Path) -> None:
    before = (pictures / "p.jpg").read_bytes()
    outcome = command("stylize-image", pictures / "p.png", "-s", pictures / "p.jpg", "-m", "none", "-o",
                      pictures / "p.jpg", "--overwrite")
    assert outcome.code == 1
    assert "input itself" in outcome.err
    assert (pictures / "p.jpg").read_bytes() == before


def test_numbered_frames_never_land_on_a_masks(command: Command, tmp_path: Path) -> None:
    for number in (1, 2):
        for name in ("in", "mask"):
            (tmp_path / f"{name}.{number:04d}.png").write_bytes(encode_png(np.full((16, 16, 3), 200, np.uint8)))
    before = (tmp_path / "mask.0001.png").read_bytes()
    outcome = command("stylize-video", tmp_path / "in.%04d.png", *PLAIN, "--mask", tmp_path / "mask.%04d.png", "-o",
                      tmp_path / "mask.%04d.png", "--overwrite")
    assert outcome.code == 1
    assert "input itself" in outcome.err
    assert (tmp_path / "mask.0001.png").read_bytes() == before


def test_pages_never_land_on_their_pictures(command: Command, pictures: Path) -> None:
    picture = pictures / "p.png"
    outcome = command("allaprima", "sheet", picture, "-s", "starry", "-o", picture, "--overwrite", "-m", "none")
    assert outcome.code == 1
    assert "input itself" in outcome.err
    with pytest.raises(SinkError, match="another result of this run goes there"):
        check_pages([pictures / "a.html", None, pictures / "a.html"], overwrite=True)


def test_previews_of_an_optimisation_replace_nothing_unasked(tmp_path: Path) -> None:
    target = tmp_path / "out[1].png"
    (tmp_path / "out[1]-stepping.png").touch()
    refuse_previews([target], overwrite=False)
    (tmp_path / "out[1]-step00010.png").touch()
    with pytest.raises(SinkError, match=r"out\[1\]-step00010\.png exists already"):
        refuse_previews([target], overwrite=False)
    refuse_previews([target], overwrite=True)


def test_training_never_replaces_what_it_starts_from_nor_what_lies_in_its_folder(command: Command, tmp_path: Path,
                                                                                pictures: Path) -> None:
    start = tmp_path / "run" / "balanced.safetensors"
    start.parent.mkdir()
    start.write_bytes(b"weights of one's own")
    arguments = ("allaprima", "train", "balanced", "--content", pictures, "--style", pictures, "--steps", "1",
                 "-o", start.parent, "--teacher", start)
    for options in ((), ("--start", f"balanced={start}")):
        outcome = command(*arguments, *options)
        assert outcome.code == 1
        assert "cannot write" in outcome.err
    assert [path.name for path in start.parent.iterdir()] == [start.name]
    assert start.read_bytes() == b"weights of one's own"


def test_a_busy_or_unfinished_film_is_refused_before_a_network_is_opened(
        command: Command, tmp_path: Path, film: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def opened(*arguments: object, **options: object) -> None:
        raise AssertionError("a network was opened")

    monkeypatch.setattr(video, "open_painting", opened)
    output = tmp_path / "out.mkv"
    with OutputLock(output):
        for options in ((), ("--resume",), ("--overwrite",)):
            outcome = command("stylize-video", film, "-s", "starry", "-o", output, *options)
            assert outcome.code == 1
            assert "another run is writing" in outcome.err
    PartsFolder(tmp_path / "out.mkv.parts").create({"style": "starry"})
    outcome = command("stylize-video", film, "-s", "starry", "-o", output)
    assert outcome.code == 1
    assert "an unfinished film lies in" in outcome.err
    assert all(option in outcome.err for option in ("--resume", "--overwrite"))


def test_what_nobody_foresaw_is_one_sentence_and_a_traceback_only_where_it_is_asked_for(
        command: Command, pictures: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*arguments: object, **options: object) -> None:
        raise ZeroDivisionError("nobody foresaw this")

    monkeypatch.setattr(image, "open_painting", fail)
    for debug in (False, True):
        if debug:
            monkeypatch.setenv("ALLAPRIMA_DEBUG", "1")
        outcome = command("stylize-image", pictures / "p.png", "-s", "starry", "-m", "http://me:secret@host/x")
        assert outcome.code == 1
        assert "failed: ZeroDivisionError: nobody foresaw this" in outcome.err
        assert ("Traceback" in outcome.err) == debug
        assert "secret" not in outcome.err.split("error: ")[-1]
