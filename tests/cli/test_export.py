"""``allaprima export``: what it writes and what it says."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from cli.outcome import Outcome

pytest.importorskip("onnxruntime")
Command = Callable[..., Outcome]


def test_a_network_is_written_and_its_shapes_and_difference_are_told(command: Command, tmp_path: Path) -> None:
    target = tmp_path / "fast.onnx"
    outcome = command("allaprima", "export", "fast", "-o", target)
    assert outcome.code == 0, outcome.err
    assert target.stat().st_size > 1e6
    assert "opset 15" in outcome.err
    assert "picture float32 1 x 3 x height x width" in outcome.err
    assert "from OpenVINO in fp32, of 255: at 256x192 at most" in outcome.err
    again = command("allaprima", "export", "fast", "-o", target)
    assert again.code == 1
    assert "--overwrite" in again.err


def test_names_and_options_that_make_no_sense_are_refused(command: Command, tmp_path: Path) -> None:
    assert "end the name in .onnx" in command("allaprima", "export", "fast", "-o", tmp_path / "fast.bin").err
    assert command("allaprima", "export", "no-such", "-o", tmp_path / "x.onnx").code != 0
    outcome = command("allaprima", "export", "starry", "--strength", "7", "-o", tmp_path / "x.onnx")
    assert outcome.code == 2
    assert not (tmp_path / "x.onnx").exists()
