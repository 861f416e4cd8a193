"""Edit decision lists, CMX 3600: cuts, dissolves and changes of speed, with the names that comments tell."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path, PureWindowsPath

from allaprima.errors import SourceError
from allaprima.io.sequence.patterns import parsed_pattern
from allaprima.io.timelines.clips import Asked, Clip, Painted, asked_in
from allaprima.io.timelines.timecodes import TIMECODE, frames_of

_TIMES = r"\s+".join([f"({TIMECODE.pattern.replace('(', '(?:')})"] * 4)
_EVENT = re.compile(r"\s*(\d+)\s+(\S+)\s+(\S+)\s+(C|D|W\d+|K[BO]?)\s*(\d{1,4})?\s+" + _TIMES + r"\s*", re.IGNORECASE)
_SPEED = re.compile(r"\s*M2\s+(\S+)\s+(-?\d+(?:\.\d+)?)", re.IGNORECASE)
_NAME = re.compile(r"\s*\*?\s*(FROM CLIP NAME|TO CLIP NAME|SOURCE FILE(?: NAME)?|FROM CLIP|TO CLIP)\s*:\s*(.+?)\s*",
                   re.IGNORECASE)
_NO_MEDIA = ("BL", "BLACK", "BLK")


@dataclass(slots=True)
class _Event:
    """A line of an event with what follows it: ``lines`` are the places of the names in the text."""

    reel: str
    start: int
    count: int
    record: int
    dissolve: int = 0
    speed: float | None = None
    names: dict[str, str] | None = None
    lines: list[int] | None = None
    asked: Asked = Asked()  # noqa: RUF009  an immutable value


@dataclass(frozen=True, slots=True)
class EditList:
    """An EDL as it was read, line by line."""

    lines: tuple[str, ...]
    clips: tuple[Clip, ...]
    named: tuple[tuple[int, ...], ...]

    def relinked(self, painted: Mapping[int, Painted], target: Path) -> str:
        """The same list with painted names in its comments; reels and timecodes stay: painted frames keep theirs."""
        lines = list(self.lines)
        for place, frames in painted.items():
            for line in self.named[place]:
                match = _NAME.fullmatch(lines[line])
                assert match is not None
                lines[line] = lines[line][:match.start(2)] + called(frames) + lines[line][match.end(2):]
        return "\n".join(lines) + "\n"


def called(frames: Painted) -> str:
    """The name of painted frames as edit lists have it: ``shot.[1001-1100].exr`` for a sequence."""
    if frames.first is None:
        return frames.path.name
    pattern = parsed_pattern(frames.path)
    first, last = (format(number, pattern.digits + "d") for number in (frames.first, frames.first + frames.count - 1))
    return f"{pattern.before}[{first}-{last}]{pattern.after}"


def read_edl(path: Path, text: str, rate: Fraction) -> EditList:
    """The pictures' events of an EDL; raises SourceError for what is no event at that rate."""
    lines = tuple(text.splitlines())
    events = _events(path, lines, rate)
    if not events:
        raise SourceError(f"cannot read {path}: it has no events of pictures", "export a CMX 3600 EDL")
    clips, named = [], []
    for place, event in enumerate(events):
        count = event.count
        if count == 0 and place + 1 < len(events):  # the end of a clip, from which the next event dissolves
            count = events[place + 1].dissolve
        start = event.start
        if event.speed is not None and event.count:
            count = max(1, math.ceil(event.record * abs(event.speed) / float(rate)))
            start = start if event.speed >= 0 else max(0, start - count + 1)
        if event.reel.upper() in _NO_MEDIA or count == 0:
            continue
        said = event.names or {}
        names = [said[key] for key in ("SOURCE FILE", "SOURCE FILE NAME", "FROM CLIP NAME", "FROM CLIP") if key in said]
        if event.dissolve:
            names = [said[key] for key in ("TO CLIP NAME", "TO CLIP") if key in said] or names
        names = [PureWindowsPath(name).name for name in names]
        clips.append(Clip(names[-1] if names else event.reel, None, tuple(dict.fromkeys([*names, event.reel])), start,
                          count, rate, asked=event.asked))
        named.append(tuple(event.lines or ()))
    return EditList(lines, tuple(clips), tuple(named))


def _events(path: Path, lines: tuple[str, ...], rate: Fraction) -> list[_Event]:
    found: list[_Event] = []
    drop = False
    sounds = False
    for number, line in enumerate(lines):
        if line.strip().upper().startswith("FCM:"):
            drop = "NON" not in line.upper()
        match = _EVENT.fullmatch(line)
        if match is not None:
            sounds = not set(match[3].upper()) & set("VB")
            if not sounds:
                found.append(_event(path, number, match, rate, drop))
            continue
        if re.match(r"\s*\d{3,}\s+\S+\s+\S+\s+[CDWK]", line) and TIMECODE.search(line):
            raise SourceError(f"cannot read line {number + 1} of {path}: {line.strip()[:80]!r}",
                              "export a CMX 3600 EDL")
        if found and not sounds:
            _note(found, number, line)
    return found


def _event(path: Path, number: int, match: re.Match[str], rate: Fraction, drop: bool) -> _Event:
    try:
        first, end, begins, ends = (frames_of(match[group], rate, drop=drop) for group in (6, 7, 8, 9))
    except SourceError as error:
        raise SourceError(f"cannot read line {number + 1} of {path}: {error}", error.hint) from error
    dissolve = int(match[5] or 0) if match[4].upper() != "C" else 0
    return _Event(match[2], first, end - first, ends - begins, dissolve)


def _note(events: list[_Event], number: int, line: str) -> None:
    """What a line after an event says of it; names of a dissolve's first half belong to the event before."""
    event = events[-1]
    asked = asked_in(line)
    speed, name = _SPEED.match(line), _NAME.fullmatch(line)
    if asked is not None:
        event.asked = asked
    elif speed is not None:
        next((one for one in reversed(events) if one.reel == speed[1]), event).speed = float(speed[2])
    elif name is not None:
        key = name[1].upper()
        owner = events[-2] if key.startswith("FROM") and event.dissolve and len(events) > 1 else event
        owner.names = {**(owner.names or {}), key: name[2]}
        owner.lines = [*(owner.lines or ()), number]
