"""Films painted end to end: a steadied one resumed in the middle of a shot is the uninterrupted one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import av
import pytest

from allaprima.bundled import bundled_styles
from allaprima.config import VideoOptions
from allaprima.engines import AdaINEngine, Look, Statistics, engine_for
from allaprima.errors import DeviceError
from allaprima.io.still.reading import read_image
from allaprima.pipeline.jobs import film_work
from allaprima.pipeline.jobs.films import paint_film
from allaprima.runtimes import runtime_for
from allaprima.runtimes.calls import Batch
from allaprima.sizes import Size
from made_films import around_the_cut

CUT, FRAMES, SEGMENT = 40, 88, 24


def packets(path: Path) -> list[bytes]:
    with av.open(str(path)) as container:
        return [bytes(packet) for packet in container.demux(video=0) if packet.size]


def test_a_steadied_film_resumed_within_a_shot_is_the_uninterrupted_one(tmp_path: Path,
                                                                         monkeypatch: pytest.MonkeyPatch) -> None:
    engine = engine_for("balanced", runtime_for("cpu"))
    assert isinstance(engine, AdaINEngine)
    style = replace(engine.encode(read_image(bundled_styles()["starry"]).image, "starry"), fitted=())
    look = Look(style)  # one call a batch: they are counted
    clip = around_the_cut(tmp_path / "clip.mp4", CUT, FRAMES - CUT, 84, 48)
    options = VideoOptions(size=Size(shorter=48), temporal="fast")
    monkeypatch.setattr(film_work, "SEGMENT_FRAMES", SEGMENT)
    paint_film(clip, tmp_path / "whole.mp4", engine, look, options)

    paint, painted = AdaINEngine.stylize, 0

    def failing(self: AdaINEngine, images: Batch, looks: Sequence[Look],
                statistics: Statistics | None = None) -> tuple[Batch, Statistics]:
        nonlocal painted
        painted += len(images)
        if painted > CUT + SEGMENT + 8:
            raise DeviceError("the device is gone")
        return paint(self, images, looks, statistics)

    with monkeypatch.context() as broken:
        broken.setattr(AdaINEngine, "stylize", failing)
        with pytest.raises(DeviceError):
            paint_film(clip, tmp_path / "resumed.mp4", engine, look, options)
    assert not (tmp_path / "resumed.mp4").exists()

    resuming = VideoOptions(size=Size(shorter=48), temporal="fast", resume=True)
    report = paint_film(clip, tmp_path / "resumed.mp4", engine, look, resuming)
    assert report.sink.frames_resumed == CUT + SEGMENT  # a segment of its own begins with a shot
    assert report.sink.frames == FRAMES
    assert packets(tmp_path / "resumed.mp4") == packets(tmp_path / "whole.mp4")
