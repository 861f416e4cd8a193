"""The window itself: a real one under a virtual display, driven by real keys and a real mouse.

``ALLAPRIMA_SCREENSHOTS`` names a folder to keep what the screen showed after each key.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest

from allaprima.io.still.picture import Picture
from allaprima.io.still.writing import write_image
from live_cameras import part, served
from places import ROOT
from screens import Desk, desk

WIDTH, HEIGHT = 320, 180


@dataclass
class Stage:
    """A webcam command that runs in a window."""

    desk: Desk
    window: str
    running: subprocess.Popen[str]
    folder: Path
    styles: Path

    def see(self, name: str = "") -> np.ndarray:
        """The window's part of the screen, once it has had time to change."""
        time.sleep(0.9)
        keep = os.environ.get("ALLAPRIMA_SCREENSHOTS")
        shot = self.desk.shot(Path(keep) / f"{name}.png" if keep and name else None)
        place = dict(line.split("=") for line in self.desk.do("getwindowgeometry", "--shell", self.window).splitlines())
        left, top = int(place["X"]), int(place["Y"])
        return shot[top:top + int(place["HEIGHT"]), left:left + int(place["WIDTH"])]

    def press(self, key: str, name: str = "") -> np.ndarray:
        """What the window shows after a key."""
        self.desk.press(key)
        return self.see(name)

    def until(self, happened: Callable[[], bool], within_seconds: float = 15) -> None:
        ends = time.monotonic() + within_seconds
        while not happened():
            assert time.monotonic() < ends, "it did not happen in time"
            assert self.running.poll() is None, self.running.communicate()
            time.sleep(0.1)

    def quit(self, key: str = "q") -> dict[str, object]:
        """The report, after the window was left."""
        self.desk.press(key)
        out, err = self.running.communicate(timeout=30)
        assert self.running.returncode == 0, err
        assert "Traceback" not in err
        return dict(json.loads(out))


def scene(send: Callable[[bytes], None]) -> None:
    """A camera that sees the same coloured scene, left and right unlike."""
    import cv2

    picture = np.zeros((HEIGHT, WIDTH, 3), np.uint8)
    picture[:, :WIDTH // 2] = (40, 60, 200)
    picture[:, WIDTH // 2:] = (200, 160, 40)
    cv2.circle(picture, (WIDTH // 4, HEIGHT // 2), 50, (240, 240, 240), -1)
    body = bytes(cv2.imencode(".jpg", picture)[1])
    while True:
        send(part(body))
        time.sleep(0.05)


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    folder = tmp_path_factory.mktemp("stage")
    styles = folder / "styles"
    styles.mkdir()
    for name in ("starry", "woodcut"):
        (styles / f"{name}.jpg").write_bytes((ROOT / "examples" / "styles" / f"{name}.jpg").read_bytes())
    with desk() as own, served(scene) as url:
        running = subprocess.Popen(
            [sys.executable, "-m", "allaprima", "webcam", "--camera", url, "--style", "styles", "--size", str(HEIGHT),
             "--model", "balanced", "--max-latency", "60000", "--temporal", "off", "--json"],
            cwd=folder, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
            env={**own.environment, "PYTHONPATH": str(ROOT / "src"), "OMP_NUM_THREADS": "1"})
        try:
            stage = Stage(own, own.window("Allaprima"), running, folder, styles)
            ends = time.monotonic() + 60  # the first run on a machine compiles
            while np.ptp(painted_part(stage.see()), axis=2).mean() < 30:  # until there is colour
                assert running.poll() is None, running.communicate()
                assert time.monotonic() < ends
            yield stage
        finally:
            running.kill()
            running.communicate()


def painted_part(seen: np.ndarray) -> np.ndarray:
    """The lower half of the window's picture, where neither slider nor figures are."""
    return seen[seen.shape[0] // 2:seen.shape[0] * 7 // 8].astype(int)


def difference(first: np.ndarray, second: np.ndarray) -> float:
    return float(np.abs(painted_part(first) - painted_part(second)).mean())


def test_the_window_shows_a_painting_with_figures(stage: Stage) -> None:
    stage.press("h", "help")
    stage.desk.press("h")
    seen = stage.see("painting")
    assert painted_part(seen).std() > 15
    assert difference(seen, stage.press("o", "without-figures")) < 12
    stage.desk.press("o")


def test_n_and_p_change_the_style(stage: Stage) -> None:
    first = stage.see()
    second = stage.press("n", "next-style")
    assert difference(first, second) > 8
    assert difference(first, stage.press("p", "previous-style")) < 5
    assert difference(second, stage.press("Right")) < 5
    stage.desk.press("1")
    assert difference(first, stage.see()) < 5


def test_minus_weakens_the_style_and_the_slider_too(stage: Stage) -> None:
    full = stage.see()
    for _ in range(24):
        stage.desk.press("minus")
    none = stage.see("strength-0")
    assert difference(full, none) > 15
    place = dict(line.split("=") for line in
                 stage.desk.do("getwindowgeometry", "--shell", stage.window).splitlines())
    height = int(place["HEIGHT"]) - 16

    def slid() -> bool:
        """Whether dragging the slider's knob away from its left end has shown in the picture."""
        stage.desk.do("mousemove", "--window", stage.window, 150, height)
        stage.desk.do("mousedown", 1)
        for x in range(160, 260, 20):
            stage.desk.do("mousemove", "--window", stage.window, x, height)
        stage.desk.do("mouseup", 1)
        return difference(stage.see("slider"), none) > 5

    stage.until(slid)
    for _ in range(24):
        stage.desk.press("plus")
    again = stage.see()
    assert difference(again, full) < 5


def test_brackets_blend_in_the_next_style(stage: Stage) -> None:
    first = stage.see()
    for _ in range(10):
        stage.desk.press("bracketright")
    half = stage.see("blend")
    assert difference(first, half) > 4
    for _ in range(14):
        stage.desk.press("bracketleft")
    assert difference(first, stage.see()) < 5


def test_c_keeps_the_cameras_colours(stage: Stage) -> None:
    kept = painted_part(stage.press("c", "own-colours"))
    middle = kept.shape[1] // 2
    left, right = kept[:, :middle // 4].mean(axis=(0, 1)), kept[:, -middle // 4:].mean(axis=(0, 1))
    assert left[0] > left[2]    # red on the left of the scene, blue on its right
    assert right[2] > right[0]
    stage.desk.press("c")


def test_v_shows_the_camera_beside_the_painting_and_in_it(stage: Stage) -> None:
    painted = stage.see()
    beside = stage.press("v", "side-by-side")
    split = stage.press("v", "split")
    assert difference(painted, beside) > 5
    middle = painted.shape[1] // 2
    assert np.abs(painted_part(split)[:, middle + 10:] - painted_part(painted)[:, middle + 10:]).mean() < 5
    assert np.abs(painted_part(split)[:, :middle - 10] - painted_part(painted)[:, :middle - 10]).mean() > 10
    assert difference(painted, stage.press("v")) < 5


def test_m_mirrors(stage: Stage) -> None:
    painted = stage.see()
    mirrored = stage.press("m", "mirror")
    assert difference(painted, mirrored) > 10
    assert difference(painted, mirrored[:, ::-1]) < difference(painted, mirrored)
    stage.desk.press("m")


def test_stability_and_freeze_are_shown(stage: Stage) -> None:
    def figures(seen: np.ndarray) -> np.ndarray:
        return seen[:seen.shape[0] // 2].astype(int)

    before = stage.see()
    steady = stage.press("period", "steadier")
    assert np.abs(figures(before) - figures(steady)).max() > 100
    stage.desk.press("comma")
    frozen = stage.press("space", "frozen")
    assert np.abs(figures(before) - figures(frozen)).max() > 100
    stage.desk.press("space")


def test_s_and_l_and_r_keep_files(stage: Stage) -> None:
    stage.press("s", "snapshot")
    stage.until(lambda: bool(list(stage.folder.glob("*.png"))))
    stage.press("l", "look")
    stage.until(lambda: bool(list(stage.folder.glob("*.look"))))
    stage.press("r", "recording")
    stage.until(lambda: bool(list(stage.folder.glob("*.mkv"))))
    stage.desk.press("r")
    stage.until(lambda: next(stage.folder.glob("*.mkv")).stat().st_size > 1000)


@pytest.mark.skipif(shutil.which("openbox") is None,
                    reason="windows fill the screen only under a window manager (apt-get install openbox)")
def test_f_fills_the_screen_and_goes_back(stage: Stage) -> None:
    small = stage.see().shape
    assert stage.press("f", "fullscreen").shape[:2] == (800, 1280)
    assert stage.press("f").shape == small


def test_a_style_put_into_the_folder_can_be_chosen(stage: Stage) -> None:
    picture = np.zeros((256, 256, 3), np.uint8)
    picture[::16] = picture[:, ::16] = (255, 240, 0)
    write_image(stage.styles / "zebra.png", Picture(picture))
    time.sleep(2.5)
    first = stage.see()
    assert difference(first, stage.press("3", "new-style")) > 8
    stage.desk.press("1")


def test_q_quits_with_a_report(stage: Stage) -> None:
    report = stage.quit()
    assert int(str(report["frames_shown"])) > 20
    files = report["files"]
    assert isinstance(files, list)
    assert sorted(Path(name).suffix for name in files) == [".look", ".mkv", ".png"]
    assert all((stage.folder / name).stat().st_size > 1000 for name in files)
