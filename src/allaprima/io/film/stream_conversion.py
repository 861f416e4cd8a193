"""Sound and text that a container cannot hold as they are, in the form that it can."""

from __future__ import annotations

import io
import re
from collections.abc import Iterable, Iterator
from fractions import Fraction
from typing import TYPE_CHECKING

from allaprima.io.film.overlapping_lines import Lines, OneAfterTheOther
from allaprima.io.film.pcm_copying import CountedSamples, keeps_count
from allaprima.io.film.sound_layouts import AAC_LAYOUTS, OPUS_LAYOUTS
from allaprima.io.film.sound_resampling import SoundResampling, mapped_layout

if TYPE_CHECKING:
    from av.audio.frame import AudioFrame
    from av.container import OutputContainer
    from av.packet import Packet
    from av.stream import Stream

_TEXT_SUBTITLES = {"subrip", "srt", "ass", "ssa", "mov_text", "webvtt", "text"}
_DRAWING_SCALE = re.compile(rb"\\p(\d+)")
_MILLISECONDS_IF_UNTOLD = 3000
_BITS_A_CHANNEL = 96_000
# Left to itself, FFmpeg's encoder of Opus confuses the channels of these. Told the mapping, it does not, but takes all
# above 120 Hz out of the LFE, so that it is told for no others.
_CONFUSED_BY_OPUS = ("5.0", "6.1")
# Encoders of text ask for a header that names at least one style; players use their own for plain text.
_ASS_HEADER = "\r\n".join([
    "[Script Info]", "ScriptType: v4.00+", "", "[V4+ Styles]",
    "Format: Name, Fontname, Fontsize, PrimaryColour, SecondaryColour, OutlineColour, BackColour, Bold, Italic, "
    "Underline, StrikeOut, ScaleX, ScaleY, Spacing, Angle, BorderStyle, Outline, Shadow, Alignment, MarginL, MarginR, "
    "MarginV, Encoding",
    "Style: Default,Arial,16,&Hffffff,&Hffffff,&H0,&H0,0,0,0,0,100,100,0,0,1,1,0,2,10,10,10,1",
    "", "[Events]", "Format: Layer, Start, End, Style, Name, MarginL, MarginR, MarginV, Effect, Text", ""]).encode()


def audio_target(muxer: str) -> str:
    """The codec that sound is converted to for a container."""
    return "opus" if muxer == "webm" else "aac"


def subtitle_target(muxer: str) -> str:
    """The codec that text is converted to for a container."""
    return {"matroska": "subrip", "webm": "webvtt"}.get(muxer, "mov_text")


def is_text_subtitle(stream: Stream) -> bool:
    """Whether a subtitle stream holds text rather than pictures of it."""
    return stream.codec_context.codec.canonical_name in _TEXT_SUBTITLES


def is_samples(stream: Stream) -> bool:
    """Whether a sound stream holds plain samples of full depth; those of telephones (A-law, mu-law) are coded."""
    name = stream.codec_context.codec.canonical_name
    return name.startswith("pcm_") and name not in ("pcm_alaw", "pcm_mulaw")


def samples_target(stream: Stream) -> str:
    """The plain samples that keep a sound: 16 bits of what was 16 bits, else 24."""
    from av.audio.codeccontext import AudioCodecContext

    context = stream.codec_context
    assert isinstance(context, AudioCodecContext)
    return "pcm_s16le" if context.format is not None and context.format.name in ("s16", "s16p", "u8", "u8p") \
        else "pcm_s24le"


def can_convert(stream: Stream, first: Packet[Stream], muxer: str, target: str) -> bool:
    """Whether a stream can be decoded here and become ``target`` in a container: found by trying its first packet."""
    import av

    try:
        with av.open(io.BytesIO(), "w", format=muxer) as trial:
            conversion = conversion_for(stream, trial, muxer, target)
            trial.start_encoding()
            for packet in (*conversion.packets(first), *conversion.flush()):
                trial.mux_one(packet)
    except (av.FFmpegError, ValueError):
        return False
    return True


def conversion_for(stream: Stream, output: OutputContainer, muxer: str,
                   target: str) -> AudioConversion | SubtitleConversion:
    """What converts a stream of sound or text to ``target`` for a container."""
    return AudioConversion(stream, output, muxer, target) if stream.type == "audio" else \
        SubtitleConversion(stream, output, target)


class AudioConversion:
    """Decodes a sound stream and encodes it anew into an output, at its own times; damaged packets are passed over.

    Raises ``ValueError`` where the sound's channels have no place in any layout of the codec.
    """

    def __init__(self, stream: Stream, output: OutputContainer, muxer: str, target: str) -> None:
        from av.audio.codeccontext import AudioCodecContext
        from av.audio.stream import AudioStream
        from av.codec.codec import Codec

        assert isinstance(stream, AudioStream)
        encoder, layouts = {"opus": ("libopus", OPUS_LAYOUTS), "aac": ("aac", AAC_LAYOUTS)}.get(
            target, (target, (stream.layout.name, *OPUS_LAYOUTS)))
        samples = target.startswith("pcm_")
        mapped = mapped_layout(stream.layout, layouts)
        if mapped is None:
            raise ValueError(f"no layout of {encoder} holds {stream.layout.name}")
        rates = Codec(encoder, "w").audio_rates or [stream.codec_context.sample_rate if samples else 48000]
        rate = min((known for known in rates if known >= stream.codec_context.sample_rate), default=max(rates))
        options = {"mapping_family": "1"} if target == "opus" and mapped.layout in _CONFUSED_BY_OPUS else {}
        created = output.add_stream(encoder, rate=rate, options=options)
        assert isinstance(created, AudioStream)
        context: AudioCodecContext = created.codec_context
        context.layout = mapped.layout
        if not samples:
            context.bit_rate = _BITS_A_CHANNEL * len(mapped.parts)
        self.stream: Stream = created
        self._encoder = context
        self._resampling = SoundResampling(context.format.name, rate, mapped.layout)
        self._counted = CountedSamples(created, target, len(mapped.parts), rate) \
            if samples and keeps_count(muxer) else None

    def packets(self, packet: Packet[Stream]) -> Iterator[Packet[Stream]]:
        """What one packet of the input becomes."""
        import av

        try:
            frames: list[AudioFrame] = [frame for frame in packet.decode() if isinstance(frame, av.AudioFrame)]
        except av.FFmpegError:
            return
        for frame in frames:
            yield from self._encoded(self._resampling.frames(frame))

    def flush(self) -> Iterator[Packet[Stream]]:
        """What was still on its way."""
        yield from self._encoded(self._resampling.flush())
        yield from self._of_output(self._encoder.encode(None))

    def _encoded(self, frames: Iterator[AudioFrame]) -> Iterator[Packet[Stream]]:
        for frame in frames:
            yield from self._of_output(self._encoder.encode(frame))

    def _of_output(self, packets: list[Packet[Stream]]) -> Iterator[Packet[Stream]]:
        for packet in packets:
            if self._counted is not None:
                yield from self._counted.packets(packet)
                continue
            packet.stream = self.stream
            yield packet


class SubtitleConversion:
    """Text of one kind of subtitles to another: the words and their times, not their styling."""

    def __init__(self, stream: Stream, output: OutputContainer, target: str) -> None:
        from av.subtitles.stream import SubtitleStream

        assert isinstance(stream, SubtitleStream)
        created = output.add_stream(target)
        assert isinstance(created, SubtitleStream)
        created.codec_context.subtitle_header = _ASS_HEADER
        created.codec_context.time_base = Fraction(1, 1000)
        created.time_base = Fraction(1, 1000)
        self.stream: Stream = created
        self._encoder = created.codec_context
        self._decoder = stream.codec_context
        self._order = OneAfterTheOther() if target == "mov_text" else None

    def packets(self, packet: Packet[Stream]) -> Iterator[Packet[Stream]]:
        """What one packet of the input lets out; what overlaps is held until it is certain, where it must not."""
        import av
        from av.subtitles.subtitle import AssSubtitle

        try:
            decoded = self._decoder.decode2(packet)
        except av.FFmpegError:
            return
        words = [_plain(part.ass) for part in decoded or () if isinstance(part, AssSubtitle)]
        if packet.pts is None or not any(words):
            return
        begins = round(packet.pts * packet.time_base * 1000)
        length = round((packet.duration or 0) * packet.time_base * 1000) or _MILLISECONDS_IF_UNTOLD
        lines = Lines(begins, begins + length, b"\\N".join(word for word in words if word))
        yield from self._encoded((lines,) if self._order is None else self._order.add(lines))

    def flush(self) -> Iterator[Packet[Stream]]:
        """What is still held."""
        if self._order is not None:
            yield from self._encoded(self._order.rest())

    def _encoded(self, shown: Iterable[Lines]) -> Iterator[Packet[Stream]]:
        import av
        from av.subtitles.subtitle import SubtitleSet

        for lines in shown:
            length = lines.ends - lines.begins
            event = b"0,0,Default,,0,0,0,," + lines.text
            try:
                packet: Packet[Stream] = self._encoder.encode_subtitle(SubtitleSet.create(event, 0, length))
            except av.FFmpegError:
                continue
            packet.pts = packet.dts = lines.begins
            packet.duration, packet.time_base = length, Fraction(1, 1000)
            packet.stream = self.stream
            yield packet


def _plain(event: bytes) -> bytes:
    r"""The text of an ASS event: without the eight fields before it, the overrides in braces, and drawings.

    A drawing is text too: the commands that follow ``{\p1}`` or a larger scale, up to ``{\p0}``.
    """
    text = event.split(b",", 8)[-1]
    begun, *pieces = text.split(b"{")
    words, drawing = [begun], False
    for piece in pieces:
        overrides, _, rest = piece.partition(b"}")
        for scale in _DRAWING_SCALE.findall(overrides):
            drawing = int(scale) > 0
        if not drawing:
            words.append(rest)
    return b"".join(words).replace(b"\\h", b" ").strip()
