"""Frames whose packets are stamped in the order of decoding: AVI's, and those of films that were cut out of one.

AVI numbers its packets as they come and knows no time of showing, so that a frame that is decoded early, because others
refer to it, carries a stamp too early for it. The stamps themselves are right: sorted, they are the times at which the
decoded frames, which come in the order of showing, are shown.
"""

from __future__ import annotations

import heapq
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from av.container import InputContainer
    from av.packet import Packet
    from av.stream import Stream
    from av.video.codeccontext import VideoCodecContext
    from av.video.frame import VideoFrame

STAMPS_LOOKED_AT = 64
"""So many packets tell whether stamps follow the order of decoding: longer than any codec reorders."""
_EVEN_STEPS = 8
"""So many steps between stamps that are alike tell an encoder's lag from frames that were left out."""
_ONE_FRAME_AHEAD = ("mpeg1video", "mpeg2video", "mpeg4", "msmpeg4v3", "h263", "vc1", "wmv3")
"""Codecs in which only B-frames are shown before a frame that was decoded before them."""


@dataclass(frozen=True, slots=True)
class DecodingOrder:
    """Which of the packets' stamps is right but for being in the order of decoding.

    lag: ticks by which everything after the first packet, which has the stamp ``first``, is late: encoders that hold
    pictures back for reordering leave so many places in an AVI empty once they have given the first.
    """

    stamp: Literal["pts", "dts"]
    first: int = 0
    lag: int = 0


def decoding_order_of(container: InputContainer, decoder: VideoCodecContext,
                      stamps: Sequence[tuple[int | None, int | None]]) -> DecodingOrder | None:
    """What the first packets' stamps (pts, dts) are, None where they are times of showing or there are none.

    What FFmpeg gives as pts for AVI, and for Matroska's imitation of it, it has guessed. Elsewhere pts that only rise
    though the decoder reorders are no times of showing. To sort them is right for a film that merely has no B-frames
    yet, too: nothing changes then.
    """
    if not stamps or all(pts is None and dts is None for pts, dts in stamps):
        return None
    kind = container.format.name
    if kind == "avi" or (kind.startswith("matroska") and decoder.codec_tag.strip("\0")) or stamps[0][0] is None:
        return _with_lag([dts for _, dts in stamps if dts is not None], decoder)
    shown = [pts for pts, _ in stamps if pts is not None]
    rising = len(shown) == len(stamps) > 1 and all(one < other for one, other in pairwise(shown))
    return DecodingOrder("pts") if decoder.has_b_frames and rising else None


def _with_lag(stamps: Sequence[int], decoder: VideoCodecContext) -> DecodingOrder:
    steps = [after - before for before, after in pairwise(stamps)]
    lag = steps[0] - steps[1] if len(steps) > _EVEN_STEPS else 0
    even = all(step == steps[1] for step in steps[1:_EVEN_STEPS])
    if not decoder.has_b_frames or not even or not 0 < lag <= (decoder.reorder_depth + 1) * steps[1]:
        return DecodingOrder("dts")
    return DecodingOrder("dts", stamps[0], lag)


class DisplayOrder:
    """Gives each decoded frame the earliest of its packets' stamps that none was given yet."""

    def __init__(self, order: DecodingOrder, decoder: VideoCodecContext) -> None:
        self._order = order
        self._decoder = decoder
        self._one_ahead = decoder.codec.canonical_name in _ONE_FRAME_AHEAD
        self._sent = 0
        self._stamps: list[int] = []
        self._waiting: dict[int, int] = {}

    def send(self, packet: Packet[Stream]) -> None:
        """Takes a packet's stamp, and numbers it instead: the frame that comes of it carries that number."""
        stamp = packet.dts if self._order.stamp == "dts" else packet.pts
        if stamp is not None and stamp > self._order.first:
            stamp -= self._order.lag
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
