"""One run at a time for one output, whatever becomes of the runs."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from allaprima.errors import SinkError
from allaprima.io.locks import OutputLock
from places import ROOT

_HOLDER = """
import sys
from pathlib import Path
from allaprima.io.locks import OutputLock
with OutputLock(Path(sys.argv[1]), range(*map(int, sys.argv[2:]))):
    print("held", flush=True)
    sys.stdin.read()
"""


def holder(output: Path, start: int = 0, stop: int = 1) -> subprocess.Popen[bytes]:
    """Another process that holds the lock until it is ended."""
    process = subprocess.Popen([sys.executable, "-c", _HOLDER, str(output), str(start), str(stop)],
                               stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                               env={**os.environ, "PYTHONPATH": str(ROOT / "src")})
    assert process.stdout is not None
    assert process.stdout.readline() == b"held\n"
    return process


def test_what_another_process_writes_is_refused_until_a_kill_ends_it(tmp_path: Path) -> None:
    output = tmp_path / "out.mp4"
    other = holder(output)
    try:
        with pytest.raises(SinkError, match="another run is writing"), OutputLock(output):
            pass
    finally:
        other.kill()
        other.communicate()
    with OutputLock(output):
        pass
    assert list(tmp_path.iterdir()) == []


def test_a_second_run_of_the_same_process_is_refused(tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(tmp_path)
    with OutputLock(tmp_path / "out.mp4"):
        for path in (tmp_path / "out.mp4", tmp_path / "link" / "out.mp4"):
            with pytest.raises(SinkError, match="another run is writing"), OutputLock(path):
                pass
        with OutputLock(tmp_path / "other.mp4"):
            pass
    with OutputLock(tmp_path / "out.mp4"):
        pass


def test_runs_of_different_frames_do_not_meet(tmp_path: Path) -> None:
    pattern = tmp_path / "out.%04d.png"
    other = holder(pattern, 1, 101)
    try:
        with OutputLock(pattern, range(101, 201)), OutputLock(pattern, range(300, 301)):
            for numbers in (range(100, 102), range(50, 60), range(200, 250), range(250, 400)):
                with pytest.raises(SinkError, match="another run is writing"), OutputLock(pattern, numbers):
                    pass
            with OutputLock(pattern, range(201, 300)):
                pass
        with pytest.raises(SinkError, match="another run is writing"), OutputLock(pattern, range(1, 2)):
            pass
    finally:
        other.communicate()
    with OutputLock(pattern, range(1, 101)):
        pass
    assert list(tmp_path.iterdir()) == []


def test_a_file_of_that_name_which_holds_something_is_left_as_it_is(tmp_path: Path) -> None:
    (tmp_path / ".out.mp4.lock").write_text("notes on locks")
    with OutputLock(tmp_path / "out.mp4"):
        pass
    assert (tmp_path / ".out.mp4.lock").read_text() == "notes on locks"


@pytest.mark.skipif(not hasattr(os, "O_NOFOLLOW"), reason="links are followed there")
def test_a_planted_link_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / ".out.mp4.lock").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(SinkError, match="cannot write"), OutputLock(tmp_path / "out.mp4"):
        pass
    assert not (tmp_path / "elsewhere").exists()


def test_of_many_runs_that_begin_at_once_one_writes(tmp_path: Path) -> None:
    begin, inside, told = threading.Barrier(8), threading.Semaphore(1), []

    def write() -> None:
        begin.wait()
        for _ in range(30):
            try:
                with OutputLock(tmp_path / "out.mp4"):
                    told.append(inside.acquire(blocking=False))
                    inside.release()
            except SinkError:
                continue

    threads = [threading.Thread(target=write) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert told
    assert all(told)
    assert list(tmp_path.iterdir()) == []
