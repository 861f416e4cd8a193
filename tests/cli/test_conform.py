"""Timelines on the command line: what the edit shows is painted, and the edit of the painted media comes out."""

from __future__ import annotations

import json
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import numpy as np
import opentimelineio as otio
import pytest

from allaprima.io.plates.files import read_plate
from allaprima.io.timelines.otio import read_otio
from allaprima.io.timelines.plan import planned, read_timeline
from cli.outcome import Outcome
from made_films import Film
from made_plates import exr, header, light

Command = Callable[..., Outcome]
FAST = ("--model", "fast", "--temporal", "off")
EDL = """TITLE: cut
FCM: NON-DROP FRAME
001  AX  V  C  01:00:00:02 01:00:00:04 00:00:00:00 00:00:00:02
* FROM CLIP NAME: sh010.[1001-1006].exr
002  AX  V  C  02:00:00:05 02:00:00:08 00:00:00:02 00:00:00:05
* FROM CLIP NAME: sh020.mov
* ALLAPRIMA style=woodcut strength=0.5
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Six plates and a film, both with timecodes, and an edit of them."""
    for frame in range(6):
        exr(tmp_path / f"sh010.{1001 + frame}.exr", light(72, 48, seed=frame), frame=frame)
    Film(times=tuple(range(0, 12 * 512, 512)), time_base=Fraction(1, 512 * 24), timecode="02:00:00:00").write(
        tmp_path / "sh020.mov")
    (tmp_path / "cut.edl").write_text(EDL)
    return tmp_path


def test_the_clips_of_an_edl_are_painted_with_handles(command: Command, folder: Path) -> None:
    told = command("allaprima", "conform", folder / "cut.edl", *FAST, "--style", "mosaic", "--handles", "1",
                   "--codec", "prores", "--json", "-o", folder / "out")
    assert told.code == 0, told.err
    assert [path.name for path in sorted((folder / "out" / "sh010").glob("*.exr"))] == [
        f"sh010.{number}.exr" for number in (1002, 1003, 1004, 1005)]
    plate = folder / "out/sh010/sh010.1003.exr"
    assert header(plate)["allaprima:style"] == "0:mosaic:1.0"
    assert header(plate)["smpte:TimeCode"] == (0x01000002, 0)
    assert not np.array_equal(read_plate(plate, 10 ** 7).parts[0].samples,
                              read_plate(folder / "sh010.1003.exr", 10 ** 7).parts[0].samples)
    film = json.loads(told.out)[1]
    assert (film["first"], film["last"], film["style"]) == (4, 8, "woodcut")
    lines = (folder / "out" / "cut.edl").read_text().splitlines()
    assert lines[3] == "* FROM CLIP NAME: sh010.[1002-1005].exr"
    assert lines[2] == EDL.splitlines()[2]
    again = read_timeline(folder / "out" / "cut.edl", Fraction(24))
    shots = planned(again, [folder / "out"], 9)
    assert [(shot.first, shot.last) for shot in shots] == [(1002, 1005), (0, 4)]
    assert shots[1].media.start == 2 * 3600 * 24 + 4


def test_the_clips_of_an_otio_are_painted_and_linked(command: Command, folder: Path) -> None:
    time = otio.opentime.RationalTime
    shown = otio.opentime.TimeRange(time(1003, 24), time(2, 24))
    clip = otio.schema.Clip("sh010", otio.schema.MissingReference(), shown)
    edit = otio.schema.Timeline("cut")
    edit.tracks.append(otio.schema.Track(kind="Video", children=[clip]))
    otio.adapters.write_to_file(edit, str(folder / "cut.otio"))
    asked = ("allaprima", "conform", folder / "cut.otio", *FAST, "--style", "mosaic", "-o", folder / "out")
    told = command(*asked, "--dry-run")
    assert told.code == 0, told.err
    assert "sh010: frames 1003-1004" in told.err
    assert not (folder / "out").exists()
    assert command(*asked).code == 0
    [linked] = read_otio(folder / "out" / "cut.otio").clips
    assert linked.media == folder / "out/sh010/sh010.%04d.exr"
    assert (linked.start, linked.media_start) == (1003, 1003)
    told = command(*asked)
    assert told.code == 1
    assert "exists" in told.err
    assert command(*asked, "--resume").code == 0


@pytest.mark.parametrize(("arguments", "said"), [
    (("--frames", "1-2"), "--frames is told by the timeline"), (("--rate", "0"), "0 is no frame rate"),
    (("--clip", "sh9*"), "no clip of the timeline is to be painted"), (("--media", "gone"), "there is no folder gone")])
def test_what_cannot_be_is_told(command: Command, folder: Path, arguments: tuple[str, ...], said: str) -> None:
    told = command("allaprima", "conform", folder / "cut.edl", *FAST, "--style", "mosaic", *arguments,
                   "-o", folder / "out")
    assert told.code == 2
    assert said in told.err
    assert not (folder / "out").exists()
