"""``stylize-webcam``, ``allaprima style`` and ``--look``: found live, rendered in post."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import nullcontext
from pathlib import Path

import av
import numpy as np
import pytest

from allaprima.cli import webcam
from allaprima.config import LiveOptions, StyleOptions
from allaprima.engines import MODELS, Engine, engine_for
from allaprima.engines.look_files import SavedLook
from allaprima.io.camera.film import FilmReader
from allaprima.io.screen.events import Event, Key
from allaprima.io.still.reading import read_image
from allaprima.pipeline.live import preparing, stage
from allaprima.pipeline.live.rungs import first_that_holds
from allaprima.pipeline.live.stage import perform
from allaprima.pipeline.live.waiting import Foyer
from allaprima.pipeline.looks.saved import write_look
from allaprima.pipeline.looks.styles import read_style
from allaprima.runtimes import runtime_for
from allaprima.sizes import Size
from cli.outcome import Outcome
from live_cameras import pictures, served
from places import ROOT
from standin import quick_engine

Command = Callable[..., Outcome]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    shutil.copy(ROOT / "examples" / "clip.mp4", tmp_path / "in.mp4")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def frames_of(path: Path) -> list[tuple[float, np.ndarray]]:
    with av.open(str(path)) as container:
        return [(float(frame.time), frame.to_ndarray(format="rgb24")) for frame in container.decode(video=0)]


def test_a_headless_run_reports_what_it_showed_and_records_it(command: Command, folder: Path) -> None:
    outcome = command("stylize-webcam", "--camera", "in.mp4", "--headless", "--duration", "1.5", "--model", "none",
                      "--size", "90", "-s", "starry", "--record", "out.mkv", "--json")
    assert outcome.code == 0, outcome.err
    report = json.loads(outcome.out)
    assert report["frames_shown"] > 10
    assert report["frames_captured"] == report["frames_shown"] + report["frames_dropped"]
    assert set(report["latency_ms"]) == {"p50", "p95", "p99", "worst"}
    assert 0 < report["fps_shown"] < 40
    recorded = frames_of(folder / "out.mkv")
    assert len(recorded) == pytest.approx(report["frames_shown"], abs=2)
    assert recorded[-1][0] == pytest.approx(1.5, abs=0.3)
    assert recorded[0][1].shape == (90, 160, 3)


def recorded_seconds(path: Path) -> float:
    """How much of a recording can be read so far."""
    try:
        return frames_of(path)[-1][0]
    except (OSError, EOFError, IndexError):  # nothing yet, or not a whole header
        return 0.0


@pytest.mark.parametrize(("how", "code"), [(signal.SIGINT, 130), (signal.SIGKILL, -9)])
def test_a_recording_can_be_read_after_ctrl_c_and_after_a_kill(folder: Path, how: signal.Signals, code: int) -> None:
    command = [sys.executable, "-m", "allaprima", "webcam", "--camera", "in.mp4", "--headless", "--model", "none",
               "--size", "90", "-s", "starry", "--record", "out.mkv", "--json"]
    running = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd=folder, text=True,
                               env={**os.environ, "PYTHONPATH": str(ROOT / "src")})
    try:
        ends = time.monotonic() + 60
        while time.monotonic() < ends and recorded_seconds(folder / "out.mkv") < 1.5:
            time.sleep(0.2)
        running.send_signal(how)
        out, err = running.communicate(timeout=60)
    finally:
        running.kill()
        running.communicate()
    assert running.returncode == code, err
    assert "Traceback" not in err
    recorded = frames_of(folder / "out.mkv")
    assert recorded[-1][0] > 1.2
    if how == signal.SIGINT:
        assert json.loads(out)["frames_shown"] == pytest.approx(len(recorded), abs=2)


def test_a_password_in_an_address_is_nowhere_to_be_read(command: Command, folder: Path,
                                                        monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[str] = []

    class Telling(Foyer):
        def during(self, work, text):  # type: ignore[no-untyped-def]
            told.append(text)
            return super().during(work, text)

    monkeypatch.setattr(stage, "Foyer", Telling)
    with served(lambda send: pictures(send, range(40))) as url:
        secret = url.replace("//", "//admin:SECRET@") + "s"
        outcome = command("stylize-webcam", "--camera", secret, "--headless", "--model", "none", "-s", "starry",
                          "--record", "out.mkv", "--camera-patience", "0", "--json")
    shown = secret.replace("admin:SECRET", "***")
    assert outcome.code == 1
    assert json.loads(outcome.out)["camera"] == shown
    assert f"opening the camera {shown}" in told
    assert shown in outcome.err
    refused = command("stylize-webcam", "--camera", "http://admin:SECRET@127.0.0.1:9/s", "--headless", "-m", "none")
    assert "http://***@127.0.0.1:9/s" in refused.err
    assert "SECRET" not in "".join([*told, outcome.out, outcome.err, refused.err])
    assert b"SECRET" not in (folder / "out.mkv").read_bytes()


def test_a_camera_that_is_gone_ends_a_headless_run_with_its_report_and_one_sentence(command: Command,
                                                                                  folder: Path) -> None:
    with served(lambda send: pictures(send, range(50))) as url:
        outcome = command("stylize-webcam", "--camera", url, "--headless", "--model", "none", "-s", "starry",
                          "--record", "out.mkv", "--camera-patience", "0", "--json")
    assert outcome.code == 1
    assert json.loads(outcome.out)["frames_shown"] > 10
    assert "no picture has come for" in outcome.err
    assert "--camera-patience" in outcome.err
    assert len(frames_of(folder / "out.mkv")) > 10


def test_a_run_takes_the_best_network_that_holds_the_rate(command: Command, folder: Path,
                                                        monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(MODELS, "fast", lambda runtime, progress: quick_engine(runtime))
    outcome = command("stylize-webcam", "--camera", "in.mp4", "--headless", "--duration", "1", "--size", "128", "-s",
                      "starry", "--max-latency", "60000", "--temporal", "off", "--json")
    assert outcome.code == 0, outcome.err
    report = json.loads(outcome.out)
    assert [(rung["model"], rung["detail"]) for rung in report["rungs"]] == [
        ("balanced", 128), ("balanced", 96), ("fast", 128), ("fast", 96), ("fast", 64)]
    costs = [rung["paint_ms"] for rung in report["rungs"]]
    begun = first_that_holds([cost / 1000 for cost in costs], 1 / 24)
    if report["steps"] == 0:
        assert report["rungs"][begun]["model"] == report["model"]
        assert report["rungs"][begun]["detail"] == report["detail"]
    assert f"painting with {report['rungs'][begun]['model']} at {report['rungs'][begun]['detail']} lines" in outcome.err
    assert report["frames_shown"] > 0


class Pressing:
    """A screen that freezes the picture, waits for fades to end, keeps snapshot and look, and quits."""

    closed, size, controls_size = False, (320, 180), None
    rest_seconds = 1.0

    def __init__(self, keys: list[str | None]) -> None:
        """``keys``: None among them waits until the picture, which stands still, has faded and has come to rest."""
        self.keys, self.shown = keys, 0
        self.performing = False
        self.picture: np.ndarray | None = None
        self.fading, self.faded_at = False, 0.0

    def begin(self, *_: object) -> None:
        """The show is prepared."""
        self.performing = True

    def show(self, picture: np.ndarray) -> None:
        self.shown += self.performing
        if self.keys[:1] == [None]:
            if self.picture is not None and not np.array_equal(picture, self.picture):
                self.fading, self.faded_at = True, time.monotonic()
            self.picture = picture.copy()

    def show_controls(self, picture: np.ndarray) -> None: ...

    def events(self) -> list[Event]:
        if self.shown < 3:
            return []
        if self.keys[:1] == [None]:
            if self.fading and time.monotonic() > self.faded_at + self.rest_seconds:
                del self.keys[0]
            return []
        self.shown = 0
        return [Key((self.keys.pop(0) if self.keys else None) or "q")]

    def set_fullscreen(self, wanted: bool) -> None: ...

    def set_controls(self, wanted: bool) -> None: ...


@pytest.fixture(scope="module")
def engine() -> Engine:
    """One for all runs, which compiles what each of them takes once."""
    return engine_for("balanced", runtime_for("cpu", "fp32"))


@pytest.mark.parametrize(("stability", "max_latency_ms", "detail", "mean", "largest"), [
    (0.0, 60_000, 180, 0.1, 3),
    (0.001, 60_000, 180, 0.5, 12),  # normalised by the shot's moments, and hardly blended with the frames before
    (0.0, 1, 88, 0.5, 12),          # so short a latency that the smallest rung paints
])
def test_a_look_kept_live_gives_the_same_picture_of_the_same_frame_in_post(
        command: Command, folder: Path, monkeypatch: pytest.MonkeyPatch, engine: Engine, stability: float,
        max_latency_ms: float, detail: int, mean: float, largest: int) -> None:
    monkeypatch.setattr(preparing, "NICENESS", 0)  # tests beside this one may have both cores
    screen = Pressing(["c", *["-"] * 3, "]", "]", "h", "h", "h", "space", None, "h", "h", "s", "l"])
    report, _ = perform("in.mp4", ["starry", "woodcut"], [engine], StyleOptions(),
                        LiveOptions(size=Size(shorter=180), max_latency_ms=max_latency_ms, stability=stability,
                                    duration=60),
                        screen=screen, on_start=screen.begin,  # type: ignore[arg-type]
                        reader=lambda: FilmReader(folder / "in.mp4", repeat=True))
    [snapshot] = folder.glob("*.png")
    [look] = folder.glob("*.look")
    assert sorted(report.files) == sorted([snapshot.name, look.name])
    from PIL import Image

    with Image.open(snapshot) as image:
        index = int(image.text["frame"]) % 240  # type: ignore[attr-defined]
    outcome = command("stylize-video", "in.mp4", "--look", look, "--size", "180", "--codec", "ffv1", "-o",
                      "post.mkv", "--start", f"{max(0.0, (index - 0.3) / 24):.4f}", "--end",
                      f"{(index + 0.7) / 24:.4f}", "--precision", "fp32", "--temporal", "off")
    assert outcome.code == 0, outcome.err
    painted = frames_of(folder / "post.mkv")[0][1].astype(int)
    difference = np.abs(painted - read_image(snapshot).image.astype(int))
    assert difference.mean() < mean
    assert np.quantile(difference, 0.999) <= largest
    values = json.loads(look.read_text())
    assert values["preserve_colors"] is True
    assert values["strength"] == 0.85
    assert values["detail"] == detail
    assert (values["statistics"] is None) == (stability == 0)


@pytest.mark.parametrize(("asked", "model"), [((), "none"), (("--model", "none"), "none"),
                                              (("--model", "balanced"), "balanced")])
def test_a_model_that_is_asked_for_wins_over_the_one_that_a_look_was_kept_with(
        command: Command, folder: Path, asked: tuple[str, ...], model: str) -> None:
    style = engine_for("balanced", runtime_for("cpu")).encode(
        read_image(ROOT / "examples" / "styles" / "starry.jpg").image, "starry")
    write_look(folder / "a.look", SavedLook(((style, 1.0),), 1.0, False, 96, 0.0, {"model": "none"}, None))
    shutil.copy(ROOT / "examples" / "photos" / "astronaut.jpg", folder / "photo.jpg")
    outcome = command("stylize-image", "photo.jpg", "--look", "a.look", "-o", "a.png", "--size", "96", *asked)
    assert outcome.code == 0, outcome.err
    command("stylize-image", "photo.jpg", "-s", "starry", "-o", "as-it-is.png", "--size", "96", "-m", "none")
    changed = np.abs(read_image(folder / "a.png").image.astype(int) - read_image(folder / "as-it-is.png").image).mean()
    assert changed > 10 if model == "balanced" else changed == 0


def test_a_style_file_stands_for_its_pictures(command: Command, folder: Path) -> None:
    assert command("allaprima", "style", "starry+woodcut:0.3", "-o", "mix.style").code == 0
    shutil.copy(ROOT / "examples" / "photos" / "astronaut.jpg", folder / "photo.jpg")
    assert command("stylize-image", "photo.jpg", "-s", "mix.style", "-o", "a.png", "--size", "128").code == 0
    assert command("stylize-image", "photo.jpg", "-s", "starry+woodcut:0.3", "-o", "b.png", "--size", "128").code == 0
    assert (read_image(folder / "a.png").image == read_image(folder / "b.png").image).all()
    outcome = command("stylize-image", "photo.jpg", "-s", "mix.style:0.5+mosaic", "-o", "c.png", "--size", "128")
    assert outcome.code == 0, outcome.err
    saved = read_style(folder / "mix.style")
    assert saved.encoder
    assert saved.pixels[0] >= 256 * 256
    assert [round(share, 6) for _, share in saved.parts] == [0.769231, 0.230769]
    assert command("stylize-video", "in.mp4", "-s", "mix.style", "-m", "none", "--preview").code == 0


@pytest.mark.parametrize(("program", "arguments", "code", "words"), [
    ("stylize-webcam", ("--camera", "nowhere.mp4", "--headless"), 1, "no such device or file"),
    ("stylize-webcam", ("--camera", "in.mp4", "--headless", "--max-latency", "0"), 2, "latency"),
    ("stylize-webcam", ("--camera", "in.mp4", "--headless", "-s", "nothing.jpg"), 1, "no style picture"),
    ("stylize-webcam", ("--camera", "in.mp4", "--headless", "--record", "out.mp4"), 2, ".mkv"),
    ("stylize-webcam", ("--camera", "in.mp4", "--headless", "--folder", "nowhere"), 2, "no folder"),
    ("stylize-webcam", ("--camera", "in.mp4", "--headless", "--virtual-camera", "-s", "starry"), 1, "a virtual camera"),
    ("stylize-webcam", ("--camera", "in.mp4", "--headless", "--camera-patience", "-1"), 2, "patience"),
    ("stylize-webcam", ("--camera", "in.mp4", "--headless", "--set", "evening.json"), 2, "end it in .set"),
    ("stylize-webcam", ("--camera", "in.mp4", "--headless", "--set", "photo.set"), 1, "it is no set"),
    ("stylize-webcam", ("--camera", "in.mp4", "--headless", "--listen", "nowhere"), 1, "no sound input nowhere"),
    ("stylize-image", ("photo.jpg",), 2, "no style"),
    ("stylize-image", ("photo.jpg", "--look", "a.look", "-s", "starry"), 2, "holds its styles"),
    ("stylize-image", ("photo.jpg", "--look", "a.look", "--strength", "0.5"), 2, "holds its strength"),
    ("stylize-image", ("photo.jpg", "--look", "a.look"), 1, "a.look"),
    ("stylize-image", ("photo.jpg", "--look", "photo.jpg"), 1, "no text"),
    ("stylize-image", ("photo.jpg", "-s", "bad.style"), 1, "bad.style"),
    ("allaprima", ("style", "starry", "-o", "x.jpg", "-m", "none"), 2, ".style"),
    ("allaprima", ("style", "starry", "-o", "x.style", "-m", "none"), 2, "measures no styles"),
])
def test_misuse_gets_one_sentence(command: Command, folder: Path, program: str, arguments: tuple[str, ...], code: int,
                                  words: str) -> None:
    shutil.copy(ROOT / "examples" / "photos" / "astronaut.jpg", folder / "photo.jpg")
    (folder / "bad.style").write_text("{}")
    (folder / "photo.set").write_text("{}")
    model = () if "-m" in arguments else ("-m", "none")
    outcome = command(program, *arguments, *model)
    assert outcome.code == code, outcome.err
    assert words in outcome.err
    assert "Traceback" not in outcome.err


def test_leaving_before_the_show_begins_is_no_failure(command: Command, folder: Path,
                                                       monkeypatch: pytest.MonkeyPatch) -> None:
    class Left(Pressing):
        def events(self) -> list[Event]:
            return [Key("q")]

    monkeypatch.setattr(webcam, "opened_windows", lambda wanted, screen: nullcontext(Left([])))
    outcome = command("stylize-webcam", "--camera", "in.mp4", "-m", "none")
    assert outcome.code == 0
    assert "before it began" in outcome.err


def test_without_a_screen_the_command_says_so(command: Command, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for display in ("", ":987"):
        monkeypatch.setenv("DISPLAY", display)
        outcome = command("stylize-webcam", "--camera", "in.mp4", "-m", "none")
        assert outcome.code == 1
        assert "--headless" in outcome.err
