"""``stylize-video`` on the example clip, looked at with plain PyAV."""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest

from allaprima.cli.video import optimiser_for
from allaprima.config import OptimiserOptions
from allaprima.io.still.reading import read_image
from cli.outcome import Outcome
from places import ROOT

Command = Callable[..., Outcome]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    shutil.copy(ROOT / "examples" / "clip.mp4", tmp_path / "in.mp4")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def times_and_frames(path: Path) -> tuple[list[Fraction], list[np.ndarray]]:
    with av.open(str(path)) as container:
        frames = list(container.decode(video=0))
        return ([frame.pts * frame.time_base for frame in frames],
                [frame.to_ndarray(format="rgb24") for frame in frames])


def audio_payload(path: Path) -> list[tuple[Fraction, bytes]]:
    with av.open(str(path)) as container:
        return [(packet.pts * packet.time_base, bytes(packet)) for packet in container.demux(audio=0) if packet.size]


def test_the_identity_keeps_frames_times_sound_and_picture(command: Command, folder: Path) -> None:
    outcome = command("stylize-video", "in.mp4", "--style", "starry", "--model", "none", "-o", "out.mp4", "--json")
    assert outcome.code == 0, outcome.err
    times, frames = times_and_frames(folder / "in.mp4")
    new_times, new_frames = times_and_frames(folder / "out.mp4")
    assert len(new_times) == len(times) == 240
    assert max(abs(a - b) for a, b in zip(times, new_times, strict=True)) <= Fraction(1, 12288)
    assert audio_payload(folder / "out.mp4") == audio_payload(folder / "in.mp4")
    errors = [np.square(a.astype(float) - b).mean() for a, b in zip(frames, new_frames, strict=True)]
    assert 10 * np.log10(255**2 / np.mean(errors)) > 38  # H.264 at CRF 18
    [report] = json.loads(outcome.out)
    assert report["source"]["frames"] == report["sink"]["frames"] == 240
    assert report["input_sha256"] == hashlib.sha256((folder / "in.mp4").read_bytes()).hexdigest()
    assert report["sink"]["sha256"] == hashlib.sha256((folder / "out.mp4").read_bytes()).hexdigest()


def test_a_painted_excerpt_has_its_frames_and_differs(command: Command, folder: Path) -> None:
    outcome = command("stylize-video", "in.mp4", "--style", "starry:0.6+woodcut", "--end", "0.25", "-o", "painted/")
    assert outcome.code == 0, outcome.err
    [output] = (folder / "painted").glob("*.mp4")
    _, frames = times_and_frames(output)
    _, originals = times_and_frames(folder / "in.mp4")
    assert len(frames) == 6
    assert np.abs(frames[0].astype(int) - originals[0]).mean() > 15
    assert "6 frames in, 6 out" in outcome.err


def test_strength_zero_is_the_film_itself(command: Command, folder: Path) -> None:
    assert command("stylize-video", "in.mp4", "-s", "starry", "--strength", "0", "--end", "0.1", "-o",
                   "o.mp4").code == 0
    _, frames = times_and_frames(folder / "o.mp4")
    _, originals = times_and_frames(folder / "in.mp4")
    assert np.square(frames[0].astype(float) - originals[0]).mean() < 15


def test_a_preview_shows_three_frames_and_predicts_seconds(command: Command, folder: Path) -> None:
    outcome = command("stylize-video", "in.mp4", "--style", "starry", "--model", "none", "--preview")
    assert outcome.code == 0, outcome.err
    assert "would take about" in outcome.err
    sheet = read_image(folder / "in-starry-preview.png").image
    assert sheet.shape[0] > 4 * 360
    assert not list(folder.glob("*.mp4.*"))


def test_sound_can_be_left_out_and_a_size_given(command: Command, folder: Path) -> None:
    assert command("stylize-video", "in.mp4", "-s", "starry", "-m", "none", "--audio", "none", "--size", "90",
                   "--start", "9", "-o", "small.mp4").code == 0
    with av.open(str(folder / "small.mp4")) as container:
        assert [stream.type for stream in container.streams] == ["video"]
        assert (container.streams.video[0].width, container.streams.video[0].height) == (160, 90)
        assert sum(1 for _ in container.decode(video=0)) == 24


@pytest.mark.parametrize(("arguments", "code", "words"), [
    (("missing.mp4", "-s", "starry"), 1, "there is no file"),
    (("https://example.invalid/in.mp4", "-s", "starry"), 1, "download it first"),
    (("text.mp4", "-s", "starry"), 1, "text.mp4"),
    (("in.mp4", "-s", "starry", "--start", "5", "--end", "2"), 2, "not after the start"),
    (("in.mp4", "-s", "starry", "--start", "soon"), 2, "not a time"),
    (("in.mp4", "-s", "starry", "--crf", "99"), 2, "crf 99 is out of range"),
    (("in.mp4", "-s", "starry", "--codec", "mpeg1"), 2, "mpeg1"),
    (("in.mp4", "-s", "starry", "-o", "in.mp4", "--overwrite"), 1, "in.mp4"),
    (("in.mp4", "-s", "starry", "-o", "link.mp4", "--overwrite"), 1, "link.mp4"),
    (("in.mp4", "-s", "starry", "--start", "99"), 1, "99"),
])
def test_misuse_gets_one_sentence_and_loses_nothing(command: Command, folder: Path, arguments: tuple[str, ...],
                                                    code: int, words: str) -> None:
    (folder / "text.mp4").write_text("this is no film")
    (folder / "link.mp4").symlink_to(folder / "in.mp4")
    before = {path.name: path.read_bytes() for path in folder.iterdir()}
    outcome = command("stylize-video", *arguments, "-m", "none")
    assert outcome.code == code, outcome.err
    assert words in outcome.err
    assert "Traceback" not in outcome.err
    assert {path.name: path.read_bytes() for path in folder.iterdir() if path.is_file()} == before


def test_only_the_optimiser_takes_steps_and_a_weight_of_the_content(command: Command, folder: Path) -> None:
    outcome = command("stylize-video", "in.mp4", "--style", "starry", "--steps", "5")
    assert outcome.code == 2
    assert "the model balanced does not optimise" in outcome.err
    assert optimiser_for(None, None) is None
    assert optimiser_for(5, None) == OptimiserOptions(steps=5)
    assert optimiser_for(None, 0.3) == OptimiserOptions(content_weight=0.3)
