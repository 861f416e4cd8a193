"""The programs themselves: versions, help, lists, start-up."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import av
import pytest

import allaprima
from allaprima.bundled import bundled_styles
from cli.outcome import Outcome
from places import ROOT

Command = Callable[..., Outcome]
ENVIRONMENT = {**os.environ, "PYTHONPATH": str(ROOT / "src")}


@pytest.mark.parametrize("program", ["allaprima", "stylize-video", "stylize-image", "stylize-webcam"])
def test_the_version_is_told(command: Command, program: str) -> None:
    assert command(program, "--version").out.strip() == f"allaprima {allaprima.__version__}"


@pytest.mark.parametrize("arguments", [("allaprima",), ("stylize-video",), ("stylize-image",)])
def test_help_names_the_options(command: Command, arguments: tuple[str, ...]) -> None:
    outcome = command(*arguments, "--help")
    assert outcome.code == 0
    assert "--help" in outcome.out
    assert "<member" not in outcome.out


@pytest.mark.parametrize(("program", "panels"), [
    (("stylize-video",), ["Arguments", "Style", "Over time", "Regions", "Film", "Plates", "Output", "Farm", "Speed",
                        "Help"]),
    (("allaprima", "image"), ["Arguments", "Style", "Regions", "Plates", "Output", "Speed", "Help"]),
    (("stylize-webcam",), ["Camera", "Style", "Over time", "Stage", "Output", "Speed", "Help"]),
    (("allaprima", "gatys"), ["Arguments", "Style", "Regions", "Output", "Speed", "Help"]),
])
def test_options_stand_in_panels_each_once(command: Command, program: tuple[str, ...], panels: list[str]) -> None:
    told = command(*program, "--help").out
    assert re.findall(r"^(\w[\w ]*):$", told, re.MULTILINE) == panels
    options = re.findall(r"^  (?:-\w, )?(--[\w-]+)", told, re.MULTILINE)
    assert len(options) == len(set(options))
    in_help = re.findall(r"--[\w-]+", told.partition("\nHelp:\n")[2])
    assert set(in_help) <= {"--help", "--version"}


def test_the_bundled_styles_are_listed(command: Command) -> None:
    assert [line.split()[0] for line in command("allaprima", "styles").out.splitlines()] == list(bundled_styles())


def test_the_shipped_weights_are_listed_found_and_whole(command: Command) -> None:
    assert "balanced" in command("allaprima", "weights", "list").out
    assert Path(command("allaprima", "weights", "path", "balanced").out.strip()).is_file()
    assert command("allaprima", "weights", "verify", "balanced", "style-encoder").code == 0


def test_the_doctor_names_versions_models_and_codecs(command: Command) -> None:
    said = command("allaprima", "doctor").out
    assert "window: " in said
    assert "loops: none: ALLAPRIMA_LOOPS=off" in said
    assert "camera: " in said
    assert "sound: " in said
    assert re.search(r"speed: balanced paints \d+\.\d frames a second of 640x360", said)
    assert all(word in said for word in ("torch", "openvino", "balanced", "h264", "weights"))


@pytest.mark.parametrize("arguments", [(), ("video",), ("image",), ("webcam",)])
def test_help_loads_no_heavy_library(arguments: tuple[str, ...]) -> None:
    script = (f"import sys\nfrom allaprima.cli import main\nsys.argv = ['allaprima', *{arguments!r}, '--help']\n"
              "try:\n    main.allaprima()\nexcept SystemExit:\n    pass\n"
              "assert not {'torch', 'cv2', 'openvino', 'av', 'numpy.testing'} & set(sys.modules)")
    subprocess.run([sys.executable, "-c", script], check=True, env=ENVIRONMENT, stdout=subprocess.DEVNULL)


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no SIGINT for one child")
def test_an_interruption_keeps_what_was_finished_and_says_where(tmp_path: Path) -> None:
    output = tmp_path / "out.mp4"
    arguments = ("video", ROOT / "examples" / "clip.mp4", "--style", "starry", "--size", "64", "-o", output)
    run = subprocess.Popen([sys.executable, "-m", "allaprima", *map(str, arguments)], env=ENVIRONMENT,
                           stderr=subprocess.PIPE, text=True)
    deadline = time.monotonic() + 120
    while not any(path.stat().st_size > 5000 for path in tmp_path.rglob("*") if path.is_file()):
        assert time.monotonic() < deadline, "nothing was written"
        time.sleep(0.01)
    run.send_signal(signal.SIGINT)
    _, said = run.communicate(timeout=120)
    assert run.returncode == 130, said
    assert "Traceback" not in said
    assert not output.exists()
    kept = [path for path in tmp_path.iterdir() if path.is_file()]
    assert any(str(path) in said for path in kept), said
    for path in kept:
        with av.open(str(path)) as container:
            assert sum(1 for _ in container.decode(video=0)) > 0
