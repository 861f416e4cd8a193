"""When carried packets are played: a stream's stamps in the ticks of its output, none before the one ahead of it."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING

from allaprima.plurals import counted

if TYPE_CHECKING:
    from av.packet import Packet
    from av.stream import Stream

_LONGEST_TICKS = (1 << 31) - 1
"""MP4's muxer refuses a packet that claims to last longer."""


class PacketTimes:
    """The times of one stream's packets on their way into an output, whose header is written.

    strict: each packet has to come at least a tick after the one before; other containers take equal times too.
    moved: packets whose own stamp steps back; each was set one tick after the packet before.
    worst_move: the most that one was moved, in seconds.
    """

    def __init__(self, stream: Stream, *, strict: bool) -> None:
        self._stream = stream
        self._step = 1 if strict else 0
        self.moved = 0
        self.worst_move = Fraction(0)
        self._latest: int | None = None
        self._latest_stamp: Fraction | None = None

    def settle(self, packet: Packet[Stream]) -> None:
        """Gives a packet its time in the output's ticks; without any stamp it follows the one before."""
        from av.rational import AVRational

        assert self._stream.time_base
        stamp = packet.dts if packet.dts is not None else packet.pts
        seconds = None if stamp is None else stamp * packet.time_base
        packet.rescale_ts(AVRational(self._stream.time_base))
        packet.duration = min(max(packet.duration or 0, 0), _LONGEST_TICKS)
        early = self._latest_stamp is not None and seconds is not None and seconds < self._latest_stamp
        earliest = None if self._latest is None else self._latest + (1 if early else self._step)
        dts = packet.dts if packet.dts is not None else packet.pts if packet.pts is not None else earliest or 0
        if earliest is not None and dts < earliest:
            if early:  # elsewhere only the rounding to coarser ticks is undone
                self.moved += 1
                self.worst_move = max(self.worst_move, (earliest - dts) * self._stream.time_base)
            dts = earliest
        packet.dts = dts
        packet.pts = dts if packet.pts is None else max(packet.pts, dts)
        self._latest = dts
        if seconds is not None and (self._latest_stamp is None or seconds > self._latest_stamp):
            self._latest_stamp = seconds

    @property
    def note(self) -> str | None:
        """What was moved, as a sentence; None where nothing was."""
        if not self.moved:
            return None
        return (f"{counted(self.moved, 'packet')} of {self._stream.type} stepped back in time; each was set one tick "
                f"after the packet before, {float(self.worst_move):.3f} s later at most")
