"""Where each channel of sound goes in a codec that does not have its layout: the nearest that holds all of them."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

Routes = Mapping[str, float]
"""The channels that one goes to, and the gain to each."""

OPUS_LAYOUTS = ("mono", "stereo", "3.0", "quad", "5.0", "5.1", "6.1", "7.1")
"""What Opus has in files (RFC 7845, section 5.1.1.2)."""
AAC_LAYOUTS = ("mono", "stereo", "3.0", "4.0", "5.0", "5.1", "7.1")
"""What AAC has a number for (ISO/IEC 14496-3, table 1.19), so that every player knows it."""
UNNAMED_LAYOUTS: Mapping[int, str] = {1: "mono", 2: "stereo", 3: "3.0", 4: "quad", 5: "5.0", 6: "5.1", 7: "6.1",
                                      8: "7.1"}
"""What is meant by so many channels that a file does not name, as in WAV."""
_HALF = math.sqrt(0.5)  # of a channel's power
# Where a channel goes that the target lacks, the best first. Sides and backs stand in for each other; what lies between
# two loudspeakers comes from both, at half its power from each.
_ELSEWHERE: Mapping[str, Sequence[Routes]] = {
    "SL": ({"BL": 1}, {"FL": _HALF}), "SR": ({"BR": 1}, {"FR": _HALF}),
    "BL": ({"SL": 1}, {"FL": _HALF}), "BR": ({"SR": 1}, {"FR": _HALF}),
    "BC": ({"BL": _HALF, "BR": _HALF}, {"SL": _HALF, "SR": _HALF}, {"FL": 0.5, "FR": 0.5}),
    "FC": ({"FL": _HALF, "FR": _HALF},), "FL": ({"FC": _HALF},), "FR": ({"FC": _HALF},),
    "FLC": ({"FL": _HALF, "FC": _HALF}, {"FL": 1}), "FRC": ({"FR": _HALF, "FC": _HALF}, {"FR": 1}),
    "TFL": ({"FL": _HALF},), "TFR": ({"FR": _HALF},), "TFC": ({"FC": _HALF}, {"FL": 0.5, "FR": 0.5}),
    "TBL": ({"BL": _HALF}, {"SL": _HALF}), "TBR": ({"BR": _HALF}, {"SR": _HALF}),
    "TSL": ({"SL": _HALF}, {"BL": _HALF}), "TSR": ({"SR": _HALF}, {"BR": _HALF}),
    "DL": ({"FL": 1},), "DR": ({"FR": 1},),
}


@dataclass(frozen=True, slots=True)
class Mapped:
    """A layout for sound and, for each of its channels by number, which of the sound's make it up, with their gains."""

    layout: str
    parts: tuple[Mapping[int, float], ...]


def nearest_layout(channels: Sequence[str], known: Mapping[str, Sequence[str]]) -> Mapped | None:
    """The layout of those known that holds the channels best, None where some cannot be placed in any.

    channels: their names in FFmpeg's short form, in order. known: names of layouts and their channels. Best is where
    fewest channels join others, then what has fewest channels.
    """
    found: list[tuple[tuple[int, int], Mapped]] = []
    for layout, places in known.items():
        routes = [_route(channel, channels, places) for channel in channels]
        if all(route is not None for route in routes):
            parts = tuple({number: route[place] for number, route in enumerate(routes) if route and place in route}
                          for place in places)
            joining = sum(channel not in places and any(len(part) > 1 for part in parts if number in part)
                          for number, channel in enumerate(channels))
            found.append(((joining, len(places)), Mapped(layout, parts)))
    return min(found, key=lambda one: one[0])[1] if found else None


def _route(channel: str, channels: Sequence[str], places: Sequence[str]) -> Routes | None:
    """Where a channel goes among those places: to its own, or to the nearest, a free one before one that is taken."""
    if channel in places:
        return {channel: 1}
    possible = [route for route in _ELSEWHERE.get(channel, ()) if all(place in places for place in route)]
    free = [route for route in possible if not any(place in channels for place in route)]
    return next(iter(free or possible), None)
