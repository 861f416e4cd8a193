"""Cameras through the capture thread: good ones, and each way in which one can go wrong."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Iterator
from functools import partial
from itertools import count, pairwise
from pathlib import Path

import numpy as np
import pytest

from allaprima.config import PATIENCE_ALONE_SECONDS
from allaprima.errors import SourceError
from allaprima.frames import Frame
from allaprima.io.camera import fetched, stream
from allaprima.io.camera.camera import open_camera, returns
from allaprima.io.camera.fetched import FetchedFilm
from allaprima.pipeline.live.capture import Capture
from live_cameras import Send, folder_served, jpeg, mpegts, part, pictures, served, served_by_rtsp
from made_films import Film
from places import ROOT


@pytest.fixture(autouse=True)
def no_thread_is_left() -> Iterator[None]:
    before = set(threading.enumerate())
    yield
    left = [thread for thread in set(threading.enumerate()) - before if not thread.name.startswith("Thread-")]
    assert not left


def frames_of(capture: Capture, wanted: int, within_seconds: float = 10.0) -> list[Frame]:
    """That many frames, or fewer if they do not come in time."""
    found: list[Frame] = []
    ends = time.monotonic() + within_seconds
    while len(found) < wanted and time.monotonic() < ends and not capture.frames.ended:
        frame = capture.frames.take(0.1)
        if frame is not None:
            found.append(frame)
    return found


def test_mjpeg_over_http_comes_in_with_growing_times_and_true_colours() -> None:
    with served(lambda send: pictures(send, count())) as url, Capture(partial(open_camera, url)) as capture:
        assert capture.size == (96, 64)
        capture.start()
        found = frames_of(capture, 5)
        assert capture.notice() is None
    assert [frame.index for frame in found] == sorted({frame.index for frame in found})
    assert all(a.pts < b.pts for a, b in pairwise(found))
    assert {int(frame.image.mean() + 0.5) % 8 for frame in found} <= {0, 1, 7}


def test_mpeg_ts_comes_in() -> None:
    with served(mpegts, "video/mp2t") as url, Capture(partial(open_camera, url)) as capture:
        capture.start()
        assert len(frames_of(capture, 5)) == 5


@pytest.mark.parametrize("gop", [25, 250])
def test_a_stream_shows_its_first_picture_within_two_seconds_however_far_apart_its_keyframes_are(gop: int) -> None:
    began = time.monotonic()
    with served(partial(mpegts, gop=gop), "video/mp2t") as url, Capture(partial(open_camera, url)) as capture:
        assert time.monotonic() - began < 2
        first = capture.first.mean()
        capture.start()
        assert len(frames_of(capture, 5)) == 5
    assert first == pytest.approx(0, abs=2)  # the stream's first picture, not a later one


def test_what_a_stream_sent_while_the_run_was_prepared_is_not_shown_late_and_all_at_once() -> None:
    with served(partial(mpegts, step=2), "video/mp2t") as url, Capture(partial(open_camera, url)) as capture:
        time.sleep(1.5)  # the network is being compiled
        capture.start()
        found = frames_of(capture, 100, within_seconds=0.6)
        assert capture.captured <= 0.6 * 25 + 8  # not the 37 that came before
        assert len(found) > 3
    assert found[0].image.mean() > 2 * 25  # a second beyond the first picture, which was black, at least


def test_a_camera_lost_for_good_while_the_run_was_prepared_ends_it_with_its_error() -> None:
    def short(send: Send) -> None:
        pictures(send, range(5))

    with served(short) as url, Capture(partial(open_camera, url), patience_seconds=0) as capture:
        time.sleep(1.0)
        capture.start()
        capture.frames.take(1.0)  # the last picture
        with pytest.raises(SourceError, match="no picture has come"):
            capture.frames.take(5.0)


def test_a_stream_joined_between_two_keyframes_is_waited_for_until_the_next_and_says_so(
        monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stream, "STALLED_SECONDS", 0.5)
    said: list[str] = []
    with served(partial(mpegts, gop=50, joined_at=15), "video/mp2t") as url, \
            Capture(partial(open_camera, url), on_wait=said.append) as capture:
        capture.start()
        assert len(frames_of(capture, 3)) == 3
    assert capture.first.mean() == pytest.approx(8 * (50 % 30), abs=2)
    assert set(said) == {"waiting for the stream's next keyframe"}
    assert capture.losses == 0


def test_a_stream_without_any_keyframe_is_one_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stream, "KEYFRAME_SECONDS", 0.5)
    with served(partial(mpegts, gop=250, joined_at=15), "video/mp2t") as url, \
            pytest.raises(SourceError, match="no keyframe") as failure, Capture(partial(open_camera, url)):
        pass
    assert failure.value.hint


def index_last(path: Path) -> Path:
    """An MP4 too long to be kept in a buffer, its index behind its pictures, as encoders write it unasked."""
    rng = np.random.default_rng(0)
    noise = [rng.integers(0, 256, (96, 128, 3), np.uint8) for _ in range(20)]
    return Film(128, 96, range(0, 20 * 512, 512), pictures=noise, sounds=1).write(path)


@pytest.mark.parametrize("name", ["film.mp4", "film.mkv", "film.ts", "film.avi", "index-last.mp4"])
def test_a_film_by_its_address_loses_no_frame(tmp_path: Path, name: str) -> None:
    film = index_last(tmp_path / name) if name.startswith("index") else Film(
        times=range(0, 20 * 512, 512), options={"bf": "2"}).write(tmp_path / name)
    with folder_served(tmp_path) as url, Capture(partial(open_camera, url + film.name)) as capture:
        capture.start()
        ends = time.monotonic() + 10
        while not capture.frames.ended and time.monotonic() < ends:
            capture.frames.take(0.1)
    assert (capture.captured, capture.losses) == (20, 0)


def test_a_film_that_had_to_be_fetched_leaves_no_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "scratch").mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "scratch"))
    index_last(tmp_path / "film.mp4")
    with folder_served(tmp_path) as url:
        film = open_camera(url + "film.mp4")
        assert isinstance(film, FetchedFilm)
        assert list((tmp_path / "scratch").iterdir())
        film.close()
        monkeypatch.setattr(fetched, "LARGEST_FILM", 1000)
        with pytest.raises(SourceError, match="larger than"):
            open_camera(url + "film.mp4")
    assert not list((tmp_path / "scratch").iterdir())


def test_rtsp_comes_in() -> None:
    with served_by_rtsp() as url, Capture(partial(open_camera, url)) as capture:
        assert capture.size == (96, 64)
        capture.start()
        found = frames_of(capture, 5)
        assert capture.notice() is None
    assert [frame.index for frame in found] == sorted({frame.index for frame in found})
    assert {int(frame.image.mean() + 0.5) % 8 for frame in found} <= {0, 1, 7}


def test_a_film_is_played_at_its_own_speed_and_ends() -> None:
    with Capture(partial(open_camera, str(ROOT / "examples" / "clip.mp4")), returns=False) as capture:
        capture.start()
        began = time.monotonic()
        [*_, last] = frames_of(capture, 60)
        elapsed = time.monotonic() - began
    assert last.index / 24 == pytest.approx(elapsed, abs=1.5)


def test_frames_that_nobody_takes_are_replaced_by_newer_ones() -> None:
    with served(lambda send: pictures(send, count())) as url, Capture(partial(open_camera, url)) as capture:
        capture.start()
        time.sleep(1.0)
        frame = capture.frames.take(0.5)
        assert frame is not None
        assert time.monotonic_ns() - frame.pts < 2e9
        assert frame.index >= 5
        assert capture.frames.replaced >= 5


def stalling(send: Send) -> None:
    pictures(send, range(10))
    time.sleep(4)


def dropping(send: Send) -> None:
    pictures(send, range(10))


def turning_to_garbage(send: Send) -> None:
    pictures(send, range(10))
    for _ in range(100):
        send(part(os.urandom(800)))
        time.sleep(0.04)


@pytest.mark.parametrize("play", [stalling, dropping, turning_to_garbage])
def test_a_camera_that_goes_wrong_comes_back_within_ten_seconds_and_is_missed_meanwhile(
        play: Callable[[Send], None]) -> None:
    with served(play) as url, Capture(partial(open_camera, url)) as capture:
        capture.start()
        notices = set()
        seen = 0
        ends = time.monotonic() + 10
        while time.monotonic() < ends and not (capture.losses and seen > 12):
            seen += capture.frames.take(0.1) is not None
            notices.add(capture.notice())
        assert capture.losses >= 1
        assert seen > 12
        assert any(notice for notice in notices if notice)


@pytest.mark.parametrize(("play", "patience"), [
    (stalling, PATIENCE_ALONE_SECONDS), (dropping, 1.0), (turning_to_garbage, 1.0)])
def test_a_camera_that_is_gone_for_good_ends_the_frames_with_one_sentence_within_ten_seconds(
        play: Callable[[Send], None], patience: float) -> None:
    served_once = threading.Event()

    def once(send: Send) -> None:
        if served_once.is_set():
            time.sleep(8)  # taken for a camera that hangs
        else:
            served_once.set()
            play(send)

    with served(once) as url, Capture(partial(open_camera, url), patience_seconds=patience) as capture:
        capture.start()
        seen = [time.monotonic()]

        def watch() -> None:
            while time.monotonic() < seen[-1] + 20:
                if capture.frames.take(0.1) is not None:
                    seen.append(time.monotonic())

        with pytest.raises(SourceError, match="no picture has come for") as failure:
            watch()
        assert time.monotonic() - seen[-1] < 10 - PATIENCE_ALONE_SECONDS + patience
    assert "127.0.0.1" in str(failure.value)
    assert failure.value.hint
    assert capture.losses == 1


def test_a_camera_that_changes_size_goes_on() -> None:
    def changing(send: Send) -> None:
        pictures(send, range(8))
        pictures(send, count(), width=64, height=96)

    with served(changing) as url, Capture(partial(open_camera, url)) as capture:
        capture.start()
        shapes = {frame.image.shape for frame in frames_of(capture, 16)}
    assert shapes == {(64, 96, 3), (96, 64, 3)}


def garbage(send: Send) -> None:
    for _ in range(200):
        send(part(os.urandom(800)))
        time.sleep(0.02)


@pytest.mark.parametrize(("play", "kind"), [
    (garbage, "multipart/x-mixed-replace; boundary=frame"),
    (lambda send: send(os.urandom(20000)), "video/mp2t"),
    (lambda send: send(b"<html>no camera</html>"), "text/html"),
    (lambda send: time.sleep(8), "multipart/x-mixed-replace; boundary=frame"),
])
def test_a_camera_that_never_works_is_one_sentence_within_ten_seconds(play: Callable[[Send], None], kind: str) -> None:
    began = time.monotonic()
    with served(play, kind) as url, pytest.raises(SourceError, match=r"127\.0\.0\.1") as failure, \
            Capture(partial(open_camera, url)):
        pass
    assert time.monotonic() - began < 10
    assert failure.value.hint


@pytest.mark.parametrize("name", ["7", "/dev/video7", "nowhere.mp4", "http://127.0.0.1:9/", "ftp://127.0.0.1/x",
                                  "file:///etc/passwd", "concat:a|b"])
def test_a_camera_that_is_not_there_is_one_sentence(name: str) -> None:
    with pytest.raises(SourceError, match="cannot open the camera"):
        open_camera(name)


def test_a_stream_may_not_read_files_of_this_machine() -> None:
    playlist = b"#EXTM3U\n#EXT-X-TARGETDURATION:5\n#EXTINF:5,\nfile://" + str(ROOT / "examples/clip.mp4").encode() + \
        b"\n#EXT-X-ENDLIST\n"
    with served(lambda send: send(playlist), "application/vnd.apple.mpegurl") as url, pytest.raises(SourceError):
        open_camera(url).read()


def test_only_a_film_does_not_return() -> None:
    assert not returns(str(ROOT / "examples" / "clip.mp4"))
    assert returns("0")
    assert returns("http://127.0.0.1/")


def test_a_broken_reader_ends_the_frames_with_its_error() -> None:
    class Breaking:
        fps = None

        def __init__(self) -> None:
            self.reads = 0

        def read(self) -> object:
            from allaprima.io.camera.taken import Taken

            self.reads += 1
            if self.reads == 3:
                raise MemoryError
            return Taken(np.zeros((8, 8, 3), np.uint8))

        def close(self) -> None:
            pass

    with Capture(Breaking) as capture:  # type: ignore[arg-type]
        capture.start()
        time.sleep(0.1)
        capture.frames.take(0)
        with pytest.raises(MemoryError):
            capture.frames.take(1.0)


def test_a_jpeg_of_the_camera_is_what_it_says() -> None:
    assert jpeg(3)[:2] == b"\xff\xd8"
