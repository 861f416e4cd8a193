"""What goes wrong around films: full disks, closed folders, strange names, damage. One sentence, nothing half-done."""

from __future__ import annotations

import os
import random
import subprocess
import sys
import time
from fractions import Fraction
from pathlib import Path

import pytest

from allaprima.errors import AllaprimaError, SinkError, SourceError
from allaprima.io.film.report import SourceReport
from allaprima.io.film.sink import VideoSink
from allaprima.io.film.source import VideoSource
from made_films import Film, read_times

_LIMITED = """
import resource, signal, sys
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
from allaprima.errors import SinkError
from allaprima.io.film.report import SourceReport
from allaprima.io.film.sink import VideoSink
from allaprima.io.film.source import VideoSource
source = VideoSource(sys.argv[1])
limit = int(sys.argv[3])
resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))
try:
    with source, VideoSink(sys.argv[2], source, audio="none") as sink:
        for frame in source:
            sink.write(frame)
except SinkError as error:
    print(error)
    sys.exit(1)
"""


def copy(source: VideoSource, path: Path) -> VideoSink:
    with source, VideoSink(path, source) as sink:
        for frame in source:
            sink.write(frame)
    return sink


@pytest.mark.skipif(sys.platform == "win32", reason="file sizes are limited by POSIX only")
@pytest.mark.parametrize("limit", [700, 2500, 6000])
def test_a_disk_that_fills_up_fails_the_job_and_leaves_nothing_under_the_name(tmp_path: Path, limit: int) -> None:
    path = Film(times=range(0, 300 * 512, 512)).write(tmp_path / "in.mp4")
    before = path.read_bytes()
    output = tmp_path / "out.mp4"
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[3] / "src")}
    result = subprocess.run([sys.executable, "-c", _LIMITED, str(path), str(output), str(limit)], env=environment,
                            capture_output=True, text=True, check=False)
    assert result.returncode == 1, result.stderr
    assert "cannot write" in result.stdout
    assert str(output) in result.stdout
    assert not result.stderr
    assert path.read_bytes() == before
    assert {found.name for found in tmp_path.iterdir()} <= {"in.mp4", "out.mp4.parts"}


@pytest.mark.skipif(sys.platform != "linux", reason="needs a folder that not even root may write")
def test_a_folder_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    source = VideoSource(Film(times=[0]).write(tmp_path / "in.mp4"))
    with pytest.raises(SinkError, match="cannot write") as caught, VideoSink("/proc/out.mp4", source):
        pass
    assert caught.value.hint


@pytest.mark.parametrize("name", ["-dash.mp4", "two words.mp4", "100%d %04d.mp4", "été 夏 🎨.mp4", "a:b.mp4",
                                  "concat:x.mp4", "q?x=1&y#z.mp4", "n" * 240 + ".mp4"])
def test_strange_names_are_names(tmp_path: Path, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "in").mkdir()
    Film(times=[0, 512]).write(tmp_path / "plain.mp4").rename(tmp_path / "in" / name)
    copy(VideoSource(Path("in") / name), Path(name))
    assert len(read_times(tmp_path / "in" / name)) == 2
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(["in", name])


def test_a_name_that_is_too_long_is_one_sentence(tmp_path: Path) -> None:
    source = VideoSource(Film(times=[0]).write(tmp_path / "in.mp4"))
    with pytest.raises(SinkError, match="cannot write"):
        VideoSink(tmp_path / ("n" * 300 + ".mp4"), source)
    with pytest.raises(SourceError, match="cannot read"):
        VideoSource(tmp_path / ("n" * 300 + ".mp4"))


def test_a_bomb_is_refused_from_its_header_within_a_second(tmp_path: Path) -> None:
    film = Film(times=[0], width=300, height=300, codec="ffv1", options={}).write(tmp_path / "small.mkv").read_bytes()
    path = tmp_path / "bomb.mkv"
    for element in (b"\xb0", b"\xba"):  # Matroska's PixelWidth and PixelHeight, two bytes each
        film = film.replace(element + b"\x82\x01\x2c", element + b"\x82\x37\xff")
    path.write_bytes(film)
    started = time.process_time()
    with pytest.raises(SourceError, match="14335x14335") as caught:
        VideoSource(path)
    assert time.process_time() - started < 1
    assert "--max-pixels" in (caught.value.hint or "")


def frames_or_refusal(path: Path) -> SourceReport | None:
    """What reading a damaged film gave; None where it was refused in a sentence that names it."""
    refusal: AllaprimaError | None = None
    report: SourceReport | None = None
    try:
        source = VideoSource(path)
        frames = sum(1 for _ in source)
        report = source.report
    except AllaprimaError as error:
        refusal = error
    assert (report is None) != (refusal is None)
    assert refusal is None or (str(path) in str(refusal) and refusal.hint)
    assert report is None or report.frames == frames
    return report


CONTAINERS = [("mp4", {}), ("mkv", {}), ("avi", {"codec": "mpeg4", "options": {"qscale": "3"}}), ("ts", {}),
              ("mov", {"codec": "prores_ks", "pix_fmt": "yuv422p10le", "options": {}})]


@pytest.mark.parametrize(("suffix", "choices"), CONTAINERS, ids=[suffix for suffix, _ in CONTAINERS])
def test_flipped_bits_never_crash_and_whole_frames_still_come(tmp_path: Path, suffix: str,
                                                              choices: dict[str, object]) -> None:
    film = Film(times=range(12), time_base=Fraction(1, 25), **choices)  # type: ignore[arg-type]
    data = film.write(tmp_path / f"in.{suffix}").read_bytes()
    damaged = tmp_path / f"damaged.{suffix}"
    rng = random.Random(7)
    read = 0
    for _ in range(60):
        flipped = bytearray(data)
        for _ in range(rng.choice((1, 4, 30))):
            flipped[rng.randrange(len(flipped))] ^= 1 << rng.randrange(8)
        damaged.write_bytes(flipped)
        read += frames_or_refusal(damaged) is not None
    assert read > 20


@pytest.mark.parametrize("percent", [10, 50, 90])
@pytest.mark.parametrize("suffix", ["mkv", "ts", "mp4"])
def test_a_truncated_film_gives_what_it_holds_or_one_sentence(tmp_path: Path, suffix: str, percent: int) -> None:
    options = {"crf": "4", "g": "10"}
    data = Film(times=range(0, 60 * 512, 512), options=options).write(tmp_path / f"in.{suffix}").read_bytes()
    cut = tmp_path / f"cut.{suffix}"
    cut.write_bytes(data[:len(data) * percent // 100])
    report = frames_or_refusal(cut)
    if report is None:
        assert suffix == "mp4" or percent == 10
    else:
        assert 0 < report.frames < 60
        assert report.losses or suffix == "ts"


@pytest.mark.skipif(sys.platform != "linux", reason="reads Linux's own count of memory")
def test_opening_often_and_reading_long_does_not_grow(tmp_path: Path) -> None:
    def resident() -> int:
        return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")

    path = Film(times=range(0, 600 * 512, 512)).write(tmp_path / "in.mp4")
    for _ in range(20):
        next(iter(VideoSource(path)))
    before = resident()
    for _ in range(100):
        with VideoSource(path) as source:
            next(iter(source))
    assert sum(1 for _ in VideoSource(path)) == 600
    assert resident() - before < 16 << 20
