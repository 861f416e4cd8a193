"""Frames as they come, with what the shot detector says of each: found beside decoding, read by the loop."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from allaprima.frames import Frame
from allaprima.temporal.shots import Change, ShotState, watched


class ShotMarks:
    """Iterates over frames and remembers, by index, which of them begin a shot or belong to a fade.

    A gap in the indices begins a shot too: what is missing cannot be followed. state: what the detector knows of the
    frames so far; ``before``: of those before the first.
    """

    def __init__(self, frames: Iterable[Frame], before: ShotState | None = None) -> None:
        self._frames, self.state = frames, before
        self._changes: dict[int, Change] = {}

    def __iter__(self) -> Iterator[Frame]:
        last: int | None = None
        for frame in self._frames:
            change, self.state = watched(frame.image, self.state)
            if last is not None and frame.index != last + 1:
                change = "cut"
            last = frame.index
            if change != "none":
                self._changes[frame.index] = change
            yield frame

    def begins(self, frame: Frame) -> bool:
        """Whether a shot begins at the frame, which has been handed out."""
        return self._changes.get(frame.index) == "cut"

    def taken(self, frame: Frame) -> Change:
        """What happens at the frame; forgotten with this answer, so that a long film leaves nothing behind."""
        return self._changes.pop(frame.index, "none")


def shot_state(frames: Iterable[Frame]) -> ShotState | None:
    """What the detector knows after those frames."""
    marks = ShotMarks(frames)
    for frame in marks:
        marks.taken(frame)
    return marks.state


def shot_starts(frames: Iterable[Frame]) -> list[int]:
    """The indices of the frames that begin a shot, the first frame's among them."""
    marks = ShotMarks(frames)
    starts: list[int] = []
    for frame in marks:
        if not starts or marks.begins(frame):
            starts.append(frame.index)
        marks.taken(frame)
    return starts
