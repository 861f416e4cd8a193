"""A plan run by processes of this machine: one is killed, the run is interrupted, and the film is the single run's."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from cli.outcome import Outcome
from farm.scenes import write_film
from places import ROOT

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="Windows has no SIGINT for one child")
ENVIRONMENT = {**os.environ, "PYTHONPATH": str(ROOT / "src"), "OMP_NUM_THREADS": "1"}


def begun(*arguments: object) -> subprocess.Popen[str]:
    return subprocess.Popen([sys.executable, "-m", "allaprima", *map(str, arguments)], env=ENVIRONMENT,
                            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def workers_of(run: subprocess.Popen[str]) -> list[int]:
    """The workers' processes, by what the system says of children."""
    children = Path(f"/proc/{run.pid}/task/{run.pid}/children")
    return [int(pid) for pid in children.read_text().split()] if children.exists() else []


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="children are found by /proc")
def test_a_killed_worker_and_ctrl_c_cost_nothing_but_time(command: Callable[..., Outcome], tmp_path: Path) -> None:
    film, plan, output = write_film(tmp_path / "in.mp4", [14] * 20), tmp_path / "plan.json", tmp_path / "out.mp4"
    options = ("--style", "starry", "--model", "fast")
    planned = command("allaprima", "farm", "plan", film, *options, "-o", output, "--plan", plan, "--task-frames", 28)
    assert planned.code == 0, planned.err
    run = begun("farm", "run", plan, "--on", "processes:1")
    folder = tmp_path / "out.mp4.farm"
    deadline = time.monotonic() + 120
    killed = None
    while len(list(folder.glob("task-*.json"))) < 4:  # killed in the middle of a task, and again ended a few later
        if killed is None and list(folder.glob("task-*.json")):
            [killed] = workers_of(run)
            os.kill(killed, signal.SIGKILL)
        assert run.poll() is None, run.communicate()
        assert time.monotonic() < deadline
        time.sleep(0.005)
    run.send_signal(signal.SIGINT)
    _, told = run.communicate(timeout=60)
    assert run.returncode == 130, told
    assert "farm run" in told
    assert killed is not None
    assert not output.exists()
    again = begun("farm", "run", plan, "--on", "processes:1")
    _, told = again.communicate(timeout=120)
    assert again.returncode == 0, told
    single = command("stylize-video", film, *options, "-o", tmp_path / "single.mp4")
    assert single.code == 0, single.err
    assert output.read_bytes() == (tmp_path / "single.mp4").read_bytes()
    assert not folder.exists()
