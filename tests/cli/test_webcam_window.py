"""The stage itself: real windows on two screens of a virtual display, driven by real keys and a real mouse.

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
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest

from allaprima.io.still.picture import Picture
from allaprima.io.still.writing import write_image
from allaprima.pipeline.live.panel import Rect, laid_out
from live_cameras import part, served
from places import ROOT
from screens import Desk, desk

WIDTH, HEIGHT = 320, 180
CALM_SECONDS = 3.0
Wanted = Callable[[np.ndarray], bool]


@dataclass
class Stage:
    """A webcam command that runs in a window."""

    desk: Desk
    window: str
    controls: str
    running: subprocess.Popen[str]
    folder: Path
    styles: Path

    def look(self) -> np.ndarray:
        """The stage's part of the screen, as it is now."""
        return self.desk.look(self.window)

    def see(self, wanted: Wanted, name: str = "", within_seconds: float = 30) -> np.ndarray:
        """What the window shows as soon as it is what is wanted, however late that is on a busy machine."""
        found: list[np.ndarray] = []

        def shown() -> bool:
            found[:] = [self.look()]
            return wanted(found[0])

        try:
            self.until(shown, within_seconds)
        finally:
            if (keep := os.environ.get("ALLAPRIMA_SCREENSHOTS")) and name and found:
                write_image(Path(keep) / f"{name}.png", Picture(self.desk.shot()))
        return found[0]

    def press(self, key: str, wanted: Wanted, name: str = "") -> np.ndarray:
        """What the window shows after a key, as soon as it is what is wanted."""
        self.desk.press(key)
        return self.see(wanted, name)

    @contextmanager
    def standing(self) -> Iterator[np.ndarray]:
        """The picture before anything is pressed, which is shown again at the end: tests begin alike."""
        at_first = self.see(settled(self.look))
        yield at_first
        self.see(like(at_first))

    def until(self, happened: Callable[[], bool], within_seconds: float = 30) -> None:
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


def seen_by_the_camera() -> np.ndarray:
    """A coloured scene, left and right unlike."""
    import cv2

    picture = np.zeros((HEIGHT, WIDTH, 3), np.uint8)
    picture[:, :WIDTH // 2] = (40, 60, 200)
    picture[:, WIDTH // 2:] = (200, 160, 40)
    cv2.circle(picture, (WIDTH // 4, HEIGHT // 2), 50, (240, 240, 240), -1)
    return picture


def scene(send: Callable[[bytes], None]) -> None:
    """A camera that sees the same scene all the time."""
    import cv2

    body = bytes(cv2.imencode(".jpg", seen_by_the_camera())[1])
    while True:
        send(part(body))
        time.sleep(0.05)


def painted_part(seen: np.ndarray) -> np.ndarray:
    """The lower half of the window's picture, where no figures are."""
    return seen[seen.shape[0] // 2:seen.shape[0] * 7 // 8].astype(int)


def figures(seen: np.ndarray) -> np.ndarray:
    """The upper half, where figures stand."""
    return seen[:seen.shape[0] // 2].astype(int)


def difference(first: np.ndarray, second: np.ndarray) -> float:
    if first.shape != second.shape:
        return float("inf")
    return float(np.abs(painted_part(first) - painted_part(second)).mean())


def like(picture: np.ndarray, within: float = 5) -> Wanted:
    return lambda seen: difference(seen, picture) < within


def unlike(picture: np.ndarray, by: float) -> Wanted:
    return lambda seen: seen.shape == picture.shape and difference(seen, picture) > by


def without_figures(picture: np.ndarray) -> Wanted:
    """Whether what lies in the left upper corner has gone or come: figures and a style's thumbnail, not one digit."""
    def changed(seen: np.ndarray) -> bool:
        if seen.shape != picture.shape:
            return False
        return float(np.abs(figures(seen) - figures(picture))[:, :seen.shape[1] // 3].mean()) > 8

    return changed


def settled(look: Callable[[], np.ndarray], for_seconds: float = 0.5) -> Wanted:
    """Whether a picture is still there after a while."""
    def same(seen: np.ndarray) -> bool:
        time.sleep(for_seconds)
        return difference(seen, look()) < 1

    return same


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    folder = tmp_path_factory.mktemp("stage")
    styles = folder / "styles"
    styles.mkdir()
    for name in ("starry", "woodcut"):
        (styles / f"{name}.jpg").write_bytes((ROOT / "examples" / "styles" / f"{name}.jpg").read_bytes())
    with desk(screens=2) as own, served(scene) as url:
        running = subprocess.Popen(
            [sys.executable, "-m", "allaprima", "webcam", "--camera", url, "--style", "styles", "--size", str(HEIGHT),
             "--screen", "2", "--model", "balanced", "--max-latency", "60000", "--temporal", "off", "--json"],
            cwd=folder, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
            env={**own.environment, "PYTHONPATH": str(ROOT / "src"), "OMP_NUM_THREADS": "1"})
        try:
            controls = own.window("Allaprima controls")
            stage = Stage(own, own.window("Allaprima"), controls, running, folder, styles)
            plain = seen_by_the_camera()[..., ::-1]
            if os.environ.get("ALLAPRIMA_SCREENSHOTS"):
                stage.see(like(plain, 12), "preparing")
            # The first run on a machine compiles; the camera is shown till then.
            stage.see(lambda seen: unlike(plain, 12)(seen) and painted_part(seen).std() > 15, within_seconds=180)
            stage.see(settled(stage.look, CALM_SECONDS))
            yield stage
        finally:
            running.kill()
            running.communicate()


def test_the_window_shows_a_painting_with_figures(stage: Stage) -> None:
    with stage.standing() as painted:
        assert painted_part(painted).std() > 15
        stage.press("h", unlike(painted, 12), "help")
        stage.press("h", like(painted), "painting")
        plain = stage.press("o", without_figures(painted), "without-figures")
        assert difference(painted, plain) < 12
        stage.desk.press("o")


def test_n_and_p_change_the_style(stage: Stage) -> None:
    with stage.standing() as first:
        second = settled_after(stage, "n", unlike(first, 8), "next-style")
        stage.press("p", like(first), "previous-style")
        stage.press("Right", like(second))
        stage.press("1", like(first))


def settled_after(stage: Stage, key: str, wanted: Wanted, name: str = "") -> np.ndarray:
    """What is shown at the end of a change that takes a while: a fade shows its first step first."""
    stage.press(key, wanted)
    still = settled(stage.look)
    return stage.see(lambda seen: wanted(seen) and still(seen), name)


def test_minus_weakens_the_style_and_the_slider_too(stage: Stage) -> None:
    with stage.standing() as full:
        stage.desk.press(*["minus"] * 24)
        none = settled_after(stage, "minus", unlike(full, 15), "strength-0")
        drag(stage, "strength", 0.0, 0.6)
        stage.see(unlike(none, 5), "slider")
        stage.desk.press(*["minus"] * 24, *["plus"] * 20)


def widget(stage: Stage, kind: str, name: str = "", place: int = 0) -> Rect:
    """A thing of the control window, in which two styles and no look stand."""
    _, _, width, height = stage.desk.place(stage.controls)
    return next(each.rect for each in laid_out(width, height, 2, [], listening=False).widgets
                if (each.kind, each.name, each.place) == (kind, name, place))


def drag(stage: Stage, slider: str, start: float, end: float) -> None:
    """Drags a slider's knob."""
    rect = widget(stage, "slider", slider)
    knob, y = rect.height // 2, rect.top + rect.height // 2
    first, last = (rect.left + knob + round(share * (rect.width - 2 * knob)) for share in (start, end))
    stage.desk.do("mousemove", "--window", stage.controls, first, y, "mousedown", 1)
    for x in range(first, last, 20 if last > first else -20):
        stage.desk.do("mousemove", "--window", stage.controls, x, y)
    stage.desk.do("mousemove", "--window", stage.controls, last, y, "mouseup", 1)


def test_a_thumbnail_is_chosen_by_a_click_and_the_crossfader_is_dragged(stage: Stage) -> None:
    with stage.standing() as first:
        rect = widget(stage, "style", place=1)
        middle = rect.left + rect.width // 2, rect.top + rect.height // 3
        stage.desk.do("mousemove", "--window", stage.controls, *middle, "click", 1)
        second = stage.see(unlike(first, 8))
        first_rect = widget(stage, "style", place=0)
        stage.desk.do("mousemove", "--window", stage.controls, first_rect.left + 9, first_rect.top + 9, "click", 1)
        stage.see(like(first))
        drag(stage, "crossfader", 0.0, 1.0)
        stage.see(lambda seen: unlike(first, 8)(seen) and difference(seen, second) < difference(seen, first),
                  "crossfader")
        drag(stage, "crossfader", 1.0, 0.0)
        stage.desk.do("windowfocus", "--sync", stage.window)


def test_brackets_blend_in_the_next_style(stage: Stage) -> None:
    with stage.standing() as first:
        stage.desk.press(*["bracketright"] * 10)
        stage.see(unlike(first, 4), "blend")
        stage.desk.press(*["bracketleft"] * 14)


def test_c_keeps_the_cameras_colours(stage: Stage) -> None:
    def in_its_own_colours(seen: np.ndarray) -> bool:
        """Red on the left of the scene, blue on its right."""
        kept = painted_part(seen)
        middle = kept.shape[1] // 2
        left, right = kept[:, :middle // 4].mean(axis=(0, 1)), kept[:, -middle // 4:].mean(axis=(0, 1))
        return bool(left[0] > left[2] and right[2] > right[0])

    with stage.standing() as painted:
        stage.press("c", lambda seen: unlike(painted, 5)(seen) and in_its_own_colours(seen), "own-colours")
        stage.desk.press("c")


def test_v_shows_the_camera_beside_the_painting_and_in_it(stage: Stage) -> None:
    with stage.standing() as painted:
        middle = painted.shape[1] // 2

        def is_split(seen: np.ndarray) -> bool:
            if seen.shape != painted.shape:
                return False
            change = np.abs(painted_part(seen) - painted_part(painted))
            return bool(change[:, middle + 10:].mean() < 5 and change[:, :middle - 10].mean() > 10)

        stage.press("v", lambda seen: difference(painted, seen) > 5 and not is_split(seen), "side-by-side")
        stage.press("v", is_split, "split")
        stage.press("v", like(painted))


def test_m_mirrors(stage: Stage) -> None:
    with stage.standing() as painted:
        mirrored = settled_after(stage, "m", unlike(painted, 10), "mirror")
        assert difference(painted, mirrored[:, ::-1]) < difference(painted, mirrored)
        stage.desk.press("m")


def test_stability_and_freeze_are_shown(stage: Stage) -> None:
    with stage.standing() as before:
        changed: Wanted = lambda seen: np.abs(figures(before) - figures(seen)).max() > 100  # noqa: E731
        stage.press("period", changed, "steadier")
        stage.desk.press("comma")
        stage.press("space", changed, "frozen")
        stage.desk.press("space")


def test_s_and_l_and_r_keep_files(stage: Stage) -> None:
    with stage.standing():  # what it says of each file is gone at the end
        stage.desk.press("s")
        stage.until(lambda: bool(list(stage.folder.glob("*.png"))))
        stage.desk.press("l")
        stage.until(lambda: bool(list(stage.folder.glob("*.look"))))
        stage.desk.press("r")
        stage.until(lambda: bool(list(stage.folder.glob("*.mkv"))))
        stage.see(lambda seen: True, "recording")
        stage.desk.press("r")
        stage.until(lambda: next(stage.folder.glob("*.mkv")).stat().st_size > 1000)


@pytest.mark.skipif(shutil.which("openbox") is None,
                    reason="windows fill the screen only under a window manager (apt-get install openbox)")
def test_f_fills_the_second_screen_with_the_picture_and_nothing_else(stage: Stage) -> None:
    with stage.standing() as painted:
        plain = stage.press("o", without_figures(painted))
        stage.press("o", without_figures(plain))
        small = stage.desk.place(stage.window)
        whole = stage.press("f", lambda seen: seen.shape[:2] == (800, 1280) and seen[:30].max() == 0, "fullscreen")
        assert stage.desk.place(stage.window) == (1280, 0, 1280, 800)
        picture = whole[40:760]  # 16:9 on a screen of 16:10
        assert whole[:38].max() == whole[-38:].max() == 0
        import cv2

        as_in_the_window = cv2.resize(picture, plain.shape[1::-1], interpolation=cv2.INTER_AREA)
        above_notices = slice(0, HEIGHT * 4 // 5)  # the window may still tell of a file
        assert np.abs(plain.astype(int) - as_in_the_window)[above_notices].mean() < 3

        controls = stage.desk.look(stage.controls)
        assert stage.desk.place(stage.controls)[0] < 1280
        assert controls.std() > 20
        stage.desk.do("windowfocus", "--sync", stage.controls)  # the same keys go there
        stage.press("n", lambda seen: seen.shape == whole.shape and np.abs(seen.astype(int) - whole).mean() > 8,
                    "fullscreen-next")
        stage.press("p", lambda seen: np.abs(seen.astype(int) - whole).mean() < 3)
        stage.press("f", lambda seen: seen.shape[:2] == (small[3], small[2]))
        assert stage.desk.place(stage.window) == small
        stage.desk.do("windowfocus", "--sync", stage.window)


def test_k_keeps_looks_in_a_set_and_their_keys_call_them(stage: Stage) -> None:
    with stage.standing() as first:
        stage.desk.press("k")
        stage.until(lambda: bool(list(stage.folder.glob("*.set"))))
        second = settled_after(stage, "n", unlike(first, 8))
        stage.press("k", like(second))
        [path] = stage.folder.glob("*.set")
        stage.until(lambda: [look["key"] for look in json.loads(path.read_text())["looks"]] == ["f1", "f2"])
        stage.press("F1", like(first), "a-look")
        stage.press("Next", like(second))
        stage.press("Prior", like(first))


def test_a_style_put_into_the_folder_can_be_chosen(stage: Stage) -> None:
    picture = np.zeros((256, 256, 3), np.uint8)
    picture[::16] = picture[:, ::16] = (255, 240, 0)
    with stage.standing() as first:
        write_image(stage.styles / "zebra.png", Picture(picture), overwrite=True)
        chosen = unlike(first, 8)

        def pressed(seen: np.ndarray) -> bool:
            """Whether the third style is shown; the folder is read every now and then, so that a key may come early."""
            stage.desk.press("3")
            return chosen(seen)

        stage.see(pressed, "new-style")
        stage.desk.press("1")


def test_q_quits_with_a_report(stage: Stage) -> None:
    report = stage.quit()
    assert int(str(report["frames_shown"])) > 20
    files = report["files"]
    assert isinstance(files, list)
    assert sorted(Path(name).suffix for name in files) == [".look", ".mkv", ".png", ".set"]
    assert all((stage.folder / name).stat().st_size > 1000 for name in files)
