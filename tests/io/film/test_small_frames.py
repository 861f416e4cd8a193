"""Films read as small copies with the planes that they are of."""

from __future__ import annotations

from pathlib import Path

import av
import numpy as np
import pytest

from allaprima.engines.detail import shrunk
from allaprima.frames import Frame, Planes
from allaprima.io.film.sink import VideoSink
from allaprima.io.film.small_frames import SmallSize
from allaprima.io.film.source import VideoSource
from made_films import Film, psnr, ramp, read_pictures


def small_frames(path: Path, width: int = 160, height: int = 96, lines: int = 40) -> list[Frame]:
    source = VideoSource(path)
    assert source.read_small(SmallSize(width, height, VideoSource(path).info.color, width * lines // height, lines))
    return list(source)


@pytest.mark.parametrize(("matrix", "color_range"), [(2, 0), (1, 1), (6, 1), (1, 2), (9, 1)])
def test_planes_are_the_decoded_ones_and_the_copy_is_the_picture_small(tmp_path: Path, matrix: int,
                                                                       color_range: int) -> None:
    path = Film(160, 96, (0, 512), matrix=matrix, color_range=color_range).write(tmp_path / "in.mp4")
    frames, whole = small_frames(path), list(VideoSource(path))
    with av.open(str(path)) as container:
        for decoded, frame, large in zip(container.decode(video=0), frames, whole, strict=True):
            assert isinstance(frame.full, Planes)
            assert frame.small is frame.image
            wanted = decoded.reformat(format="yuv420p").to_ndarray()
            np.testing.assert_array_equal(frame.full.y, wanted[:96])
            np.testing.assert_array_equal(frame.full.u.reshape(-1), wanted[96:120].reshape(-1))
            assert frame.image.shape == (40, 66, 3)
            assert psnr(np.asarray(frame.image), np.asarray(shrunk(large.image, 40))[:, :66]) > 36


def test_a_film_of_other_samples_comes_in_planes_of_the_size_asked_for(tmp_path: Path) -> None:
    path = Film(64, 48, (0, 512), codec="ffv1", pix_fmt="yuv444p", options={}).write(tmp_path / "in.mkv")
    for width, height in ((32, 24), (64, 48), (96, 72)):
        [first, _] = small_frames(path, width, height, 20)
        assert isinstance(first.full, Planes)
        assert first.full.y.shape == (height, width)
        assert first.full.u.shape == (height // 2, width // 2)


def test_only_films_of_eight_bits_shown_as_coded_are_read_so(tmp_path: Path) -> None:
    deep = Film(64, 48, (0, 512), pix_fmt="yuv420p10le", codec="ffv1", options={}).write(tmp_path / "deep.mkv")
    turned = Film(64, 48, (0, 512), display_matrix=(0, 1 << 16, 0, -(1 << 16), 0, 0, 0, 0, 1 << 30)).write(
        tmp_path / "turned.mp4")
    rgb = Film(64, 48, (0, 512), codec="ffv1", pix_fmt="bgr0", options={}).write(tmp_path / "rgb.mkv")
    for path in (deep, turned, rgb):
        source = VideoSource(path)
        assert not source.read_small(SmallSize(64, 48, source.info.color, 32, 24))
        assert all(frame.full is None for frame in source)


def test_planes_are_encoded_as_they_are(tmp_path: Path) -> None:
    path = Film(64, 48, (0, 512), pictures=[ramp(64, 48), ramp(64, 48, 9)]).write(tmp_path / "in.mp4")
    source = VideoSource(path)
    sink = VideoSink(tmp_path / "out.mp4", source, crf=1)
    assert sink.planes is not None
    source.read_small(SmallSize(64, 48, sink.planes, 32, 24))
    with source, sink:
        for frame in source:
            sink.write(frame)
    for before, after in zip(read_pictures(path), read_pictures(tmp_path / "out.mp4"), strict=True):
        assert psnr(before, after) > 48


def test_only_results_of_even_sides_and_eight_bits_take_planes(tmp_path: Path) -> None:
    source = VideoSource(Film(64, 48, (0, 512)).write(tmp_path / "in.mp4"))
    assert VideoSink(tmp_path / "odd.mp4", source, width=63, height=47).planes is None
    assert VideoSink(tmp_path / "deep.mp4", source, pix_fmt="yuv420p10le").planes is None
    assert VideoSink(tmp_path / "rgb.mkv", source, codec="ffv1").planes is None
