"""What libraries of encoders do to the process that opens them."""

from __future__ import annotations

import os
from pathlib import Path

import av
import pytest

from allaprima.io.film.opening import opening_encoders
from allaprima.io.film.sink import VideoSink
from allaprima.io.film.source import VideoSource
from made_films import Film

TASKS = Path("/proc/self/task")


def policies() -> set[int]:
    return {os.sched_getscheduler(int(path.name)) for path in TASKS.iterdir()}


def may_be_real_time() -> bool:
    """Whether a thread of this process may go before all others: root's may, and threads that were given leave to."""
    try:
        os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(1))
    except OSError:
        return False
    os.sched_setscheduler(0, os.SCHED_OTHER, os.sched_param(0))
    return True


def open_av1() -> None:
    context = av.CodecContext.create("libsvtav1", "w")
    context.width = context.height = 64
    context.pix_fmt, context.framerate = "yuv420p", 25
    context.open()


needs_leave = pytest.mark.skipif(not TASKS.is_dir() or not may_be_real_time(),
                                 reason="no thread may be real-time here: encoders cannot make one so either")


@needs_leave
def test_a_film_in_av1_leaves_no_thread_real_time(tmp_path: Path) -> None:
    source = VideoSource(Film(times=range(0, 3 * 512, 512)).write(tmp_path / "in.mp4"))
    seen: set[int] = set()
    with source, VideoSink(tmp_path / "out.mkv", source, codec="av1") as sink:
        for frame in source:
            sink.write(frame)
            seen |= policies()
    assert seen | policies() == {os.SCHED_OTHER}


@needs_leave
def test_what_an_encoder_makes_real_time_is_ordinary_after_it(capfd: pytest.CaptureFixture[str]) -> None:
    with opening_encoders():
        open_av1()
        assert os.SCHED_FIFO in policies(), "the library has better manners now: the block is needed no more"
    assert policies() == {os.SCHED_OTHER}
    assert capfd.readouterr() == ("", "")


@needs_leave
def test_a_sound_input_opens_in_a_thread_that_has_opened_an_encoder() -> None:
    miniaudio = pytest.importorskip("miniaudio")
    with opening_encoders():
        open_av1()
    miniaudio.CaptureDevice(buffersize_msec=10, backends=[miniaudio.Backend.NULL]).close()


@needs_leave
def test_a_thread_that_was_real_time_before_stays_so() -> None:
    os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(1))
    try:
        with opening_encoders():
            pass
        assert os.sched_getscheduler(0) == os.SCHED_FIFO
    finally:
        os.sched_setscheduler(0, os.SCHED_OTHER, os.sched_param(0))
