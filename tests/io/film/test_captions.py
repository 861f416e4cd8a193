"""Closed captions stay in the pictures that they belong to."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import av
import pytest

from allaprima.io.film.sink import VideoSink
from allaprima.io.film.source import VideoSource
from made_films import Film


def triplets(number: int) -> bytes:
    """Three bytes for each pair of characters; the zeros ask for escapes."""
    return bytes([0xFC, 0x80 | number, 0x2C]) + bytes([0xFC, 0, 0, 0xFC, 0, 1, 0xF8, 0, 0]) * (number % 3)


def message(number: int) -> bytes:
    data = triplets(number)
    payload = b"\xb5\x00\x31GA94\x03" + bytes([0x40 | len(data) // 3, 0xFF]) + data + b"\xff"
    plain = bytes([4, len(payload)]) + payload + b"\x80"
    for last in range(4):  # longest runs first would need more; these have at most two zeros in a row, then a third
        plain = plain.replace(b"\0\0" + bytes([last]), b"\0\0\3" + bytes([last]))
    return b"\0\0\0\1\x06" + plain


@pytest.fixture(scope="module")
def film(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """H.264 with B-frames whose pictures, but every fifth, carry captions of their own."""
    path = tmp_path_factory.mktemp("captions") / "in.mkv"
    with av.open(str(Film(options={"crf": "4", "bf": "2"}).write(path.with_name("plain.mp4")))) as plain, \
            av.open(str(path), "w") as marked:
        source = plain.streams.video[0]
        stream = marked.add_stream_from_template(source)
        for packet in plain.demux(source):
            if not packet.size:
                continue
            number = packet.pts // 512
            unit = message(number)[4:]
            added = av.Packet((len(unit).to_bytes(4, "big") + unit if number % 5 else b"") + bytes(packet))
            added.pts, added.dts, added.time_base, added.stream = packet.pts, packet.dts, packet.time_base, stream
            added.is_keyframe = packet.is_keyframe
            marked.mux(added)
    return path


def captions(path: Path) -> list[bytes | None]:
    with av.open(str(path)) as container:
        found = [frame.side_data.get("A53_CC") for frame in container.decode(video=0)]
        return [None if data is None else bytes(data) for data in found]


EXPECTED = [triplets(number) if number % 5 else None for number in range(24)]


def written(source: VideoSource, path: Path, **choices: object) -> VideoSink:
    with source, VideoSink(path, source, **choices) as sink:  # type: ignore[arg-type]
        for frame in source:
            sink.write(frame)
    return sink


@pytest.mark.parametrize(("codec", "suffix"), [("h264", ".mp4"), ("h264", ".mkv"), ("hevc", ".mp4")])
def test_captions_come_out_with_their_pictures(film: Path, tmp_path: Path, codec: str, suffix: str) -> None:
    assert captions(film) == EXPECTED
    sink = written(VideoSource(film), tmp_path / f"out{suffix}", codec=codec, segment_frames=7)
    assert captions(tmp_path / f"out{suffix}") == EXPECTED
    assert not any("captions" in note for note in sink.report.notes)


def interrupted(source: VideoSource, path: Path) -> None:
    with source, VideoSink(path, source, segment_frames=5) as sink:
        for frame in source:
            if frame.index == 12:
                raise KeyboardInterrupt
            sink.write(frame)


def test_a_part_and_a_resumed_run_keep_them_too(film: Path, tmp_path: Path) -> None:
    written(VideoSource(film, start=Fraction(1, 5)), tmp_path / "part.mp4")
    assert captions(tmp_path / "part.mp4") == EXPECTED[5:]
    with pytest.raises(KeyboardInterrupt):
        interrupted(VideoSource(film), tmp_path / "out.mp4")
    again = VideoSource(film)
    with again, VideoSink(tmp_path / "out.mp4", again, resume=True, segment_frames=5) as sink:
        again.skip(sink.frames_kept)
        for frame in again:
            sink.write(frame)
    assert captions(tmp_path / "out.mp4") == EXPECTED


def test_where_the_codec_holds_none_they_are_counted_and_named(film: Path, tmp_path: Path) -> None:
    sink = written(VideoSource(film), tmp_path / "out.mov", codec="prores")
    assert any("19 frames carried closed captions" in note for note in sink.report.notes)
