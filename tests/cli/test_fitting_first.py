"""``--fit``: what is fitted, on what, and that it is fitted once. Training itself is tested in its own room."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from allaprima import weights
from allaprima.cli import fitting
from allaprima.cli.fitting import FitRequest
from allaprima.engines.fitted import Fitted, in_bytes
from allaprima.engines.style_files import StyleFile
from allaprima.io.still.picture import Picture
from allaprima.io.still.reading import read_image
from allaprima.io.still.writing import write_image
from cli.outcome import Outcome
from made_films import Film
from standin import chance_style

Command = Callable[..., Outcome]
KERNEL = "to_rgb.weight"


class Fitting:
    """In place of training: kernels by chance, and what was asked for."""

    def __init__(self) -> None:
        self.asked: list[FitRequest] = []
        self.done = True

    def __call__(self, request: FitRequest, plan: object, device: object, watch: object) -> tuple[StyleFile, bool]:
        self.asked.append(request)
        entry, base = weights.named(request.model), weights.load(request.model)
        assert entry.shape is not None
        kernels = {KERNEL: in_bytes(np.random.default_rng(0).normal(size=base[KERNEL].shape).astype(np.float32))}
        row = np.zeros(2 * entry.shape.channels(), np.float32)
        fitted = Fitted(request.model, entry.sha256, kernels, row, None, entry.ranges or {}, request.lines)
        return StyleFile(chance_style(request.pictures[0].stem, 1, fitted)), self.done


@pytest.fixture
def trained(monkeypatch: pytest.MonkeyPatch) -> Fitting:
    fit = Fitting()
    monkeypatch.setattr(fitting, "fitted_style", fit)
    monkeypatch.setattr(fitting, "planned", lambda request: request)
    return fit


@pytest.fixture
def folder(tmp_path: Path, photo: np.ndarray, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("ALLAPRIMA_CACHE", str(tmp_path / "cache"))
    monkeypatch.chdir(tmp_path)
    write_image(Path("photo.png"), Picture(photo))
    write_image(Path("art.png"), Picture(photo[:64, :64][::-1]))
    return tmp_path


def test_a_picture_is_painted_by_a_network_fitted_to_its_style_and_fitted_once(command: Command, folder: Path,
                                                                              trained: Fitting) -> None:
    arguments = ("stylize-image", "photo.png", "-s", "art.png", "-m", "fast", "--overwrite")
    assert command(*arguments).code == 0
    plain = read_image(folder / "photo-art.png").image
    for _ in range(2):
        outcome = command(*arguments, "--fit", "0.5")
        assert outcome.code == 0, outcome.err
    assert len(trained.asked) == 1
    assert (trained.asked[0].minutes, trained.asked[0].model, trained.asked[0].on) == (0.5, "fast", None)
    assert not np.array_equal(read_image(folder / "photo-art.png").image, plain)
    assert command(*arguments, "--fit", "0.5", "--brush", "coarse").code == 0
    assert [request.lines for request in trained.asked] == [400, 280]


def test_a_film_is_fitted_on_its_own_frames_at_no_more_lines_than_it_has(command: Command, folder: Path,
                                                                        trained: Fitting) -> None:
    Film(96, 64, range(0, 4 * 512, 512)).write(folder / "in.mp4")
    outcome = command("stylize-video", "in.mp4", "-s", "art.png", "-m", "fast", "--fit", "1", "--temporal", "off")
    assert outcome.code == 0, outcome.err
    assert (trained.asked[0].on, trained.asked[0].lines) == (Path("in.mp4"), 64)


def test_what_ctrl_c_left_is_not_taken_for_whole(command: Command, folder: Path, trained: Fitting) -> None:
    trained.done = False
    outcome = command("stylize-image", "photo.png", "-s", "art.png", "-m", "fast", "--fit", "1")
    assert outcome.code == 130
    assert "the same command" in outcome.err
    assert not list((folder / "cache").rglob("*.style"))
    assert not (folder / "photo-art.png").exists()


@pytest.mark.parametrize("arguments", [
    ("-s", "art.png", "-m", "reference", "--fit", "1"), ("-s", "art.png", "--fit", "0"),
    ("--look", "a.look", "--fit", "1"),
])
def test_what_cannot_be_fitted_is_refused_before_any_work(command: Command, folder: Path, trained: Fitting,
                                                          arguments: tuple[str, ...]) -> None:
    outcome = command("stylize-image", "photo.png", *arguments)
    assert outcome.code == 2, outcome.err
    assert not trained.asked


def test_a_fit_is_kept_by_what_is_in_the_files(folder: Path) -> None:
    from allaprima.cli.fitting_first import kept_at

    request = FitRequest((Path("art.png"),), "fast", minutes=1.0)
    Path("same.png").write_bytes(Path("art.png").read_bytes())
    assert kept_at(request) == kept_at(dataclasses.replace(request, pictures=(Path("same.png"),)))
    others = [dataclasses.replace(request, pictures=(Path("photo.png"),)), dataclasses.replace(request, minutes=2.0),
              dataclasses.replace(request, lines=280), dataclasses.replace(request, on=Path("photo.png")),
              dataclasses.replace(request, model="balanced")]
    assert len({kept_at(other) for other in [request, *others]}) == 6
