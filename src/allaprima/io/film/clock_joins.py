"""Films whose clock begins anew: recordings joined one after the other, DVD's cells, a counter that wrapped twice.

Transport and program streams, FLV and Matroska can be joined by appending their bytes, so that a file may hold several
recordings, each with a clock of its own. The file is read through once, without decoding: where the stamps of its
streams jump together, all streams are moved alike, so that the picture goes on where it ended and sound stays where it
was beside it.
"""

from __future__ import annotations

from bisect import bisect_right
from fractions import Fraction
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from allaprima.io.film.clock_breaks import Joins, Track, has_its_own_pts, joins_in
from allaprima.io.film.matroska import segments_of
from allaprima.io.film.safe_open import open_container

if TYPE_CHECKING:
    from av.container import InputContainer
    from av.packet import Packet
    from av.stream import Stream

_CLOCK_MAY_BREAK = 0x200
"""FFmpeg's AVFMT_TS_DISCONT."""


class JoinedClock:
    """One reading of a film from its first packet to its last, on a clock that goes on."""

    def __init__(self, joins: Joins) -> None:
        self._joins = joins
        self._counts: dict[int, int] = {}

    def correct(self, packet: Packet[Stream]) -> None:
        """Moves a packet's stamps; every packet of every stream has to come by, in the order of the file."""
        if not self._joins or not packet.size:
            return
        index = packet.stream.index
        ordinal = self._counts.get(index, 0)
        self._counts[index] = ordinal + 1
        moves = self._joins.moves.get(index, ())
        latest = bisect_right(moves, ordinal, key=lambda move: move[0])
        if packet.dts is not None and not has_its_own_pts(packet):
            packet.pts = None
        if latest:
            ticks = round(moves[latest - 1][1] / packet.time_base)
            packet.pts = None if packet.pts is None else packet.pts + ticks
            packet.dts = None if packet.dts is None else packet.dts + ticks


def joins_of(path: Path, container: InputContainer) -> Joins:
    """The joins of an opened film, none where its container has one clock only; each file is read through once."""
    kind = container.format.name
    if not (container.format.flags & _CLOCK_MAY_BREAK or kind == "flv"
            or (kind.startswith("matroska") and _goes_on_after_its_end(path))):
        return Joins()
    found = path.stat()
    return _joins_of_file(path.resolve(), found.st_size, found.st_mtime_ns)


def _goes_on_after_its_end(path: Path) -> bool:
    """Whether more follows on a Matroska file's segment, or its length is not told: others may be joined to it."""
    with path.open("rb") as file:
        segments = segments_of(file)
    return segments.count > 1 or not segments.ends_are_told


@lru_cache(maxsize=64)
def _joins_of_file(path: Path, size: int, changed: int) -> Joins:
    import av

    tracks: dict[int, Track] = {}
    order = 0
    with open_container(path) as container:
        stamped = not container.format.name.startswith("matroska")
        try:
            for packet in container.demux():
                if packet.size:
                    index = packet.stream.index
                    if index not in tracks:
                        base = Fraction(packet.time_base or 1)
                        tracks[index] = Track(str(packet.stream.type), base, stamped=stamped)
                    tracks[index].add(packet, order)
                    order += 1
        except (av.FFmpegError, IndexError):  # the end of what can be read; whoever reads the film says so
            pass
    return joins_in(tracks)
