"""Cameras on a network: MJPEG over HTTP, MPEG-TS, RTSP and what else FFmpeg reads from a URL."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import suppress
from typing import TYPE_CHECKING, cast

import numpy as np
from numpy.typing import NDArray

from allaprima.addresses import shown_address
from allaprima.errors import SourceError
from allaprima.io.camera.taken import Taken, Waiting
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
KEYFRAME_SECONDS = 15.0  # the same for a stream joined between two keyframes: OBS and x264 send one every ten seconds
LARGEST_FPS = 240       # of cameras; what tells more tells of its clock
MAX_PIXELS = 1 << 25    # of one picture: twice 4K; a hostile stream may claim any size
NO_KEYFRAME = Waiting("waiting for the stream's next keyframe")
# Network protocols only: what a stream refers to may never be a file of this machine. What is read while the stream is
# examined stays in its buffer: without it ("nobuffer") the first keyframe is gone, and with it all up to the next one.
_PROTOCOLS = "http,https,httpproxy,tcp,tls,rtsp,rtsps,rtp,srtp,udp,rtmp,rtmps,srt,crypto"
_OPTIONS = {"protocol_whitelist": _PROTOCOLS, "probesize": "500000", "analyzeduration": "500000", "max_delay": "100000",
            "rtsp_transport": "tcp"}


class StreamReader:
    """The pictures of the stream at ``url`` as they arrive; raises ``SourceError`` where there are none.

    A URL that holds a film of known length rather than a live stream is played in real time: ``is_film`` says so.
    """

    def __init__(self, url: str) -> None:
        import av

        self.name = shown_address(url)
        try:
            self._container: InputContainer = av.open(url, "r", options=dict(_OPTIONS),
                                                      timeout=(OPEN_SECONDS, STALLED_SECONDS))
        except (av.FFmpegError, OSError, ValueError) as error:  # whose own text holds the address with its password
            raise SourceError(f"cannot open the camera {self.name}: {_reason(error)}",
                              "check that the address is right and that the camera is on") from None
        stream = self._container.streams.best("video")
        if stream is None:
            self._container.close()
            raise SourceError(f"cannot open the camera {self.name}: it sends no pictures",
                              "give the address of its video")
        self._stream = cast("VideoStream", stream)
        self._stream.codec_context.options = {"max_pixels": str(MAX_PIXELS)}
        self._stream.thread_type = "SLICE"  # threads by frame would each hold one back
        self.is_film = _is_film(self._container)
        self.fps = likely_fps(self._stream)
        self._pictures = self._decoded()

    def read(self) -> Taken | Waiting | None:
        """The next picture, None at the end of a film; raises ``SourceError`` where the stream is lost."""
        return next(self._pictures, None)

    def close(self) -> None:
        self._container.close()

    def _decoded(self) -> Iterator[Taken | Waiting]:
        from av.video.reformatter import VideoReformatter

        converter = VideoReformatter()
        first: float | None = None
        last_good, joined = time.monotonic(), False
        for packet in self._packets():
            arrived = time.monotonic_ns()
            joined = joined or packet.is_keyframe
            for frame in _frames_in(packet):
                seconds = frame.time if self.is_film else None
                first = seconds if first is None else first
                due = None if seconds is None or first is None else seconds - first
                yield Taken(_pixels(frame, converter), due, captured_ns=None if self.is_film else arrived)
                last_good, joined = time.monotonic(), True  # what the caller does meanwhile is not the camera's fault
            quiet = time.monotonic() - last_good
            if joined and quiet > STALLED_SECONDS:
                raise SourceError(f"the camera {self.name} sends data that is no picture", "start the camera again")
            if quiet > KEYFRAME_SECONDS:
                raise SourceError(f"the camera {self.name} has sent no keyframe for {quiet:.0f} s, without which no "
                                  "picture can be decoded", "let its encoder send one every two seconds or so")
            if not joined:
                yield NO_KEYFRAME
        if not self.is_film:
            raise SourceError(f"the camera {self.name} ended its stream", "start the camera again")

    def _packets(self) -> Iterator[Packet[VideoStream]]:
        import av

        try:
            yield from self._container.demux(self._stream)
        except (av.FFmpegError, OSError) as error:
            raise SourceError(f"the camera {self.name} is lost: {_reason(error)}", "start the camera again") from None


def _is_film(container: InputContainer) -> bool:
    """Whether a URL holds a film rather than what a camera sees: its length is known, in seconds or in bytes.

    Some cameras that send one JPEG after the other claim a length in bytes.
    """
    return container.duration is not None or (container.size > 0 and "jpeg" not in container.format.name)


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
