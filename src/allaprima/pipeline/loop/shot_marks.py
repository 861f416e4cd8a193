"""Frames as they come, with what the shot detector says of each: found beside decoding, read by the loop."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from allaprima.frames import Frame
from allaprima.temporal.shots import Change, ShotState, watched


@dataclass(frozen=True, slots=True)
class Mark:
    """What happens at a frame, and what the detector knows after it; None where no detector has seen the frame."""

    change: Change
    state: ShotState | None


UNMARKED = Mark("none", None)


class ShotMarks:
    """Iterates over frames and remembers, by index, which of them begin a shot or belong to a fade.

    A gap in the indices begins a shot too: what is missing cannot be followed. before: what the detector knows of the
    frames before the first.
    """

    def __init__(self, frames: Iterable[Frame], before: ShotState | None = None) -> None:
        self._frames, self._state = frames, before
        self._marks: dict[int, Mark] = {}

    def __iter__(self) -> Iterator[Frame]:
        last: int | None = None
        for frame in self._frames:
            change, self._state = watched(frame.image, self._state)
            if last is not None and frame.index != last + 1:
                change = "cut"
            last = frame.index
            self._marks[frame.index] = Mark(change, self._state)
            yield frame

    def begins(self, frame: Frame) -> bool:
        """Whether a shot begins at the frame, which has been handed out."""
        return self._marks.get(frame.index, UNMARKED).change == "cut"

    def taken(self, frame: Frame) -> Mark:
        """What happens at the frame; forgotten with this answer, so that a long film leaves nothing behind."""
        return self._marks.pop(frame.index, UNMARKED)


def shot_starts(frames: Iterable[Frame]) -> list[int]:
    """The indices of the frames that begin a shot, the first frame's among them."""
    marks = ShotMarks(frames)
    starts: list[int] = []
    for frame in marks:
        if not starts or marks.begins(frame):
            starts.append(frame.index)
        marks.taken(frame)
    return starts
