"""The example media: small, complete, and each with its source and licence."""

import re
import subprocess
from pathlib import Path

import av
import numpy as np
import pytest

ROOT = Path(__file__).parents[2]
EXAMPLES = ROOT / "examples"
# What someone painted beside the examples is no example: git knows which files are.
TRACKED = subprocess.run(["git", "ls-files", "examples"], cwd=ROOT, check=True, capture_output=True, text=True).stdout
MEDIA = sorted(ROOT / line for line in TRACKED.splitlines() if not line.endswith((".md", ".py")))


def test_the_licence_table_and_the_folder_name_the_same_files() -> None:
    rows = re.findall(r"^\| `([^`]+)` \|", (EXAMPLES / "README.md").read_text("utf-8"), flags=re.MULTILINE)
    assert sorted(rows) == [path.relative_to(EXAMPLES).as_posix() for path in MEDIA]


def test_every_row_of_the_licence_table_is_full() -> None:
    for line in (EXAMPLES / "README.md").read_text("utf-8").splitlines():
        if line.startswith("|"):
            assert all(cell.strip() for cell in line.strip("|").split("|")), line


def test_the_notice_names_every_example_that_is_not_ours() -> None:
    notice = (ROOT / "NOTICE").read_text("utf-8")
    for path in MEDIA:
        if path.parent.name != "styles":
            assert path.relative_to(ROOT).as_posix() in notice


def test_example_media_stay_small() -> None:
    assert sum(path.stat().st_size for path in MEDIA) < 12_000_000
    assert sum(path.stat().st_size for path in MEDIA if path.parent.name == "styles") < 4_000_000
    assert (EXAMPLES / "clip.mp4").stat().st_size < 3_000_000


def test_the_clip_has_ten_seconds_of_pictures_and_sound_from_the_same_instant() -> None:
    with av.open(str(EXAMPLES / "clip.mp4")) as clip:
        video, audio = clip.streams.video[0], clip.streams.audio[0]
        assert (video.width, video.height, video.frames) == (640, 360, 240)
        assert video.start_time == audio.start_time == 0
        for stream in (video, audio):
            assert stream.duration is not None
            assert stream.time_base is not None
            assert float(stream.duration * stream.time_base) == pytest.approx(10, abs=0.03)
        loudest = max(float(np.abs(samples.to_ndarray()).max()) for samples in clip.decode(audio=0))
    assert loudest > 0.1
