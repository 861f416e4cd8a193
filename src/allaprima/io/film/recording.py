"""A recording of a live run: every frame at its true time, readable whatever ends it."""

from __future__ import annotations

import os
import threading
from collections import deque
from fractions import Fraction
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Self

from allaprima.errors import OptionError
from allaprima.frames import ColorTags, Frame
from allaprima.io.film.pixels import frame_of, integers_of
from allaprima.io.outputs import check_output, writing

if TYPE_CHECKING:
    from av.container import OutputContainer
    from av.video.reformatter import VideoReformatter
    from av.video.stream import VideoStream

QUEUED_FRAMES = 8            # while the disk or the encoder hesitates; what comes on top is left out, and counted
_TICK = Fraction(1, 1000)    # Matroska's own
_TAGS = ColorTags("bt709", "limited", 1, 1, 1, tagged=True)


class Recording:
    """Records frames (live: pts in monotonic nanoseconds) to a Matroska file; a context manager.

    The file stands under its final name from the start and grows by whole clusters, so that a kill costs the last
    second at most. Frames of odd sizes lose their last row or column. An error of the disk is raised at the next
    ``write`` or at the end.
    """

    def __init__(self, path: Path, width: int, height: int, fps: float) -> None:
        if path.suffix.lower() != ".mkv":
            raise OptionError(f"cannot record to {path.name!r}: only Matroska is whole after a kill",
                              "end the name in .mkv")
        check_output(path)
        self.path = path
        self.frames = self.dropped = 0
        self._size = width // 2 * 2, height // 2 * 2
        self._fps = fps
        self._waiting: deque[Frame] = deque()
        self._ended = False
        self._error: BaseException | None = None
        self._first: int | None = None
        self._last = -1
        self._changed = threading.Condition()
        self._thread = threading.Thread(target=self._record, name="record", daemon=True)

    def __enter__(self) -> Self:
        from av.video.reformatter import VideoReformatter

        with writing(self.path):
            self._container, self._stream = _opened(self.path, *self._size, self._fps)
        self._converter: VideoReformatter = VideoReformatter()
        self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None,
                 trace: TracebackType | None) -> None:
        with self._changed:
            self._ended = True
            self._changed.notify_all()
        self._thread.join()
        if error is None and self._error is not None:
            raise self._error

    def write(self, frame: Frame) -> None:
        """Takes a frame for the encoder, or leaves it out where the encoder is behind; never waits."""
        with self._changed:
            if self._error is not None:
                error, self._error = self._error, None
                raise error
            if len(self._waiting) >= QUEUED_FRAMES:
                self.dropped += 1
                return
            self._waiting.append(frame)
            self._changed.notify_all()

    def _record(self) -> None:
        try:
            with writing(self.path), self._container:
                while True:
                    with self._changed:
                        self._changed.wait_for(lambda: self._waiting or self._ended)
                        if not self._waiting:
                            break
                        frame = self._waiting.popleft()
                    self._encode(frame)
                self._container.mux(self._stream.encode(None))
        except BaseException as error:  # handed on to whoever writes
            with self._changed:
                self._error = error
                self._waiting.clear()

    def _encode(self, frame: Frame) -> None:
        self._first = frame.pts if self._first is None else self._first
        pts = round((frame.pts - self._first) * Fraction(1, 10**9) / _TICK)
        if pts <= self._last:  # two frames within a millisecond
            return
        image = integers_of(frame.image[:self._size[1], :self._size[0]])
        picture = frame_of(image, None, _TAGS, "yuv420p", self._converter)
        picture.pts, picture.time_base = pts, _TICK
        self._container.mux(self._stream.encode(picture))
        self._last = pts
        self.frames += 1


def _opened(path: Path, width: int, height: int, fps: float) -> tuple[OutputContainer, VideoStream]:
    import av
    from av.video.stream import VideoStream

    # Clusters of half a second, written out at once: what stands on the disk can be read.
    container = av.open("file:" + os.path.abspath(path), "w", format="matroska",  # noqa: PTH100  links are to stay
                        options={"cluster_time_limit": "500", "flush_packets": "1"})
    stream = container.add_stream("libx264", rate=max(1, round(fps)),
                                  options={"preset": "ultrafast", "crf": "17", "tune": "zerolatency"})
    assert isinstance(stream, VideoStream)
    stream.width, stream.height, stream.pix_fmt = width, height, "yuv420p"
    context = stream.codec_context
    context.time_base = _TICK
    context.gop_size = max(1, round(fps))
    context.colorspace, context.color_range = 1, 1
    context.color_primaries, context.color_trc = 1, 1
    return container, stream
