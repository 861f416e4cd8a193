"""The page in headless Chromium, where Node, Chromium and the built page are: ``web/tests`` and what they leave."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest

from allaprima.errors import SourceError
from allaprima.web.page import page_folder
from allaprima.web.writing import write_page
from places import ROOT
from web.references import write_film, write_picture, write_references

WEB = ROOT / "web"
CHROMIUM = os.environ.get("CHROMIUM", "/usr/bin/chromium")
SECONDS, CLOSING_SECONDS = 240, 15
LARGEST_PAGE = 1_000_000  # bytes of the page without the runtime, networks and styles


def built() -> Path | None:
    try:
        return page_folder()
    except SourceError:
        return None


needs_page = pytest.mark.skipif(built() is None, reason="the page is not built: cd web && npm ci && npm run build")
needs_browser = pytest.mark.skipif(
    shutil.which("node") is None or not Path(CHROMIUM).exists()
    or not (WEB / "node_modules" / "playwright-core").is_dir(),
    reason="Node, Chromium or playwright-core is not installed")


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("page")
    write_page(folder)
    return folder


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("made")
    write_picture(folder / "art.png")
    write_film(folder / "film.mp4")
    shutil.copyfile(ROOT / "weights" / "styles" / "impasto.style", folder / "own.style")
    return folder


def run_tests(name: str, page: Path, made: Path) -> None:
    """Runs one of the page's own test files; what it says of a failure is the assertion's message.

    One that hangs is asked to end before it is killed, so that it takes Chromium with it.
    """
    with subprocess.Popen(
            ["node", "--test", "--test-reporter=spec", f"tests/{name}.test.mjs"], cwd=WEB, stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT, text=True, start_new_session=True,
            env={**os.environ, "PAGE": str(page), "MADE": str(made), "CHROMIUM": CHROMIUM}) as running:
        try:
            said, _ = running.communicate(timeout=SECONDS)
        except subprocess.TimeoutExpired:
            os.killpg(running.pid, signal.SIGTERM)
            try:
                said, _ = running.communicate(timeout=CLOSING_SECONDS)
            except subprocess.TimeoutExpired:
                os.killpg(running.pid, signal.SIGKILL)
                raise
            pytest.fail(f"the page's tests took more than {SECONDS} seconds:\n{said[-6000:]}")
    assert running.returncode == 0, said[-8000:]


@needs_page
def test_the_page_without_the_runtime_is_small() -> None:
    folder = page_folder()
    size = sum(path.stat().st_size for path in folder.rglob("*") if path.is_file() and path.parent.name != "runtime")
    assert 50_000 < size <= LARGEST_PAGE


@needs_page
@needs_browser
def test_every_control_does_what_it_says_and_a_film_keeps_frames_times_and_sound(page: Path, made: Path) -> None:
    run_tests("page", page, made)
    [painted] = made.glob("painted.*")
    assert times_of(painted) == times_of(made / "film.mp4")
    given, kept = (sound_of(path) for path in (made / "film.mp4", painted))
    assert abs(len(kept) - len(given)) < 48_000 // 10
    assert 0.8 < kept.std() / given.std() < 1.25
    assert frame_of(painted).std() > 10


@needs_page
@needs_browser
def test_webassembly_paints_as_openvino_does_and_the_page_works_without_a_network(page: Path, made: Path) -> None:
    write_references(made)
    run_tests("worker", page, made)


def times_of(path: Path) -> list[Fraction]:
    """When the frames of a film are shown, in milliseconds, which is what WebM counts in."""
    with av.open(str(path)) as film:
        times = sorted(frame.pts * frame.time_base for frame in film.decode(video=0))
    return [Fraction(round((time - times[0]) * 1000), 1000) for time in times]


def sound_of(path: Path) -> np.ndarray:
    """A film's sound as numbers, one channel."""
    with av.open(str(path)) as film:
        return np.concatenate([frame.to_ndarray()[0] for frame in film.decode(audio=0)])


def frame_of(path: Path) -> np.ndarray:
    """The first frame of a film, RGB."""
    with av.open(str(path)) as film:
        return next(film.decode(video=0)).to_ndarray(format="rgb24")
