"""Stamps far ahead of all around them: a flipped bit sets a frame hours later, and what follows seems to step back."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from av.packet import Packet
    from av.stream import Stream
    from av.video.frame import VideoFrame

_AHEAD_SECONDS = 1
_ENDS_AHEAD_SECONDS = 60
"""A last frame has none after it that could tell; nobody holds a picture for so long before it."""


def settled_frames(frames: Iterator[VideoFrame]) -> Iterator[tuple[VideoFrame, bool]]:
    """The frames, each with whether its stamp strayed and was taken away: it then follows the frame before."""
    latest: int | None = None
    held: VideoFrame | None = None
    for frame in frames:
        if held is not None:
            strayed = _strays(held, frame, latest)
            yield held, strayed
            latest = latest if strayed or held.pts is None else held.pts
        held = frame
    if held is not None:
        yield held, _strays(held, None, latest)


def _strays(frame: VideoFrame, following: VideoFrame | None, latest: int | None) -> bool:
    """Whether a frame's stamp strayed, which is then taken away."""
    if frame.pts is None or not frame.time_base:
        return False
    if following is None:
        strays = latest is not None and (frame.pts - latest) * frame.time_base > _ENDS_AHEAD_SECONDS
        frame.pts = None if strays else frame.pts
        return strays
    if following.pts is None or (frame.pts - following.pts) * frame.time_base <= _AHEAD_SECONDS:
        return False
    if latest is None:
        frame.pts = following.pts - (frame.duration or 1)
        return True
    strays = following.pts > latest
    frame.pts = None if strays else frame.pts
    return strays


class HeldPackets:
    """Holds one packet of each stream of sound back until the next tells whether its stamp strayed.

    strayed: how many did; each was set to where the packet before it ends.
    """

    def __init__(self) -> None:
        self.strayed = 0
        self._held: dict[int, Packet[Stream]] = {}
        self._ends: dict[int, int] = {}

    def exchange(self, packet: Packet[Stream]) -> Packet[Stream] | None:
        """Takes a packet, and gives the one before it of its stream, None for the first."""
        index = packet.stream.index
        before = self._held.get(index)
        self._held[index] = packet
        if before is not None:
            self._settle(before, packet)
        return before

    def rest(self) -> Iterator[Packet[Stream]]:
        """What is still held."""
        for packet in self._held.values():
            self._settle(packet, None)
            yield packet

    def _settle(self, packet: Packet[Stream], following: Packet[Stream] | None) -> None:
        index = packet.stream.index
        ends = self._ends.get(index)
        if packet.dts is None:
            return
        if following is None:
            strays = ends is not None and (packet.dts - ends) * packet.time_base > _ENDS_AHEAD_SECONDS
        else:
            strays = (following.dts is not None and (packet.dts - following.dts) * packet.time_base > _AHEAD_SECONDS
                      and (ends is None or following.dts >= ends))
        if strays:
            self.strayed += 1
            earlier = 0 if following is None or following.dts is None else following.dts - (packet.duration or 0)
            packet.pts = packet.dts = earlier if ends is None else ends
        self._ends[index] = packet.dts + (packet.duration or 0)
