"""Latency held: which of three working sizes to paint at, from how late the frames are."""

from __future__ import annotations

from dataclasses import dataclass, replace

SHARES = (1.0, 0.75, 0.5)   # working heights of the rungs, of the tallest
MISSED_SECONDS = 1.0        # over budget for so long: a step down
ROOM_SECONDS = 3.0          # the next rung up would have fitted for so long: a step up
ROOM = 0.8                  # ... into that share of the budget
LONGEST_WAIT_SECONDS = 60.0
SMALLEST_HEIGHT = 64


@dataclass(frozen=True, slots=True)
class Ladder:
    """Where on the ladder a run stands; rung 0 is the tallest.

    missed_since, room_since: when the budget began to be missed, or to leave room, in seconds. wait_seconds: how long
    there must be room before a step up; doubled by every step up that had to be taken back at once.
    """

    rungs: int
    rung: int = 0
    missed_since: float | None = None
    room_since: float | None = None
    raised_at: float | None = None
    wait_seconds: float = ROOM_SECONDS


def heights(tallest: int) -> tuple[int, ...]:
    """Working heights of the ladder, multiples of 8 below the tallest, each once."""
    wanted = [tallest] + [max(SMALLEST_HEIGHT, 8 * round(tallest * share / 8)) for share in SHARES[1:]]
    return tuple(height for index, height in enumerate(wanted) if index == 0 or height < wanted[index - 1])


def stepped(ladder: Ladder, now: float, cost_ms: float, budget_ms: float, growth: float) -> Ladder:
    """The ladder after a frame that cost so much of that budget; ``growth`` is the next rung up's cost against this.

    Down one rung when the budget is missed for a second, up one when the taller rung would have fitted for a while.
    """
    missed = cost_ms > budget_ms
    fits_above = ladder.rung > 0 and cost_ms * growth < ROOM * budget_ms
    missed_since = (now if ladder.missed_since is None else ladder.missed_since) if missed else None
    room_since = (now if ladder.room_since is None else ladder.room_since) if fits_above else None
    ladder = replace(ladder, missed_since=missed_since, room_since=room_since)
    if missed_since is not None and now - missed_since >= MISSED_SECONDS and ladder.rung < ladder.rungs - 1:
        hasty = ladder.raised_at is not None and now - ladder.raised_at < 2 * ladder.wait_seconds
        wait = min(LONGEST_WAIT_SECONDS, 2 * ladder.wait_seconds) if hasty else ladder.wait_seconds
        return replace(ladder, rung=ladder.rung + 1, missed_since=None, room_since=None, wait_seconds=wait)
    if room_since is not None and now - room_since >= ladder.wait_seconds:
        return replace(ladder, rung=ladder.rung - 1, missed_since=None, room_since=None, raised_at=now)
    return ladder
