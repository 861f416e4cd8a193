"""Edit decision lists: cuts, dissolves, speed changes, names and wishes; and the same list of painted media."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import pytest

from allaprima.errors import OptionError, SourceError
from allaprima.io.timelines.clips import Asked, Painted, asked_in
from allaprima.io.timelines.edl import read_edl
from allaprima.io.timelines.timecodes import frames_of, packed_frames

EDL = """TITLE: REEL ONE
FCM: NON-DROP FRAME

001  AX       V     C        01:00:00:00 01:00:02:00 00:00:00:00 00:00:02:00
* FROM CLIP NAME: sh010.[1001-1100].exr
* LOC: 00:00:01:00 RED ALLAPRIMA style=starry+woodcut:0.3 strength=0.6
002  AX       A     C        01:00:00:00 01:00:02:00 00:00:00:00 00:00:02:00
* FROM CLIP NAME: sound.wav
003  AX       V     C        01:00:02:00 01:00:02:00 00:00:02:00 00:00:02:00
003  CAM_B    V     D    012 10:00:00:12 10:00:02:12 00:00:02:00 00:00:04:00
* FROM CLIP NAME: sh010.[1001-1100].exr
* TO CLIP NAME: sh020.mov
004  BL       V     C        00:00:00:00 00:00:01:00 00:00:04:00 00:00:05:00
005  CAM_C    B     C        02:00:00:00 02:00:02:00 00:00:05:00 00:00:06:00
M2   CAM_C          048.0                02:00:00:00
* SOURCE FILE: \\\\server\\rushes\\C003.mov
* allaprima skip
"""


def test_events_become_clips() -> None:
    edit = read_edl(Path("cut.edl"), EDL, Fraction(24))
    hour = 3600 * 24
    assert [(clip.name, clip.start, clip.count) for clip in edit.clips] == [
        ("sh010.[1001-1100].exr", hour, 48), ("sh010.[1001-1100].exr", hour + 48, 12),
        ("sh020.mov", 10 * hour + 12, 48), ("C003.mov", 2 * hour, 48)]
    assert edit.clips[2].names == ("sh020.mov", "CAM_B")
    assert [clip.asked for clip in edit.clips] == [
        Asked("starry+woodcut:0.3", "0.6"), Asked(), Asked(), Asked(skip=True)]


def test_painted_names_stand_where_the_others_stood() -> None:
    edit = read_edl(Path("cut.edl"), EDL, Fraction(24))
    text = edit.relinked({0: Painted(Path("o/sh010/sh010.%04d.exr"), 0, 60, Fraction(24), 1001),
                          2: Painted(Path("o/sh020.mov"), 0, 50, Fraction(24))}, Path("o/cut.edl"))
    lines = text.splitlines()
    assert lines[4] == "* FROM CLIP NAME: sh010.[1001-1060].exr"
    assert lines[11] == "* TO CLIP NAME: sh020.mov"
    assert [line for place, line in enumerate(lines) if place not in (4, 11)] == [
        line for place, line in enumerate(EDL.splitlines()) if place not in (4, 11)]


@pytest.mark.parametrize(("timecode", "rate", "count"), [
    ("01:00:00:00", Fraction(24), 86400), ("00:01:00;02", Fraction(30000, 1001), 1800),
    ("00:10:00;00", Fraction(30000, 1001), 17982), ("00:00:00:24", Fraction(25), 24)])
def test_timecodes_are_counted(timecode: str, rate: Fraction, count: int) -> None:
    assert frames_of(timecode, rate) == count


def test_packed_timecodes_are_counted() -> None:
    assert packed_frames(0x01020304, Fraction(24)) == (3600 + 2 * 60 + 3) * 24 + 4
    assert packed_frames(0x01000029, Fraction(24)) is None


@pytest.mark.parametrize(("text", "said"), [
    (EDL.replace("01:00:02:00 00:00:00:00", "01:00:02:24 00:00:00:00", 1), r"line 4 of cut\.edl: '01:00:02:24' is no"),
    ("TITLE: X\n001  AX  V  C  01:00:00:00 01:00:02:00 00:00:00:00\n", r"cannot read line 2 of cut\.edl"),
    ("TITLE: X\n", "no events of pictures")])
def test_what_is_no_edl_is_told(text: str, said: str) -> None:
    with pytest.raises(SourceError, match=said):
        read_edl(Path("cut.edl"), text, Fraction(24))


def test_wishes_are_read_and_others_told() -> None:
    assert asked_in("* a comment of another kind") is None
    assert asked_in('allaprima: style="my art.jpg"') == Asked("my art.jpg")
    with pytest.raises(OptionError, match=r"'stile=a\.jpg', which says nothing"):
        asked_in("ALLAPRIMA stile=a.jpg")
