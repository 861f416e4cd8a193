"""Films whose clock begins anew: everything goes on where it ended, pictures and sound in step."""

from __future__ import annotations

from fractions import Fraction
from itertools import pairwise
from pathlib import Path

import av
import numpy as np
import pytest

from allaprima.errors import SourceError
from allaprima.io.film.clock_breaks import Joins, Track, joins_in
from allaprima.io.film.clock_joins import joins_of
from allaprima.io.film.sink import VideoSink
from allaprima.io.film.source import VideoSource
from made_films import Film, read_times

_WRAP = 2 ** 33 / 90_000
"""Transport streams count to this many seconds and begin again at 0."""
_KINDS = {"ts": ("mpegts", "libx264", "aac", 48000), "mpg": ("vob", "mpeg2video", "mp2", 48000),
          "flv": ("flv", "libx264", "aac", 44100), "mkv": ("matroska", "libx264", "aac", 48000)}


def recording(path: Path, begins: float, seconds: float = 2, **options: str) -> Path:
    """A film with sound on a clock that begins somewhere; half a second in, the picture is white and a tone begins."""
    muxer, codec, sound, rate = _KINDS[path.suffix[1:]]
    placed = {"output_ts_offset": str(begins), **options}
    with av.open(str(path), "w", format=muxer, container_options=placed) as output:
        video = output.add_stream(codec, rate=25, options={"bf": "2", "g": "12"})
        video.width, video.height, video.pix_fmt = 64, 48, "yuv420p"
        voice = output.add_stream(sound, rate=rate, layout="mono")
        size = 1024 if sound == "aac" else 1152
        second = np.arange(int(seconds * rate) // size * size) / rate
        tone = (0.5 * np.sin(2 * np.pi * 1000 * second) * ((second >= 0.5) & (second < 0.58))).astype(np.float32)
        sounds = []
        for start in range(0, len(tone), size):
            frame = av.AudioFrame.from_ndarray(tone[None, start:start + size], "fltp", "mono")
            frame.sample_rate, frame.pts, frame.time_base = rate, start, Fraction(1, rate)
            sounds.append(frame)
        for number in range(int(seconds * 25)):
            white = 12 <= number < 14
            frame = av.VideoFrame.from_ndarray(np.full((48, 64, 3), 255 * white, np.uint8), "rgb24")
            frame.pts = number
            output.mux(video.encode(frame))
            while sounds and sounds[0].pts / rate <= number / 25:
                output.mux(voice.encode(sounds.pop(0)))
        output.mux(video.encode(None))
        for frame in sounds:
            output.mux(voice.encode(frame))
        output.mux(voice.encode(None))
    return path


def join(path: Path, *parts: Path) -> Path:
    """The parts' bytes one after the other; FLV's file header is there once."""
    head, *rest = (part.read_bytes() for part in parts)
    path.write_bytes(head + b"".join(part[13:] if path.suffix == ".flv" else part for part in rest))
    return path


def flashes_and_tones(path: Path) -> tuple[list[float], list[float]]:
    """When pictures turn white and tones begin, in seconds."""
    with av.open(str(path)) as container:
        white = [(float(frame.time), frame.to_ndarray(format="gray").mean() > 128)
                 for frame in container.decode(video=0)]
    loud: list[float] = []
    with av.open(str(path)) as container:
        for frame in container.decode(audio=0):
            samples = np.flatnonzero(np.abs(frame.to_ndarray().astype(np.float32)[0]) > 0.2)
            loud += [float(frame.time) + at / frame.sample_rate for at in samples]
    starts = [time for place, time in enumerate(loud) if place == 0 or time - loud[place - 1] > 0.3]
    return [after for (_, was), (after, now) in pairwise(white) if now and not was], starts


def packets_of_sound(path: Path) -> int:
    with av.open(str(path)) as container:
        return sum(1 for packet in container.demux(audio=0) if packet.size)


def copy(path: Path, target: Path, **choices: object) -> tuple[VideoSource, VideoSink]:
    source = VideoSource(path, **choices)  # type: ignore[arg-type]
    with source, VideoSink(target, source) as sink:
        for frame in source:
            sink.write(frame)
    return source, sink


@pytest.mark.parametrize(("suffix", "begins"), [
    ("ts", (0, 0, 0)), ("ts", (3600, 2, 30)), ("ts", (1, 3600, 1)), ("ts", (_WRAP - 1, 50, 0)), ("mpg", (0, 0, 70)),
    ("flv", (0, 0, 0)), ("mkv", (0, 0)),
])
def test_joined_recordings_are_one_film_with_sound_in_step(tmp_path: Path, suffix: str,
                                                           begins: tuple[float, ...]) -> None:
    parts = [recording(tmp_path / f"{number}.{suffix}", at) for number, at in enumerate(begins)]
    path = join(tmp_path / f"joined.{suffix}", *parts)
    source, _ = copy(path, tmp_path / "out.mp4")
    times = read_times(tmp_path / "out.mp4")
    assert len(times) == 50 * len(begins)
    assert all(abs(after - before - Fraction(1, 25)) < Fraction(1, 900) for before, after in pairwise(times))
    flashes, tones = flashes_and_tones(tmp_path / "out.mp4")
    assert np.allclose(np.diff(flashes), 2, atol=0.002)
    assert np.allclose(flashes, tones, atol=0.06)
    assert packets_of_sound(tmp_path / "out.mp4") == packets_of_sound(path)
    assert any("begins anew" in note for note in source.report.notes)


def test_a_counter_that_wraps_within_a_recording_goes_on(tmp_path: Path) -> None:
    copy(recording(tmp_path / "in.ts", _WRAP - 2.4), tmp_path / "out.mp4")
    flashes, tones = flashes_and_tones(tmp_path / "out.mp4")
    assert len(read_times(tmp_path / "out.mp4")) == 50
    assert np.allclose(flashes, tones, atol=0.03)


def test_a_part_of_joined_recordings_lies_on_the_clock_that_goes_on(tmp_path: Path) -> None:
    path = join(tmp_path / "in.ts", recording(tmp_path / "a.ts", 5), recording(tmp_path / "b.ts", 0))
    whole = list(VideoSource(path))
    source = VideoSource(path, start=Fraction(9, 4), end=Fraction(3))
    part = list(source)
    assert source.info.frame_count in (18, 19)
    begins = next(place for place, frame in enumerate(whole) if frame.pts == part[0].pts)
    assert [frame.pts for frame in part] == [frame.pts for frame in whole[begins:begins + len(part)]]
    assert 0 <= (part[0].pts * source.info.time_base - source.beginning) - Fraction(9, 4) < Fraction(1, 25)
    assert sum(frame.image.mean() > 128 for frame in part) == 2


def test_a_gap_in_the_picture_alone_is_no_other_clock(tmp_path: Path) -> None:
    path = tmp_path / "in.ts"
    Film(times=[*range(50), *range(400, 450)], time_base=Fraction(1, 25), sounds=1).write(path)
    with av.open(str(path)) as container:
        assert not joins_of(path, container)
    assert max(after - before for before, after in pairwise(frame.pts for frame in VideoSource(path))) == 351 * 3600


def test_a_stray_stamp_is_no_other_clock() -> None:
    track = Track("audio", Fraction(1, 1000), stamped=True)
    for order, stamp in enumerate((0.0, 0.5, 1.0, 90.0, 1.5, 2.0, 0.2, 2.5, 3.0)):
        packet = av.Packet(b"x")
        packet.time_base, packet.pts = Fraction(1, 1000), round(1000 * stamp)
        packet.dts, packet.duration = packet.pts, 500
        track.add(packet, order)
    assert not joins_in({0: track})


def test_films_with_one_clock_are_not_read_through(tmp_path: Path) -> None:
    for suffix in ("mp4", "mkv"):
        path = Film(times=range(10), time_base=Fraction(1, 25)).write(tmp_path / f"in.{suffix}")
        with av.open(str(path)) as container:
            assert joins_of(path, container) == Joins()


def test_streams_that_begin_in_the_middle_under_other_numbers_are_named_as_dropped(tmp_path: Path) -> None:
    other = recording(tmp_path / "b.ts", 0, mpegts_start_pid="768")
    path = join(tmp_path / "in.ts", recording(tmp_path / "a.ts", 0), other)
    _, sink = copy(path, tmp_path / "out.mp4")
    assert sink.report.frames == 50
    assert [(stream.kind, stream.fate) for stream in sink.report.streams if stream.fate != "copied"] == [
        ("video", "dropped"), ("audio", "dropped")]


def test_a_third_film_in_a_matroska_file_is_not_left_out_without_a_word(tmp_path: Path) -> None:
    path = join(tmp_path / "in.mkv", *[recording(tmp_path / f"{number}.mkv", 0) for number in range(3)])
    source = VideoSource(path)
    assert sum(1 for _ in source) == 100
    assert [loss.reason for loss in source.report.losses] == [
        "the file is 3 films one after the other, and only the first 2 can be read"]
    with pytest.raises(SourceError, match="3 films"):
        list(VideoSource(path, strict=True))
