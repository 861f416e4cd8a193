"""A film as frames: upright RGB with integer times, read packet by packet as far as the file goes."""

from __future__ import annotations

import math
from collections.abc import Generator, Iterator
from fractions import Fraction
from os import PathLike
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Self

import numpy as np

from allaprima.config import Deinterlace, Hdr, HwAccel, VideoOptions
from allaprima.errors import OptionError, SourceError
from allaprima.frames import Frame, StreamInfo
from allaprima.io.film.captions import Captions
from allaprima.io.film.color_tags import BT709_LIMITED, HDR_TRANSFERS
from allaprima.io.film.decoding import Decoding
from allaprima.io.film.deinterlacing import deinterlaced
from allaprima.io.film.first_picture import first_picture
from allaprima.io.film.frame_times import FrameTimes, frame_count_of, rate_of
from allaprima.io.film.header_promises import listed_frames
from allaprima.io.film.pixels import Integers, contiguous, rgb_of
from allaprima.io.film.presentation import Presentation, side_data
from allaprima.io.film.report import SourceReport
from allaprima.io.film.small_frames import SmallReader, SmallSize
from allaprima.io.film.tally import Tally
from allaprima.io.orientation import UPRIGHT
from allaprima.plurals import counted

if TYPE_CHECKING:
    from av.video.frame import VideoFrame
    from av.video.reformatter import VideoReformatter

_PLACES_NAMED = 5


class VideoSource:
    """The frames of a film from ``start`` to before ``end``, in seconds from the film's beginning.

    Frames are upright (rotation and mirroring applied), RGB, uint8 or, from deeper streams, uint16; their ``pts`` are
    the file's own. A stream without times gets them from its rate. PQ and HLG are tone-mapped to BT.709, or refused
    with ``hdr="refuse"``. Each iteration opens the file anew and closes it when it ends or is closed; one at a time.
    ``strict`` makes any loss an error; otherwise losses are in ``report``. ``hwaccel`` decodes where it can, the
    processor elsewhere, with a note in the report. ``deinterlace`` makes whole pictures of frames that say they are
    interlaced, the same ones wherever reading starts. ``captions`` holds the closed captions of the frames handed out.

    Raises ``SourceError`` where the file cannot be read or holds no frame, ``OptionError`` for impossible times.
    """

    def __init__(self, path: str | PathLike[str], *, start: Fraction | None = None, end: Fraction | None = None,
                 max_pixels: int = VideoOptions.max_pixels, hdr: Hdr = "tonemap", strict: bool = False,
                 hwaccel: HwAccel = "none", deinterlace: Deinterlace = VideoOptions.deinterlace) -> None:
        _check_times(start, end)
        self.path = Path(path)
        self.start, self.end = start, end
        self.deinterlace = deinterlace
        self._max_pixels, self._strict, self._hwaccel = max_pixels, strict, hwaccel
        self._skip = 0
        self._from: tuple[int, int] | None = None
        self._small: SmallSize | None = None
        self._active: Generator[Frame, None, None] | None = None
        with Decoding(self.path, max_pixels, hwaccel) as decoding:
            self._accelerated = decoding.decoder.is_hwaccel
            self._picture = first_picture(decoding, hdr)
            self._size = self._picture.width, self._picture.height
            self._times = FrameTimes(decoding.stream, numbered=self._picture.first_pts is None)
            self._order = decoding.decoding_order()
            self._joins = decoding.joins
            listed = listed_frames(decoding.container, decoding.stream)
            self._edited_out = decoding.stream.frames - listed if listed and start is None and end is None else 0
            self.beginning = decoding.beginning
            self.info = self._describe(decoding)
            self._tally = Tally()
        self._interlaced = 0
        self.captions = Captions()
        self._frames = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None,
                 trace: TracebackType | None) -> None:
        if self._active is not None:
            self._active.close()
            self._active = None

    def skip(self, frames: int) -> None:
        """Passes over the first ``frames`` of the range from now on: decoded, not converted, not handed out.

        ``Frame.index`` still counts from the range's first frame, so a resumed run sees the frames it would have seen.
        """
        if frames < 0:
            raise OptionError(f"cannot skip {frames}: the number must be 0 or more")
        self._skip = frames

    def begin_at(self, index: int, pts: int) -> None:
        """Begins with the frame of that index, shown at that time, from now on: sought for, not decoded up to.

        Where a film can be read from its beginning only, it is. Damaged films may give other frames once they are
        sought in: whoever knows what the frame should be compares it.
        """
        self._from = None if index == 0 or self._times.numbered else (index, pts)

    def tone_map_at(self, width: int, height: int) -> None:
        """Hands out HDR frames at that size, displayed, from now on: where it is smaller, they are scaled first.

        Tone-mapping costs by the pixel. Frames that are not HDR, that are cropped, or smaller than that come as before.
        """
        picture = self._picture
        if picture.tone_map is not None and picture.presentation.crop is None:
            size = picture.orientation.size(width, height)
            if size[0] < picture.width and size[1] < picture.height:
                self._size = size

    def read_small(self, size: SmallSize) -> bool:
        """Hands out small copies with the planes they are of (``Frame.full``) from now on; False where it cannot be.

        For films of 8 bits that are shown as they are coded: not turned, cropped or tone-mapped, and without alpha.
        """
        picture = self._picture
        if (picture.depth > 8 or picture.alpha or picture.tone_map is not None or picture.tags.matrix == "rgb"
                or picture.orientation != UPRIGHT or picture.presentation.crop is not None):
            return False
        self._small = size
        return True

    def __iter__(self) -> Iterator[Frame]:
        self.__exit__(None, None, None)
        self._active = self._read()
        return self._active

    @property
    def container(self) -> str:
        """FFmpeg's name of the container."""
        return self._picture.container

    @property
    def presentation(self) -> Presentation:
        """How the film wants its pictures shown; the crop is applied."""
        return self._picture.presentation

    @property
    def report(self) -> SourceReport:
        """What the latest iteration met; complete when the iteration is."""
        tally, picture = self._tally, self._picture
        return SourceReport(
            path=str(self.path), container=picture.container, codec=picture.codec, frames=self._frames,
            frames_lost=tally.lost, frames_damaged=tally.damaged, frames_hidden=self._hidden,
            frames_interlaced=self._interlaced, frames_moved=self._times.moved,
            worst_move_seconds=float(self._times.worst_move * self.info.time_base), losses=tuple(tally.losses),
            losses_unnamed=tally.unnamed, color=picture.tags, orientation=str(picture.orientation),
            notes=tuple(self._notes()))

    def _read(self) -> Generator[Frame, None, None]:
        from av.video.reformatter import VideoReformatter

        converter = VideoReformatter()
        read = None if self._small is None else SmallReader(self._small, self._picture.tags)
        with Decoding(self.path, self._max_pixels, self._hwaccel, self._order) as decoding:
            self._tally, self._frames, self._interlaced = decoding.tally, 0, 0
            self.captions = Captions()
            self._times = FrameTimes(decoding.stream, numbered=self._picture.first_pts is None)
            index = 0 if self._from is None else self._from[0]
            for frame, shown, pts in self._between(decoding):
                self._refuse_losses()
                if index >= self._skip:
                    image, alpha, full = (*self._upright(shown, converter), None) if read is None else read(shown)
                    self._frames += 1
                    self._interlaced += frame.interlaced_frame
                    if (triplets := side_data(frame, "A53_CC")) is not None:
                        self.captions.add(pts, triplets)
                    yield Frame(image, alpha, pts, self._times.duration_of(frame), index, full,
                                None if full is None else image)
                index += 1
            self._refuse_losses()
            if index == 0 or (self._from is not None and index == self._from[0]):
                raise SourceError(f"no frame of {self.path} lies {self._range_words()}",
                                  "choose a start and an end within the film")

    def _between(self, decoding: Decoding) -> Iterator[tuple[VideoFrame, VideoFrame, int]]:
        """The frames of the range, what is shown of each, and its time; what was lost before it is forgotten."""
        base, times = self.info.time_base, self._times
        first = None if self.start is None else math.ceil((self.start + self.beginning) / base)
        last = None if self.end is None else math.ceil((self.end + self.beginning) / base)
        since = float(self.start or 0)
        if self._from is not None:
            first = self._from[1]
            since = float(first * base - self.beginning)
        waiting = first is not None
        for frame, shown in self._whole_pictures(decoding, None if times.numbered else first):
            pts = times.time_of(frame)
            if first is not None and pts < first:
                continue
            if last is not None and pts >= last:
                return
            if waiting:
                decoding.tally.forget_before(since)
                waiting = False
            yield frame, shown, pts

    def _whole_pictures(self, decoding: Decoding, first: int | None) -> Iterator[tuple[VideoFrame, VideoFrame]]:
        """The frames from a keyframe before ``first`` on, each beside what is shown of it."""
        if self.deinterlace == "off":
            return ((frame, frame) for frame in decoding.frames(first))
        # One frame more is read before the first: the lines that are missing in that come of both its neighbours.
        return deinterlaced(decoding.frames(None if first is None else first - 1))

    def _upright(self, frame: VideoFrame, converter: VideoReformatter) -> tuple[Integers, Integers | None]:
        picture = self._picture
        image, alpha = rgb_of(frame, picture.tags, *self._size, alpha=picture.alpha,
                              deep=picture.depth > 8 or picture.tone_map is not None, converter=converter)
        if (crop := picture.presentation.crop) is not None:
            part = np.s_[crop.top:crop.top + crop.height, crop.left:crop.left + crop.width]
            image, alpha = contiguous(image[part]), None if alpha is None else contiguous(alpha[part])
        if picture.tone_map is not None:
            image = picture.tone_map.apply(np.asarray(image, np.uint16))
            if picture.depth <= 8:
                image = np.asarray((image.astype(np.uint32) + 128) // 257, np.uint8)
                alpha = None if alpha is None else np.asarray(alpha >> 8, np.uint8)
        return picture.orientation.apply(image), None if alpha is None else picture.orientation.apply(alpha)

    def _refuse_losses(self) -> None:
        loss = self._tally.first_loss if self._strict else None
        if loss is not None:
            raise SourceError(f"{self.path} is damaged {loss}", "leave out --strict to read it as far as it goes")

    def _describe(self, decoding: Decoding) -> StreamInfo:
        picture, stream = self._picture, decoding.stream
        width, height = picture.orientation.size(*picture.shown)
        aspect = Fraction(stream.sample_aspect_ratio or 1)
        return StreamInfo(
            width=width, height=height, time_base=self._times.time_base, frame_rate=rate_of(stream),
            frame_count=frame_count_of(stream, decoding.container, decoding.joins, self.start, self.end),
            color=picture.tags if picture.tone_map is None else BT709_LIMITED,
            sample_aspect_ratio=1 / aspect if picture.orientation.swap_axes else aspect,
            bit_depth=picture.depth, has_alpha=picture.alpha)

    @property
    def _hidden(self) -> int:
        """Frames that the edit list hides: read and marked so, or, beyond the last that is shown, not even read."""
        return max(self._tally.hidden, self._edited_out)

    def _range_words(self) -> str:
        start = f"from {float(self.start):g} s" if self.start is not None else "from its beginning"
        return start if self.end is None else f"{start} to {float(self.end):g} s"

    def _notes(self) -> Iterator[str]:
        times, picture = self._times, self._picture
        if self._hidden:
            hides = "stays" if self._hidden == 1 else "stay"
            yield f"the film's edit list hides {counted(self._hidden, 'frame')}, which {hides} hidden"
        if self._joins:
            places = ", ".join(f"{float(at - self.beginning):.2f}" for at in self._joins.seconds[:_PLACES_NAMED])
            more = len(self._joins.seconds) - _PLACES_NAMED
            yield (f"the film's clock begins anew at {places} s{f' and {more} times more' if more > 0 else ''}: it is "
                   "several recordings; all streams were moved alike, so that each goes on where the one before ended")
        if self._tally.reordered:
            yield "the film is stamped in the order of decoding; its frames take the stamps in the order of showing"
        if self._tally.strayed:
            yield (f"the stamps of {counted(self._tally.strayed, 'frame')} lie far ahead of those around; each follows "
                   "the frame before it")
        if self._interlaced:
            frames = counted(self._interlaced, "interlaced frame")
            yield f"{frames} became whole pictures, one for each" if self.deinterlace == "auto" else (
                f"{frames} taken for whole pictures: without --deinterlace off edges in motion come out clean")
        if times.moved:
            yield f"set one tick after the frame before, as times did not advance: {counted(times.moved, 'frame')}"
        if times.numbered:
            yield f"the stream holds no times; frames are taken at {float(1 / times.time_base):g} a second"
        if self._hwaccel != "none" and not self._accelerated:
            yield f"{self._hwaccel} cannot decode it here; the processor did"
        yield from picture.presentation.notes()
        if picture.tone_map is not None:
            kind = HDR_TRANSFERS[picture.tags.transfer]
            yield f"{kind} was tone-mapped to BT.709 from a peak of {picture.tone_map.peak_nits:g} nits"
        if not picture.tags.tagged:
            yield f"the colours are untagged; they were read as {picture.tags.matrix}, {picture.tags.range} range"


def _check_times(start: Fraction | None, end: Fraction | None) -> None:
    if start is not None and start < 0:
        raise OptionError(f"the start {float(start):g} s lies before the film", "give a start of 0 or more")
    if end is not None and end <= (start or 0):
        raise OptionError(f"the end {float(end):g} s does not come after the start {float(start or 0):g} s",
                          "give an end after the start")
