"""``allaprima library``, as a shell would run it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from cli.outcome import Outcome

Command = Callable[..., Outcome]


@pytest.fixture
def art(tmp_path: Path, photo: np.ndarray, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("ALLAPRIMA_LIBRARY", str(tmp_path / "library"))
    monkeypatch.chdir(tmp_path)
    (tmp_path / "art").mkdir()
    Image.fromarray(photo).save("art/plain.jpg")
    Image.fromarray(photo[::-1, :, ::-1]).save("art/wave.jpg")
    return tmp_path


def test_styles_go_in_are_found_paint_by_name_and_move_to_another_library(
        command: Command, art: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert "is empty" in command("allaprima", "library", "list").err
    assert command("allaprima", "library", "add", "art", "--licence", "CC0").code == 0
    listed = command("allaprima", "library", "list").out.splitlines()
    assert [line.split()[:2] for line in listed] == [["plain", "CC0"], ["wave", "CC0"]]
    found = command("allaprima", "library", "search", "--like", "art/wave.jpg", "--most", "1", "-o", "found.png")
    assert found.out.split() == ["wave", "0.000"]
    with Image.open("found.png") as sheet:
        assert sheet.width > 2 * sheet.height / 2
    between = command("allaprima", "library", "search", "--between", "wave", "plain", "--most", "100").out
    assert "wave" not in between
    painted = command("stylize-image", "art/plain.jpg", "-s", "wave:0.5+starry:0.5", "--detail", "64", "-o", "out.png")
    assert painted.code == 0, painted.err
    assert "did you mean wave?" in command("stylize-image", "art/plain.jpg", "-s", "wavee").err
    assert "wave" in command("allaprima", "styles").out
    assert command("allaprima", "library", "pack", "-o", "mine.stylepack").code == 0
    monkeypatch.setenv("ALLAPRIMA_LIBRARY", str(art / "other"))
    assert command("allaprima", "library", "unpack", "mine.stylepack").code == 0
    again = command("allaprima", "library", "unpack", "mine.stylepack")
    assert again.code == 2
    assert "has plain, wave already" in again.err
    assert command("allaprima", "library", "remove", "wave").code == 0
    assert command("allaprima", "library", "list").out.startswith("plain")
    assert command("allaprima", "library", "remove", "wave").code == 2


def test_what_does_not_go_together_is_refused(command: Command, art: Path) -> None:
    assert command("allaprima", "library", "search").code == 2
    assert command("allaprima", "library", "pack").code == 2
    assert "one by one" in command("allaprima", "library", "add", "art", "--name", "x").err
    assert "leave out --picture" in command("allaprima", "library", "add", "art/wave.jpg", "--picture",
                                            "art/plain.jpg").err
