"""Pictures, films, numbered frames and cameras in one call: from whatever holds them, followed, stopped."""

from __future__ import annotations

import os
import subprocess
import sys
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import allaprima
from allaprima import (
    ImageOptions,
    Interrupted,
    LiveOptions,
    Model,
    OptionError,
    SequenceOptions,
    Size,
    SourceError,
    Style,
    VideoOptions,
)
from allaprima.engines import AdaINEngine
from allaprima.runtimes.openvino import OpenVINORuntime
from made_films import Film, read_pictures
from standin import quick_engine

SOURCE = Path(allaprima.__file__).parents[1]


@pytest.fixture(scope="module")
def model() -> Model:
    return Model(quick_engine(OpenVINORuntime("cpu", "fp32", 2)))


@pytest.fixture(scope="module")
def art(photo: np.ndarray, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("art") / "art.png"
    Image.fromarray(photo[::-1, :, ::-1]).save(path)
    return path


@pytest.fixture(scope="module")
def style(model: Model, art: Path) -> Style:
    return allaprima.load_style(art, model)


@pytest.fixture(scope="module")
def film(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return Film(sounds=1).write(tmp_path_factory.mktemp("film") / "in.mp4")


def test_a_style_is_the_same_from_a_path_its_content_a_file_pil_and_an_array(model: Model, style: Style, art: Path,
                                                                             tmp_path: Path) -> None:
    with art.open("rb") as file:
        sources = [str(art), art.read_bytes(), BytesIO(art.read_bytes()), Image.open(art),
                   np.asarray(Image.open(art)), file]
        codes = [allaprima.load_style(source, model).code for source in sources]
    assert all(np.array_equal(code, style.code) for code in codes)
    assert allaprima.load_style(art.read_bytes(), model, name="mine").name == "mine"
    from allaprima.pipeline.looks.styles import write_style

    write_style(tmp_path / "kept.style", style)
    assert np.allclose(allaprima.load_style((tmp_path / "kept.style").read_bytes(), model).code, style.code)
    with pytest.raises(SourceError, match="picture style"):
        allaprima.load_style(b"no picture", model)


def test_pictures_go_from_memory_to_memory(model: Model, style: Style, art: Path, tmp_path: Path) -> None:
    options = ImageOptions(size=Size(shorter=64))
    allaprima.stylize_image(art, style, tmp_path / "out.png", model, strength=0.7, options=options)
    buffer = BytesIO()
    report = allaprima.stylize_image(art.read_bytes(), style, buffer, model, strength=0.7, options=options,
                                     suffix="png")
    assert buffer.getvalue() == (tmp_path / "out.png").read_bytes()
    assert report.height == 64


def test_films_go_from_memory_to_memory_and_tell_how_far_they_are(model: Model, style: Style, film: Path,
                                                                  tmp_path: Path) -> None:
    allaprima.stylize_video(film, style, tmp_path / "out.mkv", model, options=VideoOptions(codec="ffv1"))
    expected, told = [], []
    buffer = BytesIO()
    with film.open("rb") as file:
        allaprima.stylize_video(file, style, buffer, model, options=VideoOptions(codec="ffv1"), suffix=".mkv",
                                on_start=expected.append, on_frames=told.append)
    (tmp_path / "again.mkv").write_bytes(buffer.getvalue())
    assert all(np.array_equal(one, other) for one, other in zip(
        read_pictures(tmp_path / "again.mkv"), read_pictures(tmp_path / "out.mkv"), strict=True))
    assert expected == [24]
    assert sum(told) == 24


def test_a_film_that_is_stopped_says_what_there_is_and_goes_on_later(model: Model, style: Style, film: Path,
                                                                     tmp_path: Path) -> None:
    done = []
    with pytest.raises(Interrupted, match="finished so far are in"):
        allaprima.stylize_video(film, style, tmp_path / "out.mkv", model, options=VideoOptions(codec="ffv1"),
                                on_frames=done.append, should_stop=lambda: sum(done) >= 10)
    assert not (tmp_path / "out.mkv").exists()
    report = allaprima.stylize_video(film, style, tmp_path / "out.mkv", model,
                                     options=VideoOptions(codec="ffv1", resume=True))
    assert 10 <= report.sink.frames_resumed < 24
    allaprima.stylize_video(film, style, tmp_path / "whole.mkv", model, options=VideoOptions(codec="ffv1"))
    assert all(np.array_equal(one, other) for one, other in zip(
        read_pictures(tmp_path / "out.mkv"), read_pictures(tmp_path / "whole.mkv"), strict=True))


def test_ctrl_c_stays_what_it_is_and_says_what_there_is(model: Model, style: Style, film: Path, tmp_path: Path,
                                                        monkeypatch: pytest.MonkeyPatch) -> None:
    stylize, calls = AdaINEngine.stylize, 0

    def pressed(self: AdaINEngine, *given: object) -> object:
        nonlocal calls
        calls += 1
        if calls == 8:
            raise KeyboardInterrupt
        return stylize(self, *given)

    monkeypatch.setattr(AdaINEngine, "stylize", pressed)
    with pytest.raises(KeyboardInterrupt) as raised:
        allaprima.stylize_video(film, style, tmp_path / "out.mkv", model, options=VideoOptions(codec="ffv1"))
    assert isinstance(raised.value.__cause__, Interrupted)
    assert "finished so far are in" in str(raised.value.__cause__)


def test_a_strength_beside_a_track_is_refused(model: Model, art: Path, film: Path, tmp_path: Path,
                                              photo: np.ndarray) -> None:
    track = allaprima.load_track(art, model, strength=0.5)
    with pytest.raises(OptionError, match="strength of its own"):
        allaprima.stylize_video(film, track, tmp_path / "out.mp4", model, strength=0.8)
    with pytest.raises(OptionError, match="strength of its own"):
        allaprima.stylize_image(art, track, tmp_path / "out.png", model, strength=0.8)
    with pytest.raises(OptionError, match="strength of its own"):
        model.paint(photo, track, strength=0.8)
    half = model.paint(photo[:64, :64], track)
    assert np.array_equal(half, model.paint(photo[:64, :64], allaprima.load_style(art, model), strength=0.5))


def test_numbered_frames_are_painted_and_stopped(model: Model, style: Style, photo: np.ndarray, tmp_path: Path) -> None:
    for number in range(10):
        Image.fromarray(np.roll(photo[:64, :64], number, axis=1)).save(tmp_path / f"in.{number:04d}.png")
    done = []
    with pytest.raises(Interrupted):
        allaprima.stylize_sequence(tmp_path / "in.%04d.png", style, tmp_path / "out.%04d.png", model,
                                   options=SequenceOptions(batch_size=1), on_frames=done.append,
                                   should_stop=lambda: sum(done) >= 1)
    report = allaprima.stylize_sequence(tmp_path / "in.%04d.png", style, tmp_path / "out.%04d.png", model,
                                        options=SequenceOptions(resume=True))
    assert report.kept >= 1
    assert report.frames == 10


def test_a_camera_is_painted_until_its_caller_has_enough(model: Model, art: Path, film: Path) -> None:
    pictures: list[np.ndarray] = []
    report = allaprima.stylize_camera(str(film), [art], model, options=LiveOptions(size=Size(shorter=48)),
                                      on_picture=pictures.append, should_stop=lambda: len(pictures) >= 3)
    assert report.frames_shown >= 3
    assert {picture.shape for picture in pictures} == {(48, 64, 3)}


HOST = """
import logging, os, signal, sys, warnings
import numpy as np, cv2
def handler(number, frame): pass
signal.signal(signal.SIGINT, handler)
cv2.setNumThreads(3)
def host():
    return (cv2.getNumThreads(), cv2.utils.logging.getLogLevel(), dict(os.environ), signal.getsignal(signal.SIGINT),
            logging.getLogger().level, list(warnings.filters), sys.modules.get("openvino_telemetry", "none"),
            np.random.get_state()[1].tolist())
before = host()
import allaprima
model = allaprima.open_model("fast")
style = allaprima.load_style("starry", model)
picture = np.zeros((64, 64, 3), np.uint8)
picture[::2] = 200
model.paint(picture, style)
stylizer = model.stylizer(style)
for _ in range(3): stylizer(picture)
allaprima.stylize_video(sys.argv[1], style, sys.argv[2], model, options=allaprima.VideoOptions(codec="av1"))
after = host()
assert before == after, [(one, other) for one, other in zip(before, after) if one != other]
print("unchanged")
"""


def test_nothing_of_the_host_is_changed_outside_a_call(film: Path, tmp_path: Path) -> None:
    done = subprocess.run([sys.executable, "-c", HOST, str(film), str(tmp_path / "out.mp4")], capture_output=True,
                          text=True, env={**os.environ, "PYTHONPATH": str(SOURCE)}, check=False)
    assert done.stdout == "unchanged\n", done.stderr
