"""What a timeline asks to be painted: media found by name, frames by timecode, handles as far as there are."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from allaprima.errors import AllaprimaError
from allaprima.io.timelines.clips import Asked, Clip
from allaprima.io.timelines.media import opened_media
from allaprima.io.timelines.plan import planned, read_timeline
from made_films import Film
from made_plates import exr

RATE = Fraction(24)
HOUR = 86400


@dataclass(frozen=True)
class Edit:
    clips: tuple[Clip, ...]


def clip(name: str, start: int, count: int, **said: object) -> Clip:
    return Clip(name, None, (name,), start, count, RATE, **said)  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Plates 1001 to 1010, whose timecode begins at an hour, and pictures without one."""
    from PIL import Image

    folder = tmp_path_factory.mktemp("media")
    (folder / "sh010").mkdir()
    for frame in range(10):
        exr(folder / "sh010" / f"sh010.{1001 + frame}.exr", np.zeros((8, 8, 3), np.float32), frame=frame)
        Image.new("RGB", (8, 8)).save(folder / f"bg_{frame:03d}.png")
    return folder


def test_frames_are_found_by_timecode_and_handles_end_where_the_media_do(folder: Path) -> None:
    edit = Edit((clip("SH010.[1001-1010].exr", HOUR + 2, 4), clip("bg", 3, 2)))
    plates, pictures = planned(edit, [folder], 3)
    assert (plates.name, plates.first, plates.last) == ("SH010", 1001, 1009)
    assert (pictures.name, pictures.first, pictures.last) == ("bg", 0, 7)
    painted = plates.painted(Path("o/sh010.%04d.exr"))[0]
    assert (painted.start, painted.count, painted.first) == (HOUR, 9, 1001)


def test_clips_of_one_source_share_what_they_share(folder: Path) -> None:
    edit = Edit((clip("sh010", HOUR + 0, 3), clip("bg", 0, 2), clip("sh010", HOUR + 3, 2),
                 clip("sh010", HOUR + 7, 2), clip("sh010", HOUR + 1, 2, asked=Asked("starry")),
                 clip("sh010", HOUR + 5, 1, asked=Asked(skip=True))))
    shots = planned(edit, [folder], 0)
    assert [(shot.name, shot.first, shot.last, sorted(shot.clips)) for shot in shots] == [
        ("sh010", 1001, 1005, [0, 2]), ("bg", 0, 1, [1]), ("sh010_2", 1008, 1009, [3]), ("sh010_3", 1002, 1003, [4])]
    assert [shot.name for shot in planned(edit, [folder], 0, ["b*"])] == ["bg"]


def test_times_without_a_timecode_are_the_timelines_own_or_numbers(folder: Path) -> None:
    told = clip("bg", HOUR + 4, 2, media_start=HOUR)
    numbered = clip("sh010", 1003, 2)  # an EDL that counts frames as the files are numbered
    shots = planned(Edit((told, numbered)), [folder], 0)
    assert [(shot.first, shot.last) for shot in shots] == [(4, 5), (1003, 1004)]
    assert shots[1].painted(Path("o/a.%04d.exr"))[1].start == 1003


def test_a_films_frames_go_by_its_timecode(tmp_path: Path) -> None:
    """A film of 25 frames a second, on timelines of as many and of 24."""
    Film(times=tuple(range(0, 20 * 512, 512)), timecode="01:00:00:00").write(tmp_path / "a.mov")
    media = opened_media(tmp_path / "a.mov", RATE)
    assert (media.count, media.numbers, media.first, media.start) == (20, None, 0, 3600 * 25)
    assert media.span(Clip("a", None, (), 3600 * 25 + 5, 4, Fraction(25)), 2) == (3, 10, 3600 * 25)
    assert media.span(clip("a", HOUR + 5, 4), 2) == (3, 11, 3600 * 25)


@pytest.mark.parametrize(("wanted", "said"), [
    (clip("sh030", 0, 4), "found no media for the clip sh030"),
    (clip("sh010", HOUR + 8, 4), r"shows frames 1009 to 1012 of .*, which has 1001 to 1010")])
def test_media_that_are_missing_or_too_short_are_told(folder: Path, wanted: Clip, said: str) -> None:
    with pytest.raises(AllaprimaError, match=said):
        planned(Edit((wanted,)), [folder], 0)


def test_what_is_no_timeline_is_told(tmp_path: Path) -> None:
    with pytest.raises(AllaprimaError, match="is no timeline"):
        read_timeline(tmp_path / "a.xml", RATE)
    with pytest.raises(AllaprimaError, match="cannot read the timeline"):
        read_timeline(tmp_path / "a.otio", RATE)
