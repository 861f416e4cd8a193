"""Segments and the input's other streams to one finished file: nothing is encoded again, all is interleaved by time."""

from __future__ import annotations

import heapq
import io
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING

from allaprima.errors import SinkError
from allaprima.io.film.encoding import CODECS, EncoderSettings
from allaprima.io.film.marks import UNFINISHED, mark_output
from allaprima.io.film.metadata import carry_metadata
from allaprima.io.film.opening import opening_encoders
from allaprima.io.film.report import StreamDecision
from allaprima.io.film.segments import SegmentFolder
from allaprima.io.film.stream_copying import FilmPart, StreamCopier, TimedPacket
from allaprima.io.interruptions import in_haste
from allaprima.plurals import counted

if TYPE_CHECKING:
    from av.container import OutputContainer
    from av.packet import Packet
    from av.stream import Stream

_LARGEST_TIMESCALE = (1 << 31) - 1


@dataclass(frozen=True, slots=True)
class Joined:
    """What a joined file got beside its pictures: its chapters, and a sentence for whatever had to be changed."""

    chapters: int
    notes: tuple[str, ...]


def join(segments: SegmentFolder, settings: EncoderSettings, target: Path, muxer: str, film: FilmPart | None,
         shift: Fraction, mark: str) -> Joined:
    """Writes ``target`` from the segments and the input's streams.

    shift: seconds taken off all times. mark: the name of the run, for the film's comment. Packets of the
    input's streams that the container refuses are left out and counted. Other foreign errors go through: the caller
    knows what was being written.
    """
    refused = 0
    with _output(_url(target), settings, muxer, film, shift, {"movflags": "+faststart"}, mark) as begun:
        pictures = _video_packets(segments, settings, begun.video, shift)
        for timed in heapq.merge(pictures, begun.others(), key=lambda timed: timed.seconds):
            if in_haste():
                raise KeyboardInterrupt
            refused += not _muxed(begun.output, timed.packet)
    notes = begun.copier.notes if begun.copier is not None else ()
    if refused:
        notes += (f"{counted(refused, 'packet')} of the other streams did not fit into {muxer} and "
                  f"{'was' if refused == 1 else 'were'} left out",)
    return Joined(begun.chapters, notes)


def held(settings: EncoderSettings, muxer: str, film: FilmPart | None, shift: Fraction, path: Path) -> FilmPart | None:
    """The film with those of its streams that the output holds together, found before a frame is painted.

    The output's beginning is written into memory. Where its container refuses it, streams are dropped that it refuses
    beside the others; ``SinkError`` where it refuses the pictures alone.
    """
    if (refusal := _refusal(settings, muxer, film, shift)) is None:
        return film
    if film is not None:
        reason = f"{muxer} does not hold it beside the others"
        kept: list[StreamDecision] = [decision if decision.fate == "dropped" else
                                      replace(decision, fate="dropped", reason=reason) for decision in film.decisions]
        for place, decision in enumerate(film.decisions):
            tried = [*kept[:place], decision, *kept[place + 1:]]
            if _refusal(settings, muxer, replace(film, decisions=tuple(tried)), shift) is None:
                kept = tried
        film = replace(film, decisions=tuple(kept))
        if (refusal := _refusal(settings, muxer, film, shift)) is None:
            return film
    raise SinkError(f"cannot write {path}: {muxer} does not take it ({refusal})",
                    "choose .mkv, which holds nearly everything, or another --codec")


def _refusal(settings: EncoderSettings, muxer: str, film: FilmPart | None, shift: Fraction) -> str | None:
    """Why a container does not take the beginning of an output, None if it does."""
    import av

    try:
        with _output(io.BytesIO(), settings, muxer, film, shift, {}):
            return None
    except (av.FFmpegError, ValueError) as error:
        return str(getattr(error, "strerror", None) or error).lower()


@dataclass(frozen=True, slots=True)
class _Begun:
    """An output whose header is written, and what goes into it."""

    output: OutputContainer
    video: Stream
    copier: StreamCopier | None
    chapters: int

    def others(self) -> Iterator[TimedPacket]:
        return iter(()) if self.copier is None else self.copier.packets()


@contextmanager
def _output(target: str | io.BytesIO, settings: EncoderSettings, muxer: str, film: FilmPart | None, shift: Fraction,
            mov_options: Mapping[str, str], mark: str = UNFINISHED) -> Iterator[_Begun]:
    import av
    from av.video.stream import VideoStream

    # Elsewhere times may begin below zero, as sound's do: FFmpeg would rather move every stream until none does.
    options = {**mov_options, "movie_timescale": str(_timescale(settings.time_base))} if muxer in ("mp4", "mov") \
        else {"avoid_negative_ts": "disabled"}
    # Matroska's muxer draws random numbers for its tracks unless the same input is to give the same bytes.
    output = av.open(target, "w", format=muxer, container_options={**options, "fflags": "+bitexact"})
    copier: StreamCopier | None = None
    chapters = 0
    try:
        video = output.add_stream(CODECS[settings.codec].encoder, rate=settings.rate)
        assert isinstance(video, VideoStream)
        settings.apply(video.codec_context)
        video.time_base = settings.time_base
        if film is not None:
            copier = StreamCopier(film, output, muxer, shift=shift)
            chapters = carry_metadata(copier.container, output, video, film, shift=shift, rate=settings.rate)
        mark_output(output, mark)
        with opening_encoders():
            output.start_encoding()
        yield _Begun(output, video, copier, chapters)
    finally:
        if copier is not None:
            copier.close()
        output.close()


def _muxed(output: OutputContainer, packet: Packet[Stream]) -> bool:
    """Whether the container took a packet; it may also have refused one that waited for it. Full disks go through.

    Frames that are missing for it are found when the file is read back.
    """
    import av

    try:
        output.mux_one(packet)
    except (av.error.ArgumentError, av.error.InvalidDataError, av.error.PatchWelcomeError):
        return False
    return True


def worst_error(segments: SegmentFolder, settings: EncoderSettings, target: Path, shift: Fraction) -> Fraction:
    """The most that a frame's time in the finished file differs from what it should be, in seconds.

    Read back from the file itself; a frame that is missing from it raises ``SinkError``.
    """
    import av

    wanted = sorted(pts - round(shift / settings.time_base) for pts in segments.times())
    with av.open(_url(target)) as container:
        stream = container.streams.video[0]
        base = stream.time_base or Fraction(1)
        found = sorted(packet.pts for packet in container.demux(stream) if packet.size and packet.pts is not None)
    if len(found) != len(wanted):
        raise SinkError(f"{target} holds {counted(len(found), 'frame')} after writing {len(wanted)}",
                        "try another container")
    return max(abs(pts * base - was * settings.time_base) for pts, was in zip(found, wanted, strict=True))


def _video_packets(segments: SegmentFolder, settings: EncoderSettings, stream: Stream,
                   shift: Fraction) -> Iterator[TimedPacket]:
    from av.packet import Packet

    times = segments.times()
    decoding_times = _decoding_times(times)
    ticks = round(shift / settings.time_base)
    for stored, dts in zip(segments.packets(), decoding_times, strict=True):
        packet: Packet[Stream] = Packet(stored.data)
        packet.stream = stream
        packet.time_base = settings.time_base
        packet.pts, packet.dts = stored.pts - ticks, dts - ticks
        packet.duration = stored.duration
        packet.is_keyframe = stored.keyframe
        yield TimedPacket(packet.dts * settings.time_base, packet)


def _decoding_times(times: list[int]) -> list[int]:
    """When each packet has to be decoded: the times of showing in order, early by the deepest reordering.

    Encoders that restart at each segment give times that would step back where segments meet.
    """
    shown = sorted(times)
    rank = {pts: place for place, pts in enumerate(shown)}
    delay = max((place - rank[pts] for place, pts in enumerate(times)), default=0)
    step = max(shown[1] - shown[0], 1) if len(shown) > 1 else 1
    return [shown[place - delay] if place >= delay else shown[0] - (delay - place) * step
            for place in range(len(times))]


def _url(path: Path) -> str:
    """A path that FFmpeg takes for a file, whatever colons are in it."""
    return "file:" + os.path.abspath(path)  # noqa: PTH100  links are to stay


def _timescale(time_base: Fraction) -> int:
    """A movie's time scale fine enough for edit lists to hold any start; FFmpeg's own 1000 rounds to milliseconds."""
    scale = time_base.denominator
    while scale < 10000:
        scale *= 2
    return min(scale, _LARGEST_TIMESCALE)
