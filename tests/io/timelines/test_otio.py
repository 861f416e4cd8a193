"""OpenTimelineIO: clips with their media and wishes, and the same timeline of painted media."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import opentimelineio as otio
import pytest

from allaprima.errors import SourceError
from allaprima.io.timelines.clips import Asked, Painted
from allaprima.io.timelines.otio import UNPAINTED, read_otio


def span(start: float, count: float, rate: float = 24) -> otio.opentime.TimeRange:
    return otio.opentime.TimeRange(otio.opentime.RationalTime(start, rate), otio.opentime.RationalTime(count, rate))


def timeline(path: Path) -> Path:
    """A timeline of a sequence, a film in a nested stack, a sound, and a clip on a track that is switched off."""
    plates = otio.schema.ImageSequenceReference("plates", "sh010.", ".exr", start_frame=1001, rate=24,
                                                frame_zero_padding=4, available_range=span(1001, 100))
    first = otio.schema.Clip("sh010", plates, span(1009, 48),
                             metadata={"allaprima": {"style": "starry", "strength": 0.6}})
    film = otio.schema.ExternalReference("file:///rushes/sh%20020.mov", available_range=span(86400, 240))
    second = otio.schema.Clip("sh020", film, span(86412, 24))
    second.markers.append(otio.schema.Marker(name="allaprima skip"))
    nested = otio.schema.Stack(children=[otio.schema.Track(kind="Video", children=[second])])
    edit = otio.schema.Timeline("cut")
    edit.tracks[:] = [otio.schema.Track(kind="Video", children=[first, nested]),
                      otio.schema.Track(kind="Audio", children=[otio.schema.Clip("sound", film.clone(), span(0, 24))]),
                      otio.schema.Track(kind="Video", children=[otio.schema.Clip("off", film.clone(), span(0, 24))])]
    edit.tracks[2].enabled = False
    otio.adapters.write_to_file(edit, str(path))
    return path


def test_clips_have_media_frames_and_wishes(tmp_path: Path) -> None:
    first, second = read_otio(timeline(tmp_path / "cut.otio")).clips
    assert (first.name, first.start, first.count) == ("sh010", 1009, 48)
    assert first.media == tmp_path / "plates/sh010.%04d.exr"
    assert (first.media_start, first.rate, first.asked) == (1001, 24, Asked("starry", "0.6"))
    assert (second.media, second.start, second.media_start) == (Path("/rushes/sh 020.mov"), 86412, 86400)
    assert second.asked == Asked(skip=True)


def test_painted_media_are_active_and_the_others_stay_beside_them(tmp_path: Path) -> None:
    edit = read_otio(timeline(tmp_path / "cut.otio"))
    target = tmp_path / "painted" / "cut.otio"
    target.parent.mkdir()
    target.write_text(edit.relinked({0: Painted(target.parent / "sh010/sh010.%04d.exr", 1005, 56, Fraction(24), 1005)},
                                    target))
    again = read_otio(target)
    first, second = again.clips
    assert first.media == target.parent / "sh010/sh010.%04d.exr"
    assert (first.start, first.count, first.media_start) == (1009, 48, 1005)
    assert second == edit.clips[1]
    clip = otio.adapters.read_from_file(str(target)).find_clips()[0]
    assert clip.media_references()[UNPAINTED].start_frame == 1001
    assert clip.media_reference.available_range == span(1005, 56)


def test_what_is_no_timeline_is_told(tmp_path: Path) -> None:
    (tmp_path / "a.otio").write_text("{")
    with pytest.raises(SourceError, match="cannot read the timeline"):
        read_otio(tmp_path / "a.otio")
    otio.adapters.write_to_file(otio.schema.Timeline("empty"), str(tmp_path / "b.otio"))
    with pytest.raises(SourceError, match="no clips of pictures"):
        read_otio(tmp_path / "b.otio")
