"""What becomes of a film's other streams: decided before the first frame is rendered, by trying, not by lists."""

from __future__ import annotations

import io
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from allaprima.io.safe_open import open_container
from allaprima.io.video_report import StreamDecision

if TYPE_CHECKING:
    from av.container import InputContainer, OutputContainer
    from av.packet import Packet
    from av.stream import Stream

Audio = Literal["copy", "none"]
_CARRIED = ("audio", "subtitle")


def plan_streams(path: Path, muxer: str, audio: Audio) -> tuple[StreamDecision, ...]:
    """One decision for each stream of a film but the one that is stylised."""
    with open_container(path) as container:
        best = container.streams.best("video")
        others = [stream for stream in container.streams if best is None or stream.index != best.index]
        firsts = _first_packets(container, {stream.index for stream in others if stream.type in _CARRIED})
        return tuple(_decide(stream, firsts.get(stream.index), muxer, audio) for stream in others)


def _decide(stream: Stream, first: Packet[Stream] | None, muxer: str, audio: Audio) -> StreamDecision:
    kind = str(stream.type)
    codec = stream.codec_context.name if stream.codec_context is not None else str(stream.name or "unknown")

    def decision(fate: Literal["copied", "dropped"], reason: str | None = None) -> StreamDecision:
        return StreamDecision(stream.index, kind, codec, fate, reason, stream.language)

    if kind == "video":
        is_cover = bool(stream.disposition & stream.disposition.attached_pic)
        return decision("dropped", "a cover picture" if is_cover else "only the main video stream is kept")
    if kind == "audio" and audio == "none":
        return decision("dropped", "no audio was asked for")
    if kind not in _CARRIED or stream.codec_context is None:
        return decision("dropped", f"{kind} streams are not carried")
    if first is None:
        return decision("dropped", "it holds no packets")
    refusal = _refusal(stream, first, muxer)
    return decision("copied") if refusal is None else decision("dropped", f"{muxer} cannot hold it ({refusal})")


def _refusal(stream: Stream, first: Packet[Stream], muxer: str) -> str | None:
    """Why a container cannot hold a stream's packets, None if it can: found by muxing the first one into memory.

    Some muxers accept a stream at its header and raise only at its first packet.
    """
    import av

    try:
        with av.open(io.BytesIO(), "w", format=muxer) as trial:
            copy = trial.add_stream_from_template(stream, opaque=True)
            first.stream = copy
            trial.mux_one(first)
    except (av.FFmpegError, ValueError) as error:
        return str(getattr(error, "strerror", None) or error)
    return None


def _first_packets(container: InputContainer, wanted: set[int]) -> dict[int, Packet[Stream]]:
    import av

    found: dict[int, Packet[Stream]] = {}
    try:
        for packet in container.demux():
            if packet.size and packet.stream.index in wanted:
                found.setdefault(packet.stream.index, packet)
                if len(found) == len(wanted):
                    break
    except av.FFmpegError:
        return found
    return found


@dataclass(frozen=True, slots=True)
class TimedPacket:
    """A packet ready for muxing and the time by which it is interleaved, in seconds of the output."""

    seconds: Fraction
    packet: Packet[Stream]


class StreamCopier:
    """Carries the planned streams of a film into an output; closed by the caller.

    shift: seconds taken off all times. start, end: the part of the input that is wanted, on its own clock; a packet is
    taken if any of it lies inside, so that sound begins at most one packet early.
    """

    def __init__(self, path: Path, output: OutputContainer, decisions: tuple[StreamDecision, ...], *, shift: Fraction,
                 start: Fraction | None, end: Fraction | None) -> None:
        self._container = open_container(path)
        self._shift, self._start, self._end = shift, start, end
        self._outputs: dict[int, Stream] = {}
        for decision in decisions:
            if decision.fate == "copied":
                stream = self._container.streams[decision.index]
                copy = output.add_stream_from_template(stream, opaque=True)
                copy.metadata.update(stream.metadata)
                copy.disposition = stream.disposition
                self._outputs[decision.index] = copy

    def close(self) -> None:
        self._container.close()

    def packets(self) -> Iterator[TimedPacket]:
        """The packets to copy, in the order of the file."""
        import av

        if not self._outputs:
            return
        try:
            for packet in self._container.demux():
                output = self._outputs.get(packet.stream.index)
                time = packet.dts if packet.dts is not None else packet.pts
                if output is None or not packet.size or time is None or not self._wanted(packet, time):
                    continue
                shift = round(self._shift / packet.time_base)
                packet.pts = None if packet.pts is None else packet.pts - shift
                packet.dts = None if packet.dts is None else packet.dts - shift
                seconds = time * packet.time_base - self._shift
                packet.stream = output
                yield TimedPacket(seconds, packet)
        except av.FFmpegError:
            return

    def _wanted(self, packet: Packet[Stream], time: int) -> bool:
        begins = time * packet.time_base
        ends = begins + (packet.duration or 0) * packet.time_base
        return (self._start is None or ends > self._start) and (self._end is None or begins < self._end)
