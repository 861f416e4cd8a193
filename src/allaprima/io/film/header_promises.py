"""What a film's header promises and its file does not hold: cut files end without any error."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING

from allaprima.io.film.matroska import segments_of
from allaprima.plurals import counted

if TYPE_CHECKING:
    from av.container import InputContainer
    from av.video.stream import VideoStream

_COUNTS_ITS_FRAMES = ("mov", "mp4")
_KNOWS_ITS_DURATION = ("mov", "matroska", "avi", "flv")
_FILMS_READ = 2
_MISSING_SECONDS = Fraction(1, 10)
"""A header's duration is rounded and covers padding; an end missing by more than this is a loss."""


def listed_frames(container: InputContainer, stream: VideoStream) -> int:
    """How many frames of a QuickTime or MP4 file its edit list shows; 0 for other files, and for those in fragments.

    FFmpeg's index is what the edit list leaves of the header's, beside frames that only lead to what is shown.
    """
    if not stream.frames or not any(name in container.format.name.split(",") for name in _COUNTS_ITS_FRAMES):
        return 0
    return sum(not entry.is_discard for entry in stream.index_entries)


def unread_films(container: InputContainer, path: Path) -> str | None:
    """What of a Matroska file FFmpeg does not read, in words: of several appended to each other it reads two."""
    if not container.format.name.startswith("matroska"):
        return None
    with path.open("rb") as file:
        segments = segments_of(file)
    if segments.count <= _FILMS_READ:
        return None
    return f"the file is {segments.count} films one after the other, and only the first {_FILMS_READ} can be read"


def missing_at_the_end(container: InputContainer, stream: VideoStream, packets: int,
                       end: Fraction | None) -> tuple[str, int] | None:
    """What is missing, in words, and how many frames that is as far as can be told; None where all is there.

    packets: that the file gave. end: of the latest of them, of any stream, in seconds on the film's clock: a header's
    duration may count from 0 of it or from the film's beginning, and where both end early something is missing.
    """
    import av

    names = container.format.name.split(",")
    if stream.frames and any(name in names for name in _COUNTS_ITS_FRAMES):
        promised = len(stream.index_entries) or stream.frames
        if packets >= promised:
            return None
        counts = f"its header counts {counted(promised, 'frame')}, it holds {packets:,}"
        return f"the file ends early: {counts}", promised - packets
    if not container.duration or end is None or not any(name in names for name in _KNOWS_ITS_DURATION):
        return None
    beginning = Fraction(container.start_time or 0, av.time_base)
    missing = Fraction(container.duration, av.time_base) - max(end, end - beginning)
    if missing <= _MISSING_SECONDS:
        return None
    rate = stream.average_rate
    frames = round(missing * rate) if rate and rate <= 240 else 0
    return f"the file ends early: {float(missing):.2f} s of what its header says are missing", frames
