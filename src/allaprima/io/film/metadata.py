"""What a film says of itself beside its streams: titles, chapters, timecode."""

from __future__ import annotations

import re
from fractions import Fraction
from typing import TYPE_CHECKING

from allaprima.io.film.stream_copying import FilmPart, describe

if TYPE_CHECKING:
    from av.container import InputContainer, OutputContainer
    from av.container.core import Chapter
    from av.stream import Stream

_OF_THE_FILE = {"major_brand", "minor_version", "compatible_brands", "encoder", "duration", "timecode"}
_TIMECODE = re.compile(r"(\d\d):(\d\d):(\d\d)([:;.])(\d\d)")


def carry_metadata(container: InputContainer, output: OutputContainer, video: Stream, film: FilmPart, *,
                   shift: Fraction, rate: Fraction) -> int:
    """The number of chapters that an output got, before its header, with the film's tags, its video's and its timecode.

    shift: seconds taken off all times; chapters follow it, and the timecode names the first frame that is left.
    """
    output.metadata.update({name: text for name, text in container.metadata.items()
                            if name.lower() not in _OF_THE_FILE})
    best = container.streams.best("video")
    if best is not None:
        describe(best, video, but=("rotate", "alpha_mode", "timecode", "stereo_mode"))
    if film.stereo_mode is not None:
        video.metadata["stereo_mode"] = film.stereo_mode  # Matroska's muxer makes an element of it, others pass it over
    reel = named_anywhere(container, "reel_name")
    if reel is not None:
        video.metadata["reel_name"] = reel  # QuickTime's muxer writes it beside the timecode
    timecode = named_anywhere(container, "timecode")
    if timecode is not None:
        skipped = Fraction(0) if film.start is None else shift
        video.metadata["timecode"] = advanced(timecode, round(skipped * rate), round(rate))
    chapters = shifted_chapters(container.chapters(), film, shift)
    if chapters:
        output.set_chapters(chapters)
    return len(chapters)


def named_anywhere(container: InputContainer, wanted: str) -> str | None:
    """What a film says under a name, whichever of its streams carries it: timecode and reel lie in one of their own."""
    described = [container.metadata, *(stream.metadata for stream in container.streams)]
    return next((text for metadata in described for name, text in metadata.items() if name.lower() == wanted), None)


def shifted_chapters(chapters: list[Chapter], film: FilmPart, shift: Fraction) -> list[Chapter]:
    """The chapters of a part of a film, cut at its ends, in milliseconds."""
    kept: list[Chapter] = []
    for chapter in chapters:
        base = chapter["time_base"] or Fraction(1)
        begins, ends = chapter["start"] * base, chapter["end"] * base
        if not film.overlaps(begins, ends):
            continue
        begins = begins if film.start is None else max(begins, film.start)
        ends = ends if film.end is None else min(ends, film.end)
        kept.append({"id": len(kept), "start": round((begins - shift) * 1000), "end": round((ends - shift) * 1000),
                     "time_base": Fraction(1, 1000), "metadata": dict(chapter["metadata"])})
    return kept


def advanced(timecode: str, frames: int, rate: int) -> str:
    """A timecode so many frames later, at a nominal rate; with ``;`` it drops numbers as SMPTE ST 12-1 says."""
    found = _TIMECODE.fullmatch(timecode)
    if found is None or not frames or not rate:
        return timecode
    hours, minutes, seconds, mark, number = found.groups()
    drop = rate // 15 if mark == ";" and rate % 30 == 0 else 0
    whole_minutes = int(hours) * 60 + int(minutes)
    count = (whole_minutes * 60 + int(seconds)) * rate + int(number) + frames
    count -= drop * (whole_minutes - whole_minutes // 10)
    if drop:
        tens, rest = divmod(count, 600 * rate - 9 * drop)
        count += drop * (9 * tens + max(0, (rest - drop) // (60 * rate - drop)))
    total, number_now = divmod(count, rate)
    return f"{total // 3600 % 24:02d}:{total // 60 % 60:02d}:{total % 60:02d}{mark}{number_now:02d}"
