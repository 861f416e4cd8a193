"""What was shown and how late: figures of a live run in memory that does not grow."""

from __future__ import annotations

from collections import deque

import numpy as np

from allaprima.pipeline.live.report import Latency

BINS_MS = 10_000        # delays are counted by the millisecond up to ten seconds, the last bin holds what is longer
WINDOW_SECONDS = 2.0    # over which the rate in the overlay is taken


class Delays:
    """Counts delays, to the millisecond."""

    def __init__(self) -> None:
        self.count = 0
        self.latest_ms = self.worst_ms = 0.0
        self._counts = np.zeros(BINS_MS + 1, np.int64)

    def add(self, delay_ms: float) -> None:
        """Counts one."""
        self.count += 1
        self.latest_ms, self.worst_ms = delay_ms, max(self.worst_ms, delay_ms)
        self._counts[min(BINS_MS, max(0, round(delay_ms)))] += 1

    def percentile_ms(self, share: float) -> float:
        """What this share (0 to 1) of the delays stayed within; 0 without any."""
        if not self.count:
            return 0.0
        return float(np.searchsorted(np.cumsum(self._counts), np.ceil(share * self.count)))

    def summary(self) -> Latency:
        """The usual percentiles."""
        return Latency(self.percentile_ms(0.5), self.percentile_ms(0.95), self.percentile_ms(0.99),
                       round(self.worst_ms, 1))


class Meter:
    """Counts frames shown and how late they were.

    latency: from capture to display. waiting: of that, what was not the painting itself.
    """

    def __init__(self) -> None:
        self.latency, self.waiting = Delays(), Delays()
        self._recent: deque[float] = deque()
        self._first: float | None = None
        self._last = 0.0

    @property
    def shown(self) -> int:
        """How many frames were shown."""
        return self.latency.count

    def show(self, now_seconds: float, latency_ms: float, paint_ms: float) -> None:
        """Counts a frame shown now, so long after its capture, painted in that time."""
        self.latency.add(latency_ms)
        self.waiting.add(latency_ms - paint_ms)
        self._first = now_seconds if self._first is None else self._first
        self._last = now_seconds
        self._recent.append(now_seconds)
        while self._recent[0] < now_seconds - WINDOW_SECONDS:
            self._recent.popleft()

    def fps_now(self) -> float:
        """Frames a second over the last two seconds."""
        return rate(len(self._recent), self._recent[0], self._recent[-1]) if self._recent else 0.0

    def fps(self) -> float:
        """Frames a second from the first frame shown to the last."""
        return 0.0 if self._first is None else rate(self.shown, self._first, self._last)


def rate(count: int, first_seconds: float, last_seconds: float) -> float:
    """Events a second of that many, the first and the last at those times."""
    return (count - 1) / (last_seconds - first_seconds) if count > 1 and last_seconds > first_seconds else 0.0
