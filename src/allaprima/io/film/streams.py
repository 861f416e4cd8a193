"""What becomes of a film's other streams: decided before the first frame is rendered, by trying, not by lists."""

from __future__ import annotations

import io
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING

from allaprima.config import Audio
from allaprima.io.film.report import StreamDecision, StreamFate
from allaprima.io.film.safe_open import open_container
from allaprima.io.film.stream_conversion import (
    audio_target,
    can_convert,
    is_samples,
    is_text_subtitle,
    samples_target,
    subtitle_target,
)

if TYPE_CHECKING:
    from av.container import InputContainer
    from av.packet import Packet
    from av.stream import Stream

Fate = tuple[StreamFate, str | None] | tuple[StreamFate, str | None, str]
"""What becomes of a stream, why, and the codec that it is converted to."""

_PACKETED = ("audio", "subtitle")
_SEARCHED_BYTES = 1 << 26
"""How far into a film its first lines of text are looked for: they may begin after an hour, or never."""


def plan_streams(path: Path, muxer: str, audio: Audio) -> tuple[StreamDecision, ...]:
    """One decision for each stream of a film but the one that is stylised."""
    with open_container(path) as container:
        best = container.streams.best("video")
        others = [stream for stream in container.streams if best is None or stream.index != best.index]
        firsts = _first_packets(container, [stream for stream in others if stream.type in _PACKETED])
        return tuple(_decide(container, stream, firsts.get(stream.index), muxer, audio) for stream in others)


def _decide(container: InputContainer, stream: Stream, first: Packet[Stream] | None, muxer: str,
            audio: Audio) -> StreamDecision:
    from av.audio.stream import AudioStream

    kind = str(stream.type)
    if kind == "video":
        cover = bool(stream.disposition & stream.disposition.attached_pic)
        fate: Fate = ("dropped", "a cover picture" if cover else "only the main video stream is kept")
    elif kind == "attachment":
        fate = ("copied", None) if muxer == "matroska" else ("dropped", f"{muxer} holds no attachments; .mkv does")
    elif "timecode" in stream.metadata and kind == "data":
        fate = "converted", "kept as the timecode of the video"
    elif _is_chapter_track(container, stream):
        fate = "dropped", "it repeats the chapters, which are kept"
    elif kind not in _PACKETED:
        fate = "dropped", "unknown data cannot be carried"
    elif kind == "audio" and audio == "none":
        fate = "dropped", "no audio was asked for"
    elif first is None or stream.codec_context is None:
        fate = "dropped", "it holds no packets that can be read"
    elif isinstance(stream, AudioStream) and not (stream.codec_context.sample_rate and stream.layout.nb_channels):
        fate = "dropped", "nothing tells its rate and channels: it begins far in the film, or is damaged"
    else:
        fate = _fate_of_packets(stream, first, muxer, audio)
    codec = stream.codec_context.codec.canonical_name if stream.codec_context is not None else kind
    return StreamDecision(stream.index, kind, codec, *fate[:2], stream.language, *fate[2:])


def _fate_of_packets(stream: Stream, first: Packet[Stream], muxer: str, audio: Audio) -> Fate:
    if stream.type == "audio" and audio == "pcm" and not is_samples(stream):
        target = samples_target(stream)
        if can_convert(stream, first, muxer, target):
            return "converted", "it becomes plain samples (PCM), for editing", target
    refusal = _refusal(stream, first, muxer)
    if refusal is None:
        return "copied", None
    name = stream.codec_context.codec.canonical_name
    target = audio_target(muxer) if stream.type == "audio" else subtitle_target(muxer)
    if stream.type == "audio" and can_convert(stream, first, muxer, target):
        return "converted", f"{muxer} cannot hold {name}; it becomes {target}", target
    if stream.type == "subtitle" and is_text_subtitle(stream) and can_convert(stream, first, muxer, target):
        return "converted", f"{muxer} cannot hold {name}; it becomes {target}, without its styling", target
    elsewhere = "" if muxer == "matroska" else "; .mkv holds nearly everything"
    return "dropped", f"{muxer} cannot hold {name} ({refusal}){elsewhere}"


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
    except av.FFmpegError as error:
        return (error.strerror or "refused").lower()
    except ValueError:
        return "not in its list of codecs"
    return None


def _is_chapter_track(container: InputContainer, stream: Stream) -> bool:
    """Whether a text stream of a QuickTime file is only where its chapters' names are kept."""
    chapters = container.chapters()
    named_by_text = stream.type in ("subtitle", "data") and len(stream.index_entries) == len(chapters)
    if not chapters or not named_by_text or not stream.time_base:
        return False
    starts = [entry.timestamp * stream.time_base for entry in stream.index_entries]
    named = [chapter["start"] * (chapter["time_base"] or 1) for chapter in chapters]
    return all(abs(one - other) < 0.01 for one, other in zip(starts, named, strict=True))


def _first_packets(container: InputContainer, wanted: list[Stream]) -> dict[int, Packet[Stream]]:
    """The first packet of each stream by its index; of text that begins late, one that stands for it."""
    import av

    found: dict[int, Packet[Stream]] = {}
    read = 0
    try:
        for packet in container.demux():
            if packet.size:
                found.setdefault(packet.stream.index, packet)
                read += packet.size
            missing = [stream for stream in wanted if stream.index not in found]
            if not missing:
                break
            if read > _SEARCHED_BYTES and all(stream.type == "subtitle" for stream in missing):
                return {**found, **{stream.index: _line_of_text(stream) for stream in missing}}
    except (av.FFmpegError, IndexError):  # of a stream that nobody announced PyAV says the latter
        return found
    return found


def _line_of_text(stream: Stream) -> Packet[Stream]:
    """A packet such as a stream of subtitles may hold: enough to try whether a container takes them."""
    from av.packet import Packet

    name = None if stream.codec_context is None else stream.codec_context.codec.canonical_name
    words = {"ass": b"0,0,Default,,0,0,0,,a", "ssa": b"0,0,Default,,0,0,0,,a", "mov_text": b"\0\1a"}
    packet: Packet[Stream] = Packet(words.get(name or "", b"a"))
    packet.stream = stream
    packet.time_base = stream.time_base or Fraction(1, 1000)
    packet.pts = packet.dts = 0
    packet.duration = 1
    return packet
