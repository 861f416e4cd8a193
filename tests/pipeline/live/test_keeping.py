"""What a show keeps, and takes up again: snapshots, looks, recordings, sets, pictures put into its folder."""

from __future__ import annotations

import json
import threading
from pathlib import Path

import av
import numpy as np
import pytest
from PIL import Image

from allaprima.config import LiveOptions, StyleOptions
from allaprima.engines.look_files import parsed_look_text
from allaprima.errors import SinkError, SourceError
from allaprima.io.still.picture import Picture
from allaprima.io.still.writing import write_image
from allaprima.pipeline.live.stage import perform
from allaprima.sizes import Size
from shows import LIMIT_SECONDS, Painting, Rgb, Screen, Ticking, Unchanging, live


def test_a_snapshot_holds_its_settings_and_a_look_can_be_read(styles: Path) -> None:
    report = live(styles, screen=Screen({0.4: "s", 0.5: "l", 0.6: "q"}), seconds=LIMIT_SECONDS, strength=0.5)
    snapshot, look = sorted(report.files, key=lambda name: name.endswith(".look"))
    with Image.open(snapshot) as image:
        assert image.size == (128, 72)
        settings = json.loads(image.text["allaprima"])  # type: ignore[attr-defined]
    assert settings["strength"] == 0.5
    saved = parsed_look_text(Path(look).read_text())
    assert saved.detail == 72
    assert [style.name for style, _ in saved.parts] == ["a"]


def test_a_recording_has_true_times(styles: Path) -> None:
    """Each picture tells its number, and with it when the camera took it, whatever was left out between."""
    screen = Screen({0.3: "r", 1.3: "r", 1.5: "q"})
    report = live(styles, reader=lambda: Ticking(20), screen=screen, seconds=LIMIT_SECONDS)
    [name] = report.files
    with av.open(name) as container:
        frames = [(frame.time, frame.to_ndarray(format="rgb24").mean()) for frame in container.decode(video=0)]
    assert len(frames) >= 5
    seconds, numbers = np.array([float(time) for time, _ in frames]), np.array([number for _, number in frames])
    assert seconds[0] == 0
    assert seconds[-1] > 0.5
    assert seconds == pytest.approx((numbers - numbers[0]) / 20, abs=0.12)  # colours of films are rounded


def test_a_picture_put_into_the_folder_becomes_a_style(styles: Path) -> None:
    threading.Timer(0.2, lambda: write_image(styles / "d.png", Picture(np.full((32, 32, 3), 160, np.uint8)))).start()
    (styles / "broken.png").write_bytes(b"no picture")
    screen = Screen({moment / 2: "4" for moment in range(4, 60)})  # the folder is read every now and then
    live(styles, reader=lambda: Unchanging(20), screen=screen, seconds=LIMIT_SECONDS,
         until=lambda: bool(screen.shown) and screen.shown[-1][2] == 160)
    assert screen.shown[-1][2] == 160


def test_a_folder_without_styles_and_a_recording_that_exists_are_refused(styles: Path, tmp_path: Path) -> None:
    empty = tmp_path / "empty"
    empty.mkdir()
    with pytest.raises(SourceError, match="no style"):
        live(empty)
    (tmp_path / "there.mkv").write_bytes(b"mine")
    with pytest.raises(SinkError, match="exists"):
        perform("test", [str(styles)], [Painting()], StyleOptions(), LiveOptions(duration=1), reader=Ticking,  # type: ignore[arg-type]
                record=tmp_path / "there.mkv")
    assert (tmp_path / "there.mkv").read_bytes() == b"mine"


def test_a_set_brings_its_styles_and_its_looks_to_another_run(styles: Path, tmp_path: Path) -> None:
    evening = tmp_path / "evening.set"
    first = Screen({0.1: "3", 0.2: "-", 0.3: "k", 0.4: "q"})
    options = LiveOptions(size=Size(), duration=60)
    perform("test", [str(styles)], [Painting()], StyleOptions(), options, screen=first, on_start=first.begin,
            folder=tmp_path, reader=lambda: Ticking(20), looks=evening)  # type: ignore[arg-type]
    assert [path.name for path in tmp_path.glob("*.set")] == ["evening.set"]

    class Waiting(Screen):
        def show(self, picture: Rgb) -> None:
            super().show(picture)
            self.closed = self.performing and int(picture[-1, -1, 0]) == 76  # 0.95 of the third style's 80

    second = Waiting({0.1: "f1"})
    report, _ = perform("test", [], [Painting()], StyleOptions(), options, screen=second, on_start=second.begin,
                        folder=tmp_path, reader=lambda: Unchanging(20), looks=evening)  # type: ignore[arg-type]
    assert second.closed
    assert report.seconds < 30
