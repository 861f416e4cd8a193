"""Runs that end early: whatever the kill, the final name is absent or complete, and a resume gives the same film."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from allaprima.errors import SinkError
from allaprima.io.film.segments import SegmentFolder, StoredPacket
from allaprima.io.film.sink import VideoSink
from allaprima.io.film.source import VideoSource
from made_films import Film, payloads, read_times

_WORKER = """
import sys
from allaprima.io.film.sink import VideoSink
from allaprima.io.film.source import VideoSource
source = VideoSource(sys.argv[1])
with source, VideoSink(sys.argv[2], source, resume=True, overwrite=True) as sink:
    source.skip(sink.frames_kept)
    for frame in source:
        sink.write(frame)
print(sink.frames_kept)
"""


def run(source: VideoSource, sink: VideoSink, stop_after: int | None = None, error: BaseException | None = None,
        cuts: tuple[int, ...] = ()) -> None:
    with source, sink:
        source.skip(sink.frames_kept)
        for frame in source:
            if frame.index in cuts:
                sink.end_segment()
            sink.write(frame)
            if stop_after is not None and frame.index == stop_after and error is not None:
                raise error


@pytest.fixture(scope="module")
def film(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """400 frames with sound."""
    return Film(times=range(0, 400 * 512, 512), sounds=1).write(tmp_path_factory.mktemp("film") / "in.mp4")


@pytest.fixture(scope="module")
def uninterrupted(film: Path) -> Path:
    source = VideoSource(film)
    run(source, VideoSink(film.with_name("whole.mp4"), source))
    return film.with_name("whole.mp4")


def test_a_resumed_film_is_the_uninterrupted_one(film: Path, uninterrupted: Path, tmp_path: Path) -> None:
    source = VideoSource(film)
    with pytest.raises(RuntimeError):
        run(source, VideoSink(tmp_path / "out.mp4", source), 300, RuntimeError("power"))
    assert not (tmp_path / "out.mp4").exists()
    sink = VideoSink(tmp_path / "out.mp4", source, resume=True)
    run(source, sink)
    assert sink.frames_kept == 240
    assert sink.report.frames == 400
    assert payloads(tmp_path / "out.mp4", "video") == payloads(uninterrupted, "video")
    assert payloads(tmp_path / "out.mp4", "audio") == payloads(uninterrupted, "audio")
    assert read_times(tmp_path / "out.mp4") == read_times(film)
    assert [path.name for path in tmp_path.iterdir()] == ["out.mp4"]


def test_an_interrupted_film_can_be_resumed_from_its_last_frame(film: Path, tmp_path: Path) -> None:
    source = VideoSource(film)
    sink = VideoSink(tmp_path / "out.mp4", source)
    with pytest.raises(KeyboardInterrupt):
        run(source, sink, 149, KeyboardInterrupt())
    assert sink.partial_path is not None
    assert len(read_times(sink.partial_path)) == 150
    again = VideoSink(tmp_path / "out.mp4", source, resume=True)
    run(source, again)
    assert again.frames_kept == 150
    assert read_times(tmp_path / "out.mp4") == read_times(film)


def test_a_cut_may_end_a_segment_so_that_a_resume_starts_there(film: Path, tmp_path: Path) -> None:
    source = VideoSource(film)
    sink = VideoSink(tmp_path / "out.mp4", source)
    with pytest.raises(RuntimeError):
        run(source, sink, 60, RuntimeError("power"), cuts=(7, 50))
    again = VideoSink(tmp_path / "out.mp4", source, resume=True)
    run(source, again)
    assert again.frames_kept == 50
    assert read_times(tmp_path / "out.mp4") == read_times(film)


def test_a_damaged_segment_and_all_after_it_are_made_again(film: Path, uninterrupted: Path, tmp_path: Path) -> None:
    source = VideoSource(film)
    with pytest.raises(RuntimeError):
        run(source, VideoSink(tmp_path / "out.mp4", source), 399, RuntimeError("power"))
    second = tmp_path / "out.mp4.parts" / "000001.segment"
    data = bytearray(second.read_bytes())
    data[len(data) // 2] ^= 1
    second.write_bytes(data)
    sink = VideoSink(tmp_path / "out.mp4", source, resume=True)
    run(source, sink)
    assert sink.frames_kept == 120
    assert payloads(tmp_path / "out.mp4", "video") == payloads(uninterrupted, "video")


def test_other_settings_or_another_input_are_not_resumed(film: Path, tmp_path: Path) -> None:
    source = VideoSource(film)
    with pytest.raises(RuntimeError):
        run(source, VideoSink(tmp_path / "out.mp4", source, run_settings={"style": "a"}), 130, RuntimeError("power"))
    for choices in ({"crf": 30}, {"run_settings": {"style": "b"}}):
        with pytest.raises(SinkError, match="cannot resume"), VideoSink(tmp_path / "out.mp4", source, resume=True,
                                                                        **choices):
            pass
    fresh = VideoSink(tmp_path / "out.mp4", source, run_settings={"style": "b"}, overwrite=True)
    run(source, fresh)
    assert (fresh.frames_kept, fresh.report.frames) == (0, 400)


@pytest.mark.skipif(sys.platform == "win32", reason="a kill that cannot be caught is POSIX's")
def test_kills_at_random_points_leave_no_half_film_and_a_resume_finishes(film: Path, uninterrupted: Path,
                                                                       tmp_path: Path) -> None:
    output = tmp_path / "out.mp4"
    command = [sys.executable, "-c", _WORKER, str(film), str(output)]
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[3] / "src")}
    started = time.monotonic()
    subprocess.run(command, env=environment, check=True, capture_output=True)
    whole_run = time.monotonic() - started
    output.unlink()
    rng = random.Random(5)
    for _ in range(4):
        process = subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        time.sleep(rng.uniform(0.3, 0.95) * whole_run)
        process.send_signal(signal.SIGKILL)
        process.communicate()
        if output.exists():
            assert payloads(output, "video") == payloads(uninterrupted, "video")
            output.unlink()
    last = subprocess.run(command, env=environment, check=False, capture_output=True, text=True)
    assert last.returncode == 0, last.stderr
    assert payloads(output, "video") == payloads(uninterrupted, "video")
    assert [path.name for path in tmp_path.iterdir()] == ["out.mp4"]


def test_packets_come_back_from_segments_as_they_were(tmp_path: Path) -> None:
    folder = SegmentFolder(tmp_path / "parts")
    assert folder.begin({"a": "1"}, resume=False) == []
    packets = [StoredPacket(-3, 0, True, b"one"), StoredPacket(1 << 40, 512, False, b"")]
    writer = folder.new(0)
    for packet in packets:
        writer.add(packet)
    writer.finish(2)
    unfinished = folder.new(1)
    unfinished.add(packets[0])
    assert list(folder.packets()) == packets
    assert SegmentFolder(tmp_path / "parts").begin({"a": "1"}, resume=True) == [2]
    assert sorted(path.name for path in (tmp_path / "parts").iterdir()) == ["000000.segment", "settings.json"]
    unfinished.abandon()
