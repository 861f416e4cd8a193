"""What several tests need: workers side by side; the shared folder, where it is; small pictures that have structure."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from xdist.scheduler import LoadScopeScheduling

import shared_folder

WORKERS = 3  # each holds torch, OpenVINO and what a test paints
# Windows, cameras and clocks: one after the other, since two at once would disturb each other's times.
# Numpy's and OpenCV's forms are what most tests run; the loops' own tests run them as Python, one compiles them.
os.environ.setdefault("ALLAPRIMA_LOOPS", "off")
os.environ.setdefault("NUMBA_DISABLE_JIT", "1")
# Seconds for every style picture; the tests of refining switch it on.
os.environ.setdefault("ALLAPRIMA_REFINE", "off")
LIVE = ("cli/test_webcam.py", "cli/test_webcam_window.py", "evaluate/test_speed.py", "io/camera/", "io/screen/",
        "pipeline/live/")
RETRIED = (*LIVE, "farm/", "serve/", "web/")  # what waits for other programs and for sockets too


def cores() -> int:
    """Processors that the tests may run on."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def pytest_xdist_auto_num_workers(config: pytest.Config) -> int:
    """Three workers for the whole suite; none where files, folders or tests are named: starting them costs seconds.

    One more than processors, of which there are two where the suite is run most: that of the live tests hardly
    computes, it waits for clocks and windows. Workers share out the processors' threads: torch's would otherwise spin
    beside each other.
    """
    if config.args_source is pytest.Config.ArgsSource.ARGS:
        return 0
    workers = min(WORKERS, cores() + 1)
    for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
        os.environ.setdefault(name, str(max(1, cores() // workers)))
    return workers


def group_of(nodeid: str) -> str:
    """What goes to one worker together: the tests of a file, which share what is made for them; all live ones."""
    name = nodeid.partition("::")[0].removeprefix("tests/")
    return "live" if name.startswith(LIVE) else name


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Gives tests of live things, and no others, two more tries, which the report names.

    They press keys on a real display, wait for clocks and kill programs in the middle of their work: on a machine that
    does other work beside them a key or a second is lost now and then. What is broken fails three times.
    """
    for item in items:
        if item.nodeid.partition("::")[0].removeprefix("tests/").startswith(RETRIED):
            item.add_marker(pytest.mark.flaky(reruns=2, reruns_delay=1))


class ByFile(LoadScopeScheduling):
    """Hands out whole groups, the largest first."""

    def _split_scope(self, nodeid: str) -> str:
        return group_of(nodeid)


def pytest_xdist_make_scheduler(config: pytest.Config, log: object) -> ByFile:
    """The scheduler of a run on several workers."""
    return ByFile(config, log)


def pytest_configure() -> None:
    """Lets programs that tests start be interrupted, also where the tests run in a shell's background, which is not."""
    signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(autouse=True)
def ordinary_priority() -> Iterator[None]:
    """No test leaves the thread of all tests real-time: what they start would keep each other off the processors."""
    yield
    if hasattr(os, "sched_getscheduler"):
        assert os.sched_getscheduler(0) == os.SCHED_OTHER, "this thread goes before all others now"


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of shared data beside the checkout; tests that need it skip where it is not."""
    folder = shared_folder.shared()
    if not folder.is_dir():
        pytest.skip("no shared folder beside the checkout")
    return folder


@pytest.fixture(scope="session")
def photo() -> np.ndarray:
    """A picture (120, 200, 3) of gradients, an edge and a little texture."""
    rows, columns = np.mgrid[0:120, 0:200].astype(np.float32)
    red = 255 * columns / 199
    green = 255 * rows / 119
    blue = 127 + 100 * np.sin(columns / 6) * np.cos(rows / 9)
    picture = np.stack([red, green, blue], axis=-1)
    picture[40:80, 60:120] = (220, 40, 40)
    return picture.clip(0, 255).astype(np.uint8)
