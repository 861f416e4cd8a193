"""What is shown while one waits: bars in a terminal, lines elsewhere, of previews and of optimisations."""

from __future__ import annotations

import io
import re
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from allaprima.cli import optimising as shown
from allaprima.cli.optimising import Lines, left_words, optimising
from allaprima.engines.optimising import Step
from allaprima.io.still.reading import read_image
from cli.outcome import Outcome
from made_films import Film

Command = Callable[..., Outcome]
PLAIN = ("-s", "starry", "-m", "none")


class Terminal(io.StringIO):
    """Takes what is written to a terminal."""

    def isatty(self) -> bool:
        return True


def words(terminal: Terminal) -> str:
    return re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", terminal.getvalue())


def step(number: int, done: float, loss: float) -> Step:
    return Step(number, 10, {"content": loss / 2, "style": loss / 2}, torch.zeros(1, 3, 20, 30), number, done,
                done == 1)


def test_a_preview_of_a_film_shows_how_far_it_is(command: Command, tmp_path: Path,
                                                 monkeypatch: pytest.MonkeyPatch) -> None:
    Film(times=range(0, 12 * 512, 512)).write(tmp_path / "in.mp4")
    terminal = Terminal()
    monkeypatch.setattr(sys, "stderr", terminal)
    assert command("stylize-video", tmp_path / "in.mp4", *PLAIN, "--preview").code == 0
    said = words(terminal)
    assert "preview of in.mp4" in said
    assert "23/23" in said  # three on the sheet, eight and twelve to be timed
    assert "would take about" in said


def test_a_preview_of_pictures_shows_three_and_predicts_the_time_of_all(command: Command, tmp_path: Path,
                                                                        photo: np.ndarray) -> None:
    for number in range(5):
        Image.fromarray(photo).save(tmp_path / f"p{number}.jpg")
    outcome = command("stylize-image", tmp_path, *PLAIN, "--preview", "--json")
    assert outcome.code == 0, outcome.err
    assert re.search(r"p0-starry-preview\.png: painting 5 pictures would take about \d+ s", outcome.err)
    assert '"pictures": 5' in outcome.out
    assert read_image(tmp_path / "p0-starry-preview.png").image.shape[0] == 4 * 360 + 3 * 8
    assert len(list(tmp_path.iterdir())) == 6
    again = command("stylize-image", tmp_path / "p0.jpg", *PLAIN, "--preview")
    assert again.code == 1
    assert "exists already" in again.err
    assert command("stylize-image", tmp_path / "p0.jpg", *PLAIN, "--preview", "-o", tmp_path / "one.png").code == 0
    assert read_image(tmp_path / "one.png").image.shape[0] == 2 * 360 + 8


def test_an_optimisation_shows_a_bar_with_the_loss_falling_and_the_time_left() -> None:
    terminal = Terminal()
    with optimising(terminal, "photo.jpg") as watch:
        watch(step(1, 0.1, 4.0))
        watch(step(2, 0.5, 1.0))
    said = words(terminal)
    assert "photo.jpg: 30x20, loss 1, from 4" in said
    assert "50%" in said
    assert "left" in said


def test_an_optimisation_is_told_in_lines_elsewhere(monkeypatch: pytest.MonkeyPatch,
                                                    capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(shown, "TOLD_SECONDS", 0.0)
    lines = Lines("photo.jpg")
    lines(step(1, 0.25, 4.0))
    lines(step(2, 1.0, 1.0))
    first, last = capsys.readouterr().err.splitlines()
    assert re.fullmatch(r"photo\.jpg: step 1, .* loss 4 \(content 2, style 2\); about \d+ s left", first)
    assert "left" not in last


def test_the_time_left_is_told_in_seconds_then_in_minutes() -> None:
    assert left_words(10, 0.5) == "about 10 s left"
    assert left_words(300, 0.5) == "about 5 min left"
    assert left_words(3, 0) == ""


@pytest.mark.parametrize("program", [("stylize-image",), ("allaprima", "gatys")])
def test_help_of_pictures_speaks_of_pictures(command: Command, program: tuple[str, ...]) -> None:
    said = " ".join(command(*program, "--help").out.split())
    assert "Pictures, or folders of pictures" in said
    assert not re.search(r"over time|a film|frames", said)
