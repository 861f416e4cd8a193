"""A film's other streams: carried with their words and times, converted, or dropped with a reason before rendering."""

from __future__ import annotations

import io
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest

from allaprima.io.film import streams
from allaprima.io.film.encoding import settings_for
from allaprima.io.film.joining import held
from allaprima.io.film.metadata import advanced
from allaprima.io.film.overlapping_lines import Lines, OneAfterTheOther
from allaprima.io.film.sink import VideoSink
from allaprima.io.film.source import VideoSource
from allaprima.io.film.stream_copying import FilmPart
from allaprima.io.film.streams import plan_streams
from made_films import Film, payloads, read_times

_SRT = b"1\n00:00:00,200 --> 00:00:00,600\nGood <i>evening</i>\n\n2\n00:00:00,700 --> 00:00:00,900\nand welcome\n\n"


def rich_film(path: Path, sound: str = "aac", rate: int = 48000) -> Path:
    """A Matroska film with two sounds, text, chapters, an attachment and titles."""
    subtitles = av.open(io.BytesIO(_SRT), format="srt")
    with av.open(str(path), "w", format="matroska") as output:
        video = output.add_stream("libx264", rate=25)
        video.width, video.height, video.pix_fmt = 64, 48, "yuv420p"
        voices = [output.add_stream(sound, rate=rate, layout="mono") for _ in range(2)]
        for voice, language in zip(voices, ("deu", "fra"), strict=True):
            voice.metadata["language"] = language
        voices[1].metadata["title"] = "commentary"
        voices[0].disposition = av.stream.Disposition.default
        voices[1].disposition = av.stream.Disposition.comment
        text = output.add_stream_from_template(subtitles.streams.subtitles[0], opaque=True)
        text.metadata["language"] = "eng"
        text.disposition = av.stream.Disposition.forced
        output.add_attachment("note.txt", "text/plain", b"remember")
        output.metadata["title"] = "A film"
        output.set_chapters([{"id": number, "start": 500 * number, "end": 500 * number + 500,
                              "time_base": Fraction(1, 1000), "metadata": {"title": title}}
                             for number, title in enumerate(("One", "Two"))])
        for number in range(25):
            frame = av.VideoFrame.from_ndarray(np.full((48, 64, 3), number * 9, np.uint8), "rgb24")
            frame.pts = number
            output.mux(video.encode(frame))
        output.mux(video.encode(None))
        for voice in voices:
            size = voice.codec_context.frame_size or 1024
            for number in range(rate // size):
                silence = av.AudioFrame(format=voice.codec_context.format.name, layout="mono", samples=size)
                for plane in silence.planes:
                    plane.update(bytes(plane.buffer_size))
                silence.sample_rate, silence.pts, silence.time_base = rate, number * size, Fraction(1, rate)
                output.mux(voice.encode(silence))
            output.mux(voice.encode(None))
        for packet in subtitles.demux():
            if packet.size:
                packet.stream = text
                output.mux(packet)
    subtitles.close()
    return path


def copy(source: VideoSource, path: Path, **choices: object) -> VideoSink:
    with source, VideoSink(path, source, **choices) as sink:  # type: ignore[arg-type]
        for frame in source:
            sink.write(frame)
    return sink


def test_matroska_to_matroska_keeps_every_stream_with_its_words(tmp_path: Path) -> None:
    path = rich_film(tmp_path / "in.mkv")
    sink = copy(VideoSource(path), tmp_path / "out.mkv")
    assert [stream.fate for stream in sink.report.streams] == ["copied"] * 4
    assert payloads(path, "audio") == payloads(tmp_path / "out.mkv", "audio")
    assert payloads(path, "subtitle") == payloads(tmp_path / "out.mkv", "subtitle")
    with av.open(str(path)) as before, av.open(str(tmp_path / "out.mkv")) as after:
        for one, other in zip(before.streams, after.streams, strict=True):
            assert (one.type, one.language, one.disposition) == (other.type, other.language, other.disposition)
        assert after.streams.audio[1].metadata["title"] == "commentary"
        assert after.metadata["title"] == "A film"
        assert [chapter["metadata"]["title"] for chapter in after.chapters()] == ["One", "Two"]
        assert after.streams.attachments[0].data == b"remember"


def test_mp4_gets_text_as_its_own_kind_and_says_what_it_cannot_hold(tmp_path: Path) -> None:
    path = rich_film(tmp_path / "in.mkv")
    sink = copy(VideoSource(path), tmp_path / "out.mp4")
    fates = {(stream.kind, stream.fate) for stream in sink.report.streams}
    assert fates == {("audio", "copied"), ("subtitle", "converted"), ("attachment", "dropped")}
    assert all(stream.reason for stream in sink.report.streams if stream.fate != "copied")
    assert sink.report.chapters == 2
    with av.open(str(tmp_path / "out.mp4")) as container:
        text = next(stream for stream in container.streams.subtitles if stream.language == "eng")
        words = [bytes(packet)[2:].split(b"\0")[0] for packet in container.demux(text) if packet.size > 2]
        assert [stream.language for stream in container.streams.audio] == ["deu", "fra"]
    assert words == [b"Good evening", b"and welcome"]


def test_sound_that_mp4_cannot_hold_is_converted_and_stays_in_step(tmp_path: Path) -> None:
    path = rich_film(tmp_path / "in.mkv", sound="wavpack", rate=44100)
    sink = copy(VideoSource(path), tmp_path / "out.mp4")
    sounds = [stream for stream in sink.report.streams if stream.kind == "audio"]
    assert [stream.fate for stream in sounds] == ["converted", "converted"]
    with av.open(str(path)) as before, av.open(str(tmp_path / "out.mp4")) as after:
        starts = [next(container.decode(audio=0)).time for container in (before, after)]
        assert after.streams.audio[0].codec_context.name == "aac"
        assert abs(starts[0] - starts[1]) < 0.001
        after.seek(0)
        samples = sum(frame.samples for frame in after.decode(audio=0))
    assert abs(samples - 44100) < 4096


def test_chapters_of_an_mp4_are_not_taken_for_subtitles(tmp_path: Path) -> None:
    copy(VideoSource(rich_film(tmp_path / "in.mkv")), tmp_path / "first.mp4")
    sink = copy(VideoSource(tmp_path / "first.mp4"), tmp_path / "second.mp4")
    with av.open(str(tmp_path / "first.mp4")) as first, av.open(str(tmp_path / "second.mp4")) as second:
        assert len(first.streams) == len(second.streams)
        assert len(second.chapters()) == 2
    assert any("chapters" in (stream.reason or "") for stream in sink.report.streams)


def test_a_part_takes_its_chapters_and_the_timecode_of_its_first_frame(tmp_path: Path) -> None:
    Film(times=range(0, 50 * 512, 512), timecode="10:00:00:00", reel="A001",
         chapters=[(0, 900, "One"), (900, 2000, "Two")]).write(tmp_path / "in.mov")
    source = VideoSource(tmp_path / "in.mov", start=Fraction(1))
    copy(source, tmp_path / "out.mov")
    with av.open(str(tmp_path / "out.mov")) as container:
        assert container.streams.video[0].metadata["timecode"] == "10:00:01:00"
        titles = [(chapter["metadata"]["title"], chapter["start"]) for chapter in container.chapters()]
    assert titles == [("Two", 0)]
    copy(VideoSource(tmp_path / "in.mov"), tmp_path / "whole.mov")
    with av.open(str(tmp_path / "whole.mov")) as container:
        assert container.streams.video[0].metadata["timecode"] == "10:00:00:00"
        assert "A001" in {stream.metadata.get("reel_name") for stream in container.streams}


@pytest.mark.parametrize(("timecode", "frames", "rate", "later"), [
    ("00:00:59:24", 1, 25, "00:01:00:00"), ("23:59:59:24", 1, 25, "00:00:00:00"), ("00:00:59;29", 1, 30, "00:01:00;02"),
    ("00:09:59;29", 1, 30, "00:10:00;00"), ("00:00:00;00", 17982, 30, "00:10:00;00"),
    ("no timecode", 5, 25, "no timecode"),
])
def test_timecodes_count_as_smpte_says(timecode: str, frames: int, rate: int, later: str) -> None:
    assert advanced(timecode, frames, rate) == later


def test_a_film_without_other_streams_has_none_after(tmp_path: Path) -> None:
    sink = copy(VideoSource(Film(times=[0, 512]).write(tmp_path / "in.mp4")), tmp_path / "out.mp4")
    assert sink.report.streams == ()
    assert len(read_times(tmp_path / "out.mp4")) == 2


_ASS = """[Script Info]
[V4+ Styles]
Format: Name, Fontname, Fontsize
Style: Default,Arial,20
[Events]
Format: Layer, Start, End, Style, Name, MarginL, MarginR, MarginV, Effect, Text
Dialogue: 0,0:00:00.20,0:00:00.60,Default,,0,0,0,,{\\pos(9,9)}Hello {\\i1}there{\\i0}
Dialogue: 0,0:00:00.20,0:00:00.50,Default,,0,0,0,,{\\an7\\p1}m 0 0 l 100 0 100 100{\\p0}
Dialogue: 0,0:00:00.70,0:00:00.90,Default,,0,0,0,,{\\p2}m 0 0 l 9 9{\\p0}a\\hline
"""


def film_with_text(path: Path, text: bytes, kind: str, frames: int = 25) -> Path:
    """A Matroska film of pictures and a stream of text, which may hold no line at all."""
    lines = av.open(io.BytesIO(text), format=kind)
    with av.open(str(path), "w", format="matroska") as output:
        video = output.add_stream("libx264", rate=25, options={"crf": "1"})
        video.width, video.height, video.pix_fmt = 64, 48, "yuv420p"
        track = output.add_stream_from_template(lines.streams.subtitles[0], opaque=True)
        random = np.random.default_rng(0)
        for number in range(frames):
            frame = av.VideoFrame.from_ndarray(random.integers(0, 255, (48, 64, 3)).astype(np.uint8), "rgb24")
            frame.pts = number
            output.mux(video.encode(frame))
        output.mux(video.encode(None))
        for packet in lines.demux():
            if packet.size:
                packet.stream = track
                output.mux(packet)
    lines.close()
    return path


@pytest.mark.parametrize("suffix", ["mp4", "webm"])
def test_drawings_of_styled_subtitles_are_no_words(tmp_path: Path, suffix: str) -> None:
    path = film_with_text(tmp_path / "in.mkv", _ASS.encode(), "ass")
    copy(VideoSource(path), tmp_path / f"out.{suffix}", codec="h264" if suffix == "mp4" else "av1")
    with av.open(str(tmp_path / f"out.{suffix}")) as container:
        packets = [bytes(packet) for packet in container.demux(container.streams.subtitles[0]) if packet.size > 2]
    words = [packet[2:].split(b"\0")[0] if suffix == "mp4" else packet for packet in packets]
    assert words == [b"Hello there", b"a line"]


@pytest.mark.parametrize(("muxer", "fate"), [("matroska", "copied"), ("mp4", "converted"), ("webm", "converted")])
def test_text_that_begins_late_or_never_is_not_looked_for_to_the_end(
        tmp_path: Path, monkeypatch: pytest.MonkeyPatch, muxer: str, fate: str) -> None:
    path = film_with_text(tmp_path / "in.mkv", b"1\n00:00:10,000 --> 00:00:11,000\nlate\n\n", "srt", frames=100)
    monkeypatch.setattr(streams, "_SEARCHED_BYTES", 20_000)
    with av.open(str(path)) as container:
        streams._first_packets(container, list(container.streams.subtitles))
        following = next(packet for packet in container.demux() if packet.pos is not None and packet.pos >= 0)
        assert following.pos < path.stat().st_size / 2
    assert [decision.fate for decision in plan_streams(path, muxer, "copy")] == [fate]


def test_a_stream_that_a_container_refuses_at_its_header_is_dropped_before_a_frame_is_painted(tmp_path: Path) -> None:
    path = rich_film(tmp_path / "in.mkv", sound="wavpack", rate=44100)
    source = VideoSource(path)
    decisions = tuple(replace(decision, fate="copied") for decision in plan_streams(path, "matroska", "copy")
                      if decision.kind == "audio")
    settings = settings_for(source.info, (64, 48), "h264", 18, "auto")
    film = held(settings, "mp4", FilmPart(path, decisions, None, None), Fraction(0), tmp_path / "out.mp4")
    assert film is not None
    assert [decision.fate for decision in film.decisions] == ["dropped", "dropped"]
    assert all("beside the others" in (decision.reason or "") for decision in film.decisions)
    kept = held(settings, "matroska", FilmPart(path, decisions, None, None), Fraction(0), tmp_path / "out.mkv")
    assert kept is not None
    assert [decision.fate for decision in kept.decisions] == ["copied", "copied"]


@pytest.mark.parametrize(("lines", "shown"), [
    ([(0, 10, "a"), (20, 30, "b")], [(0, 10, "a"), (20, 30, "b")]),
    ([(0, 10, "a"), (0, 10, "b")], [(0, 10, "a|b")]),
    ([(0, 10, "a"), (4, 6, "b")], [(0, 4, "a"), (4, 6, "a|b"), (6, 10, "a")]),
    ([(0, 10, "a"), (4, 16, "b"), (12, 14, "c")],
     [(0, 4, "a"), (4, 10, "a|b"), (10, 12, "b"), (12, 14, "b|c"), (14, 16, "b")]),
    ([(10, 20, "a"), (2, 12, "b")], [(2, 10, "b"), (10, 12, "a|b"), (12, 20, "a")]),
    ([(0, 10, "a"), (10, 12, "b"), (4, 14, "c")], [(0, 10, "a"), (10, 12, "b|c"), (12, 14, "c")]),
])
def test_lines_that_overlap_are_cut_and_shown_together(lines: list[tuple[int, int, str]],
                                                       shown: list[tuple[int, int, str]]) -> None:
    order = OneAfterTheOther()
    given = [out for begins, ends, text in lines for out in order.add(Lines(begins, ends, text.encode()))]
    given += order.rest()
    assert [(one.begins, one.ends, one.text.decode().replace("\\N", "|")) for one in given] == shown


def test_mp4_shows_lines_together_that_overlap(tmp_path: Path) -> None:
    text = (b"1\n00:00:00,100 --> 00:00:00,900\nabove\n\n2\n00:00:00,100 --> 00:00:00,500\nbelow\n\n"
            b"3\n00:00:00,700 --> 00:00:00,900\nlast\n\n")
    path = film_with_text(tmp_path / "in.mkv", text, "srt")
    copy(VideoSource(path), tmp_path / "out.mp4")
    with av.open(str(tmp_path / "out.mp4")) as container:
        stream = container.streams.subtitles[0]
        shown = [(float(packet.pts * packet.time_base), bytes(packet)[2:].split(b"\0")[0])
                 for packet in container.demux(stream) if packet.size > 2]
    assert shown == [(0.1, b"above\nbelow"), (0.5, b"above"), (0.7, b"above\nlast")]
