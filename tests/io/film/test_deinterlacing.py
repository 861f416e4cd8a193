"""Interlaced frames become whole pictures: one for each, at its time, the same wherever reading starts."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
from av.filter.graph import Graph

from allaprima.errors import SinkError
from allaprima.io.film.deinterlacing import deinterlaced
from allaprima.io.film.sink import VideoSink
from allaprima.io.film.source import VideoSource

WIDTH, HEIGHT, FRAMES = 96, 64, 13
TIMES = [0, 40, 80, 130, 160, 200, 240, 290, 320, 360, 400, 440, 480]


def moment(field: float) -> np.ndarray:
    """A dark bar that moves over a pale ground, as it stands at a time counted in fields."""
    left = 6 + 3 * field
    x = np.arange(WIDTH)
    return np.repeat(np.where((x >= left) & (x < left + 16), 40, 200)[None], HEIGHT, 0).astype(np.uint8)


def woven(number: int, *, top_first: bool = True) -> np.ndarray:
    """Two moments in the lines of one frame."""
    first, second = moment(2 * number), moment(2 * number + 1)
    picture = (first if top_first else second).copy()
    picture[1::2] = (second if top_first else first)[1::2]
    return np.repeat(picture[..., None], 3, 2)


def film(path: Path, *, top_first: bool | None = True, keyframes: int = 5, pix_fmt: str = "yuv420p",
         width: int = WIDTH) -> Path:
    order = {True: "tff=1", False: "bff=1", None: "bframes=2"}[top_first]
    marked = Graph()
    marked.link_nodes(marked.add_buffer(width=width, height=HEIGHT, format=pix_fmt, time_base=Fraction(1, 1000)),
                      marked.add("setfield", {True: "tff", False: "bff", None: "prog"}[top_first]),
                      marked.add("buffersink")).configure()
    with av.open(str(path), "w") as output:
        stream = output.add_stream("libx264", rate=25, options={
            "x264-params": f"{order}:keyint={keyframes}:open-gop=0", "crf": "4"})
        stream.width, stream.height, stream.pix_fmt = width, HEIGHT, pix_fmt
        stream.codec_context.time_base = Fraction(1, 1000)
        for number, pts in enumerate(TIMES):
            picture = woven(number, top_first=top_first is not False) if top_first is not None \
                else np.repeat(moment(2 * number)[..., None], 3, 2)
            frame = av.VideoFrame.from_ndarray(np.ascontiguousarray(picture[:, :width]), "rgb24").reformat(
                format=pix_fmt)
            frame.pts, frame.time_base = pts, Fraction(1, 1000)
            marked.vpush(frame)
            output.mux(stream.encode(marked.vpull()))
        output.mux(stream.encode(None))
    return path


def combing(image: np.ndarray) -> float:
    """How much neighbouring lines differ where those two apart do not."""
    grey = image[..., 1].astype(float)
    return float(np.abs(grey[1:-1] - (grey[:-2] + grey[2:]) / 2).mean())


@pytest.mark.parametrize("top_first", [True, False])
def test_the_comb_goes_and_the_bar_stands_where_the_first_field_has_it(tmp_path: Path, top_first: bool) -> None:
    path = film(tmp_path / "in.mkv", top_first=top_first)
    source = VideoSource(path)
    shown = list(source)
    assert [frame.pts for frame in shown] == TIMES
    assert source.report.frames_interlaced == FRAMES
    assert any("13 interlaced frames became whole" in note for note in source.report.notes)
    raw = list(VideoSource(path, deinterlace="off"))
    assert [frame.pts for frame in raw] == TIMES
    for number in range(1, FRAMES - 1):
        assert combing(raw[number].image) > 5
        assert combing(shown[number].image) < 2
        assert np.abs(shown[number].image[..., 1].astype(float) - moment(2 * number)).mean() < 6


@pytest.mark.parametrize("keyframes", [1, 5])
def test_a_part_and_a_resumed_run_see_the_frames_of_the_whole(tmp_path: Path, keyframes: int) -> None:
    path = film(tmp_path / "in.mkv", keyframes=keyframes)
    whole = list(VideoSource(path))
    for first in (1, 5, 6):
        part = list(VideoSource(path, start=Fraction(TIMES[first], 1000), end=Fraction(TIMES[first + 3], 1000)))
        resumed = VideoSource(path)
        resumed.skip(first)
        assert [frame.pts for frame in part] == TIMES[first:first + 3]
        for one, other, third in zip(whole[first:], part, resumed, strict=False):
            np.testing.assert_array_equal(one.image, other.image)
            np.testing.assert_array_equal(one.image, third.image)


def decoded(path: Path) -> Iterator[av.VideoFrame]:
    with av.open(str(path)) as container:
        yield from container.decode(video=0)


def test_progressive_frames_pass_and_a_change_of_size_loses_none(tmp_path: Path) -> None:
    paths = [film(tmp_path / f"{number}.mkv", top_first=kind, width=width)
             for number, (kind, width) in enumerate([(None, WIDTH), (True, WIDTH), (True, 64), (None, 64)])]

    def frames() -> Iterator[av.VideoFrame]:
        for path in paths:
            yield from decoded(path)

    pairs = list(deinterlaced(frames()))
    assert [frame.pts for frame, _ in pairs] == TIMES * 4
    assert [frame is shown for frame, shown in pairs] == [not frame.interlaced_frame for frame, _ in pairs]
    assert sum(frame.interlaced_frame for frame, _ in pairs) == 2 * FRAMES
    assert all((frame.width, frame.format.name) == (shown.width, shown.format.name) for frame, shown in pairs)


def test_depth_and_subsampling_are_kept(tmp_path: Path) -> None:
    source = VideoSource(film(tmp_path / "in.mkv", pix_fmt="yuv422p10le"))
    frames = list(source)
    assert len(frames) == FRAMES
    assert frames[5].image.dtype == np.uint16
    assert combing(frames[5].image / 257) < 2


def test_one_frame_alone_is_a_film(tmp_path: Path) -> None:
    path = film(tmp_path / "in.mkv")
    assert len(list(deinterlaced(iter([next(decoded(path))])))) == 1
    assert list(deinterlaced(iter([]))) == []


def test_a_run_is_not_resumed_with_the_other_choice(tmp_path: Path) -> None:
    path = film(tmp_path / "in.mkv")

    def interrupted(deinterlace: str, **choices: object) -> None:
        source = VideoSource(path, deinterlace=deinterlace)  # type: ignore[arg-type]
        with source, VideoSink(tmp_path / "out.mkv", source, **choices) as sink:  # type: ignore[arg-type]
            for frame in source:
                if frame.index == 8:
                    raise KeyboardInterrupt
                sink.write(frame)

    with pytest.raises(KeyboardInterrupt):
        interrupted("auto")
    with pytest.raises(SinkError, match="deinterlace"):
        interrupted("off", resume=True)
