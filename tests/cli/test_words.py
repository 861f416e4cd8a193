"""Wrong words are guessed, and what was meant is said: styles, files, commands; the example of a control file works."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from allaprima.pipeline.looks.controls import KNOWN, read_controls
from allaprima.spelling import guess, nearest
from cli.outcome import Outcome
from made_films import Film
from places import ROOT

Command = Callable[..., Outcome]


@pytest.fixture
def folder(tmp_path: Path, photo: np.ndarray, monkeypatch: pytest.MonkeyPatch) -> Path:
    Image.fromarray(photo).save(tmp_path / "photo.jpg")
    Image.fromarray(photo).save(tmp_path / "still.png")
    Film(times=range(0, 4 * 512, 512)).write(tmp_path / "clip.mp4")
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize(("arguments", "code", "words"), [
    (("stylize-video", "clip.mp4", "-s", "stary"), 1, "did you mean starry?"),
    (("stylize-video", "clip.mp4", "-s", "starry:0.5+wodcut"), 1, "did you mean woodcut?"),
    (("stylize-image", "photo.jpg", "-s", "phto.jpg"), 1, "did you mean photo.jpg?"),
    (("stylize-video", "photo.jpg", "-s", "starry"), 2, "paint it with stylize-image photo.jpg"),
    (("stylize-video", "still.png", "-s", "starry"), 2, "paint it with stylize-image still.png"),
    (("stylize-image", "clip.mp4", "-s", "starry"), 2, "paint it with stylize-video clip.mp4"),
    (("stylize-image", "photo.jpg", "starry"), 1, "a style is given by name: --style starry"),
    (("stylize-video", "clpi.mp4", "-s", "starry"), 1, "did you mean clip.mp4?"),
    (("stylize-video", "clip.mp4", "-s", "starry", "-m", "balancd"), 2, "did you mean balanced?"),
    (("stylize-video", "clip.mp4", "-s", "starry", "--precision", "int9"), 2, "did you mean int8?"),
    (("allaprima", "vidoe", "clip.mp4"), 2, "Did you mean 'video'?"),
])
def test_what_was_meant_is_asked(command: Command, folder: Path, arguments: tuple[str, ...], code: int,
                                 words: str) -> None:
    outcome = command(*arguments)
    assert outcome.code == code, outcome.err
    assert words in outcome.err
    assert outcome.err.lower().count("error:") == 1
    assert len(list(folder.iterdir())) == 3


def test_a_picture_that_moves_is_a_film(command: Command, folder: Path) -> None:
    frames = [Image.new("RGB", (32, 32), (level, 0, 0)) for level in (0, 90, 180)]
    frames[0].save(folder / "moving.webp", save_all=True, append_images=frames[1:], duration=100)
    outcome = command("stylize-video", "moving.webp", "-s", "starry", "-m", "none")
    assert outcome.code == 0, outcome.err


def test_words_that_are_far_from_all_are_not_guessed() -> None:
    assert nearest("photograph", ["starry", "woodcut"]) is None
    assert nearest("STARY", ["starry"]) == "starry"
    assert nearest("s" * 500, ["starry"]) is None
    assert guess("zzz", ["starry"], "choose one") == "choose one"


def test_a_saved_style_names_its_output_after_its_file(command: Command, folder: Path) -> None:
    assert command("allaprima", "style", "starry:0.7+woodcut:0.3", "-o", "mix.style").code == 0
    assert command("stylize-image", "photo.jpg", "-s", "mix.style").code == 0
    assert (folder / "photo-mix.jpg").exists()


def test_the_example_of_a_control_file_is_written_read_and_painted(command: Command, folder: Path) -> None:
    outcome = command("allaprima", "controls", "example")
    assert outcome.code == 0, outcome.err
    assert "--controls controls.json" in outcome.err
    text = (folder / "controls.json").read_text()
    assert all(f'"{word}"' in text for word in KNOWN)
    assert text in (ROOT / "docs" / "controls.md").read_text("utf-8")
    assert set(read_controls(Path("controls.json")).weights) == {"starry", "woodcut"}
    assert "exists already" in command("allaprima", "controls", "example").err
    painted = command("stylize-video", "clip.mp4", "-s", "starry+woodcut", "--controls", "controls.json", "-m", "none")
    assert painted.code == 0, painted.err
