"""``stylize-video`` on numbered frames: resumed to the same bytes, refused when settings changed."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from allaprima.io.still.picture import Picture
from allaprima.io.still.reading import read_image
from allaprima.io.still.writing import write_image
from cli.outcome import Outcome

Command = Callable[..., Outcome]
ARGUMENTS = ("stylize-video", "shot.%04d.png", "--style", "starry", "-o", "out.%04d.png")


@pytest.fixture
def folder(tmp_path: Path, photo: np.ndarray, monkeypatch: pytest.MonkeyPatch) -> Path:
    for number in range(1001, 1006):
        shifted = np.roll(photo[:48, :64].astype(np.uint16) * 257, number, axis=1)
        write_image(tmp_path / f"shot.{number}.png", Picture(shifted))
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_a_resumed_render_is_byte_identical_and_paints_only_what_is_missing(command: Command, folder: Path) -> None:
    assert command(*ARGUMENTS).code == 0
    whole = {path.name: path.read_bytes() for path in folder.glob("out.*.png")}
    assert len(whole) == 5
    assert read_image(folder / "out.1001.png").image.dtype == np.uint16
    (folder / "out.1002.png").unlink()
    (folder / "out.1004.png").write_bytes(whole["out.1004.png"][:-20])
    outcome = command(*ARGUMENTS, "--resume", "--report", "report.json")
    assert outcome.code == 0, outcome.err
    assert "2 frames painted, 3 kept" in outcome.err
    assert {path.name: path.read_bytes() for path in folder.glob("out.*.png")} == whole
    [report] = json.loads((folder / "report.json").read_text())
    assert (report["rendered"], report["kept"]) == (2, 3)


def test_a_steadied_render_resumes_to_the_same_bytes_from_the_shot_before_the_gap(command: Command,
                                                                                  folder: Path) -> None:
    write_image(folder / "shot.1006.png", Picture(np.zeros((48, 64, 3), np.uint16)))
    rows = np.linspace(0, 65535, 48).astype(np.uint16)[:, None, None]
    for number in range(1007, 1010):  # another shot, after a black frame
        write_image(folder / f"shot.{number}.png", Picture(np.broadcast_to(rows[::-1], (48, 64, 3)) // 2 + number))
    assert command(*ARGUMENTS, "--temporal", "fast").code == 0
    whole = {path.name: path.read_bytes() for path in folder.glob("out.*.png")}
    for missing in (1003, 1009):
        (folder / f"out.{missing}.png").unlink()
    kept = {path.name: path.stat().st_mtime_ns for path in folder.glob("out.*.png")}
    outcome = command(*ARGUMENTS, "--temporal", "fast", "--resume")
    assert outcome.code == 0, outcome.err
    assert "2 frames painted, 7 kept" in outcome.err
    assert {path.name: path.read_bytes() for path in folder.glob("out.*.png")} == whole
    assert {name: (folder / name).stat().st_mtime_ns for name in kept} == kept
    assert command(*ARGUMENTS, "--temporal", "off", "--resume").code == 1


def test_changed_settings_are_refused(command: Command, folder: Path) -> None:
    assert command(*ARGUMENTS, "--frames", "1001-1002").code == 0
    outcome = command(*ARGUMENTS, "--frames", "1001-1002", "--resume", "--strength", "0.5")
    assert outcome.code == 1
    assert "strength" in outcome.err


def test_a_gap_is_an_error_unless_allowed(command: Command, folder: Path) -> None:
    (folder / "shot.1003.png").unlink()
    refused = command(*ARGUMENTS, "-m", "none", "--frames", "1001-1005")
    assert refused.code == 1
    assert "1003" in refused.err
    assert not list(folder.glob("out.*"))
    assert command(*ARGUMENTS, "-m", "none", "--frames", "1001-1005", "--allow-gaps").code == 0
    assert len(list(folder.glob("out.*.png"))) == 4
