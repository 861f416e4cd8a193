"""One film opened for decoding: its best video stream, packet by packet, with errors caught, counted and named."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Self

from allaprima.config import HwAccel
from allaprima.errors import SourceError
from allaprima.io.film.clock_joins import JoinedClock, joins_of
from allaprima.io.film.display_order import STAMPS_LOOKED_AT, DecodingOrder, DisplayOrder, decoding_order_of
from allaprima.io.film.first_keyframe import BeforeFirstKeyframe
from allaprima.io.film.header_promises import missing_at_the_end, unread_films
from allaprima.io.film.report import Loss
from allaprima.io.film.safe_open import looks_encrypted, open_container
from allaprima.io.film.strays import settled_frames
from allaprima.io.film.tally import Tally
from allaprima.io.size_limit import remedy_for
from allaprima.plurals import counted

if TYPE_CHECKING:
    from av.container import InputContainer
    from av.packet import Packet
    from av.stream import Stream
    from av.video.codeccontext import VideoCodecContext
    from av.video.frame import VideoFrame
    from av.video.stream import VideoStream

_ALPHA_DECODERS = {"vp8": "libvpx", "vp9": "libvpx-vp9"}  # FFmpeg's own decoders leave WebM's alpha plane behind
_RUN_UP_SECONDS = 2
_GAP_SECONDS = Fraction(1)
"""Times that jump by more than this, and by several frames, are named: a damaged file skips so, a film with a variable
rate may."""


class Decoding:
    """A film's container, its best video stream and the decoder for it; a context manager that closes all of them.

    order: which of the packets' stamps is a time in the order of decoding, so that frames take them sorted.
    """

    def __init__(self, path: Path, max_pixels: int, hwaccel: HwAccel = "none",
                 order: DecodingOrder | None = None) -> None:
        self.path = path
        self.tally = Tally()
        self._shown_until: int | None = None
        self._stamps: list[tuple[int | None, int | None]] = []
        self._keyless: BeforeFirstKeyframe | None = BeforeFirstKeyframe()
        self._unstamped = False
        self.container: InputContainer = open_container(path, hwaccel, max_pixels)
        try:
            self.stream = self._best_stream()
            self._refuse_a_bomb(max_pixels)
            self.decoder = self._open_decoder(max_pixels)
            self.joins = joins_of(path, self.container)
        except BaseException:
            self.container.close()
            raise
        self._clock = JoinedClock(self.joins)
        self._order = None if order is None else DisplayOrder(order, self.decoder)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None,
                 trace: TracebackType | None) -> None:
        self.container.close()

    def frames(self, start: int | None = None) -> Iterator[VideoFrame]:
        """The stream's frames as they are shown, from the keyframe before ``start`` (in the stream's time base).

        A frame without a pts follows the one before it.
        """
        for frame, strayed in settled_frames(self._decoded(start)):
            self.tally.strayed += strayed
            self._name_a_gap(frame)
            yield frame

    def _decoded(self, start: int | None) -> Iterator[VideoFrame]:
        import av

        ends: dict[int, Fraction] = {}
        sought = start is not None and self._seek(start)
        if sought:
            self._keyless = None
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
            self._clock.correct(packet)
            if packet.pts is not None and packet.time_base:
                end = (packet.pts + (packet.duration or 0)) * packet.time_base
                ends[packet.stream.index] = max(end, ends.get(packet.stream.index, end))
            if packet.stream.index == self.stream.index:
                yield from self._decode(packet)
        self._count_keyless(None)
        if not sought:
            self._count_what_is_missing(max(ends.values(), default=None))

    def decoding_order(self) -> DecodingOrder | None:
        """Whether stamps are in the order of decoding, by the packets so far and a few more, which are not decoded."""
        import av

        with suppress(av.FFmpegError, IndexError):
            for packet in self.container.demux():
                if len(self._stamps) >= STAMPS_LOOKED_AT:
                    break
                if packet.stream.index == self.stream.index and packet.size:
                    self._clock.correct(packet)
                    self._stamps.append((packet.pts, packet.dts))
        return decoding_order_of(self.container, self.decoder, self._stamps)

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

        time: int | None = None
        if packet is not None and packet.size == 0 and packet.dts is None:
            packet = None
        if packet is not None:
            time = packet.pts if packet.pts is not None else packet.dts
            self._note(packet, time)
        try:
            frames = self.decoder.decode(packet)
        except av.error.EOFError:
            return
        except av.FFmpegError as error:
            self.tally.lose(self.seconds(time), f"undecodable ({error.strerror or error})")
            if self._keyless is not None and packet is not None:
                self._keyless.refuse(packet)
            return
        for frame in frames:
            self._count_keyless(frame)
            if self._order is not None:
                self.tally.reordered += self._order.show(frame)
            elif self._unstamped:
                frame.pts = None
            self.tally.frames += 1
            if frame.is_corrupt:
                self.tally.damage(self.seconds(frame.pts))
            yield frame

    def _note(self, packet: Packet[Stream], time: int | None) -> None:
        """Counts a packet that is about to be decoded, and remembers its stamps where they are wanted."""
        self.tally.packets += 1
        self.tally.hidden += packet.is_discard
        if len(self._stamps) < STAMPS_LOOKED_AT:
            self._stamps.append((packet.pts, packet.dts))
        if self.tally.packets == 1:
            self._unstamped = packet.pts is None and packet.dts is None
        seconds = self.seconds(time)
        if self._order is not None:
            self._order.send(packet)
        elif self._unstamped:
            packet.pts = self.tally.packets
        if self._keyless is not None:
            self._keyless.send(packet, seconds)

    def _count_keyless(self, frame: VideoFrame | None) -> None:
        if self._keyless is None:
            return
        seconds, frames = self._keyless.missing(frame)
        if frames:
            self.tally.lose(seconds, f"{counted(frames, 'frame')} before the first keyframe, which nothing can be "
                                     "decoded without", frames)

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
        """Adds to the tally what the header promises and the file does not hold."""
        missing = missing_at_the_end(self.container, self.stream, self.tally.packets, end)
        if missing is not None:
            self.tally.lose(None if end is None else float(end - self.beginning), *missing)
        unread = unread_films(self.container, self.path)
        if unread is not None:
            self.tally.lose(None if end is None else float(end - self.beginning), unread, 0)

    def _seek(self, start: int) -> bool:
        import av

        if self.joins or not self.stream.time_base or self._counts_otherwise_once_sought():
            return False
        if self._order is not None:  # open groups of pictures begin with times that are known a few frames later only
            start -= round(_RUN_UP_SECONDS / self.stream.time_base)
        try:
            self.container.seek(start, stream=self.stream)
        except av.FFmpegError:
            return False
        return True

    def _counts_otherwise_once_sought(self) -> bool:
        """Whether frames were left out of an AVI: FFmpeg counts the places that they left only from the beginning."""
        stamps = [entry.timestamp for entry in self.stream.index_entries]
        return self.container.format.name == "avi" and len(stamps) > 1 and \
            stamps[-1] - stamps[0] != (len(stamps) - 1) * min(after - before for before, after in pairwise(stamps))

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
