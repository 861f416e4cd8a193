"""A film's segments gathered into tasks: whole shots where they are short, pieces of them where they are long."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil

USUAL_FRAMES = 480
"""Of a task: some minutes of work, beside which what a task costs is nothing, and a lost machine loses little."""
LONG = 1.5  # times the usual frames: a shot beyond is painted in pieces


@dataclass(frozen=True, slots=True)
class Segment:
    """Frames that are encoded together. begins: whether nothing need be known of the frames before them."""

    first: int
    frames: int
    begins: bool

    @property
    def end(self) -> int:
        """The first frame after it."""
        return self.first + self.frames


@dataclass(frozen=True, slots=True)
class Piece:
    """The segments of one task, by their numbers. goes_on: it begins with what the piece before left behind.

    group: pieces of one group are measured together: they begin with a shot and hold whole shots.
    """

    first_segment: int
    segments: tuple[Segment, ...]
    goes_on: bool
    group: int


def pieces_of(segments: Sequence[Segment], usual: int = USUAL_FRAMES, *, splits: bool = True) -> list[Piece]:
    """The segments in pieces of about ``usual`` frames each, in order. splits: whether long shots are cut in pieces."""
    pieces: list[Piece] = []
    for number, (place, group) in enumerate(groups_of(segments, usual)):
        frames = sum(segment.frames for segment in group)
        count = ceil(frames / usual) if splits and frames > LONG * usual else 1
        begun = 0
        for piece in even(group, count):
            pieces.append(Piece(place + begun, tuple(piece), begun > 0 and not piece[0].begins, number))
            begun += len(piece)
    return pieces


def groups_of(segments: Sequence[Segment], usual: int) -> list[tuple[int, list[Segment]]]:
    """Runs of segments that each begin anew, short ones together, with the number of the first segment of each."""
    runs: list[tuple[int, list[Segment]]] = []
    for place, segment in enumerate(segments):
        if segment.begins or not runs:
            runs.append((place, []))
        runs[-1][1].append(segment)
    groups: list[tuple[int, list[Segment]]] = []
    for place, run in runs:
        together = groups and frames_of(groups[-1][1]) + frames_of(run) <= usual
        if together:
            groups[-1][1].extend(run)
        else:
            groups.append((place, list(run)))
    return groups


def even(segments: Sequence[Segment], count: int) -> list[list[Segment]]:
    """The segments in so many parts of about as many frames each; fewer where there are not so many segments."""
    total, done = frames_of(segments), 0
    parts: list[list[Segment]] = []
    for segment in segments:
        if not parts or done >= total * len(parts) / count:
            parts.append([])
        parts[-1].append(segment)
        done += segment.frames
    return parts


def frames_of(segments: Sequence[Segment]) -> int:
    """How many frames the segments have."""
    return sum(segment.frames for segment in segments)
