"""What a farm is at, on stderr: a table of tasks and workers in a terminal, a line now and then elsewhere."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TextIO

from allaprima.cli.failures import tell
from allaprima.plurals import counted

if TYPE_CHECKING:
    from rich.table import Table

    from allaprima.farm.plan import Plan
    from allaprima.farm.running import Event

TOLD_SECONDS = 10.0
RECENT_SECONDS = 60.0


@dataclass(slots=True)
class Standing:
    """How far a plan is: frames done of every task, and when they were; what each worker is at."""

    total: int
    costs: dict[int, int]
    frames: dict[int, int] = field(default_factory=dict)
    done: set[int] = field(default_factory=set)
    workers: dict[str, tuple[int | None, int]] = field(default_factory=dict)
    moments: list[tuple[float, int]] = field(default_factory=list)
    failures: int = 0

    def take(self, event: Event, now: float) -> None:
        """Takes in what a worker told."""
        if event.kind == "frames" and event.task is not None:
            self.frames[event.task] = min(self.frames.get(event.task, 0) + event.frames, self.costs[event.task])
            self.workers[event.worker] = event.task, self.frames[event.task]
            self.moments.append((now, event.frames))
        elif event.kind == "done" and event.task is not None:
            self.frames[event.task] = self.costs[event.task]
            self.done.add(event.task)
            self.workers[event.worker] = None, 0
        elif event.kind == "ready":
            self.workers.setdefault(event.worker, (None, 0))
        else:
            self.failures += 1
            if event.task is not None:
                self.frames[event.task] = 0
            self.workers[event.worker] = None, 0
            if event.kind == "lost":
                del self.workers[event.worker]
        self.moments = [(at, count) for at, count in self.moments if at > now - RECENT_SECONDS]

    def rate(self, now: float) -> float:
        """Frames a second of late."""
        if not self.moments or now - self.moments[0][0] < 1:
            return 0.0
        return sum(count for _, count in self.moments) / (now - self.moments[0][0])

    def line(self, now: float) -> str:
        """The standing in a line."""
        frames, rate = sum(self.frames.values()), self.rate(now)
        left = f", {(self.total - frames) / rate:.0f} s left" if rate > 0 and frames < self.total else ""
        failed = f", {counted(self.failures, 'failure')}" if self.failures else ""
        return (f"{len(self.done)} of {counted(len(self.costs), 'task')}, {frames:,} of "
                f"{counted(self.total, 'frame')}, {counted(len(self.workers), 'worker')}, {rate:.1f} frames a second"
                f"{left}{failed}")


@contextmanager
def board(plan: Plan, stream: TextIO) -> Iterator[Callable[[Event], None]]:
    """A callback for what workers tell, shown as it comes."""
    costs = {task.number: task.end - task.first for task in plan.tasks}
    standing = Standing(sum(costs.values()), costs)
    if not stream.isatty():
        told = time.monotonic()

        def say(event: Event) -> None:
            nonlocal told
            now = time.monotonic()
            standing.take(event, now)
            if event.kind in ("failed", "lost") and event.message:
                tell(f"note: {event.message}" + ("" if event.task is None else f" (task {event.task})"))
            if now - told > TOLD_SECONDS:
                told = now
                tell(standing.line(now))

        yield say
        return
    from rich.console import Console
    from rich.live import Live

    with Live(table_of(standing), console=Console(file=stream), transient=True, refresh_per_second=4) as live:
        def show(event: Event) -> None:
            standing.take(event, time.monotonic())
            live.update(table_of(standing))

        yield show


def table_of(standing: Standing) -> Table:
    """The standing as a table: a worker a row."""
    from rich.table import Table

    table = Table(title=standing.line(time.monotonic()), title_justify="left")
    for column in ("worker", "task", "frames"):
        table.add_column(column)
    for worker, (task, frames) in sorted(standing.workers.items()):
        table.add_row(worker, "-" if task is None else str(task),
                      "" if task is None else f"{frames} of {standing.costs[task]}")
    return table
