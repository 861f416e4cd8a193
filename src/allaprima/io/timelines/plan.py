"""What a timeline asks to be painted: one piece of work for all clips that show the same frames in the same look."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from fractions import Fraction
from pathlib import Path

from allaprima.errors import OptionError, SourceError
from allaprima.io.timelines.clips import Asked, Painted, Timeline
from allaprima.io.timelines.edl import read_edl
from allaprima.io.timelines.media import Media, bare, find_media, opened_media
from allaprima.io.timelines.otio import read_otio

TIMELINES = frozenset((".edl", ".otio", ".otioz"))


@dataclass(slots=True)
class Shot:
    """Frames of one source that are painted in one look, the first and the last by number.

    name: what the result is called. clips: those that show them, by their place, with the time that each gives the
    source's first frame.
    """

    name: str
    media: Media
    asked: Asked
    first: int
    last: int
    clips: dict[int, int]

    @property
    def count(self) -> int:
        return self.last - self.first + 1

    def painted(self, path: Path) -> dict[int, Painted]:
        """What became of it, in a film or a pattern, by the places of its clips."""
        first = None if self.media.numbers is None else self.first
        return {place: Painted(path, start + self.first - self.media.first, self.count, self.media.rate, first)
                for place, start in self.clips.items()}


def read_timeline(path: Path, rate: Fraction) -> Timeline:
    """The timeline in a file. rate: of an EDL, which does not tell its own. Raises SourceError, OptionError."""
    if path.suffix.lower() not in TIMELINES:
        raise OptionError(f"{path} is no timeline", "give an .edl or an .otio file")
    try:
        if path.suffix.lower() != ".edl":
            with path.open("rb"):
                return read_otio(path)
        return read_edl(path, path.read_text(encoding="utf-8-sig", errors="replace"), rate)
    except OSError as error:
        raise SourceError(f"cannot read the timeline {path}: {error.strerror or error}",
                          "check the name, and that you may read it") from error


def planned(timeline: Timeline, folders: Sequence[Path], handles: int, only: Sequence[str] = (),
            results: Path | None = None) -> list[Shot]:
    """The shots that are to be painted, in the timeline's order.

    handles: frames before and after what a clip shows. only: names of clips, ``sh0*``; all where there are none. Clips
    of the same frames in the same look share a shot. results: the folder of earlier runs', in which no media are looked
    for. Raises SourceError for media that are missing or too short.
    """
    known: dict[Path, Media] = {}
    shots: list[Shot] = []
    for place, clip in enumerate(timeline.clips):
        if clip.asked.skip or (only and not any(fnmatchcase(clip.name, one) for one in only)):
            continue
        path = find_media(clip, folders, results)
        if path not in known:
            known[path] = opened_media(path, clip.rate)
        first, last, start = known[path].span(clip, handles)
        shots.append(Shot(clip.name, known[path], clip.asked, first, last, {place: start}))
    if not shots:
        names = ", ".join(dict.fromkeys(clip.name for clip in timeline.clips))
        raise OptionError("no clip of the timeline is to be painted", f"it has {names[:200]}")
    return _named_apart(_joined(shots))


def _joined(shots: Sequence[Shot]) -> list[Shot]:
    """The shots, those of one source and one look joined where their frames touch."""
    joined: list[Shot] = []
    for shot in sorted(shots, key=lambda one: (str(one.media.path), str(one.asked), one.first)):
        before = joined[-1] if joined else None
        if (before is not None and before.media == shot.media and before.asked == shot.asked
                and shot.first <= before.last + 1):
            if min(shot.clips) < min(before.clips):
                before.name = shot.name
            before.last = max(before.last, shot.last)
            before.clips |= shot.clips
        else:
            joined.append(shot)
    return sorted(joined, key=lambda one: min(one.clips))


def _named_apart(shots: list[Shot]) -> list[Shot]:
    """The shots with names fit for files, no two alike."""
    taken: set[str] = set()
    for shot in shots:
        plain = fit_name(shot.name) or fit_name(shot.media.path.stem) or "clip"
        name, number = plain, 2
        while name.lower() in taken:
            name, number = f"{plain}_{number}", number + 1
        taken.add(name.lower())
        shot.name = name
    return shots


def fit_name(name: str) -> str:
    """A clip's name as a file's: without a suffix, and without the place of a number."""
    return re.sub(r"[^\w.-]+", "_", bare(name)).strip("._-")[:100]
