"""Which task is to be done next: those whose forerunners are done, the longest way to the end first."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Literal

from allaprima.farm.plan import Task

MOST_TRIES = 4
Standing = Literal["waiting", "running", "done"]


@dataclass(slots=True)
class Schedule:
    """The standing of every task of a plan.

    tries: how often each has failed. careful: those that are to be done with less memory.
    """

    tasks: Sequence[Task]
    standing: dict[int, Standing] = field(default_factory=dict)
    tries: dict[int, int] = field(default_factory=dict)
    careful: set[int] = field(default_factory=set)
    _ways: dict[int, float] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.standing = {task.number: "waiting" for task in self.tasks}
        self._ways = ways(self.tasks)

    @property
    def over(self) -> bool:
        """Whether all tasks are done."""
        return all(standing == "done" for standing in self.standing.values())

    @property
    def running(self) -> list[int]:
        """The tasks that are being carried out."""
        return [number for number, standing in self.standing.items() if standing == "running"]

    def ready(self) -> list[Task]:
        """The tasks that can be begun, the most urgent first."""
        able = [task for task in self.tasks if self.standing[task.number] == "waiting"
                and all(self.standing[one] == "done" for one in forerunners(task))]
        return sorted(able, key=lambda task: (-self._ways[task.number], task.number))

    def start(self, number: int) -> None:
        """Notes that a task is being carried out."""
        self.standing[number] = "running"

    def done(self, number: int) -> None:
        """Notes that a task is done."""
        self.standing[number] = "done"

    def again(self, numbers: Iterable[int]) -> None:
        """Notes that tasks are to be done anew: those that turned out not to be done."""
        for number in numbers:
            self.standing[number] = "waiting"

    def failed(self, number: int, *, memory: bool = False) -> bool:
        """Notes that a task failed, and says whether it may be tried again."""
        self.standing[number] = "waiting"
        self.tries[number] = self.tries.get(number, 0) + 1
        if memory:
            self.careful.add(number)
        return self.tries[number] < MOST_TRIES


def forerunners(task: Task) -> tuple[int, ...]:
    """The tasks that must be done before one."""
    return (*task.after, *([] if task.before is None else [task.before]))


def ways(tasks: Sequence[Task]) -> dict[int, float]:
    """For each task its own cost and that of the dearest chain of tasks that waits for it."""
    found = {task.number: 0.0 for task in tasks}
    for task in reversed(tasks):
        found[task.number] += task.cost
        for one in forerunners(task):
            found[one] = max(found[one], found[task.number])
    return found
