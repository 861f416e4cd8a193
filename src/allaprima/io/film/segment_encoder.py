"""Frames encoded into numbered segments: the same segments whether a whole film is written, or a part of it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, cast

import numpy as np

from allaprima.errors import SinkError
from allaprima.frames import ColorTags, Frame, Planes
from allaprima.functional.hidden import on_white
from allaprima.io.film.encoding import EncoderSettings, keeps_alpha
from allaprima.io.film.pixels import Integers, frame_of, frame_of_planes, integers_of
from allaprima.io.film.segments import Arrays, SegmentFolder, SegmentWriter, StoredPacket
from allaprima.io.film.source import VideoSource
from allaprima.io.outputs import writing
from allaprima.plurals import counted

if TYPE_CHECKING:
    from av.packet import Packet
    from av.stream import Stream
    from av.video.codeccontext import VideoCodecContext
    from av.video.frame import VideoFrame

SEGMENT_FRAMES = 120
"""The most that a kill can cost, in frames; shorter segments would cost more bits, as each starts with a keyframe."""
SLOW_SEGMENT_FRAMES = 12
"""The same for frames that take minutes each."""
FEWEST_FRAMES = 12
"""Of a segment that ends because a shot begins, where the encoder would write a keyframe in any case."""


def segment_ends(frames: int, most: int, *, shot_begins: bool) -> bool:
    """Whether a segment of so many frames ends before the next one: known to whoever plans, before any is encoded."""
    return frames >= most or (shot_begins and frames >= FEWEST_FRAMES)


@dataclass(frozen=True, slots=True)
class Encoded:
    """What of a film its encoder needs to know.

    size: width and height of the frames that come. alpha_comes: whether they have alpha. film: whose captions go along.
    back: what is done to each frame first. most: frames of a segment. path: of the film, for errors.
    """

    settings: EncoderSettings
    size: tuple[int, int]
    alpha_comes: bool
    film: VideoSource | None
    back: Callable[[Frame], Frame] | None
    most: int
    path: Path

    @property
    def planes(self) -> ColorTags | None:
        """The colours of planes that are encoded as they are; None where only RGB is taken."""
        settings = self.settings
        whole = (settings.width, settings.height) == self.size
        return settings.color if whole and settings.pix_fmt == "yuv420p" else None


class SegmentEncoder:
    """Encodes frames into a folder's segments, from the segment ``number`` on.

    frames: encoded so far, those of the segment being written among them. until: the time at which the latest ends.
    cut_short: an error came while a frame was being encoded, so that packets may be missing. What is kept for a resume
    replaces what was kept with the segment before, unless that is one before ``since``.
    """

    def __init__(self, encoded: Encoded, segments: SegmentFolder, number: int = 0, frames: int = 0,
                 since: int = 0) -> None:
        from av.video.reformatter import VideoReformatter

        self._encoded, self._segments = encoded, segments
        self.number, self._since = number, since
        self.frames, self.until = frames, 0
        self.cut_short = False
        self._converter = VideoReformatter()
        self._encoder: VideoCodecContext | None = None
        self._writer: SegmentWriter | None = None
        self._frames_in_segment = 0
        self._remembered: Callable[[], Arrays] | None = None

    def begin_shot(self) -> None:
        """The next frame begins a shot."""
        if segment_ends(self._frames_in_segment, self._encoded.most, shot_begins=True):
            self.end_segment()

    def write(self, frame: Frame) -> None:
        """Encodes one frame: of the announced size, shown after the one before. Planes are taken for its picture."""
        encoded = self._encoded
        frame = frame if encoded.back is None else encoded.back(frame)
        height, width = (frame.full.y if isinstance(frame.full, Planes) else frame.image).shape[:2]
        if (width, height) != encoded.size:
            raise SinkError(f"frame {frame.index} is {width}x{height}, "
                            f"not {encoded.size[0]}x{encoded.size[1]} as announced")
        if segment_ends(self._frames_in_segment, encoded.most, shot_begins=False):
            self.end_segment()
        self._remembered = None
        self.cut_short = True
        with writing(encoded.path):
            if self._encoder is None or self._writer is None:
                self._encoder = encoded.settings.open()
                self._writer = self._segments.new(self.number)
            self._store(self._encoder.encode(self._prepared(frame)))
        self.cut_short = False
        self.until = frame.pts + (frame.duration or 1)
        self.frames += 1
        self._frames_in_segment += 1

    def remember(self, arrays: Callable[[], Arrays]) -> None:
        """Keeps, where a segment ends with the latest frame, what a resume after it needs: asked for only then."""
        self._remembered = arrays

    def end_segment(self) -> None:
        """Ends the segment being written, so that a resume can start after the latest frame."""
        if self._encoder is None or self._writer is None:
            return
        with writing(self._encoded.path):
            self._store(self._encoder.encode(None))
            if self._writer.packets != self._frames_in_segment:
                pictures = counted(self._writer.packets, "picture")
                raise SinkError(f"the {self._encoded.settings.codec} encoder gave {pictures} for "
                                f"{counted(self._frames_in_segment, 'frame')}", "choose another --codec")
            if self._remembered is not None:
                self._segments.keep(self.number, self._remembered(), since=self._since)
            self._writer.finish(self._frames_in_segment)
        self._encoder = self._writer = None
        self._frames_in_segment = 0
        self.number += 1

    def abandon(self) -> None:
        """Drops the segment being written."""
        if self._writer is not None:
            self._writer.abandon()
            self.frames -= self._frames_in_segment
        self._encoder = self._writer = None
        self._frames_in_segment = 0

    @property
    def until_seconds(self) -> Fraction:
        """The time at which the latest frame ends, in seconds."""
        return self.until * self._encoded.settings.time_base

    def _prepared(self, frame: Frame) -> VideoFrame:
        settings = self._encoded.settings
        picture = (frame_of_planes(frame.full, settings.color) if isinstance(frame.full, Planes)
                   else self._converted(frame))
        picture.pts, picture.time_base = frame.pts, settings.time_base
        picture.duration = frame.duration or 0
        return picture

    def _converted(self, frame: Frame) -> VideoFrame:
        settings = self._encoded.settings
        image, alpha = integers_of(frame.image), None if frame.alpha is None else integers_of(frame.alpha)
        if alpha is not None and not (self._encoded.alpha_comes and keeps_alpha(settings.pix_fmt)):
            image, alpha = cast(Integers, on_white(image, alpha)), None
        image, alpha = self._padded(image), None if alpha is None else self._padded(alpha)
        return frame_of(image, alpha, settings.color, settings.pix_fmt, self._converter)

    def _padded(self, pixels: Integers) -> Integers:
        """The picture at the coded size, its last row and column repeated where that is larger."""
        settings = self._encoded.settings
        below, right = settings.height - pixels.shape[0], settings.width - pixels.shape[1]
        if not below and not right:
            return pixels
        return cast(Integers, np.pad(pixels, [(0, below), (0, right)] + [(0, 0)] * (pixels.ndim - 2), mode="edge"))

    def _store(self, packets: Iterable[Packet[Stream]]) -> None:
        assert self._writer is not None
        film = self._encoded.film
        for packet in packets:
            assert packet.pts is not None
            data = bytes(packet)
            if film is not None:
                data = film.captions.into(data, packet.pts, self._encoded.settings.codec)
            self._writer.add(StoredPacket(packet.pts, packet.duration or 0, packet.is_keyframe, data))
