"""Keyframes on the command line: a keyframe's frame is, byte for byte, the one of a constant render."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from allaprima.io.still.picture import Picture
from allaprima.io.still.reading import read_image
from allaprima.io.still.writing import write_image
from cli.outcome import Outcome

Command = Callable[..., Outcome]


@pytest.fixture
def folder(tmp_path: Path, photo: np.ndarray, monkeypatch: pytest.MonkeyPatch) -> Path:
    for number in range(1001, 1006):
        write_image(tmp_path / f"shot.{number}.png", Picture(np.roll(photo[:48, :64], number, axis=1)))
    monkeypatch.chdir(tmp_path)
    return tmp_path


def render(command: Command, name: str, *arguments: str) -> list[np.ndarray]:
    outcome = command("stylize-video", "shot.%04d.png", "-o", f"{name}.%04d.png", "--temporal", "off", *arguments)
    assert outcome.code == 0, outcome.err
    return [read_image(path).image for path in sorted(Path().glob(f"{name}.*.png"))]


def test_keyframes_equal_constant_renders_and_frames_between_do_not(command: Command, folder: Path) -> None:
    moving = render(command, "moving", "-s", "1001f:starry,1005f:mosaic", "--strength", "1001f:0.4,1005f:1")
    first = render(command, "first", "-s", "starry", "--strength", "0.4", "--frames", "1001")
    last = render(command, "last", "-s", "mosaic", "--frames", "1005")
    np.testing.assert_array_equal(moving[0], first[0])
    np.testing.assert_array_equal(moving[4], last[0])
    wrong = render(command, "wrong", "-s", "starry", "--strength", "0.4", "--frames", "1003")
    assert np.abs(moving[2].astype(int) - wrong[0]).mean() > 1


def test_a_changed_curve_is_not_resumed(command: Command, folder: Path) -> None:
    render(command, "out", "-s", "starry", "--strength", "0:0,1:1", "--model", "none")
    (folder / "out.1003.png").unlink()
    arguments = ("stylize-video", "shot.%04d.png", "-o", "out.%04d.png", "-s", "starry", "--model", "none", "--resume",
                 "--temporal", "off")
    changed = command(*arguments, "--strength", "0:0,2:1")
    assert changed.code == 1
    assert "strength" in changed.err
    assert command(*arguments, "--strength", "0:0,1:1").code == 0


@pytest.mark.parametrize(("arguments", "words"), [
    (("stylize-image", "shot.1001.png", "-s", "0:starry,5:mosaic"), "a still picture has no time"),
    (("stylize-image", "shot.1001.png", "-s", "starry", "--strength", "0:0,5:1"), "a still picture has no time"),
    (("stylize-video", "shot.%04d.png", "-s", "5:starry,1:mosaic"), "do not follow each other"),
    (("stylize-video", "shot.%04d.png", "-s", "starry", "--strength", "strong"), "not a number"),
])
def test_keyframes_that_cannot_be_meant_get_one_sentence(command: Command, folder: Path, arguments: tuple[str, ...],
                                                        words: str) -> None:
    outcome = command(*arguments)
    assert outcome.code == 2
    assert words in outcome.err
    assert outcome.err.count("error:") == 1
