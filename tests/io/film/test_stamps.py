"""Stamps that are not what they should be: sound and picture come out whole, in order and in step all the same."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from pathlib import Path

import av
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
