"""Films out: what went in comes out, or nothing under the final name."""

from __future__ import annotations

import hashlib
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest

from allaprima.config import Codec
from allaprima.errors import OptionError, SinkError
from allaprima.frames import StreamInfo
from allaprima.io.film.encoding import size_for
from allaprima.io.film.sink import VideoSink
from allaprima.io.film.source import VideoSource
from allaprima.sizes import Size
from made_films import Film, payloads, psnr, read_pictures, read_times


def copy(source: VideoSource, path: Path, **choices: object) -> VideoSink:
    with source, VideoSink(path, source, **choices) as sink:  # type: ignore[arg-type]
        for frame in source:
            sink.write(frame)
    return sink


def copy_until(source: VideoSource, sink: VideoSink, last: int, error: BaseException) -> None:
    with source, sink:
        for frame in source:
            sink.write(frame)
            if frame.index == last:
                raise error


@pytest.mark.parametrize("matrix", [6, 1, 9])
@pytest.mark.parametrize("color_range", [1, 2])
def test_rgb_out_is_rgb_in_but_for_the_codecs_loss_and_tags_are_kept(tmp_path: Path, matrix: int,
                                                                    color_range: int) -> None:
    film = Film(times=range(0, 4 * 512, 512), matrix=matrix, color_range=color_range, primaries=matrix, transfer=1)
    source = VideoSource(film.write(tmp_path / "in.mp4"))
    copy(source, tmp_path / "out.mp4")
    for before, after in zip(source, read_pictures(tmp_path / "out.mp4"), strict=True):
        assert psnr(before.image, after) > 40
    with av.open(str(tmp_path / "out.mp4")) as container:
        context = container.streams.video[0].codec_context
        assert (context.colorspace, context.color_range) == (matrix, color_range)
        assert (context.color_primaries, context.color_trc) == (matrix, 1)
        assert context.pix_fmt in ("yuv420p", "yuvj420p")


@pytest.mark.parametrize("suffix", [".mp4", ".mov", ".mkv"])
def test_count_times_and_sound_are_those_of_the_input(tmp_path: Path, suffix: str) -> None:
    rng = np.random.default_rng(3)
    times = [int(pts) for pts in np.cumsum(rng.integers(200, 1200, 150))]
    film = Film(times=times, sounds=2, sound_delay=Fraction(43, 1000))
    source = VideoSource(film.write(tmp_path / "in.mp4"))
    sink = copy(source, tmp_path / f"out{suffix}")
    before, after = read_times(tmp_path / "in.mp4"), read_times(tmp_path / f"out{suffix}")
    assert len(after) == 150
    tick = Fraction(1, 1000) if suffix == ".mkv" else Fraction(1, 12800)
    assert max(abs(one - other) for one, other in zip(before, after, strict=True)) <= tick
    assert payloads(tmp_path / "in.mp4", "audio") == payloads(tmp_path / f"out{suffix}", "audio")
    offsets = []
    for path in (tmp_path / "in.mp4", tmp_path / f"out{suffix}"):
        with av.open(str(path)) as container:
            offsets.append(next(container.decode(audio=0)).time)
    assert abs(offsets[0] - offsets[1]) <= 0.001
    assert sink.report.frames == 150
    assert sink.report.sha256 == hashlib.sha256((tmp_path / f"out{suffix}").read_bytes()).hexdigest()
    assert sink.report.worst_timestamp_error_seconds <= tick


def test_a_part_starts_at_zero_with_its_own_sound(tmp_path: Path) -> None:
    film = Film(times=range(0, 100 * 512, 512), sounds=1)
    source = VideoSource(film.write(tmp_path / "in.mp4"), start=Fraction(1), end=Fraction(3))
    copy(source, tmp_path / "out.mp4")
    times = read_times(tmp_path / "out.mp4")
    assert (len(times), times[0]) == (50, 0)
    with av.open(str(tmp_path / "out.mp4")) as container:
        sound = [frame.time for frame in container.decode(audio=0)]
    assert -0.025 < sound[0] <= 0.001
    assert 1.9 < sound[-1] < 2.05


def test_hevc_is_tagged_hvc1_and_the_index_comes_first(tmp_path: Path) -> None:
    source = VideoSource(Film(times=range(0, 4 * 512, 512)).write(tmp_path / "in.mp4"))
    copy(source, tmp_path / "out.mp4", codec="hevc")
    with av.open(str(tmp_path / "out.mp4")) as container:
        assert container.streams.video[0].codec_context.codec_tag == "hvc1"
    data = (tmp_path / "out.mp4").read_bytes()
    assert data.index(b"moov") < data.index(b"mdat")


def test_an_odd_size_is_padded_by_repeating_the_edge_and_the_report_says_so(tmp_path: Path) -> None:
    film = Film(times=[0], width=63, height=47, pix_fmt="yuv444p", aspect=Fraction(4, 3))
    source = VideoSource(film.write(tmp_path / "in.mp4"))
    sink = copy(source, tmp_path / "out.mp4")
    picture = read_pictures(tmp_path / "out.mp4")[0]
    assert picture.shape == (48, 64, 3)
    assert psnr(picture[:47, :63], next(iter(source)).image) > 35
    assert any("63x47" in note for note in sink.report.notes)
    copy(source, tmp_path / "exact.mp4", pix_fmt="yuv444p")
    assert read_pictures(tmp_path / "exact.mp4")[0].shape == (47, 63, 3)
    with av.open(str(tmp_path / "exact.mp4")) as container:
        assert container.streams.video[0].sample_aspect_ratio == Fraction(4, 3)


def test_the_input_itself_and_other_files_are_never_overwritten(tmp_path: Path) -> None:
    path = Film(times=[0]).write(tmp_path / "in.mp4")
    before = path.read_bytes()
    (tmp_path / "link.mp4").symlink_to(path)
    (tmp_path / "hard.mp4").hardlink_to(path)
    (tmp_path / "other.mp4").write_bytes(b"precious")
    source = VideoSource(path)
    for name in ("in.mp4", "link.mp4", "hard.mp4"):
        with pytest.raises(SinkError, match="input itself"):
            VideoSink(tmp_path / name, source, overwrite=True)
    with pytest.raises(SinkError, match="exists already"):
        VideoSink(tmp_path / "other.mp4", source)
    assert path.read_bytes() == before


def test_choices_that_do_not_fit_are_refused_before_the_first_frame(tmp_path: Path) -> None:
    source = VideoSource(Film(times=[0]).write(tmp_path / "in.mp4"))
    for name, choices in (("out.avi", {}), ("out.mp4", {"codec": "prores"}), ("out.mp4", {"codec": "h263"}),
                          ("out.mp4", {"crf": 99}), ("out.mp4", {"pix_fmt": "rgb565"})):
        with pytest.raises(OptionError) as caught:
            VideoSink(tmp_path / name, source, **choices)
        assert caught.value.hint
    with pytest.raises(SinkError, match="folder does not exist"):
        VideoSink(tmp_path / "absent" / "out.mp4", source)


def test_an_error_leaves_nothing_behind(tmp_path: Path) -> None:
    source = VideoSource(Film().write(tmp_path / "in.mp4"))
    with pytest.raises(RuntimeError):
        copy_until(source, VideoSink(tmp_path / "out.mp4", source), 5, RuntimeError("the engine fails"))
    assert [path.name for path in tmp_path.iterdir()] == ["in.mp4"]


def test_an_interrupt_leaves_a_playable_part_under_a_name_that_says_so(tmp_path: Path) -> None:
    source = VideoSource(Film(sounds=1).write(tmp_path / "in.mp4"))
    sink = VideoSink(tmp_path / "out.mp4", source)
    with pytest.raises(KeyboardInterrupt):
        copy_until(source, sink, 9, KeyboardInterrupt())
    assert not (tmp_path / "out.mp4").exists()
    assert sink.partial_path is not None
    assert sink.partial_path.name == "out.partial.mp4"
    assert len(read_times(sink.partial_path)) == 10
    with av.open(str(sink.partial_path)) as container:
        assert max(frame.time for frame in container.decode(audio=0)) < 0.45


@pytest.mark.parametrize(("size", "codec", "pix_fmt", "expected"), [
    (Size(shorter=480), "h264", "auto", (854, 480)), (Size(shorter=481), "hevc", "auto", (856, 480)),
    (Size(shorter=480), "prores", "auto", (854, 480)), (Size(shorter=480), "ffv1", "auto", (854, 480)),
    (Size(shorter=480), "h264", "yuv444p", (854, 480)), (Size(width=853, height=481), "h264", "auto", (853, 481)),
    (None, "h264", "auto", (1920, 1080)), (Size(shorter=1), "h264", "auto", (2, 2))])
def test_a_size_that_is_reckoned_is_one_that_the_codec_can_hold(size: Size | None, codec: Codec, pix_fmt: str,
                                                               expected: tuple[int, int]) -> None:
    assert size_for(StreamInfo(1920, 1080, Fraction(1, 25)), size, codec, pix_fmt) == expected


@pytest.mark.parametrize(("suffix", "codec"), [
    (".mkv", "h264"), (".mp4", "h264"), (".mov", "prores"), (".webm", "av1")])
def test_a_film_written_twice_is_the_same_file(tmp_path: Path, suffix: str, codec: str) -> None:
    path = Film(times=[0, 512, 1024], sounds=1, width=64, height=64).write(tmp_path / "in.mkv")
    for number in range(2):
        copy(VideoSource(path), tmp_path / f"{number}{suffix}", codec=codec)
    assert (tmp_path / f"0{suffix}").read_bytes() == (tmp_path / f"1{suffix}").read_bytes()
