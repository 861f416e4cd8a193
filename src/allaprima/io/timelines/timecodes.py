"""Timecodes as counts of frames, after SMPTE ST 12-1; drop-frame numbers where a semicolon says so."""

from __future__ import annotations

import re
from fractions import Fraction

from allaprima.errors import SourceError

TIMECODE = re.compile(r"(\d{2}):(\d{2}):(\d{2})([:;.,])(\d{2,3})")


def frames_of(timecode: str, rate: Fraction, *, drop: bool = False) -> int:
    """The count of frames that a timecode stands for at a rate; raises SourceError for what is none at that rate."""
    match = TIMECODE.fullmatch(timecode.strip())
    nominal = round(rate)
    if match is None or int(match[5]) >= nominal or int(match[2]) >= 60 or int(match[3]) >= 60:
        raise SourceError(f"{timecode!r} is no timecode at {float(rate):g} frames a second",
                          "give the timeline's rate by --rate")
    hours, minutes, seconds, frames = int(match[1]), int(match[2]), int(match[3]), int(match[5])
    count = ((hours * 60 + minutes) * 60 + seconds) * nominal + frames
    if (drop or match[4] in ";,") and nominal % 30 == 0:
        whole = hours * 60 + minutes
        count -= nominal // 15 * (whole - whole // 10)
    return count


def packed_frames(packed: int, rate: Fraction) -> int | None:
    """The count of frames of a timecode as OpenEXR and DPX pack it, in digits of four bits; None where it is none."""
    digits = [(packed >> shift) & 15 for shift in range(0, 32, 4)]
    numbers = [digits[place] + 10 * (digits[place + 1] & tens) for place, tens in ((6, 3), (4, 7), (2, 7), (0, 3))]
    sign = ";" if packed >> 6 & 1 else ":"
    try:
        return frames_of("{:02d}:{:02d}:{:02d}".format(*numbers) + f"{sign}{numbers[3]:02d}", rate)
    except SourceError:
        return None
