"""Where a clip's frames lie: media found by the timeline's own paths or by name in folders, and which are meant."""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import ceil
from pathlib import Path

from allaprima.errors import SourceError
from allaprima.io.film.finding import FILMS
from allaprima.io.plates.files import is_plate, read_headers
from allaprima.io.sequence.patterns import is_pattern, parsed_pattern, spans
from allaprima.io.still.picture import DEFAULT_MAX_PIXELS
from allaprima.io.still.reading import PICTURE_SUFFIXES
from allaprima.io.timelines.clips import Clip
from allaprima.io.timelines.timecodes import frames_of, packed_frames

_NUMBERED = re.compile(r"(?P<before>.*?)(?P<number>\d+)(?P<after>\.[^.]+)", re.DOTALL)
_PLACE = re.compile(r"[._-]?(%0?\d*d|#+|\[\d+-\d+(x\d+)?\]|\{\d+-\d+\})")
_DEEPEST = 6


@dataclass(frozen=True, slots=True)
class Media:
    """A film, or numbered frames. first: the first frame's number, 0 for a film. start: that frame's time.

    numbers: of a sequence's frames that there are; None for a film, which has ``count`` frames.
    """

    path: Path
    rate: Fraction
    start: int | None
    count: int
    numbers: tuple[int, ...] | None = None

    @property
    def first(self) -> int:
        return 0 if self.numbers is None else self.numbers[0]

    def span(self, clip: Clip, handles: int) -> tuple[int, int, int]:
        """The first and the last frame that a clip needs, with as many of the handles as there are; raises SourceError.

        By timecode; where the media have none, by the time that the timeline gives their first frame, else by numbers.
        The third is the time of the media's first frame that this goes by.
        """
        last = self.first + self.count - 1
        # Timecodes count alike at 24 and at 23.976 frames a second.
        scale = Fraction(1) if round(self.rate) == round(clip.rate) else self.rate / clip.rate
        time, count = round(clip.start * scale), ceil(clip.count * scale)
        told = None if clip.media_start is None else round(clip.media_start * scale)
        starts = [start for start in (self.start, told, self.first) if start is not None]
        for start in starts:
            begin = self.first + time - start
            end = begin + count - 1
            if self.first <= begin and end <= last:
                return max(self.first, begin - handles), min(last, end + handles), start
        begin = self.first + time - starts[0]
        raise SourceError(f"the clip {clip.name} shows frames {begin} to {begin + count - 1} of {self.path}, which has "
                          f"{self.first} to {last}", "check the media's timecode, and the timeline's --rate")


def find_media(clip: Clip, folders: Sequence[Path], results: Path | None = None) -> Path:
    """The film or pattern of a clip: where the timeline says, else by one of its names in the folders.

    results: a folder that is not looked into. Raises SourceError where there is none, or where several have the name.
    """
    if clip.media is not None and (clip.media.is_file() or (is_pattern(clip.media) and _has_frames(clip.media))):
        pattern = None if is_pattern(clip.media) else _pattern_of(clip.media)
        return pattern or clip.media
    for name in clip.names:
        found = sorted({path for folder in folders for path in _named(folder, name, results)})
        if len(found) > 1:
            raise SourceError(f"the clip {clip.name} may be {found[0]} or {found[1]}",
                              "name the folder of the right one by --media")
        if found:
            return found[0]
    raise SourceError(f"found no media for the clip {clip.name} (looked for {', '.join(clip.names) or 'nothing'})",
                      "name the folder that they lie in by --media")


def opened_media(path: Path, rate: Fraction) -> Media:
    """What there is of a film or of numbered frames; rate: of a sequence, which does not tell its own."""
    if is_pattern(path):
        pattern = parsed_pattern(path)
        numbers = pattern.numbers()
        if not numbers:
            raise SourceError(f"found no frames of {path}", "check the name and the numbers")
        if len(numbers) != numbers[-1] - numbers[0] + 1:
            gaps = sorted(set(range(numbers[0], numbers[-1] + 1)) - set(numbers))
            raise SourceError(f"frames of {path} are missing: {spans(gaps)}", "export them again")
        return Media(path, rate, _timecode_of_plate(pattern.path(numbers[0]), rate), len(numbers), numbers)
    import av

    from allaprima.io.film.counting import frames_shown
    from allaprima.io.film.metadata import named_anywhere
    from allaprima.io.film.source import VideoSource

    source = VideoSource(path)
    own = source.info.frame_rate or rate
    count = source.info.frame_count or frames_shown(path)
    if not count:
        raise SourceError(f"nothing tells how many frames {path} has", "join it anew, or export numbered frames")
    with av.open(str(path)) as container:
        timecode = named_anywhere(container, "timecode")
    return Media(path, own, None if timecode is None else frames_of(timecode, own), count)


def _timecode_of_plate(path: Path, rate: Fraction) -> int | None:
    if not is_plate(path):
        return None
    specs, _ = read_headers(path, DEFAULT_MAX_PIXELS)
    packed = specs[0].getattribute("smpte:TimeCode")
    return None if packed is None else packed_frames(int(packed[0]), rate)


def _named(folder: Path, name: str, results: Path | None) -> set[Path]:
    """The films and the patterns in a folder, and in those inside it, of that name, with its suffix or without."""
    wanted = _bare(name)
    found: set[Path] = set()
    for place, inside, names in os.walk(folder):
        if len(Path(place).relative_to(folder).parts) >= _DEEPEST:
            inside.clear()
        inside[:] = sorted(one for one in inside if not one.startswith(".") and (
            results is None or (Path(place) / one).absolute() != results.absolute()))
        for one in names:
            path = Path(place) / one
            if path.suffix.lower() in FILMS and path.suffix.lower() != ".gif":
                if _bare(one) == wanted:
                    found.add(path)
            elif path.suffix.lower() in PICTURE_SUFFIXES:
                pattern = _pattern_of(path)
                if pattern is not None and wanted in (_bare(pattern.name), _bare(one)):
                    found.add(pattern)
    return found


def _pattern_of(path: Path) -> Path | None:
    """The pattern that one numbered picture is a frame of, None for others."""
    match = _NUMBERED.fullmatch(path.name) if path.suffix.lower() in PICTURE_SUFFIXES else None
    if match is None:
        return None
    before = match["before"].replace("%", "%%")
    digits = len(match["number"])
    return path.with_name(f"{before}%{'0' + str(digits) if digits > 1 else ''}d{match['after']}")


def bare(name: str) -> str:
    """A name without its suffix and without the place of a number."""
    return _PLACE.sub("", re.sub(r"\.[A-Za-z][A-Za-z0-9]{1,4}$", "", name)).strip("._- ")


def _bare(name: str) -> str:
    return bare(name).lower()


def _has_frames(path: Path) -> bool:
    return path.parent.is_dir() and bool(parsed_pattern(path).numbers())
