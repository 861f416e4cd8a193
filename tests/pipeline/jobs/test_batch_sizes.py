"""What a film looks like depends on nothing but film, style and options: not on batches, threads or interruptions."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from functools import cache
from pathlib import Path

import numpy as np
import pytest

from allaprima.config import Temporal, VideoOptions
from allaprima.engines import AdaINEngine, Look, Statistics
from allaprima.pipeline.jobs import film_work
from allaprima.pipeline.jobs.film_frames import open_film
from allaprima.pipeline.jobs.films import paint_film
from allaprima.pipeline.loop.run import run
from allaprima.pipeline.stylizers.stylizer import stylizer_for
from allaprima.runtimes.calls import Batch
from allaprima.runtimes.openvino import OpenVINORuntime
from made_films import Film, read_pictures
from normalizing import LOOK, Normalizing
from standin import quick_engine
from temporal_scenes import clips

CUT = 12


@pytest.fixture(scope="module")
def film(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two shots of twelve frames; the light of the second one comes up."""
    pictures = list(clips(64, 96, 2 * CUT)["cut"].frames)
    for index in range(CUT, CUT + 5):
        pictures[index] = (pictures[index] * (0.3 + 0.14 * (index - CUT))).astype(np.uint8)
    return Film(96, 64, tuple(range(0, 2 * CUT * 512, 512)), pictures=pictures, options={"crf": "4"}).write(
        tmp_path_factory.mktemp("film") / "in.mkv")


@cache
def engine(threads: int) -> AdaINEngine:
    return quick_engine(OpenVINORuntime("cpu", "int8", threads))


@cache
def look() -> Look:
    return Look(engine(1).encode(clips(64, 96, 2)["pan"].frames[0], "art"), 0.9)


def digests(path: Path) -> list[str]:
    return [hashlib.md5(picture.tobytes()).hexdigest() for picture in read_pictures(path)]


def options(temporal: Temporal, batch_size: int, *, resume: bool = False) -> VideoOptions:
    return VideoOptions(codec="ffv1", pix_fmt="bgr0", temporal=temporal, batch_size=batch_size, overwrite=True,
                        resume=resume)


@pytest.mark.parametrize("temporal", ["off", "fast", "best"])
def test_batches_and_threads_change_no_pixel(film: Path, temporal: Temporal, tmp_path: Path) -> None:
    found = {}
    for batch_size, threads in ((1, 1), (2, 2), (5, 1), (8, 2)):
        output = tmp_path / f"{batch_size}.mkv"
        paint_film(film, output, engine(threads), look(), options(temporal, batch_size))
        found[batch_size] = digests(output)
    assert len(found[1]) == 2 * CUT
    assert len(set(found[1])) == 2 * CUT
    assert found[2] == found[5] == found[8] == found[1]


@pytest.mark.parametrize("temporal", ["fast", "best"])
@pytest.mark.parametrize("segment_frames", [5, 120])
def test_a_film_resumed_by_another_batch_size_is_the_uninterrupted_one(
        film: Path, temporal: Temporal, segment_frames: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(film_work, "SEGMENT_FRAMES", segment_frames)
    paint_film(film, tmp_path / "whole.mkv", engine(1), look(), options(temporal, 1))
    stylize, painted = AdaINEngine.stylize, 0

    def stopped(self: AdaINEngine, images: Batch, looks: Sequence[Look],
                statistics: Statistics | None = None) -> tuple[Batch, Statistics]:
        nonlocal painted
        painted += len(images)
        if painted > CUT + 8 + (CUT // 2 if temporal == "best" else 0):  # the first pass looks at every fourth frame
            raise KeyboardInterrupt
        return stylize(self, images, looks, statistics)

    with monkeypatch.context() as broken:
        broken.setattr(AdaINEngine, "stylize", stopped)
        with pytest.raises(KeyboardInterrupt):
            paint_film(film, tmp_path / "resumed.mkv", engine(2), look(), options(temporal, 5))
    report = paint_film(film, tmp_path / "resumed.mkv", engine(1), look(), options(temporal, 8, resume=True))
    assert report.sink.frames_resumed > CUT
    assert digests(tmp_path / "resumed.mkv") == digests(tmp_path / "whole.mkv")


def test_nothing_is_painted_twice_where_shots_end(film: Path) -> None:
    class Counting(Normalizing):
        pictures = 0

        def stylize(self, images: np.ndarray, looks: Sequence[Look],
                    statistics: Statistics | None = None) -> tuple[np.ndarray, Statistics]:
            self.pictures += len(images)
            return super().stylize(images, looks, statistics)

    class Nowhere:
        def write(self, frame: object) -> None: ...

    counting = Counting()
    with open_film(film, VideoOptions()) as source:
        run(source, Nowhere(), stylizer_for("fast", counting, 0.8), lambda pts: LOOK, batch_size=16)
    assert counting.pictures == 2 * CUT
