"""Values over time: keyframes, what lies between them, and the clock that tells a frame's time, exactly.

A curve's value at a keyframe is the keyframe's own, bit for bit; before the first and after the last it stays.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from typing import Literal

from allaprima.errors import OptionError
from allaprima.parsing import LONGEST_NUMBER, parsed_fraction, shown

Easing = Literal["linear", "smooth"]
EASINGS: tuple[Easing, ...] = ("linear", "smooth")

_INSTANT = re.compile(r"((?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?)(f?)", re.ASCII)


@dataclass(frozen=True, slots=True)
class Instant:
    """A time as it was asked for: seconds from the beginning, or the number of a frame."""

    value: Fraction
    in_frames: bool = False

    def __str__(self) -> str:
        return f"{float(self.value):g}{'f' if self.in_frames else ''}"


@dataclass(frozen=True, slots=True)
class Clock:
    """Tells the time of a stream's frames in seconds from its beginning.

    time_base: seconds a unit of pts. rate: frames a second, None where it is not known. beginning: seconds at which the
    stream begins. first_frame: the number that the frame at the beginning goes by.

    A container rounds times to its time base. Times within one unit of a frame's own are taken for it, so that a
    keyframe at frame 1 of a 23.976 fps Matroska file, which says 42 ms, meets that frame and not its neighbourhood.
    """

    time_base: Fraction
    rate: Fraction | None = None
    beginning: Fraction = Fraction(0)
    first_frame: int = 0

    def seconds(self, pts: int) -> Fraction:
        """The time of the frame shown at that pts."""
        return self._at_frame(pts * self.time_base - self.beginning)

    def seconds_of(self, instant: Instant) -> Fraction:
        """The time that an instant stands for; raises OptionError where frames are meant and the rate is not known."""
        if not instant.in_frames:
            return self._at_frame(instant.value)
        if self.rate is None:
            raise OptionError(f"cannot place the keyframe at frame {instant}: the stream does not tell its frame rate",
                              "give its time in seconds")
        return (instant.value - self.first_frame) / self.rate

    def _at_frame(self, seconds: Fraction) -> Fraction:
        if self.rate is None:
            return seconds
        nearest = round(seconds * self.rate) / self.rate
        return nearest if abs(seconds - nearest) <= self.time_base else seconds


@dataclass(frozen=True, slots=True)
class Curve:
    """Numbers at instants, and how to go from one to the next. A single key is a constant."""

    keys: tuple[tuple[Instant, float], ...]
    easing: Easing = "linear"

    @property
    def constant(self) -> float | None:
        """The value that it always has, or None where it changes."""
        values = {value for _, value in self.keys}
        return values.pop() if len(values) == 1 else None

    def at(self, seconds: Fraction, clock: Clock) -> float:
        """The value at that time."""
        if len(self.keys) == 1:
            return self.keys[0][1]
        index, share = between([clock.seconds_of(instant) for instant, _ in self.keys], seconds, self.easing)
        before = self.keys[index][1]
        return before if share == 0 else before + (self.keys[index + 1][1] - before) * float(share)

    def __str__(self) -> str:
        text = ",".join(f"{instant}:{value!r}" for instant, value in self.keys)
        return repr(self.keys[0][1]) if len(self.keys) == 1 else f"{text} {self.easing}"


def between(times: Sequence[Fraction], seconds: Fraction, easing: Easing) -> tuple[int, Fraction]:
    """The key at or before that time, and how far on the way to the next one it is, from 0 to below 1.

    "smooth" leaves and reaches every key at rest, by 3 x^2 - 2 x^3. Raises OptionError where times do not increase.
    """
    if any(late <= early for early, late in pairwise(times)):
        raise OptionError(f"the keyframes at {', '.join(f'{float(time):g}' for time in times)} s do not follow each "
                          "other in time", "give them in order, each at a frame of its own")
    index = max(0, bisect_right(times, seconds) - 1)
    if index == len(times) - 1 or seconds <= times[index]:
        return index, Fraction(0)
    way = (seconds - times[index]) / (times[index + 1] - times[index])
    return index, way if easing == "linear" else way * way * (3 - 2 * way)


def constant(value: float) -> Curve:
    """The curve that always has that value."""
    return Curve(((Instant(Fraction(0)), value),))


def parsed_instant(text: str) -> Instant | None:
    """The instant that ``2.5`` (seconds) or ``120f`` (a frame's number) stands for; None for anything else."""
    match = _INSTANT.fullmatch(text.strip()) if len(text) <= LONGEST_NUMBER else None
    if match is None or (match[2] and not match[1].isdecimal()):
        return None
    try:
        return Instant(parsed_fraction(match[1]), bool(match[2]))
    except ValueError:
        return None


def parsed_curve(text: str, name: str, low: float, high: float, easing: Easing = "linear") -> Curve:
    """The curve that ``0.8`` or ``0:0.2,5:1`` stands for; refusals say ``name``, of numbers out of range above all."""
    if ":" not in text:
        return Curve(((Instant(Fraction(0)), number_within(text, name, low, high)),), easing)
    keys = []
    for part in text.split(","):
        time, _, value = part.partition(":")
        instant = parsed_instant(time)
        if instant is None:
            raise OptionError(f"{shown(part.strip())} is no keyframe of the {name}",
                              "give time:value pairs, as in 0:0.2,5:1 (seconds) or 0f:0.2,120f:1 (frames)")
        keys.append((instant, number_within(value, name, low, high)))
    in_order(keys, name)
    return Curve(tuple(keys), easing)


def in_order(keys: Sequence[tuple[Instant, float]], name: str) -> None:
    """Raises OptionError unless keys of one unit follow each other; seconds and frames meet only with a clock."""
    for in_frames in (False, True):
        times = [instant.value for instant, _ in keys if instant.in_frames == in_frames]
        if any(late <= early for early, late in pairwise(times)):
            raise OptionError(f"the keyframes of the {name} do not follow each other in time",
                              "give them in order, each at a time of its own")


def number_within(text: str, name: str, low: float, high: float) -> float:
    """The number that the text stands for; raises OptionError where it is none or out of range."""
    try:
        value = float(text)
    except ValueError:
        raise OptionError(f"{name} {shown(text.strip())} is not a number",
                          f"choose a {name} from {low:g} to {high:g}, or keyframes such as 0:{low:g},5:{high:g}"
                          ) from None
    if not low <= value <= high:
        raise OptionError(f"{name} {value:g} is out of range", f"choose a {name} from {low:g} to {high:g}")
    return value
