"""Frame by frame from Python: the frames of a film, states that travel, and refusals."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

import allaprima
from allaprima import Model, OptionError, State, Style, VideoOptions
from allaprima.runtimes.openvino import OpenVINORuntime
from made_films import Film, read_pictures
from standin import quick_engine
from temporal_scenes import clips


@pytest.fixture(scope="module")
def model() -> Model:
    return Model(quick_engine(OpenVINORuntime("cpu", "fp32", 2)))


@pytest.fixture(scope="module")
def frames() -> list[np.ndarray]:
    return list(clips(64, 96, 24)["cut"].frames[2:20])


@pytest.fixture(scope="module")
def style(model: Model, frames: list[np.ndarray]) -> Style:
    return model.engine.encode(frames[0][::-1, :, ::-1], "art")


@pytest.mark.parametrize("temporal", ["off", "fast"])
def test_a_loop_gives_the_frames_that_a_film_is_written_from(model: Model, style: Style, frames: list[np.ndarray],
                                                             temporal: str, tmp_path: Path) -> None:
    lossless = {"codec": "ffv1", "pix_fmt": "bgr0", "options": {}}
    film = Film(96, 64, tuple(range(0, len(frames) * 512, 512)), pictures=frames, **lossless).write(tmp_path / "in.mkv")
    report = allaprima.stylize_video(film, style, tmp_path / "out.mkv", model, strength=0.9,
                                     options=VideoOptions(codec="ffv1", pix_fmt="bgr0", temporal=temporal))
    assert report.run.frames == len(frames)
    stylizer = model.stylizer(style, temporal=temporal, strength=0.9)
    painted = [stylizer(frame) for frame in frames]
    assert all(np.array_equal(one, other)
               for one, other in zip(painted, read_pictures(tmp_path / "out.mkv"), strict=True))


def test_a_state_that_travelled_as_bytes_goes_on_and_reset_is_a_cut(model: Model, style: Style,
                                                                    frames: list[np.ndarray]) -> None:
    one, other, fresh = (model.stylizer(style) for _ in range(3))
    for frame in frames[:6]:
        one(frame)
    other.state = State.from_bytes(one.state.to_bytes())
    held = one(frames[6])
    assert np.array_equal(other(frames[6]), held)
    begun = fresh(frames[6])
    assert not np.array_equal(begun, held)
    one.reset()
    assert one.state is None
    assert np.array_equal(one(frames[6]), begun)


def test_frames_of_another_size_begin_anew(model: Model, style: Style, frames: list[np.ndarray]) -> None:
    stylizer = model.stylizer(style)
    stylizer(frames[0])
    smaller = np.ascontiguousarray(frames[1][:40, :56])
    assert np.array_equal(stylizer(smaller), model.stylizer(style)(smaller))


def test_tensors_come_back_as_tensors(model: Model, style: Style, frames: list[np.ndarray]) -> None:
    painted = model.stylizer(style)(torch.from_numpy(frames[0]).permute(2, 0, 1))
    assert isinstance(painted, torch.Tensor)
    assert np.array_equal(painted.permute(1, 2, 0).numpy(), model.stylizer(style)(frames[0]))


def test_a_track_goes_by_the_frames_or_by_the_time_that_is_said(model: Model, frames: list[np.ndarray],
                                                                tmp_path: Path) -> None:
    from PIL import Image

    Image.fromarray(frames[0]).save(tmp_path / "art.png")
    track = allaprima.load_track(tmp_path / "art.png", model, strength="0:0,1:1")
    counted = model.stylizer(track, temporal="off", frame_rate=2)
    assert np.array_equal(counted(frames[3]), frames[3])
    half, whole = counted(frames[3]), counted(frames[3])
    told = model.stylizer(track, temporal="off")
    assert np.array_equal(told(frames[3], seconds=0.5), half)
    assert np.array_equal(told(frames[3], seconds=1), whole)
    assert not np.array_equal(half, whole)


def test_what_frames_one_by_one_cannot_have_is_refused(model: Model, style: Style, frames: list[np.ndarray]) -> None:
    with pytest.raises(OptionError, match="best"):
        model.stylizer(style, temporal="best")  # type: ignore[arg-type]
    with pytest.raises(OptionError, match="2 frames"):
        model.stylizer(style)(np.stack(frames[:2]))
