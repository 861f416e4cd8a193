"""One film opened for decoding: its best video stream, packet by packet, with errors caught, counted and named."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Self

from allaprima.config import HwAccel
from allaprima.errors import SourceError
from allaprima.io.film.report import LOSSES_NAMED, Loss
from allaprima.io.film.safe_open import looks_encrypted, open_container
from allaprima.io.size_limit import remedy_for

if TYPE_CHECKING:
    from av.container import InputContainer
    from av.packet import Packet
    from av.stream import Stream
    from av.video.codeccontext import VideoCodecContext
    from av.video.frame import VideoFrame
    from av.video.stream import VideoStream

_ALPHA_DECODERS = {"vp8": "libvpx", "vp9": "libvpx-vp9"}  # FFmpeg's own decoders leave WebM's alpha plane behind
_COUNTS_ITS_FRAMES = ("mov", "mp4")
_KNOWS_ITS_DURATION = ("mov", "matroska", "avi", "flv")
_MISSING_SECONDS = Fraction(1, 10)
"""A header's duration is rounded and covers padding; an end missing by more than this is a loss."""
_GAP_SECONDS = Fraction(1)
"""Times that jump by more than this, and by several frames, are named: a damaged file skips so, a film with a variable
rate may."""


@dataclass(slots=True)
class Tally:
    """What decoding met so far."""

    packets: int = 0
    frames: int = 0
    hidden: int = 0
    lost: int = 0
    damaged: int = 0
    losses: list[Loss] = field(default_factory=list)

    def lose(self, seconds: float | None, reason: str, frames: int = 1) -> None:
        self.lost += frames
        self.name(Loss("lost", seconds, reason, frames))

    def damage(self, seconds: float | None) -> None:
        self.damaged += 1
        self.name(Loss("damaged", seconds, "decoded with errors, the damage concealed"))

    def forget_before(self, seconds: float) -> None:
        """Drops what was lost on the way to the first frame that was wanted."""
        self.losses = [loss for loss in self.losses if loss.seconds is not None and loss.seconds >= seconds]
        self.lost = sum(loss.frames for loss in self.losses if loss.kind == "lost")
        self.damaged = sum(loss.kind == "damaged" for loss in self.losses)
        self.hidden = 0

    def name(self, loss: Loss) -> None:
        """Adds to what is reported, as long as that is not endless."""
        if len(self.losses) < LOSSES_NAMED:
            self.losses.append(loss)


class Decoding:
    """A film's container, its best video stream and the decoder for it; a context manager that closes all of them."""

    def __init__(self, path: Path, max_pixels: int, hwaccel: HwAccel = "none") -> None:
        self.path = path
        self.tally = Tally()
        self._shown_until: int | None = None
        self.container: InputContainer = open_container(path, hwaccel, max_pixels)
        try:
            self.stream = self._best_stream()
            self._refuse_a_bomb(max_pixels)
            self.decoder = self._open_decoder(max_pixels)
        except BaseException:
            self.container.close()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None,
                 trace: TracebackType | None) -> None:
        self.container.close()

    def frames(self, start: int | None = None) -> Iterator[VideoFrame]:
        """The stream's frames as they are shown, from the keyframe before ``start`` (in the stream's time base)."""
        import av

        ends: dict[int, Fraction] = {}
        sought = start is not None and self._seek(start)
        packets = self.container.demux()
        while True:
            try:
                packet = next(packets, None)
            except (av.FFmpegError, IndexError) as error:  # of a stream that nobody announced PyAV says the latter
                self.tally.lose(None, f"reading stopped early ({getattr(error, 'strerror', None) or error})", 0)
                yield from self._decode(None)
                break
            if packet is None:
                break
            if packet.stream.index == self.stream.index:
                yield from self._decode(packet)
            if packet.pts is not None and packet.time_base:
                end = (packet.pts + (packet.duration or 0)) * packet.time_base
                ends[packet.stream.index] = max(end, ends.get(packet.stream.index, end))
        if not sought:
            self._count_what_is_missing(max(ends.values(), default=None))

    def seconds(self, pts: int | None) -> float | None:
        """A time of the stream as seconds from the film's beginning."""
        if pts is None or not self.stream.time_base:
            return None
        return round(float(pts * self.stream.time_base - self.beginning), 6)

    @property
    def beginning(self) -> Fraction:
        """The time at which the film's first stream starts, in seconds on its own clock."""
        import av

        return Fraction(self.container.start_time or 0, av.time_base)

    def _decode(self, packet: Packet[Stream] | None) -> Iterator[VideoFrame]:
        import av

        flushing = packet is None or (packet.size == 0 and packet.dts is None)
        if packet is not None and not flushing:
            self.tally.packets += 1
            self.tally.hidden += packet.is_discard
        try:
            frames = self.decoder.decode(None if flushing else packet)
        except av.error.EOFError:
            return
        except av.FFmpegError as error:
            time = None if packet is None else packet.pts if packet.pts is not None else packet.dts
            self.tally.lose(self.seconds(time), f"undecodable ({error.strerror or error})")
            return
        for frame in frames:
            self.tally.frames += 1
            self._name_a_gap(frame)
            if frame.is_corrupt:
                self.tally.damage(self.seconds(frame.pts))
            yield frame

    def _name_a_gap(self, frame: VideoFrame) -> None:
        base = self.stream.time_base
        if frame.pts is None or not base:
            return
        if self._shown_until is not None and frame.duration:
            gap = frame.pts - self._shown_until
            if gap * base > _GAP_SECONDS and gap > 4 * frame.duration:
                where = self.seconds(self._shown_until)
                self.tally.name(Loss("gap", where, f"no frames for {float(gap * base):.2f} s", 0))
        self._shown_until = frame.pts + (frame.duration or 0)

    def _count_what_is_missing(self, end: Fraction | None) -> None:
        """Adds to the tally what the header promises and the file does not hold: cut files end without any error."""
        import av

        names = self.container.format.name.split(",")
        promised = self.stream.frames
        if promised and any(name in names for name in _COUNTS_ITS_FRAMES):
            missing = promised - self.tally.packets
            if missing > 0:
                self.tally.lose(None if end is None else float(end - self.beginning),
                                f"the file ends early: its header counts {promised} frames, it holds "
                                f"{self.tally.packets}", missing)
        elif self.container.duration and end is not None and any(name in names for name in _KNOWS_ITS_DURATION):
            missing_seconds = Fraction(self.container.duration, av.time_base) - (end - self.beginning)
            if missing_seconds > _MISSING_SECONDS:
                rate = self.stream.average_rate
                frames = round(missing_seconds * rate) if rate and rate <= 240 else 0
                self.tally.lose(float(end - self.beginning),
                                f"the file ends early: {float(missing_seconds):.2f} s of what its header says are "
                                "missing", frames)

    def _seek(self, start: int) -> bool:
        import av

        try:
            self.container.seek(start, stream=self.stream)
        except av.FFmpegError:
            return False
        return True

    def _best_stream(self) -> VideoStream:
        from av.video.stream import VideoStream

        stream = self.container.streams.best("video")
        if not isinstance(stream, VideoStream) or stream.disposition & stream.disposition.attached_pic:
            kinds = sorted(str(other.type) for other in self.container.streams)
            found = f"its streams: {', '.join(kinds)}" if kinds else "it has no streams at all"
            raise SourceError(f"cannot read {self.path}: it has no video stream ({found})",
                              "name a file with moving pictures in it")
        if stream.codec_context is None:
            raise SourceError(f"cannot read {self.path}: no decoder for its video",
                              "convert it to H.264 with another program first")
        return stream

    def _refuse_a_bomb(self, max_pixels: int) -> None:
        width, height = self.stream.codec_context.width, self.stream.codec_context.height
        if width * height > max_pixels:
            raise SourceError(f"cannot read {self.path}: its frames are {width}x{height}, {width * height:,} pixels, "
                              f"more than the limit of {max_pixels:,}",
                              remedy_for(width, height))

    def _open_decoder(self, max_pixels: int) -> VideoCodecContext:
        from av.codec.context import CodecContext
        from av.video.codeccontext import VideoCodecContext

        decoder: VideoCodecContext = self.stream.codec_context
        has_alpha = any(name.lower() == "alpha_mode" and text == "1" for name, text in self.stream.metadata.items())
        special = _ALPHA_DECODERS.get(decoder.name) if has_alpha else None
        if special is not None:
            created = CodecContext.create(special, "r")
            assert isinstance(created, VideoCodecContext)
            created.extradata = decoder.extradata
            decoder = created
        decoder.thread_type = "AUTO"
        decoder.options = {**decoder.options, "max_pixels": str(max_pixels)}
        return decoder

    def why_nothing_decoded(self) -> str:
        """The reason that a film without a single frame gives."""
        if looks_encrypted(self.path):
            return "it is encrypted"
        if self.tally.losses:
            return f"not one frame could be decoded ({self.tally.losses[0].reason})"
        return "its video stream holds no frames"
