"""What the stamps of a film's streams tell of its clock: where it begins anew, and what moves it on."""

from __future__ import annotations

import math
from array import array
from bisect import bisect_left
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from av.packet import Packet
    from av.stream import Stream

_STEPS_BACK_SECONDS = 0.1
"""A stamp that is further back than this is a new clock's, or a stray one; FFmpeg's own bound."""
_JUMPS_AHEAD_SECONDS = 10.0
"""What lies further ahead is another clock's; a gap in a recording may be shorter. FFmpeg's own bound."""
_ALIKE_SECONDS = 2.0
"""Streams of one recording begin together, but for this."""
_STRAY_PACKETS = 2
"""So few packets between others that go on without them are stray stamps, no recording."""
_REORDERED_PACKETS = 64
"""More than any codec's packets come before one that is shown earlier."""
_REORDERED_SECONDS = 5.0
"""No frame is shown later than this after it is decoded."""
_OVERLAP_SECONDS = 0.25
"""Sound may lap over the join by this; where it laps further, everything is moved on until it does not."""


@dataclass(frozen=True, slots=True)
class Joins:
    """Where a film's clock begins anew, and by how much each stream's packets are moved from there on.

    packets: how many each stream has, by its index; empty where the film was not read through.
    moves: by stream index, the ordinals of its packets from which on a move counts, and the moves in seconds.
    seconds: when the clock begins anew, on the continuous clock.
    """

    packets: Mapping[int, int] = field(default_factory=dict)
    moves: Mapping[int, tuple[tuple[int, Fraction], ...]] = field(default_factory=dict)
    seconds: tuple[Fraction, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.seconds)


class Track:
    """The stamps of one stream, in seconds, in the order of the file; NaN where a packet has none.

    stamped: whether the container stamps the order of decoding. Matroska does not, and what FFmpeg guesses of it begins
    wrong; but a keyframe comes after all that is shown before it, and what follows it is taken to be no earlier.
    """

    def __init__(self, kind: str, time_base: Fraction, *, stamped: bool) -> None:
        self.kind = kind
        self._base = float(time_base)  # an hour's 300,000 packets want no fractions
        self._farthest = round(_REORDERED_SECONDS / time_base)
        self._stamped = stamped or kind != "video"
        self.decoded, self.shown, self.lengths = array("d"), array("d"), array("d")
        self.orders = array("q")

    def add(self, packet: Packet[Stream], order: int) -> None:
        pts, dts = packet.pts, packet.dts
        if self._stamped:
            stamp = pts if dts is None else dts
            shown = None if pts is not None and dts is not None and abs(pts - dts) > self._farthest else pts
        else:
            stamp = shown = pts
        decoded = math.nan if stamp is None else stamp * self._base
        if not self._stamped and self.decoded and not packet.is_keyframe:
            decoded = max(decoded, self.decoded[-1])
        self.decoded.append(decoded)
        self.shown.append(math.nan if shown is None else shown * self._base)
        self.lengths.append((packet.duration or 0) * self._base)
        self.orders.append(order)

    def __len__(self) -> int:
        return len(self.orders)

    @property
    def has_a_clock(self) -> bool:
        """Whether its packets come so steadily that a jump says something; text comes when it comes."""
        return self.kind in ("video", "audio")

    def begins(self, at: int, until: int) -> float:
        """When the first of the packets from ``at`` to before ``until`` is shown."""
        shown = self.shown[at:min(at + _REORDERED_PACKETS, until)]
        return min((time for time in shown if not math.isnan(time)), default=self.decoded[at])

    def ends(self, begun: int, at: int) -> float:
        """When the last of the packets from ``begun`` to before ``at`` ends.

        Packets without a pts of their own are taken to lie at the end, where FFmpeg has none to give them.
        """
        before = slice(max(begun, at - _REORDERED_PACKETS), at)
        timed = [(shown, length) for shown, length in zip(self.shown[before], self.lengths[before], strict=True)
                 if not math.isnan(shown)]
        shown, length = max(timed, default=(self.decoded[at - 1], self.lengths[at - 1]))
        return shown + length * (1 + at - before.start - len(timed))


def has_its_own_pts(packet: Packet[Stream]) -> bool:
    """Whether a packet's pts is no guess of FFmpeg's: at a join it takes the time of what follows, on another clock."""
    if packet.pts is None or packet.dts is None:
        return packet.pts is not None
    return bool(abs((packet.pts - packet.dts) * packet.time_base) < _REORDERED_SECONDS)


@dataclass(frozen=True, slots=True)
class _Break:
    """A place where one stream's stamps jump: before its packet ``at``, the ``order``-th of the file, to ``stamp``."""

    index: int
    at: int
    order: int
    stamp: float
    ahead: bool


def joins_in(tracks: Mapping[int, Track]) -> Joins:
    """The joins that the stamps of a film's streams show."""
    joins = _joins_of(tracks)
    moves: dict[int, list[tuple[int, Fraction]]] = {index: [] for index in tracks}
    moved = dict.fromkeys(tracks, 0.0)
    begun = dict.fromkeys(tracks, 0)
    seconds: list[Fraction] = []
    for places, following in zip(joins, _following(joins, tracks), strict=True):
        spans = {index: (begun[index], at, following[index]) for index, at in places.items()
                 if tracks[index].has_a_clock and begun[index] < at < following[index]}
        if not spans:
            continue
        move = _move_over(spans, tracks)
        for index, at in places.items():
            moved[index] += move
            moves[index].append((at, _exact(moved[index])))
            begun[index] = at
        seconds.append(_exact(min(tracks[index].begins(at, end) + moved[index]
                                  for index, (_, at, end) in spans.items())))
    packets = {index: len(track) for index, track in tracks.items()}
    return Joins(packets, {index: tuple(own) for index, own in moves.items()}, tuple(seconds))


def _joins_of(tracks: Mapping[int, Track]) -> list[dict[int, int]]:
    """For each join the first packet of its streams on the new clock."""
    breaks = sorted((found for index, track in tracks.items() if track.has_a_clock
                     for found in _breaks_of(index, track)), key=lambda found: found.order)
    joins: list[dict[int, int]] = []
    for group in _together(breaks):
        places = _places(group, tracks)
        if _one_goes_on(group, places, tracks):
            if group[0].ahead:
                continue  # a gap in one stream, no other clock
            places = {found.index: found.at for found in group}
        joins.append(places)
    return joins


def _following(joins: Sequence[Mapping[int, int]], tracks: Mapping[int, Track]) -> list[dict[int, int]]:
    """For each join the packet of every stream at which the next clock begins, or the stream's end."""
    following: list[dict[int, int]] = []
    latest = {index: len(track) for index, track in tracks.items()}
    for places in reversed(joins):
        following.append(latest)
        latest = {**latest, **places}
    return following[::-1]


def _exact(seconds: float) -> Fraction:
    """The time in ticks of the systems' clock, 90 kHz, in which it was told before floats came in."""
    return Fraction(round(seconds * 90_000), 90_000)


def _breaks_of(index: int, track: Track) -> list[_Break]:
    """Where a stream's stamps jump and stay where they jumped to."""
    found: list[_Break] = []
    latest = math.nan
    for at, stamp in enumerate(track.decoded):
        if math.isnan(stamp):
            continue
        if _jumps(stamp - latest):
            following = track.decoded[at + 1:at + 1 + _STRAY_PACKETS]
            if any(later > latest and not _jumps(later - latest) for later in following):
                continue
            if _STRAY_PACKETS < at < len(track) - _STRAY_PACKETS:  # the first or last of a stream may stray as well
                found.append(_Break(index, at, track.orders[at], stamp, stamp > latest))
        latest = stamp
    return found


def _jumps(step: float) -> bool:
    return step < -_STEPS_BACK_SECONDS or step > _JUMPS_AHEAD_SECONDS


def _together(breaks: list[_Break]) -> list[list[_Break]]:
    """Breaks of different streams that are one join: they follow each other in the file and jump to one time."""
    groups: list[list[_Break]] = []
    for found in breaks:
        group = groups[-1] if groups else []
        if group and all(found.index != other.index and abs(found.stamp - other.stamp) < _ALIKE_SECONDS
                         for other in group):
            group.append(found)
        else:
            groups.append([found])
    return groups


def _places(group: list[_Break], tracks: Mapping[int, Track]) -> dict[int, int]:
    """The packet of each stream that is the first of the new clock; where its stamps do not tell, by its place."""
    begins = group[0].order
    places = {index: bisect_left(track.orders, begins) for index, track in tracks.items()}
    return {**places, **{found.index: found.at for found in group}}


def _one_goes_on(group: list[_Break], places: Mapping[int, int], tracks: Mapping[int, Track]) -> bool:
    """Whether another stream with a clock goes on across the jump as if nothing were."""
    broken = {found.index for found in group}
    return any(track.has_a_clock and index not in broken and 0 < places[index] < len(track)
               for index, track in tracks.items())


def _move_over(spans: Mapping[int, tuple[int, int, int]], tracks: Mapping[int, Track]) -> float:
    """By how much the new clock's stamps are moved: the picture goes on where it ended.

    Sound that would lap far over its own end moves everything on; without a picture, sound goes on where it ended.
    spans: by stream, its first packets on the old clock, on the new one, and on the next.
    """
    laps = {index: tracks[index].ends(begun, at) - tracks[index].begins(at, until)
            for index, (begun, at, until) in spans.items()}
    pictures = [lap for index, lap in laps.items() if tracks[index].kind == "video"]
    longest = max(laps.values())
    return max(pictures) if pictures and longest <= max(pictures) + _OVERLAP_SECONDS else longest
