"""Films larger than the working height: painted and held steady small, made large once."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from allaprima.config import Codec, Temporal, VideoOptions
from allaprima.engines import Look, Region, at_detail
from allaprima.engines.adain import AdaINEngine
from allaprima.engines.detail import DetailEngine
from allaprima.engines.identity import IdentityEngine
from allaprima.frames import Frame, Planes
from allaprima.pipeline.jobs.films import paint_film
from allaprima.pipeline.working import made_large, made_small, working_size
from allaprima.runtimes.openvino import OpenVINORuntime
from made_films import Film, psnr, read_pictures
from standin import quick_engine
from temporal_scenes import clips

DETAIL = 48
FRAMES = 10


@pytest.fixture(scope="module")
def film(tmp_path_factory: pytest.TempPathFactory) -> Path:
    pictures = list(clips(96, 160, FRAMES)["pan"].frames)
    return Film(160, 96, tuple(range(0, FRAMES * 512, 512)), pictures=pictures, matrix=1, color_range=1).write(
        tmp_path_factory.mktemp("film") / "in.mp4")


@pytest.fixture(scope="module")
def engine() -> AdaINEngine:
    return quick_engine(OpenVINORuntime("cpu", "int8", 2))


@pytest.fixture(scope="module")
def look(engine: AdaINEngine) -> Look:
    return Look(engine.encode(clips(64, 96, 2)["pan"].frames[0], "art"), 0.9)


def painted(film: Path, output: Path, engine: AdaINEngine, look: Look, temporal: Temporal = "fast", batch: int = 2,
            codec: Codec = "h264") -> list[np.ndarray]:
    paint_film(film, output, engine, look, VideoOptions(temporal=temporal, batch_size=batch, detail=DETAIL, crf=1,
                                                        codec=codec, overwrite=True))
    return read_pictures(output)


def luma(picture: np.ndarray) -> np.ndarray:
    """The grey of a picture: a network of chance paints wild colours, which films keep at half the size."""
    return np.rint(picture @ np.array([0.2126, 0.7152, 0.0722])).astype(np.uint8)


def test_planes_of_a_film_come_out_as_its_rgb_does(film: Path, engine: AdaINEngine, look: Look,
                                                   tmp_path: Path) -> None:
    for temporal in ("off", "fast"):
        in_planes = painted(film, tmp_path / "planes.mp4", engine, look, temporal)
        in_rgb = painted(film, tmp_path / "rgb.mkv", engine, look, temporal, codec="ffv1")
        assert all(psnr(luma(one), luma(other)) > 32 for one, other in zip(in_planes, in_rgb, strict=True))
    assert psnr(luma(in_planes[0]), np.roll(luma(in_rgb[0]), 1, 1)) < 28


def test_batches_change_no_pixel_of_planes(film: Path, engine: AdaINEngine, look: Look, tmp_path: Path) -> None:
    one, other = (painted(film, tmp_path / f"{batch}.mp4", engine, look, batch=batch) for batch in (1, 5))
    assert all(np.array_equal(first, second) for first, second in zip(one, other, strict=True))


def test_frames_made_small_are_made_large_again() -> None:
    picture = clips(96, 160, 2)["pan"].frames[0]
    [frame] = made_small([Frame(picture, None, 0, 1, 0)], DETAIL)
    assert frame.image.shape == (48, 80, 3)
    assert made_large(frame).full is None
    np.testing.assert_array_equal(made_large(frame).image, picture)  # nothing was painted
    inverted = made_large(replace(frame, image=np.asarray(255 - frame.image, np.uint8)))
    assert psnr(np.asarray(inverted.image), 255 - picture) > 30
    untouched = Frame(picture, None, 0, 1, 0)
    assert made_large(untouched) is untouched


def test_what_is_composed_or_recoloured_at_full_size_is_not_made_small(engine: AdaINEngine, look: Look) -> None:
    detailed = at_detail(engine, DETAIL)
    assert isinstance(detailed, DetailEngine)
    assert working_size(detailed, look, 160, 96) == (80, 48)
    assert working_size(detailed, look, 80, 48) is None
    assert working_size(engine, look, 160, 96) is None
    assert working_size(IdentityEngine(), look, 160, 96) is None
    assert working_size(detailed, Look(look.style, color="luminance"), 160, 96) is None
    regions = (Region(look, np.ones((96, 160), np.float32)),)
    assert working_size(detailed, Look(look.style, regions=regions), 160, 96) is None


def test_a_frame_that_waits_counts_with_all_that_it_holds() -> None:
    from allaprima.pipeline.loop.queue import frame_bytes

    small, plane = np.zeros((4, 6, 3), np.uint8), np.zeros((8, 12), np.uint8)
    planes = Planes(plane, plane[::2, ::2].copy(), plane[::2, ::2].copy(), "bt709", "limited")
    assert frame_bytes(Frame(small, None, 0, 1, 0, planes, small)) == 72 + 144
    assert frame_bytes(Frame(small.copy(), None, 0, 1, 0, planes, small)) == 2 * 72 + 144
