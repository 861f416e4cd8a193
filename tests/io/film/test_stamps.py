"""Stamps that are not what they should be: sound and picture come out whole, in order and in step all the same."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from itertools import pairwise
from pathlib import Path

import av
import numpy as np
import pytest

from allaprima.io.film.packet_times import PacketTimes
from allaprima.io.film.sink import VideoSink
from allaprima.io.film.source import VideoSource
from made_films import Film, payloads, read_times


def copy(path: Path, target: Path, **choices: object) -> VideoSink:
    source = VideoSource(path)
    with source, VideoSink(target, source, **choices) as sink:  # type: ignore[arg-type]
        for frame in source:
            sink.write(frame)
    return sink


def restamped_flv(path: Path, moves: Mapping[int, int]) -> Path:
    """An FLV film with sound, some of whose sound's tags are stamped otherwise, by so many milliseconds."""
    Film(times=range(25), time_base=Fraction(1, 25), sounds=1).write(path)
    data = bytearray(path.read_bytes())
    place, sounds = 13, 0
    while place < len(data):
        size = int.from_bytes(data[place + 1:place + 4], "big")
        if data[place] == 8 and data[place + 12] == 1:  # sound that is no header
            stamp = int.from_bytes(data[place + 4:place + 7], "big") + moves.get(sounds, 0)
            data[place + 4:place + 7] = stamp.to_bytes(3, "big")
            sounds += 1
        place += 11 + size + 4
    path.write_bytes(data)
    return path


def sound_stamps(path: Path) -> list[Fraction]:
    with av.open(str(path)) as container:
        return [packet.dts * packet.time_base for packet in container.demux(audio=0) if packet.dts is not None]


@pytest.mark.parametrize("suffix", ["mp4", "mkv"])
def test_sound_that_steps_back_once_is_moved_on_by_a_tick_and_said(tmp_path: Path, suffix: str) -> None:
    path = restamped_flv(tmp_path / "in.flv", {20: -30})
    sink = copy(path, tmp_path / f"out.{suffix}")
    before, after = sound_stamps(path), sound_stamps(tmp_path / f"out.{suffix}")
    assert payloads(path, "audio") == payloads(tmp_path / f"out.{suffix}", "audio")
    assert after == sorted(set(after))
    assert after[20] - after[19] <= Fraction(1, 1000)
    assert max(abs(one - other) for place, (one, other) in enumerate(zip(before, after, strict=True))
               if place != 20) <= Fraction(1, 1000)
    assert len(read_times(tmp_path / f"out.{suffix}")) == 25
    assert any(note.startswith("1 packet of audio stepped back in time") for note in sink.report.notes)


def test_stamps_that_only_round_to_the_same_tick_are_no_step_back(tmp_path: Path) -> None:
    with av.open(str(tmp_path / "out.mkv"), "w") as output:
        stream = output.add_stream("aac", rate=48000, layout="mono")
        output.start_encoding()
        times = PacketTimes(stream, strict=True)
        stamps = []
        for number in range(4):
            packet = av.Packet(b"\0")
            packet.stream, packet.time_base = stream, Fraction(1, 90000)
            packet.pts = packet.dts = number * 30
            times.settle(packet)
            stamps.append(packet.dts)
    assert stamps == [0, 1, 2, 3]
    assert times.note is None


def test_a_packet_without_a_stamp_follows_the_one_before(tmp_path: Path) -> None:
    with av.open(str(tmp_path / "out.mp4"), "w") as output:
        stream = output.add_stream("aac", rate=48000, layout="mono")
        output.start_encoding()
        times = PacketTimes(stream, strict=True)
        stamps = []
        for stamp in (100, None, 300):
            packet = av.Packet(b"\0")
            packet.stream, packet.time_base = stream, Fraction(1, 48000)
            packet.pts = packet.dts = stamp
            times.settle(packet)
            stamps.append((packet.pts, packet.dts))
    assert stamps == [(100, 100), (101, 101), (300, 300)]


def flashing(frames: int = 75, at: int = 50) -> list[np.ndarray]:
    """Black pictures, two of them white."""
    return [np.full((48, 64, 3), 255 * (at <= number < at + 2), np.uint8) for number in range(frames)]


def flash_at(path: Path) -> Fraction:
    """When the first white picture is shown."""
    with av.open(str(path)) as container:
        return next(frame.pts * frame.time_base for frame in container.decode(video=0)
                    if frame.to_ndarray(format="gray").mean() > 128)


def in_decoding_order(path: Path, target: Path, lag: int = 0) -> Path:
    """The film's pictures stamped as they are decoded, as a container without times of showing would have them.

    lag: places that are left empty after the first.
    """
    with av.open(str(path)) as film, av.open(str(target), "w") as output:
        stream = output.add_stream_from_template(film.streams.video[0], opaque=True)
        stream.time_base = Fraction(1, 25)
        packets = (packet for packet in film.demux(video=0) if packet.size)
        for number, packet in enumerate(packets):
            packet.time_base = Fraction(1, 25)
            packet.pts = packet.dts = number + lag * (number > 0)
            packet.duration, packet.stream = 1, stream
            output.mux(packet)
    return target


@pytest.mark.parametrize(("codec", "options"), [
    ("libx264", {"bf": "3"}), ("libx264", {"bf": "3", "x264-params": "keyint=20:open-gop=1"}), ("mpeg4", {"bf": "2"}),
    ("mpeg2video", {"bf": "2"}),
])
def test_frames_of_an_avi_with_b_frames_are_shown_at_their_times(tmp_path: Path, codec: str,
                                                                 options: dict[str, str]) -> None:
    path = Film(times=range(75), time_base=Fraction(1, 25), pictures=flashing(), codec=codec,
                options=options).write(tmp_path / "in.avi")
    copy(path, tmp_path / "out.mkv")
    assert read_times(tmp_path / "out.mkv") == [Fraction(number, 25) for number in range(75)]
    assert flash_at(tmp_path / "out.mkv") == 2


@pytest.mark.parametrize("suffix", ["mp4", "mkv", "flv"])
def test_stamps_in_the_order_of_decoding_are_sorted(tmp_path: Path, suffix: str) -> None:
    path = Film(times=range(75), time_base=Fraction(1, 25), pictures=flashing()).write(tmp_path / "in.mp4")
    path = in_decoding_order(path, tmp_path / f"lying.{suffix}")
    sink = copy(path, tmp_path / "out.mp4")
    times = read_times(tmp_path / "out.mp4")
    assert {after - before for before, after in pairwise(times)} == {Fraction(1, 25)}
    assert flash_at(tmp_path / "out.mp4") - times[0] == 2
    assert sink.report.frames == 75


@pytest.mark.parametrize(("frame_kinds", "lag", "first_step"), [("3", 2, 1), ("3", 20, 21), ("0", 2, 3)])
def test_places_that_a_reordering_encoder_left_empty_after_the_first_are_no_time(tmp_path: Path, frame_kinds: str,
                                                                                  lag: int, first_step: int) -> None:
    film = Film(times=range(75), time_base=Fraction(1, 25), pictures=flashing(), options={"bf": frame_kinds})
    path = in_decoding_order(film.write(tmp_path / "in.avi"), tmp_path / "lagging.avi", lag)
    times = [frame.pts for frame in VideoSource(path)]
    assert times[0] == 0
    assert [after - before for before, after in pairwise(times)] == [first_step] + [1] * 73
    part = [frame.pts for frame in VideoSource(path, start=Fraction(2))]
    assert part == [pts for pts in times if pts >= 50]


def test_a_part_of_an_avi_is_that_of_the_whole(tmp_path: Path) -> None:
    path = Film(times=range(200), time_base=Fraction(1, 25), options={"x264-params": "keyint=20:open-gop=1", "bf": "3"},
                ).write(tmp_path / "in.avi")
    whole = [frame.image for frame in VideoSource(path)]
    part = list(VideoSource(path, start=Fraction(6), end=Fraction(7)))
    assert [frame.pts for frame in part] == list(range(150, 175))
    assert all(np.array_equal(frame.image, whole[150 + place]) for place, frame in enumerate(part))


def test_a_packet_that_gives_no_frame_takes_its_time_along(tmp_path: Path) -> None:
    path = Film(times=range(40), time_base=Fraction(1, 25), pictures=flashing(40, 30), codec="mpeg4",
                options={"bf": "2"}).write(tmp_path / "in.avi")
    with av.open(str(path)) as container:
        lost = bytes(next(packet for packet in container.demux(video=0) if packet.dts == 10))
    path.write_bytes(path.read_bytes().replace(lost, bytes(len(lost))))
    source = VideoSource(path)
    times = [(frame.pts, frame.image.mean() > 128) for frame in source]
    assert len(times) < 40
    assert [pts for pts, white in times if white] == [30, 31]


def test_a_frame_stamped_hours_ahead_of_those_around_follows_the_one_before(tmp_path: Path) -> None:
    film = Film(times=range(50), time_base=Fraction(1, 25), options={"bf": "0"}).write(tmp_path / "in.mp4")
    with av.open(str(film)) as whole, av.open(str(tmp_path / "in.ts"), "w") as output:
        stream = output.add_stream_from_template(whole.streams.video[0])
        for number, packet in enumerate(packet for packet in whole.demux(video=0) if packet.size):
            packet.stream = stream
            packet.pts += 3600 * 25 * (number == 20) * 512
            output.mux(packet)
    source = VideoSource(tmp_path / "in.ts")
    times = [frame.pts for frame in source]
    assert {after - before for before, after in pairwise(times)} == {3600}
    assert any("1 frame lie far ahead" in note for note in source.report.notes)
    assert not source.report.losses


@pytest.mark.parametrize("suffix", ["mp4", "mkv"])
@pytest.mark.parametrize("number", [0, 20, -1])
def test_sound_stamped_far_ahead_once_follows_the_packet_before(tmp_path: Path, suffix: str, number: int) -> None:
    plain = sound_stamps(restamped_flv(tmp_path / "plain.flv", {}))
    place = number % len(plain)
    path = restamped_flv(tmp_path / "in.flv", {place: 400_000})
    copy(path, tmp_path / f"out.{suffix}")
    after = sound_stamps(tmp_path / f"out.{suffix}")
    assert len(after) == len(plain)
    assert max(abs(one - other) for one, other in zip(plain, after, strict=True)) < Fraction(5, 1000)
