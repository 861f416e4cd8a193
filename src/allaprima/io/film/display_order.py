"""Frames whose packets are stamped in the order of decoding: AVI's, and those of films that were cut out of one.

AVI numbers its packets as they come and knows no time of showing, so that a frame that is decoded early, because others
refer to it, carries a stamp too early for it. The stamps themselves are right: sorted, they are the times at which the
decoded frames, which come in the order of showing, are shown.
"""

from __future__ import annotations

import heapq
from collections.abc import Sequence
from itertools import pairwise
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from av.container import InputContainer
    from av.packet import Packet
    from av.stream import Stream
    from av.video.codeccontext import VideoCodecContext
    from av.video.frame import VideoFrame

Stamp = Literal["pts", "dts"]
STAMPS_LOOKED_AT = 64
"""So many packets tell whether stamps follow the order of decoding: longer than any codec reorders."""
_ONE_FRAME_AHEAD = ("mpeg1video", "mpeg2video", "mpeg4", "msmpeg4v3", "h263", "vc1", "wmv3")
"""Codecs in which only B-frames are shown before a frame that was decoded before them."""


def stamp_in_decoding_order(container: InputContainer, decoder: VideoCodecContext,
                            stamps: Sequence[tuple[int | None, int | None]]) -> Stamp | None:
    """Which of the first packets' stamps (pts, dts) is right but for being in the order of decoding; None if neither.

    What FFmpeg gives as pts for AVI, and for Matroska's imitation of it, it has guessed. Elsewhere pts that only rise
    though the decoder reorders are no times of showing. To sort them is right for a film that merely has no B-frames
    yet, too: nothing changes then.
    """
    if not stamps or all(pts is None and dts is None for pts, dts in stamps):
        return None
    kind = container.format.name
    if kind == "avi" or (kind.startswith("matroska") and decoder.codec_tag.strip("\0")) or stamps[0][0] is None:
        return "dts"
    shown = [pts for pts, _ in stamps if pts is not None]
    rising = len(shown) == len(stamps) > 1 and all(one < other for one, other in pairwise(shown))
    return "pts" if decoder.has_b_frames and rising else None


class DisplayOrder:
    """Gives each decoded frame the earliest of its packets' stamps that none was given yet."""

    def __init__(self, stamp: Stamp, decoder: VideoCodecContext) -> None:
        self._stamp = stamp
        self._decoder = decoder
        self._one_ahead = decoder.codec.canonical_name in _ONE_FRAME_AHEAD
        self._sent = 0
        self._stamps: list[int] = []
        self._waiting: dict[int, int] = {}

    def send(self, packet: Packet[Stream]) -> None:
        """Takes a packet's stamp, and numbers it instead: the frame that comes of it carries that number."""
        stamp = packet.dts if self._stamp == "dts" else packet.pts
        if stamp is not None:
            heapq.heappush(self._stamps, stamp)
            self._waiting[self._sent] = stamp
        packet.pts = self._sent
        self._sent += 1

    def show(self, frame: VideoFrame) -> bool:
        """Gives the next frame its time, or none where its packet had none; whether it is another than its packet's.

        Of the packets sent before the frame's own, no more than the decoder reorders can still be shown after it. What
        is over gives no frame, being damaged or a mark that the frame before stays, and takes the earliest time along.
        """
        if frame.pts not in self._waiting:
            frame.pts = None
            return False
        older = [number for number in self._waiting if number < frame.pts]
        own = self._waiting.pop(frame.pts)
        for number in older[:max(len(older) - self._reordered(frame), 0)]:
            del self._waiting[number]
            heapq.heappop(self._stamps)
        frame.pts = heapq.heappop(self._stamps)
        return frame.pts != own

    def _reordered(self, frame: VideoFrame) -> int:
        from av.video.frame import PictureType

        if self._one_ahead:
            return int(frame.pict_type == PictureType.B)
        return max(self._decoder.reorder_depth, 1)
