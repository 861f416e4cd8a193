"""What counts as a loss: what cannot be seen any more is named, what the film hides on purpose is not."""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest

from allaprima.cli.film_text import losses_of
from allaprima.errors import SourceError
from allaprima.frames import ColorTags
from allaprima.io.film.report import LOSSES_NAMED, Loss, SourceReport
from allaprima.io.film.sink import VideoSink
from allaprima.io.film.source import VideoSource
from allaprima.io.film.tally import Tally
from made_films import Film


def trimmed(path: Path, share: Fraction, late: int = 0) -> Path:
    """The film of which its edit list shows a share, from so many ticks of its media on."""
    data = bytearray(path.read_bytes())
    place = data.index(b"elst") + 12
    shown = int.from_bytes(data[place:place + 4], "big") * share
    data[place:place + 4] = round(shown).to_bytes(4, "big")
    begins = int.from_bytes(data[place + 4:place + 8], "big") + late
    data[place + 4:place + 8] = begins.to_bytes(4, "big")
    path.write_bytes(data)
    return path


def read(source: VideoSource) -> SourceReport:
    for _ in source:
        pass
    return source.report


@pytest.mark.parametrize("suffix", ["mov", "mp4"])
@pytest.mark.parametrize("options", [{"g": "250"}, {"g": "10"}, {"g": "250", "bf": "0"}])
def test_an_edit_list_that_ends_early_is_no_loss(tmp_path: Path, suffix: str, options: dict[str, str]) -> None:
    film = Film(times=range(0, 100 * 512, 512), options={**options, "crf": "20"})
    path = film.write(tmp_path / f"in.{suffix}")
    if b"elst" not in path.read_bytes():
        pytest.skip("this muxer wrote no edit list")
    source = VideoSource(trimmed(path, Fraction(1, 2)), strict=True)
    report = read(source)
    assert (report.frames, report.frames_lost, report.losses) == (50, 0, ())
    assert source.info.frame_count == 50
    assert report.frames_hidden == 50
    assert "hides 50 frames" in " ".join(report.notes)


def test_an_edit_list_that_begins_late_and_ends_early_is_no_loss(tmp_path: Path) -> None:
    path = Film(times=range(0, 100 * 512, 512)).write(tmp_path / "in.mov")
    report = read(VideoSource(trimmed(path, Fraction(1, 4), 512 * 20), strict=True))
    assert (report.frames, report.frames_lost, report.frames_hidden) == (25, 0, 75)


def test_a_trimmed_film_that_was_cut_is_a_loss(tmp_path: Path) -> None:
    pictures = [np.random.default_rng(number).integers(0, 255, (48, 64, 3)).astype(np.uint8) for number in range(60)]
    film = Film(times=range(0, 60 * 512, 512), pictures=pictures)
    film.write(tmp_path / "whole.mov")
    with av.open(str(tmp_path / "whole.mov")) as whole, \
            av.open(str(tmp_path / "in.mov"), "w", container_options={"movflags": "+faststart"}) as output:
        stream = output.add_stream_from_template(whole.streams.video[0])
        for packet in whole.demux(video=0):
            if packet.size:
                packet.stream = stream
                output.mux(packet)
    path = trimmed(tmp_path / "in.mov", Fraction(1, 2))
    path.write_bytes(path.read_bytes()[:path.stat().st_size // 4])
    report = read(VideoSource(path))
    assert report.frames < 30
    assert report.frames_lost > 0


def begins_in_the_middle(path: Path, target: Path, frames: int) -> Path:
    """A transport stream without its first frames, its tables kept."""
    data = path.read_bytes()
    with av.open(str(path)) as container:
        packets = [packet for packet in container.demux(video=0) if packet.size]
        cut = packets[frames].pos
    target.write_bytes(data[:3 * 188] + data[cut:])
    return target


@pytest.mark.parametrize("codec", ["libx264", "mpeg2video"])
def test_frames_before_the_first_keyframe_are_counted_as_missing(tmp_path: Path, codec: str) -> None:
    options = {"g": "20", "bf": "0", "sc_threshold": "0"}
    film = Film(times=range(60), time_base=Fraction(1, 25), codec=codec, options=options)
    path = begins_in_the_middle(film.write(tmp_path / "whole.ts"), tmp_path / "in.ts", 5)
    report = read(VideoSource(path))
    assert report.frames == 40
    assert report.frames_lost == 15
    assert "15 frames before the first keyframe" in report.losses[0].reason
    with pytest.raises(SourceError, match="before the first keyframe"):
        read(VideoSource(path, strict=True))


def test_a_whole_film_lacks_no_frames_before_its_first_keyframe(tmp_path: Path) -> None:
    for suffix, codec in (("ts", "libx264"), ("mkv", "libx264"), ("avi", "mpeg4"), ("avi", "mjpeg"),
                          ("mpg", "mpeg2video")):
        options = {} if codec == "mjpeg" else {"g": "20", "bf": "2"}
        pix_fmt = "yuvj420p" if codec == "mjpeg" else "yuv420p"
        path = Film(times=range(30), time_base=Fraction(1, 25), codec=codec, options=options, pix_fmt=pix_fmt,
                    ).write(tmp_path / f"{codec}.{suffix}")
        assert read(VideoSource(path, strict=True)).frames == 30


@pytest.mark.parametrize("suffix", ["mkv", "flv"])
def test_a_film_that_begins_late_does_not_end_early(tmp_path: Path, suffix: str) -> None:
    path = Film(times=range(50, 100), time_base=Fraction(1, 25)).write(tmp_path / f"in.{suffix}")
    assert read(VideoSource(path, strict=True)).frames == 50


def without_first_packets(path: Path, target: Path, count: int) -> Path:
    """The film without its first packets, muxed anew."""
    with av.open(str(path)) as film, av.open(str(target), "w") as output:
        stream = output.add_stream_from_template(film.streams.video[0], opaque=True)
        for number, packet in enumerate(packet for packet in film.demux(video=0) if packet.size):
            if number >= count:
                packet.stream = stream
                output.mux(packet)
    return target


def test_frames_that_are_shown_without_a_keyframe_are_not_missing(tmp_path: Path) -> None:
    options = {"g": "20", "bf": "2", "sc_threshold": "1000000000"}
    film = Film(times=range(60), time_base=Fraction(1, 25), codec="mpeg4", options=options)
    whole = film.write(tmp_path / "whole.mkv")
    report = read(VideoSource(without_first_packets(whole, tmp_path / "in.mkv", 8)))
    assert report.frames >= 50
    assert report.frames + report.frames_lost <= 53


def report_with(losses: Iterable[Loss]) -> SourceReport:
    tally = Tally()
    for loss in losses:
        if loss.kind == "damaged":
            tally.damage(loss.seconds)
        else:
            tally.lose(loss.seconds, loss.reason, loss.frames)
    return SourceReport(path="in.mp4", container="mov", codec="h264", frames=1, frames_lost=tally.lost,
                        frames_damaged=tally.damaged, frames_hidden=0, frames_interlaced=0, frames_moved=0,
                        worst_move_seconds=0, losses=tuple(tally.losses), losses_unnamed=tally.unnamed,
                        color=ColorTags(), orientation="upright")


def test_concealed_damage_is_told_and_a_list_that_is_cut_says_how_much_more_there_is() -> None:
    lines = losses_of(report_with(Loss("damaged", number / 10, "") for number in range(40)))
    assert lines[0].startswith("warning: 40 frames of in.mp4 are damaged")
    assert lines[1] == "  at 0.000 s: decoded with errors, the damage concealed"
    assert len(lines) == 7
    assert lines[-1] == "  and 35 more"


def test_one_frame_is_one_frame_and_absent_ones_are_missing() -> None:
    assert losses_of(report_with([Loss("lost", 1.0, "undecodable")])) == [
        "warning: 1 frame of in.mp4 is missing", "  at 1.000 s: undecodable"]
    assert losses_of(report_with([])) == []
    cut = [Loss("lost", 2.0, "the file ends early", 27101)]
    assert losses_of(report_with(cut))[0] == "warning: 27,101 frames of in.mp4 are missing"


def test_a_film_that_ends_in_the_middle_is_told_also_where_nobody_knows_how_many_frames_are_missing() -> None:
    lines = losses_of(report_with([Loss("lost", None, "reading stopped early (Input/output error)", 0)]))
    assert lines == ["warning: in.mp4 could not be read to its end",
                     "  at an unknown time: reading stopped early (Input/output error)"]


def test_losses_beyond_those_that_are_named_are_counted() -> None:
    report = report_with(Loss("lost", float(number), "undecodable") for number in range(LOSSES_NAMED + 35))
    assert (len(report.losses), report.losses_unnamed, report.frames_lost) == (LOSSES_NAMED, 35, LOSSES_NAMED + 35)
    assert losses_of(report)[-1] == f"  and {LOSSES_NAMED + 30} more"


def test_sound_that_an_edit_list_hides_is_not_heard_where_no_edit_list_hides_it(tmp_path: Path) -> None:
    path = Film(times=range(0, 100 * 512, 512), sounds=1).write(tmp_path / "in.mov")
    data = bytearray(path.read_bytes())
    place = data.rindex(b"elst") + 16  # the sound's begins a second late
    data[place:place + 4] = (int.from_bytes(data[place:place + 4], "big") + 48000).to_bytes(4, "big")
    path.write_bytes(data)
    begins = {}
    for suffix in ("mkv", "mov"):
        source = VideoSource(path)
        with source, VideoSink(tmp_path / f"out.{suffix}", source) as sink:
            for frame in source:
                sink.write(frame)
        with av.open(str(tmp_path / f"out.{suffix}")) as container:
            begins[suffix] = float(next(packet for packet in container.demux(audio=0)).pts * Fraction(1, 48000)) \
                if suffix == "mov" else float(next(iter(container.decode(audio=0))).time)
    assert begins["mkv"] > -0.15
    assert begins["mov"] < -0.9
