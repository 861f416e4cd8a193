"""Interlaced frames as whole pictures: FFmpeg's bwdif, one frame for each frame, at its time."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from fractions import Fraction
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from av.filter.graph import Graph
    from av.video.frame import VideoFrame

_TIME_BASE = Fraction(1, 90_000)  # any would do: times are taken from the frames that went in


def deinterlaced(frames: Iterator[VideoFrame]) -> Iterator[tuple[VideoFrame, VideoFrame]]:
    """Each frame, with its times and tags, beside what is to be shown of it.

    Progressive frames are shown as they are. The missing lines of others come of their own field and of the frames
    before and after, so that a frame is handed out when the next has been read.
    """
    weaver: _Weaver | None = None
    before: VideoFrame | None = None
    for frame in frames:
        if weaver is not None and not weaver.takes(frame):
            yield from weaver.rest()
            weaver = before = None
        if weaver is None and frame.interlaced_frame:
            weaver = _Weaver(frame)
            if before is not None and weaver.takes(before):
                weaver.lead_in(before)
        if weaver is None:
            yield frame, frame
        else:
            yield from weaver.add(frame)
        before = frame
    if weaver is not None:
        yield from weaver.rest()


class _Weaver:
    """A filter graph for frames of one size and format, and the frames that have not yet come out of it."""

    def __init__(self, frame: VideoFrame) -> None:
        self._kind = frame.format.name, frame.width, frame.height
        self._graph = _graph_for(*self._kind)
        self._waiting: deque[VideoFrame | None] = deque()

    def takes(self, frame: VideoFrame) -> bool:
        """Whether a frame is of the same size and format."""
        return (frame.format.name, frame.width, frame.height) == self._kind

    def lead_in(self, frame: VideoFrame) -> None:
        """Shows the filter a frame that was handed out already."""
        self._waiting.append(None)
        self._graph.vpush(frame)

    def add(self, frame: VideoFrame) -> Iterator[tuple[VideoFrame, VideoFrame]]:
        """What comes out when a frame goes in: as a rule the one before it."""
        self._waiting.append(frame)
        self._graph.vpush(frame)
        yield from self._ready()

    def rest(self) -> Iterator[tuple[VideoFrame, VideoFrame]]:
        """What is still inside, at the end."""
        self._graph.vpush(None)
        yield from self._ready()
        assert not self._waiting

    def _ready(self) -> Iterator[tuple[VideoFrame, VideoFrame]]:
        import av

        while True:
            try:
                woven = self._graph.vpull()
            except (av.error.BlockingIOError, av.error.EOFError):
                return
            frame = self._waiting.popleft()
            if frame is None:
                continue
            if frame.interlaced_frame:
                woven.colorspace, woven.color_range = frame.colorspace, frame.color_range
                yield frame, woven
            else:
                yield frame, frame


def _graph_for(pix_fmt: str, width: int, height: int) -> Graph:
    from av.filter.graph import Graph
    from av.video.format import VideoFormat

    graph = Graph()
    source = graph.add_buffer(width=width, height=height, format=VideoFormat(pix_fmt, width, height),
                              time_base=_TIME_BASE)
    graph.link_nodes(source, graph.add("bwdif", "mode=send_frame:parity=auto:deint=interlaced"),
                     graph.add("buffersink")).configure()
    return graph
