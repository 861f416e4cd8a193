"""Films painted by optimisation: every frame begins with the one before it, moved along the motion."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
import torch

from allaprima.config import OptimiserOptions, VideoOptions
from allaprima.engines import Look
from allaprima.engines.gatys import GatysEngine
from allaprima.engines.identity import IdentityEngine
from allaprima.engines.optimising import Step
from allaprima.errors import DeviceError
from allaprima.frames import Frame, Pixels
from allaprima.io.film.segment_encoder import SLOW_SEGMENT_FRAMES
from allaprima.nets.vgg import VGG19
from allaprima.pipeline.jobs.films import paint_film
from allaprima.pipeline.stylizers.optimised import started_from
from allaprima.pipeline.stylizers.state import Before, State
from allaprima.pipeline.stylizers.stylizer import Stylizer, stylizer_for
from allaprima.sizes import Size
from allaprima.temporal.blend import as_working
from allaprima.temporal.proxies import proxy_of
from made_films import around_the_cut, read_times

CUT, FRAMES = 40, 84  # segments are of 12 frames at most
SHIFT = 3


class Inverting(IdentityEngine):
    """Paints negatives, and remembers what it was told to begin with."""

    name = "inverting"

    def __init__(self) -> None:
        self.starts: list[Pixels | None] = []

    def optimise(self, image: Pixels, look: Look, start: Pixels | None = None) -> Pixels:
        self.starts.append(start)
        return np.asarray(255 - image, np.uint8)


def panned(count: int) -> list[Pixels]:
    """A pan over a picture with structure everywhere: everything moves to the left."""
    generator = np.random.default_rng(3)
    coarse = generator.uniform(20, 235, (20, 40, 3)).astype(np.float32)
    import cv2

    wide = cv2.resize(coarse, (320, 160), interpolation=cv2.INTER_CUBIC).clip(0, 255).astype(np.uint8)
    return [np.ascontiguousarray(wide[:120, SHIFT * index:SHIFT * index + 200]) for index in range(count)]


def follow(stylizer: Stylizer, pictures: Sequence[Pixels], looks: Sequence[Look],
           cut: int | None = None) -> list[Pixels]:
    state: State | None = None
    shown = []
    for index, (picture, look) in enumerate(zip(pictures, looks, strict=True)):
        frame = Frame(picture, None, index, 1, index)
        batch, state = stylizer([frame], [look], ["cut" if index == cut else "none"], state)
        shown.append(batch[0])
    return shown


def test_a_frame_begins_with_the_one_before_where_that_has_gone() -> None:
    engine = Inverting()
    stylizer = stylizer_for("fast", engine, 0.0)
    pictures = panned(3)
    look = Look(engine.encode(pictures[0], "art"))
    follow(stylizer, pictures, [look] * 3)
    assert engine.starts[0] is None
    for picture, start in zip(pictures[1:], engine.starts[1:], strict=True):
        assert start is not None
        negative = 255 - picture.astype(int)
        inside = np.abs(start[8:-8, 8:-16].astype(int) - negative[8:-8, 8:-16])
        assert inside.mean() < 6
        assert np.abs((255 - pictures[0].astype(int)) - negative)[8:-8, 8:-16].mean() > 12


def test_what_was_not_there_before_begins_with_the_content() -> None:
    first, second = panned(2)
    second = second.copy()
    second[40:80, 60:120] = np.random.default_rng(4).integers(0, 255, (40, 60, 3), np.uint8)
    before = Before(proxy_of(first), as_working(np.zeros_like(first)))
    start = started_from(before, second)
    inner = slice(48, 72), slice(70, 110)
    assert np.abs(start[inner].astype(int) - second[inner]).mean() < 30
    assert start[8:32, 8:150].mean() < 10


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16, np.float32])
def test_a_start_is_of_the_contents_own_type(dtype: type) -> None:
    full = 1.0 if dtype == np.float32 else np.iinfo(dtype).max
    first, second = ((picture / 255 * full).astype(dtype) for picture in panned(2))
    start = started_from(Before(proxy_of(first), as_working(first)), second)
    assert start.dtype == dtype
    assert np.abs(start.astype(float) - second.astype(float))[8:-8, 8:-16].mean() < 0.03 * full


def test_a_shot_begins_with_nothing_and_a_moving_look_goes_on() -> None:
    engine = Inverting()
    stylizer = stylizer_for("best", engine, 0.8)
    pictures = panned(4)
    looks = [Look(engine.encode(pictures[0], "art"), 0.2 * index) for index in range(4)]
    follow(stylizer, pictures, looks, cut=2)
    assert [start is None for start in engine.starts] == [True, False, True, False]


def test_stability_holds_what_comes_out_and_zero_leaves_it() -> None:
    pictures = panned(3)
    blocks = np.random.default_rng(5).integers(-25, 25, (3, 15, 25, 3))
    noise = np.kron(blocks, np.ones((8, 8, 1), np.int64))  # as coarse as strokes: grain alone is put back
    noisy = [np.clip(picture + more, 0, 255).astype(np.uint8) for picture, more in zip(pictures, noise, strict=True)]

    class Noisy(Inverting):
        def optimise(self, image: Pixels, look: Look, start: Pixels | None = None) -> Pixels:
            self.starts.append(start)
            return noisy[len(self.starts) - 1]

    shown = {}
    for stability in (0.0, 0.9):
        engine = Noisy()
        stylizer = stylizer_for("fast", engine, stability)
        shown[stability] = follow(stylizer, pictures, [Look(engine.encode(pictures[0], "art"))] * 3)
    assert np.array_equal(shown[0.0][2], noisy[2])
    held, loose = (float(np.abs(shown[stability][2][:, :-SHIFT].astype(int) - shown[stability][1][:, SHIFT:]).mean())
                   for stability in (0.9, 0.0))
    assert held < 0.6 * loose


def test_only_engines_that_can_go_on_do_and_only_where_they_shall() -> None:
    assert not stylizer_for("fast", IdentityEngine(), 0.8).remembers
    assert not stylizer_for("off", Inverting(), 0.8).remembers
    assert stylizer_for("fast", Inverting(), 0.8).remembers


@pytest.fixture(scope="module")
def engine() -> GatysEngine:
    torch.manual_seed(0)
    tensors = {name: tensor.numpy() for name, tensor in VGG19(last="relu1_1").state_dict().items()}
    options = OptimiserOptions(steps=1, content=(("relu1_1", 1.0),), style=(("relu1_1", 1.0),), optimiser="adam",
                               smallest=32)
    return GatysEngine(tensors, "cpu", torch.float32, lambda picture: np.zeros(1920, np.float32), {"model": "gatys"},
                       32, options)


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two shots."""
    return around_the_cut(tmp_path_factory.mktemp("clip") / "clip.mp4", CUT, FRAMES - CUT)


def frames_of(path: Path) -> list[tuple[Fraction, bytes]]:
    with av.open(str(path)) as container:
        return [(frame.pts * frame.time_base, frame.to_ndarray(format="rgb24").tobytes())
                for frame in container.decode(video=0)]


def test_an_optimised_film_has_every_frame_and_resumed_is_the_uninterrupted_one(
        engine: GatysEngine, clip: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    steps: list[Step] = []
    engine.watch = steps.append
    look = Look(engine.encode(np.random.default_rng(1).integers(0, 255, (32, 32, 3), np.uint8), "art"))
    options = VideoOptions(size=Size(shorter=36), temporal="fast", codec="ffv1")
    report = paint_film(clip, tmp_path / "whole.mkv", engine, look, options)
    assert report.sink.frames == report.run.frames == FRAMES
    whole = frames_of(tmp_path / "whole.mkv")
    assert max(abs(a - b[0]) for a, b in zip(read_times(clip), whole, strict=True)) < Fraction(1, 500)
    assert len(steps) == 2 * (1 + 1 + 1) + FRAMES - 2  # two shots begin at the first of three sizes, other frames go on

    optimise, painted = GatysEngine.optimise, 0

    def failing(self: GatysEngine, image: Pixels, look: Look, start: Pixels | None = None) -> Pixels:
        nonlocal painted
        painted += 1
        if painted > CUT + 20:
            raise DeviceError("the device is gone")
        return optimise(self, image, look, start)

    with monkeypatch.context() as broken:
        broken.setattr(GatysEngine, "optimise", failing)
        with pytest.raises(DeviceError):
            paint_film(clip, tmp_path / "resumed.mkv", engine, look, options)
    steps.clear()
    report = paint_film(clip, tmp_path / "resumed.mkv", engine, look, replace(options, resume=True))
    assert report.sink.frames_resumed > CUT
    assert report.sink.frames_resumed % SLOW_SEGMENT_FRAMES == 0
    assert len(steps) == FRAMES - report.sink.frames_resumed  # nothing of the shot before is painted again
    assert frames_of(tmp_path / "resumed.mkv") == whole


def test_without_what_was_remembered_the_shot_is_painted_again(
        engine: GatysEngine, clip: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    look = Look(engine.encode(np.random.default_rng(1).integers(0, 255, (32, 32, 3), np.uint8), "art"))
    options = VideoOptions(size=Size(shorter=36), temporal="fast", codec="ffv1", end=1.2)
    paint_film(clip, tmp_path / "whole.mkv", engine, look, options)
    painted = 0
    optimise = GatysEngine.optimise

    def stopped(self: GatysEngine, image: Pixels, look: Look, start: Pixels | None = None) -> Pixels:
        nonlocal painted
        painted += 1
        if painted == 20:
            raise KeyboardInterrupt
        return optimise(self, image, look, start)

    with monkeypatch.context() as broken:
        broken.setattr(GatysEngine, "optimise", stopped)
        with pytest.raises(KeyboardInterrupt):
            paint_film(clip, tmp_path / "resumed.mkv", engine, look, options)
    [state] = (tmp_path / "resumed.mkv.parts").glob("*.npz")
    state.write_bytes(b"damaged")
    steps: list[Step] = []
    engine.watch = steps.append
    report = paint_film(clip, tmp_path / "resumed.mkv", engine, look, replace(options, resume=True))
    assert report.sink.frames_resumed == 19
    assert len(steps) > report.sink.frames
    assert frames_of(tmp_path / "resumed.mkv") == frames_of(tmp_path / "whole.mkv")
