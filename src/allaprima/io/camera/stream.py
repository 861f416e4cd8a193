"""Cameras on a network: MJPEG over HTTP, MPEG-TS, RTSP and what else FFmpeg reads from a URL."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import suppress
from typing import TYPE_CHECKING, cast

import numpy as np
from numpy.typing import NDArray

from allaprima.errors import SourceError
from allaprima.io.camera.taken import Taken
from allaprima.io.film.color_tags import tags_of
from allaprima.io.film.pixels import rgb_of

if TYPE_CHECKING:
    from av.container import InputContainer
    from av.packet import Packet
    from av.video.frame import VideoFrame
    from av.video.reformatter import VideoReformatter
    from av.video.stream import VideoStream

OPEN_SECONDS = 5.0
STALLED_SECONDS = 2.0   # without data, or without anything that decodes, after which a stream counts as lost
LARGEST_FPS = 240       # of cameras; what tells more tells of its clock
MAX_PIXELS = 1 << 25    # of one picture: twice 4K; a hostile stream may claim any size
# Network protocols only: what a stream refers to may never be a file of this machine.
_PROTOCOLS = "http,https,httpproxy,tcp,tls,rtsp,rtsps,rtp,srtp,udp,rtmp,rtmps,srt,crypto"
_OPTIONS = {"protocol_whitelist": _PROTOCOLS, "fflags": "nobuffer", "flags": "low_delay", "probesize": "500000",
            "analyzeduration": "500000", "max_delay": "100000", "rtsp_transport": "tcp"}


class StreamReader:
    """The pictures of the stream at ``url`` as they arrive; raises ``SourceError`` where there are none.

    A URL that holds a film of known length rather than a live stream is played in real time.
    """

    def __init__(self, url: str) -> None:
        import av

        self.name = url
        try:
            self._container: InputContainer = av.open(url, "r", options=dict(_OPTIONS),
                                                      timeout=(OPEN_SECONDS, STALLED_SECONDS))
        except (av.FFmpegError, OSError, ValueError) as error:
            raise SourceError(f"cannot open the camera {url}: {_reason(error)}",
                              "check that the address is right and that the camera is on") from error
        stream = self._container.streams.best("video")
        if stream is None:
            self._container.close()
            raise SourceError(f"cannot open the camera {url}: it sends no pictures", "give the address of its video")
        self._stream = cast("VideoStream", stream)
        self._stream.codec_context.options = {"max_pixels": str(MAX_PIXELS)}
        self._stream.thread_type = "SLICE"  # threads by frame would each hold one back
        self._paced = self._container.duration is not None
        self.fps = likely_fps(self._stream)
        self._pictures = self._decoded()

    def read(self) -> Taken | None:
        """The next picture, None at the end of a film; raises ``SourceError`` where the stream is lost."""
        return next(self._pictures, None)

    def close(self) -> None:
        self._container.close()

    def _decoded(self) -> Iterator[Taken]:
        from av.video.reformatter import VideoReformatter

        converter = VideoReformatter()
        first: float | None = None
        last_good = time.monotonic()
        for packet in self._packets():
            for frame in _frames_in(packet):
                seconds = frame.time if self._paced else None
                first = seconds if first is None else first
                due = None if seconds is None or first is None else seconds - first
                yield Taken(_pixels(frame, converter), due)
                last_good = time.monotonic()  # what the caller does meanwhile is not the camera's fault
            if time.monotonic() - last_good > STALLED_SECONDS:
                raise SourceError(f"the camera {self.name} sends data that is no picture", "start the camera again")
        if not self._paced:
            raise SourceError(f"the camera {self.name} ended its stream", "start the camera again")

    def _packets(self) -> Iterator[Packet[VideoStream]]:
        import av

        try:
            yield from self._container.demux(self._stream)
        except (av.FFmpegError, OSError) as error:
            raise SourceError(f"the camera {self.name} is lost: {_reason(error)}", "start the camera again") from error


def likely_fps(stream: VideoStream) -> float | None:
    """The rate that a stream tells, None where it tells none or one that no camera has (1000, 90000: clocks)."""
    rate = stream.average_rate or stream.guessed_rate
    return float(rate) if rate and 1 <= rate <= LARGEST_FPS else None


def _frames_in(packet: Packet[VideoStream]) -> list[VideoFrame]:
    import av

    with suppress(av.FFmpegError, OSError):  # one damaged picture; the next may be whole
        return packet.decode()
    return []


def _pixels(frame: VideoFrame, converter: VideoReformatter) -> NDArray[np.uint8]:
    tags = tags_of(frame.colorspace, frame.color_range, 2, 2, rgb=frame.format.is_rgb,
                   full_range_format=frame.format.name.startswith("yuvj"), width=frame.width, height=frame.height)
    image, _ = rgb_of(frame, tags, frame.width, frame.height, deep=False, alpha=False, converter=converter)
    return cast(NDArray[np.uint8], image)


def _reason(error: Exception) -> str:
    import av

    if isinstance(error, av.error.ExitError):
        return "no data came in time"
    return str(getattr(error, "strerror", None) or error)
