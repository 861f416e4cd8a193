"""Names of numbered frames: ``shot.%04d.png``, ``shot.####.png`` and ``shot.[1001-1100].png``."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

from allaprima.errors import OptionError, SourceError
from allaprima.parsing import parsed_count

_MOST_SPANS = 8
_MOST_LISTED = 10 ** 6
_NUMBER = re.compile(r"%(?P<printf>0?\d*)d|(?P<hashes>#+)|\[(?P<span>\d{1,18}-\d{1,18}(?:x\d{1,9})?)\]")


@dataclass(frozen=True, slots=True)
class FramePattern:
    """A folder, and a file name with the place of a number in it; ``digits`` as printf has them: "04", "", "4".

    span: the numbers that the name itself asks for, None for all.
    """

    folder: Path
    before: str
    digits: str
    after: str
    span: range | None = None

    @property
    def suffix(self) -> str:
        """The suffix of the files, in lower case."""
        return Path("x" + self.after).suffix.lower()

    @property
    def shown(self) -> str:
        """The name with a # for each digit, which is a good name for a file beside the frames."""
        return f"{self.before}{'#' * max(1, int(self.digits or 1))}{self.after}"

    def path(self, number: int) -> Path:
        """The file of a frame's number."""
        return self.folder / f"{self.before}{format(number, self.digits + 'd')}{self.after}"

    def numbers(self) -> tuple[int, ...]:
        """The numbers that files exist for, in order; raises SourceError where the folder cannot be listed."""
        form = re.compile(re.escape(self.before) + r"\s*(\d+)" + re.escape(self.after))
        try:
            found = [(int(match[1]), path) for path in self.folder.iterdir() if (match := form.fullmatch(path.name))]
        except OSError as error:
            raise SourceError(f"cannot list the folder {self.folder}: {error.strerror or error}",
                              "check the name, and that you may read it") from error
        return tuple(sorted(number for number, path in found if self.path(number) == path
                            and (self.span is None or number in self.span)))

    def __str__(self) -> str:
        return str(self.folder / f"{self.before}%{self.digits}d{self.after}")


def is_pattern(path: Path) -> bool:
    """Whether a path stands for numbered frames: its name holds a place for a number and is no file's own."""
    return _NUMBER.search(path.name.replace("%%", "")) is not None and not path.exists()


def parsed_pattern(path: Path) -> FramePattern:
    """The pattern that a path like ``shot.%04d.png`` stands for (%% is a percent sign); raises OptionError."""
    name = path.name.replace("%%", "\0")
    places = list(_NUMBER.finditer(name))
    if len(places) != 1:
        raise OptionError(f"{path} does not say where the frame's number stands",
                          "write one %d or %04d in the file name, as in shot.%04d.png")
    place, span = places[0], None
    digits = place["printf"] or ""
    if place["hashes"]:
        digits = f"0{len(place['hashes'])}"
    elif place["span"]:
        span = parsed_frames(place["span"])
        first = place["span"].partition("-")[0]
        digits = f"0{len(first)}" if len(first) > 1 else ""
    if digits and parsed_count(digits, 20) in (None, 0):
        raise OptionError(f"{path} asks for numbers of {digits[:20]} digits", "choose 1 to 20, as in shot.%04d.png")
    before, after = (side.replace("\0", "%") for side in (name[:place.start()], name[place.end():]))
    return FramePattern(path.parent, before, digits, after, span)


def parsed_frames(text: str) -> range:
    """The frame numbers that ``1001-1100``, ``1001-1100x2`` or ``1001`` stands for, both ends included.

    Raises OptionError.
    """
    match = re.fullmatch(r"(\d{1,18})(?:-(\d{1,18})(?:x(\d{1,9}))?)?", text.strip())
    first, last, step = (int(match[1]), int(match[2] or match[1]), int(match[3] or 1)) if match else (1, 0, 1)
    if last < first or step < 1:
        raise OptionError(f"frames {text!r} is no span of frames",
                          "give first and last number, as in 1001-1100, or 1001-1100x2 for every second one")
    return range(first, last + 1, step)


def spans(numbers: Iterable[int]) -> str:
    """Numbers as people write them, ``1-4, 7, 9-12``, cut off with the count of the rest when there are many."""
    found: list[tuple[int, int]] = []
    for number in sorted(numbers):
        if found and number == found[-1][1] + 1:
            found[-1] = (found[-1][0], number)
        else:
            found.append((number, number))
    return _shown(found)


def gaps(numbers: Sequence[int], frames: range) -> str:
    """The numbers of ``frames`` that are not among sorted ``numbers``, as ``spans`` writes them."""
    if frames.step > 1:
        return spans(sorted(set(frames) - set(numbers))) if len(frames) < _MOST_LISTED else "more than can be listed"
    # Neighbours alone are looked at: a stray file with a date for a number may lie a thousand million frames off.
    edges = (frames[0] - 1, *numbers, frames[-1] + 1)
    return _shown([(before + 1, after - 1) for before, after in pairwise(edges) if after - before > 1])


def _shown(found: list[tuple[int, int]]) -> str:
    shown = [str(first) if first == last else f"{first}-{last}" for first, last in found[:_MOST_SPANS]]
    rest = sum(last - first + 1 for first, last in found[_MOST_SPANS:])
    return ", ".join(shown) + (f" and {rest} more" if rest else "")
