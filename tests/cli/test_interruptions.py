"""Ctrl-C, once and twice, in programs of their own: what was finished is kept, and what is said is true."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import av
import numpy as np
import pytest

from allaprima.io.film.parts_folder import PartsFolder
from allaprima.io.interruptions import in_haste, interruptions
from allaprima.sheets.png import encode_png
from made_films import Film
from places import ROOT

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="Windows has no SIGINT for one child")
ENVIRONMENT = {**os.environ, "PYTHONPATH": str(ROOT / "src"), "OMP_NUM_THREADS": "1"}


def begun(*arguments: object) -> subprocess.Popen[str]:
    return subprocess.Popen([sys.executable, "-m", "allaprima", *map(str, arguments)], env=ENVIRONMENT,
                            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def wait_for(there: Callable[[], object], run: subprocess.Popen[str]) -> None:
    deadline = time.monotonic() + 120
    while not there():
        assert run.poll() is None, run.communicate()
        assert time.monotonic() < deadline
        time.sleep(0.005)


@pytest.fixture(scope="module")
def film(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A thousand frames: long enough to be caught in the middle."""
    pictures = [np.full((48, 64, 3), level, np.uint8) for level in range(0, 200, 50)] * 250
    return Film(times=range(0, 1000 * 512, 512), pictures=pictures, options={"preset": "ultrafast"}).write(
        tmp_path_factory.mktemp("film") / "in.mp4")


@pytest.mark.parametrize("times", [1, 2])
def test_a_film_keeps_what_is_finished(tmp_path: Path, film: Path, times: int) -> None:
    output = tmp_path / "out.mp4"
    arguments = ("video", film, "-s", "starry", "-m", "none", "--codec", "hevc", "-o", output)
    run = begun(*arguments)
    wait_for(lambda: list(tmp_path.glob("out.mp4.parts/000001.segment")), run)
    for _ in range(times):
        run.send_signal(signal.SIGINT)
    _, said = run.communicate(timeout=120)
    assert run.returncode == 130, said
    assert "Traceback" not in said
    assert "error: interrupted: the frames finished so far are in" in said
    assert "--resume" in said
    kept = next(path for path in (tmp_path / "out.partial.mp4", tmp_path / "out.mp4.parts") if str(path) in said)
    if kept.suffix == ".mp4":
        with av.open(str(kept)) as container:
            assert sum(1 for _ in container.decode(video=0)) >= 240
    assert PartsFolder(tmp_path / "out.mp4.parts").settings
    assert not list(tmp_path.glob(".*"))
    again = begun(*arguments, "--resume")
    assert again.wait(timeout=120) == 0, again.communicate()
    assert "earlier run" in again.communicate()[1]
    with av.open(str(output)) as container:
        assert container.streams.video[0].frames == 1000


def test_a_picture_that_is_not_finished_is_not_written_and_the_program_says_so(tmp_path: Path) -> None:
    for name, height in (("a.png", 40), ("b.png", 3000)):
        noise = np.random.default_rng(1).integers(0, 255, (height, 2000, 3), np.uint8)
        (tmp_path / name).write_bytes(encode_png(noise, level=0))
    run = begun("image", tmp_path / "a.png", tmp_path / "b.png", "-s", "starry", "-m", "none")
    wait_for(lambda: (tmp_path / "a-starry.png").exists(), run)
    run.send_signal(signal.SIGINT)
    _, said = run.communicate(timeout=60)
    assert run.returncode == 130, said
    assert "1 of 2 pictures done" in said
    assert "error: interrupted before" in said
    assert "Traceback" not in said
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a-starry.png", "a.png", "b.png"]


def test_the_second_interruption_hurries_and_the_third_ends() -> None:
    told: list[str] = []
    before = signal.getsignal(signal.SIGINT)

    def press() -> None:
        os.kill(os.getpid(), signal.SIGINT)

    with interruptions(told.append):
        with pytest.raises(KeyboardInterrupt):
            press()
        assert not in_haste()
        press()
        assert in_haste()
        assert len(told) == 1
        with pytest.raises(KeyboardInterrupt):
            press()
    assert signal.getsignal(signal.SIGINT) is before
    assert not in_haste()
