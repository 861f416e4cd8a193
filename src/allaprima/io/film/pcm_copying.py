"""Plain samples for MP4 and MOV, which count them and keep no stamps: what is missing becomes silence."""

from __future__ import annotations

import re
from collections.abc import Iterator
from fractions import Fraction
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from av.container import OutputContainer
    from av.packet import Packet
    from av.stream import Stream

_SILENCE = {"pcm_s": b"\0", "pcm_f": b"\0", "pcm_u8": b"\x80", "pcm_alaw": b"\xd5", "pcm_mulaw": b"\xff"}
_FOLLOWED_SECONDS = Fraction(1, 20)
"""Stamps are rounded and jitter: what they are off by less than this is not heard beside a picture."""


def keeps_count(muxer: str) -> bool:
    """Whether a container keeps only the count of plain samples."""
    return muxer in ("mp4", "mov")


def is_counted(stream: Stream, muxer: str) -> bool:
    """Whether a container keeps only the count of a stream's samples."""
    return keeps_count(muxer) and stream.type == "audio" and _silence_of(_name_of(stream)) is not None


class CountedSamples:
    """Packets of samples for an output's stream, silence in the gaps, without what laps over the packet before."""

    def __init__(self, stream: Stream, codec: str, channels: int, rate: int) -> None:
        silence = _silence_of(codec)
        assert silence is not None
        self.stream = stream
        bits = re.search(r"\d+", codec)
        self._block = (int(bits.group()) if bits else 8) // 8 * channels
        self._rate = rate
        self._second = silence * self._block * self._rate
        self._ends: int | None = None

    def packets(self, packet: Packet[Stream]) -> Iterator[Packet[Stream]]:
        """What one packet becomes."""
        stamp = packet.dts if packet.dts is not None else packet.pts
        begins = 0 if stamp is None else round(stamp * packet.time_base * self._rate)
        if self._ends is None:
            self._ends = begins
        late = 0 if stamp is None else begins - self._ends
        data = bytes(packet)
        if late > _FOLLOWED_SECONDS * self._rate:
            for start in range(0, late, self._rate):
                yield self._timed(self._second[:min(self._rate, late - start) * self._block])
        elif late < -_FOLLOWED_SECONDS * self._rate:
            data = data[-late * self._block:]
        if data:
            yield self._timed(data)

    def _timed(self, data: bytes) -> Packet[Stream]:
        from av.packet import Packet

        assert self._ends is not None
        samples = len(data) // self._block
        packet: Packet[Stream] = Packet(data)
        packet.stream = self.stream
        packet.time_base = Fraction(1, self._rate)
        packet.pts = packet.dts = self._ends
        packet.duration = samples
        packet.is_keyframe = True
        self._ends += samples
        return packet


class PcmCopy:
    """Packets of samples as they are, but for gaps and laps."""

    def __init__(self, stream: Stream, output: OutputContainer) -> None:
        from av.audio.stream import AudioStream

        assert isinstance(stream, AudioStream)
        self.stream: Stream = output.add_stream_from_template(stream, opaque=True)
        self._samples = CountedSamples(self.stream, _name_of(stream), stream.layout.nb_channels,
                                       stream.codec_context.sample_rate)

    def packets(self, packet: Packet[Stream]) -> Iterator[Packet[Stream]]:
        """What one packet of the input becomes."""
        return self._samples.packets(packet)

    def flush(self) -> Iterator[Packet[Stream]]:
        """Nothing: samples are never on their way."""
        yield from ()


def _name_of(stream: Stream) -> str:
    return stream.codec_context.codec.canonical_name


def _silence_of(name: str) -> bytes | None:
    """The byte that samples of silence are made of, None for what are no plain samples."""
    return next((byte for kind, byte in _SILENCE.items() if name.startswith(kind)), None)
