"""What a preview promises: excerpts painted as the run would paint them, told by a clock of the tests' own."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from allaprima.config import Temporal, VideoOptions
from allaprima.engines import Look
from allaprima.engines.identity import IdentityEngine
from allaprima.errors import Interrupted
from allaprima.io.film.source import VideoSource
from allaprima.pipeline.jobs import prediction
from allaprima.pipeline.jobs.films import paint_film
from allaprima.pipeline.jobs.prediction import predicted_seconds
from allaprima.pipeline.jobs.preview import write_preview
from made_films import Film, ramp

OPENING = 2.0
FRAME = {"off": 0.02, "fast": 0.05, "best": 0.08}
FIRST, FOLLOWING = 30.0, 4.0


class Clock:
    """Stands for the run and for the clock that times it."""

    def __init__(self, *, optimised: bool = False) -> None:
        self.now, self.optimised = 0.0, optimised

    def perf_counter(self) -> float:
        return self.now

    def paint_film(self, path: Path, output: Path, engine: object, look: object, options: VideoOptions,
                   on_frames: Callable[[int], None]) -> object:
        assert options.start is not None
        assert options.end is not None
        assert not options.resume
        frames = round((options.end - options.start) * 25)
        self.now += OPENING
        for number in range(frames):
            self.now += (FIRST if number == 0 else FOLLOWING) if self.optimised else FRAME[options.temporal]
            on_frames(1)
        return SimpleNamespace(run=SimpleNamespace(frames=frames))


@pytest.fixture
def look() -> Look:
    return Look(IdentityEngine().encode(ramp(32, 32), "ramp"))


def film(path: Path, frames: int, cut: int | None = None) -> Path:
    pictures = [255 - ramp(64, 48)[:, ::-1] if cut is not None and number >= cut else ramp(64, 48)
                for number in range(frames)]
    return Film(times=range(0, frames * 512, 512), pictures=pictures, options={"preset": "ultrafast"}).write(path)


@pytest.mark.parametrize("temporal", ["off", "fast", "best"])
def test_the_prediction_counts_what_the_run_will_do(monkeypatch: pytest.MonkeyPatch, look: Look, tmp_path: Path,
                                                    temporal: Temporal) -> None:
    clock = Clock()
    monkeypatch.setattr(prediction, "time", clock)
    monkeypatch.setattr(prediction, "paint_film", clock.paint_film)
    path = film(tmp_path / "in.mp4", 4)
    info = VideoSource(path).info
    found = predicted_seconds(path, IdentityEngine(), look, VideoOptions(temporal=temporal, resume=True), info, 1000)
    assert found == pytest.approx(OPENING + 1000 * FRAME[temporal])


def test_a_short_film_is_painted_whole(monkeypatch: pytest.MonkeyPatch, look: Look, tmp_path: Path) -> None:
    clock = Clock()
    monkeypatch.setattr(prediction, "time", clock)
    monkeypatch.setattr(prediction, "paint_film", clock.paint_film)
    path = film(tmp_path / "in.mp4", 4)
    found = predicted_seconds(path, IdentityEngine(), look, VideoOptions(), VideoSource(path).info, 40)
    assert found == pytest.approx(OPENING + 40 * FRAME["fast"])


class Optimising(IdentityEngine):
    """Goes on from the painting before, as the optimiser does."""

    def continued(self, *_: object) -> None: ...


def test_an_optimised_film_costs_more_for_the_first_frame_of_every_shot(
        monkeypatch: pytest.MonkeyPatch, look: Look, tmp_path: Path) -> None:
    clock = Clock(optimised=True)
    monkeypatch.setattr(prediction, "time", clock)
    monkeypatch.setattr(prediction, "paint_film", clock.paint_film)
    monkeypatch.setattr(prediction, "Continuing", Optimising)
    path = film(tmp_path / "in.mp4", 30, cut=20)
    found = predicted_seconds(path, Optimising(), look, VideoOptions(), VideoSource(path).info, 30)
    assert found == pytest.approx(2 * (OPENING + FIRST) + 28 * FOLLOWING)


def test_the_promise_is_near_to_what_the_run_takes(look: Look, tmp_path: Path) -> None:
    class Slow(IdentityEngine):
        def stylize(self, images: np.ndarray, looks: Sequence[Look], statistics: object = None) -> tuple:
            time.sleep(0.015 * len(images))
            return super().stylize(images, looks, statistics)  # type: ignore[arg-type]

    path = film(tmp_path / "in.mp4", 150)
    options = VideoOptions(start=Fraction(0), overwrite=True)
    paint_film(path, tmp_path / "out.mp4", Slow(), look, replace(options, end=Fraction(1, 5)))  # loads libraries
    promised = write_preview(path, tmp_path / "sheet.png", Slow(), look, options)
    began = time.perf_counter()
    paint_film(path, tmp_path / "out.mp4", Slow(), look, options)
    assert promised.frames == 150
    taken = time.perf_counter() - began
    assert taken / 2 < promised.predicted_seconds < 2 * taken  # other programs may have a core now and not then
    assert promised.predicted_seconds > 150 * 0.015


def test_ctrl_c_in_a_preview_does_not_promise_a_film_to_go_on_with(monkeypatch: pytest.MonkeyPatch, look: Look,
                                                                  tmp_path: Path) -> None:
    class Interrupting(IdentityEngine):
        def stylize(self, *_: object) -> tuple:
            raise KeyboardInterrupt

    path = film(tmp_path / "in.mp4", 4)
    with pytest.raises(KeyboardInterrupt) as ending:
        write_preview(path, tmp_path / "sheet.png", Interrupting(), look, VideoOptions())
    assert isinstance(ending.value.__cause__, Interrupted)
    assert "no preview was written" in str(ending.value.__cause__)
    assert ending.value.__cause__.hint is None
    assert not (tmp_path / "sheet.png").exists()
