"""A film's other streams on their way into an output: copied packet by packet, or converted as was planned."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from allaprima.io.film.clock_joins import JoinedClock, joins_of
from allaprima.io.film.packet_times import PacketTimes
from allaprima.io.film.pcm_copying import PcmCopy, is_counted
from allaprima.io.film.report import StreamDecision
from allaprima.io.film.safe_open import open_container
from allaprima.io.film.strays import HeldPackets
from allaprima.io.film.stream_conversion import conversion_for
from allaprima.plurals import counted

if TYPE_CHECKING:
    from av.container import InputContainer, OutputContainer
    from av.packet import Packet
    from av.stream import Stream


_RUN_IN_SECONDS = Fraction(1, 10)
_EQUAL_TIMES_TAKEN = 0x20000
"""FFmpeg's AVFMT_TS_NONSTRICT: a container whose packets need not advance in time."""


@dataclass(frozen=True, slots=True)
class FilmPart:
    """The film whose other streams go along: which, and which part of it, on its own clock in seconds.

    stereo_mode: Matroska's name for how two eyes' views lie in its pictures, None where they do not.
    """

    path: Path
    decisions: tuple[StreamDecision, ...]
    start: Fraction | None
    end: Fraction | None
    stereo_mode: str | None = None

    def overlaps(self, begins: Fraction, ends: Fraction) -> bool:
        """Whether any of a span of the film's clock lies in this part."""
        return (self.start is None or ends > self.start) and (self.end is None or begins < self.end)


@dataclass(frozen=True, slots=True)
class TimedPacket:
    """A packet ready for muxing and the time by which it is interleaved, in seconds of the output."""

    seconds: Fraction
    packet: Packet[Stream]


class _Carrier(Protocol):
    stream: Stream

    def packets(self, packet: Packet[Stream]) -> Iterator[Packet[Stream]]: ...

    def flush(self) -> Iterator[Packet[Stream]]: ...


class _Copy:
    """Packets as they are."""

    def __init__(self, stream: Stream, output: OutputContainer) -> None:
        self.stream = output.add_stream_from_template(stream, opaque=True)

    def packets(self, packet: Packet[Stream]) -> Iterator[Packet[Stream]]:
        packet.stream = self.stream
        yield packet

    def flush(self) -> Iterator[Packet[Stream]]:
        yield from ()


class StreamCopier:
    """Carries the planned streams of a film into an output; closed by the caller.

    shift: seconds taken off all times. A packet is taken if any of it lies in the part, so that sound may begin one
    packet early: containers with edit lists hide that, others show it.
    """

    def __init__(self, film: FilmPart, output: OutputContainer, muxer: str, *, shift: Fraction) -> None:
        import av

        self._film, self._shift = film, shift
        self.container: InputContainer = open_container(film.path)
        self._carriers: dict[int, _Carrier] = {}
        self._times: dict[int, PacketTimes] = {}
        self._ends: dict[int, Fraction] = {}
        self._held = HeldPackets()
        self._beginning = Fraction(self.container.start_time or 0, av.time_base)
        self._shows_all = muxer not in ("mp4", "mov")
        for decision in film.decisions:
            if decision.fate == "dropped" or decision.kind not in ("audio", "subtitle", "attachment"):
                continue
            stream = self.container.streams[decision.index]
            if decision.kind == "attachment":
                _attach(stream, output)
                continue
            carrier = _carrier_for(stream, decision, output, muxer)
            describe(stream, carrier.stream)
            self._carriers[decision.index] = carrier
            self._times[decision.index] = PacketTimes(carrier.stream,
                                                      strict=not output.format.flags & _EQUAL_TIMES_TAKEN)

    def close(self) -> None:
        """Closes the film; nothing can be carried after it."""
        self.container.close()

    @property
    def notes(self) -> tuple[str, ...]:
        """What had to be done to the packets' times, a sentence each; complete once all packets were handed out."""
        notes = tuple(times.note for times in self._times.values() if times.note)
        if self._held.strayed:
            notes += (f"the stamps of {counted(self._held.strayed, 'packet')} of audio lie far ahead of those around; "
                      "each follows the packet before it",)
        return notes

    def packets(self) -> Iterator[TimedPacket]:
        """The packets to mux, in the order of the film's file; the output's header is written by then."""
        import av

        if not self._carriers:
            return
        clock = JoinedClock(joins_of(self._film.path, self.container))
        try:
            for read in self.container.demux():
                clock.correct(read)
                if read.stream.index not in self._carriers or not read.size:
                    continue
                packet = self._held.exchange(read) if read.stream.type == "audio" else read
                if packet is not None:
                    yield from self._carried(packet)
        except (av.FFmpegError, IndexError):  # the end of what can be read; the source reports it
            pass
        for packet in self._held.rest():
            yield from self._carried(packet)
        for index, carrier in self._carriers.items():
            yield from self._timed(index, carrier.flush())

    def _carried(self, packet: Packet[Stream]) -> Iterator[TimedPacket]:
        index = packet.stream.index
        if self._wanted(packet):
            yield from self._timed(index, self._carriers[index].packets(packet))

    def _timed(self, index: int, packets: Iterator[Packet[Stream]]) -> Iterator[TimedPacket]:
        for packet in packets:
            ticks = round(self._shift / packet.time_base)
            packet.pts = None if packet.pts is None else packet.pts - ticks
            packet.dts = None if packet.dts is None else packet.dts - ticks
            self._times[index].settle(packet)
            assert packet.dts is not None
            yield TimedPacket(packet.dts * packet.time_base, packet)

    def _wanted(self, packet: Packet[Stream]) -> bool:
        """Whether a packet lies in the part; one without a stamp lies where the one before it ends.

        Sound that an edit list hides for longer than decoders need to begin is left out where no edit list hides it.
        """
        time = packet.dts if packet.dts is not None else packet.pts
        begins = self._ends.get(packet.stream.index, Fraction(0)) if time is None else time * packet.time_base
        ends = begins + (packet.duration or 0) * packet.time_base
        self._ends[packet.stream.index] = ends
        hidden = packet.is_discard and ends < self._beginning - _RUN_IN_SECONDS
        return self._film.overlaps(begins, ends) and not (hidden and self._shows_all)


def describe(stream: Stream, copy: Stream, but: Sequence[str] = ()) -> None:
    """Gives a copy the language, title and disposition of its stream, which a template leaves behind."""
    written_anew = {"encoder", "duration", "vendor_id", *but}
    copy.metadata.update({name: text for name, text in stream.metadata.items() if name.lower() not in written_anew})
    copy.disposition = stream.disposition


def _carrier_for(stream: Stream, decision: StreamDecision, output: OutputContainer, muxer: str) -> _Carrier:
    if decision.fate == "copied":
        return PcmCopy(stream, output) if is_counted(stream, muxer) else _Copy(stream, output)
    assert decision.becomes is not None
    return conversion_for(stream, output, muxer, decision.becomes)


def _attach(stream: Stream, output: OutputContainer) -> None:
    from av.stream import AttachmentStream

    assert isinstance(stream, AttachmentStream)
    output.add_attachment(stream.name or "attachment", stream.mimetype or "application/octet-stream", stream.data)
