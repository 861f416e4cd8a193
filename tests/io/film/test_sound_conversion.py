"""Sound that is encoded anew: every channel in its place, at its level and at its time."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
from numpy.typing import NDArray

from allaprima.io.film.sink import VideoSink
from allaprima.io.film.sound_layouts import AAC_LAYOUTS, OPUS_LAYOUTS, nearest_layout
from allaprima.io.film.sound_resampling import SoundResampling
from allaprima.io.film.source import VideoSource
from made_films import payloads

Samples = NDArray[np.float32]
_RATE = 48000


def film_with(path: Path, sound: Samples, layout: str, codec: str, stamp: Callable[[float], float] = lambda time: time,
              rate: int = _RATE) -> Path:
    """A Matroska film with that sound, (channels, samples); stamp: what the stamps make of the samples' own times."""
    frames = int(sound.shape[1] / rate * 10)
    with av.open(str(path), "w") as output:
        video = output.add_stream("libx264", rate=10)
        video.width, video.height, video.pix_fmt = 32, 32, "yuv420p"
        voice = output.add_stream(codec, rate=rate, layout=layout)
        if codec == "ac3":
            voice.codec_context.bit_rate = 640_000
        if codec == "wavpack":
            voice.codec_context.format = "fltp"
        output.start_encoding()
        for number in range(frames):
            frame = av.VideoFrame.from_ndarray(np.full((32, 32, 3), 99, np.uint8), "rgb24")
            frame.pts = number
            output.mux(video.encode(frame))
        output.mux(video.encode(None))
        kind = voice.codec_context.format.name
        whole = {"f": sound, "s16": np.asarray(sound * 32767, np.int16),
                 "s32": np.asarray(sound * 8388607, np.int32) * 256}["f" if kind[0] == "f" else kind[:3]]
        for start in range(0, whole.shape[1], 1024):
            part = whole[:, start:start + 1024]
            part = part if kind.endswith("p") else part.T.reshape(1, -1)
            frame = av.AudioFrame.from_ndarray(np.ascontiguousarray(part), kind, layout)
            frame.sample_rate, frame.pts, frame.time_base = rate, start, Fraction(1, rate)
            for packet in voice.encode(frame):
                output.mux(restamped(packet, stamp))
        for packet in voice.encode(None):
            output.mux(restamped(packet, stamp))
    return path


def restamped(packet: av.Packet, stamp: Callable[[float], float]) -> av.Packet:
    time = stamp(float(packet.pts * packet.time_base))
    packet.pts = packet.dts = round(time / packet.time_base)
    return packet


def tones(layout: str, seconds: float = 1) -> tuple[Samples, dict[str, float]]:
    """A tone of its own for each channel, at a level of 0.25, and their pitches by the channels' names."""
    names = [channel.name for channel in av.AudioLayout(layout).channels]
    pitches = {name: 400.0 + 200 * number for number, name in enumerate(names)}
    time = np.arange(int(seconds * _RATE)) / _RATE
    return np.stack([0.25 * np.sin(2 * np.pi * pitch * time) for pitch in pitches.values()]).astype(np.float32), pitches


def levels(path: Path, pitches: dict[str, float]) -> dict[str, dict[str, float]]:
    """For each channel of a film's sound the level of every tone in it that can be heard."""
    with av.open(str(path)) as container:
        stream = container.streams.audio[0]
        names = [channel.name for channel in stream.layout.channels]
        packed = av.AudioResampler("flt", stream.layout.name, _RATE)  # PyAV cannot take eight planes out of a frame
        parts = [part.to_ndarray().reshape(-1, len(names)) for frame in container.decode(stream)
                 for part in packed.resample(frame)]
    sound = np.concatenate(parts).T[:, 12000:36000]
    time = np.arange(sound.shape[1]) / _RATE
    found = {name: {tone: float(2 * abs(np.mean(own * np.exp(-2j * np.pi * pitch * time))))
                    for tone, pitch in pitches.items()} for name, own in zip(names, sound, strict=True)}
    return {name: {tone: level for tone, level in heard.items() if level > 0.02} for name, heard in found.items()}


def convert(path: Path, target: Path) -> VideoSink:
    source = VideoSource(path)
    with source, VideoSink(target, source, codec="av1" if target.suffix == ".webm" else "h264") as sink:
        for frame in source:
            sink.write(frame)
    return sink


_HALF = 0.25 / np.sqrt(2)


@pytest.mark.parametrize(("layout", "nearest", "moved"), [
    ("5.0(side)", "5.0", {"BL": {"SL": 0.25}, "BR": {"SR": 0.25}}),
    ("quad(side)", "quad", {"BL": {"SL": 0.25}, "BR": {"SR": 0.25}}),
    ("4.0", "5.0", {"BL": {"BC": _HALF}, "BR": {"BC": _HALF}}), ("3.1", "5.1", {}), ("2.1", "5.1", {}),
    ("3.0(back)", "quad", {"BL": {"BC": _HALF}, "BR": {"BC": _HALF}}),
    ("5.1(side)", "5.1", {"BL": {"SL": 0.25}, "BR": {"SR": 0.25}}),
])
def test_layouts_of_dvds_keep_every_channel_in_its_place_and_at_its_level(
        tmp_path: Path, layout: str, nearest: str, moved: dict[str, dict[str, float]]) -> None:
    sound, pitches = tones(layout)
    convert(film_with(tmp_path / "in.mkv", sound, layout, "ac3"), tmp_path / "out.webm")
    before, after = levels(tmp_path / "in.mkv", pitches), levels(tmp_path / "out.webm", pitches)
    with av.open(str(tmp_path / "out.webm")) as container:
        assert container.streams.audio[0].layout.name == nearest
    wanted = {name: moved.get(name, before.get(name, {})) for name in after}
    assert {name: set(heard) for name, heard in after.items()} == {name: set(heard) for name, heard in wanted.items()}
    for name, heard in after.items():
        assert list(heard.values()) == pytest.approx([wanted[name][tone] for tone in heard], rel=0.06)


@pytest.mark.parametrize(("layout", "nearest"), [
    ("6.1", "6.1"), ("6.0", "6.1"), ("7.1", "7.1"), ("7.0", "7.1"), ("5.1", "5.1"), ("5.0", "5.0"), ("quad", "quad"),
])
def test_layouts_of_many_channels_do_too(tmp_path: Path, layout: str, nearest: str) -> None:
    sound, pitches = tones(layout)
    convert(film_with(tmp_path / "in.mkv", sound, layout, "flac"), tmp_path / "out.webm")
    after = levels(tmp_path / "out.webm", pitches)
    with av.open(str(tmp_path / "out.webm")) as container:
        assert container.streams.audio[0].layout.name == nearest
    assert {name: set(heard) for name, heard in after.items() if heard} == {name: {name} for name in pitches} or (
        nearest == "6.1" and "LFE" in pitches)
    for name, heard in after.items():
        assert list(heard.values()) == pytest.approx([0.25] * len(heard), rel=0.06), name


@pytest.mark.parametrize("layout", [
    "mono", "stereo", "2.1", "3.0", "3.0(back)", "3.1", "4.0", "4.1", "quad", "quad(side)", "5.0", "5.0(side)", "5.1",
    "5.1(side)", "6.0", "6.0(front)", "hexagonal", "6.1", "6.1(back)", "6.1(front)", "7.0", "7.0(front)", "7.1",
    "7.1(wide)", "octagonal", "3.1.2", "5.1.2", "5.1.4", "downmix",
])
@pytest.mark.parametrize("known", [OPUS_LAYOUTS, AAC_LAYOUTS])
def test_every_layout_has_a_nearest_one_that_loses_no_power(layout: str, known: tuple[str, ...]) -> None:
    names = [channel.name for channel in av.AudioLayout(layout).channels]
    places = {name: [channel.name for channel in av.AudioLayout(name).channels] for name in known}
    mapped = nearest_layout(names, places)
    assert mapped is not None
    for number, name in enumerate(names):
        power = sum(part.get(number, 0) ** 2 for part in mapped.parts)
        assert power == pytest.approx(1, abs=0.01) or (name.startswith("T") and power >= 0.25)
    if layout in known:
        assert mapped.layout == layout
        assert mapped.parts == tuple({number: 1} for number in range(len(names)))


def beeps(seconds: float, at: tuple[float, ...]) -> Samples:
    time = np.arange(int(seconds * _RATE)) / _RATE
    on = np.any([(time >= begin) & (time < begin + 0.1) for begin in at], axis=0)
    return (0.5 * np.sin(2 * np.pi * 1000 * time) * on)[None].astype(np.float32)


def beeps_in(path: Path) -> list[float]:
    """When beeps begin: by the stamp of the first frame and the count of samples since, as most players have it."""
    with av.open(str(path)) as container:
        frames = list(container.decode(audio=0))
    floating = av.AudioResampler("fltp")
    samples = [part.to_ndarray()[0] for frame in frames for part in floating.resample(frame)]
    loud = np.flatnonzero(np.abs(np.concatenate(samples)) > 0.2)
    starts = loud[np.flatnonzero(np.diff(loud, prepend=-_RATE) > _RATE // 5)]
    return [float(frames[0].time) + start / _RATE for start in starts]


@pytest.mark.parametrize(("suffix", "codec"), [("webm", "flac"), ("mp4", "wavpack")])
@pytest.mark.parametrize("drift", [0.98, 1.001])
def test_sound_follows_its_stamps_however_long_it_lasts(tmp_path: Path, suffix: str, codec: str, drift: float) -> None:
    path = film_with(tmp_path / "in.mkv", beeps(20, (1, 19)), "mono", codec, lambda time: time * drift)
    convert(path, tmp_path / f"out.{suffix}")
    assert beeps_in(tmp_path / f"out.{suffix}") == pytest.approx([drift, 19 * drift], abs=0.05)


def test_a_gap_in_the_sound_is_silence_and_what_follows_is_at_its_time(tmp_path: Path) -> None:
    path = film_with(tmp_path / "in.mkv", beeps(4, (1, 3)), "mono", "flac", lambda time: time + 5 * (time >= 2))
    convert(path, tmp_path / "out.webm")
    assert beeps_in(tmp_path / "out.webm") == pytest.approx([1, 8], abs=0.03)


def test_stamps_rounded_to_milliseconds_leave_sound_as_it_is() -> None:
    sound = np.random.default_rng(0).uniform(-0.2, 0.2, (1, 5 * _RATE)).astype(np.float32)
    sound = np.asarray(np.round(sound * 32767) / 32767, np.float32)
    resampling = SoundResampling("fltp", _RATE, "mono")
    came = []
    for start in range(0, sound.shape[1], 1024):
        frame = av.AudioFrame.from_ndarray(sound[:, start:start + 1024], "fltp", "mono")
        frame.sample_rate, frame.time_base = _RATE, Fraction(1, 1000)
        frame.pts = round(1000 * start / _RATE)
        came += [given.to_ndarray() for given in resampling.frames(frame)]
    came += [given.to_ndarray() for given in resampling.flush()]
    assert np.array_equal(np.concatenate(came, axis=1), sound)


def test_a_stream_that_changes_its_channels_and_rate_goes_on() -> None:
    resampling = SoundResampling("fltp", _RATE, "stereo")
    came = []
    for begins, rate, layout in ((0, 48000, "stereo"), (1, 44100, "mono"), (2, 48000, "5.1")):
        channels = len(av.AudioLayout(layout).channels)
        for start in range(0, rate, 1000):
            size = min(1000, rate - start)
            frame = av.AudioFrame.from_ndarray(np.full((channels, size), 0.1, np.float32), "fltp", layout)
            frame.sample_rate, frame.time_base, frame.pts = rate, Fraction(1, rate), begins * rate + start
            came += list(resampling.frames(frame))
    came += list(resampling.flush())
    assert {(frame.sample_rate, frame.layout.name, frame.format.name) for frame in came} == {(48000, "stereo", "fltp")}
    assert sum(frame.samples for frame in came) == pytest.approx(3 * _RATE, abs=64)
    assert float(came[-1].time) + came[-1].samples / _RATE == pytest.approx(3, abs=0.002)


def with_a_gap(time: float) -> float:
    return time + 5 * (time >= 2)


@pytest.mark.parametrize(("suffix", "codec", "stamp", "wanted"), [
    ("mp4", "pcm_f32le", with_a_gap, [1, 8]), ("mov", "pcm_s16le", with_a_gap, [1, 8]),
    ("mov", "pcm_s24le", with_a_gap, [1, 8]), ("mov", "pcm_s16le", lambda time: time, [1, 3]),
    ("mov", "pcm_s16le", lambda time: time * 0.95, [0.95, 2.85]),
])
def test_plain_samples_keep_their_times_where_only_their_count_is_kept(
        tmp_path: Path, suffix: str, codec: str, stamp: Callable[[float], float], wanted: list[float]) -> None:
    path = film_with(tmp_path / "in.mkv", beeps(4, (1, 3)), "mono", codec, stamp)
    sink = convert(path, tmp_path / f"out.{suffix}")
    assert [stream.fate for stream in sink.report.streams] == ["copied"]
    assert beeps_in(tmp_path / f"out.{suffix}") == pytest.approx(wanted, abs=0.06)
    if wanted == [1, 3]:
        assert payloads(path, "audio") == payloads(tmp_path / f"out.{suffix}", "audio")
