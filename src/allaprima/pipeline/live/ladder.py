"""Latency held: which rung to paint on, from how late the frames are."""

from __future__ import annotations

from dataclasses import dataclass, replace

MISSED_SECONDS = 1.0        # over budget for so long: a step down
MISSED_SHARE = 0.15         # of the latest frames over budget: one in ten is chance, one in five is not
ROOM_SECONDS = 3.0          # the next rung up would have fitted for so long: a step up
ROOM = 0.8                  # ... into that share of the budget
MEMORY = 0.9                # of what the frames before cost, a frame
LONGEST_WAIT_SECONDS = 60.0


@dataclass(frozen=True, slots=True)
class Ladder:
    """Where on the ladder a run stands; rung 0 is the best.

    late, typical: the share of the latest frames that were over budget, and what they cost of it, both on this rung.
    missed_since, room_since: when the budget began to be missed, or to leave room, in seconds. wait_seconds: how long
    there must be room before a step up; doubled by every step up that had to be taken back at once.
    """

    rungs: int
    rung: int = 0
    late: float = 0.0
    typical: float | None = None
    missed_since: float | None = None
    room_since: float | None = None
    raised_at: float | None = None
    wait_seconds: float = ROOM_SECONDS

    def on(self, rung: int) -> Ladder:
        """The ladder with another rung taken, nothing known of its cost."""
        return replace(self, rung=rung, late=0.0, typical=None, missed_since=None, room_since=None)


def stepped(ladder: Ladder, now: float, cost: float, growth: float) -> Ladder:
    """The ladder after a frame that cost that share of the budget; ``growth`` is the next rung up's cost against this.

    Down one rung when the budget is missed for a second, up one when the better rung would have fitted for a while.
    """
    late = MEMORY * ladder.late + (1 - MEMORY) * (cost > 1)
    typical = cost if ladder.typical is None else MEMORY * ladder.typical + (1 - MEMORY) * cost
    fits_above = ladder.rung > 0 and typical * growth < ROOM
    missed_since = (now if ladder.missed_since is None else ladder.missed_since) if late > MISSED_SHARE else None
    room_since = (now if ladder.room_since is None else ladder.room_since) if fits_above else None
    ladder = replace(ladder, late=late, typical=typical, missed_since=missed_since, room_since=room_since)
    if missed_since is not None and now - missed_since >= MISSED_SECONDS and ladder.rung < ladder.rungs - 1:
        hasty = ladder.raised_at is not None and now - ladder.raised_at < 2 * ladder.wait_seconds
        wait = min(LONGEST_WAIT_SECONDS, 2 * ladder.wait_seconds) if hasty else ladder.wait_seconds
        return replace(ladder.on(ladder.rung + 1), wait_seconds=wait)
    if room_since is not None and now - room_since >= ladder.wait_seconds:
        return replace(ladder.on(ladder.rung - 1), raised_at=now)
    return ladder
