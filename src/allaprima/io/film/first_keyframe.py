"""Frames before a film's first keyframe: a recording that begins in the middle holds them, and nothing shows them."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from av.packet import Packet
    from av.stream import Stream
    from av.video.frame import VideoFrame


class BeforeFirstKeyframe:
    """The packets before the first keyframe's that gave no frame; each is known by the pts that its frame takes over.

    Files that do not mark their keyframes say nothing, nor do packets without any pts.
    """

    def __init__(self) -> None:
        self._waiting: dict[int, float | None] = {}
        self._met = False
        self._told = False

    def send(self, packet: Packet[Stream], seconds: float | None) -> None:
        """Takes a packet that is about to be decoded, and when it is shown."""
        self._met = self._met or packet.is_keyframe
        if not self._met and packet.pts is not None and not packet.is_discard:
            self._waiting[packet.pts] = seconds

    def refuse(self, packet: Packet[Stream]) -> None:
        """Takes a packet out that could not be decoded: it is counted as such."""
        self._waiting.pop(-1 if packet.pts is None else packet.pts, None)

    def missing(self, frame: VideoFrame | None) -> tuple[float | None, int]:
        """When the first of them would be shown, and how many there are; told once, with the first keyframe.

        frame: the next one that is shown, its pts still its packet's; None at the end. Decoders may begin with a grey
        frame of their own, which is no keyframe and has a pts that comes again.
        """
        if self._told:
            return None, 0
        if frame is not None and frame.pts in self._waiting:
            del self._waiting[frame.pts]
            self._told = bool(frame.key_frame)  # the container does not mark its keyframes
            return None, 0
        if frame is not None and not frame.key_frame:
            return None, 0
        self._told = True
        return next(iter(self._waiting.values()), None), len(self._waiting)
