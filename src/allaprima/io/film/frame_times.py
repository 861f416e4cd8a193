"""When frames are shown: strictly increasing integers, whatever the file's own times are like."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING

from allaprima.io.film.clock_breaks import Joins
from allaprima.io.film.header_promises import listed_frames

if TYPE_CHECKING:
    from av.container import InputContainer
    from av.video.frame import VideoFrame
    from av.video.stream import VideoStream

_SANE_RATE = Fraction(240)
"""Containers claim rates of 600, 1000 or 90000; above this a rate says nothing of the film."""
_DEFAULT_RATE = Fraction(25)


class FrameTimes:
    """The time of each frame of one reading of a stream, in ``time_base``; ``numbered`` streams get it from their rate.

    moved: frames whose own time did not come after the frame before; each was set one tick after it.
    worst_move: the most that one was moved, in ticks.
    """

    def __init__(self, stream: VideoStream, *, numbered: bool) -> None:
        self.numbered = numbered
        self.time_base = 1 / (rate_of(stream) or _DEFAULT_RATE) if numbered else Fraction(stream.time_base or 1)
        self.moved = 0
        self.worst_move = 0
        self._count = 0
        self._latest: int | None = None
        self._step = 1

    def time_of(self, frame: VideoFrame) -> int:
        """The time of the next frame."""
        pts = self._wanted(frame)
        if self._latest is not None and pts <= self._latest:
            self.moved += 1
            self.worst_move = max(self.worst_move, self._latest + 1 - pts)
            pts = self._latest + 1
        elif self._latest is not None:
            self._step = pts - self._latest
        self._count += 1
        self._latest = pts
        return pts

    def duration_of(self, frame: VideoFrame) -> int | None:
        """How long a frame is shown as far as the file says."""
        return 1 if self.numbered else frame.duration or None

    def _wanted(self, frame: VideoFrame) -> int:
        if self.numbered:
            return self._count
        if frame.pts is not None:
            return frame.pts
        if self._latest is not None:
            return self._latest + self._step
        return frame.dts or 0


def rate_of(stream: VideoStream) -> Fraction | None:
    """The rate that a stream's headers name, where a film can have it."""
    for rate in (stream.average_rate, stream.guessed_rate):
        if rate and 0 < rate <= _SANE_RATE:
            return Fraction(rate)
    return None


def frame_count_of(stream: VideoStream, container: InputContainer, joins: Joins, start: Fraction | None,
                   end: Fraction | None) -> int | None:
    """How many frames will come as far as the headers tell: for progress, never for sizes."""
    import av

    counted = listed_frames(container, stream) or joins.packets.get(stream.index) or stream.frames
    if start is None and end is None and counted:
        return counted
    rate = rate_of(stream)
    if rate is None or not (container.duration or end is not None):
        return None
    length = Fraction(container.duration, av.time_base) if container.duration else end
    if joins:  # the header's or FFmpeg's length is that of one recording, or of the time from the first to the last
        length = joins.packets[stream.index] / rate
    assert length is not None
    until = length if end is None else min(end, length)
    return max(round((until - (start or 0)) * rate), 0) or None
