"""Commands on a GPU beside the same commands on the processor in fp32: half precision differs by rounding alone."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import av
import numpy as np
import pytest

from allaprima.io.still.picture import Picture
from allaprima.io.still.reading import read_image
from allaprima.io.still.writing import write_image
from cli.outcome import Outcome
from gpus import NAMED, on_a_gpu
from made_films import Film

Command = Callable[..., Outcome]
EXACT = ("--device", "torch", "--precision", "fp32")
MEAN, MOST = 1.0, 16  # of 255 levels: fp16 has eleven bits, and normalisation can make much of little


@pytest.fixture
def folder(tmp_path: Path, photo: np.ndarray, monkeypatch: pytest.MonkeyPatch) -> Path:
    write_image(tmp_path / "photo.png", Picture(photo))
    write_image(tmp_path / "deep.png", Picture(photo.astype(np.uint16) * 257))
    left = np.zeros_like(photo)
    left[:, :100] = 255
    write_image(tmp_path / "left.png", Picture(left))
    write_image(tmp_path / "right.png", Picture(255 - left))
    shots = [np.roll(photo[:64, :96], 3 * number, axis=1) for number in range(10)]
    Film(96, 64, tuple(range(0, 10 * 512, 512)), pictures=shots).write(tmp_path / "in.mp4")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("ALLAPRIMA_CACHE", str(tmp_path / "cache"))
    return tmp_path


def frames_of(path: Path) -> list[np.ndarray]:
    with av.open(str(path)) as container:
        return [frame.to_ndarray(format="rgb24") for frame in container.decode(video=0)]


def near(one: np.ndarray, other: np.ndarray, full: int = 255) -> None:
    assert one.shape == other.shape
    levels = np.abs(one.astype(np.float64) - other) * 255 / full
    assert levels.mean() <= MEAN
    assert levels.max() <= MOST


@on_a_gpu
@pytest.mark.parametrize("options", [
    ("-m", "balanced", "-s", "starry"),
    ("-m", "fast", "-s", "starry:0.6+woodcut:0.4", "--strength", "0.8", "--preserve-color", "luminance"),
    ("-m", "fast", "-s", "starry", "--mask", "left.png", "-s", "woodcut", "--mask", "right.png"),
    ("-m", "fast", "-s", "starry", "--detail", "64"),
    ("-m", "fast", "-s", "starry", "--photoreal", "1"),
], ids=["plain", "a blend", "masks", "a working height", "photoreal"])
def test_a_picture_is_painted_as_on_the_processor(command: Command, folder: Path, options: tuple[str, ...]) -> None:
    for name, where in (("gpu.png", ("--device", NAMED)), ("exact.png", EXACT)):
        outcome = command("stylize-image", "photo.png", "-o", name, *options, *where)
        assert outcome.code == 0, outcome.err
    painted = read_image(folder / "gpu.png").image
    near(painted, read_image(folder / "exact.png").image)
    assert np.abs(painted.astype(int) - read_image(folder / "photo.png").image).mean() > 1


@on_a_gpu
def test_deep_pictures_are_painted_in_fp32(command: Command, folder: Path) -> None:
    for name, where in (("gpu.png", ("--device", NAMED)), ("exact.png", EXACT)):
        outcome = command("stylize-image", "deep.png", "-o", name, "-m", "fast", "-s", "starry", *where)
        assert outcome.code == 0, outcome.err
    painted, exact = (read_image(folder / name).image.astype(np.float64) for name in ("gpu.png", "exact.png"))
    assert np.abs(painted - exact).max() <= 0.002 * 65535


@on_a_gpu
@pytest.mark.parametrize("temporal", ["fast", "best"])
def test_a_film_is_painted_and_held_steady_as_on_the_processor(command: Command, folder: Path, temporal: str) -> None:
    for name, where in (("gpu.mkv", ("--device", NAMED)), ("one.mkv", ("--device", NAMED, "--batch-size", "1")),
                        ("exact.mkv", EXACT)):
        outcome = command("stylize-video", "in.mp4", "-o", name, "-m", "fast", "-s", "starry", "--codec", "ffv1",
                          "--temporal", temporal, *where)
        assert outcome.code == 0, outcome.err
    painted, one_by_one, exact = (frames_of(folder / name) for name in ("gpu.mkv", "one.mkv", "exact.mkv"))
    assert len(painted) == len(one_by_one) == len(exact) == 10
    for frame, other in zip(painted, exact, strict=True):
        near(frame, other)
    # Another batch may be computed in another order, which half precision shows in places, by a level or so.
    apart = [np.abs(one.astype(int) - other) for one, other in zip(painted, one_by_one, strict=True)]
    assert np.mean(np.concatenate(apart)) < 0.25


@on_a_gpu
def test_a_stage_is_painted_live(command: Command, folder: Path) -> None:
    outcome = command("stylize-webcam", "--camera", "in.mp4", "--headless", "--duration", "1", "-m", "fast",
                      "-s", "starry", "--size", "64", "--device", NAMED, "--json")
    assert outcome.code == 0, outcome.err
    assert json.loads(outcome.out)["frames_shown"] > 0
