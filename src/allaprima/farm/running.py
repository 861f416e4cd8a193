"""A plan run by a pool of workers: bounded tasks at once, failed ones tried again, what was changed done anew."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, Protocol

from allaprima.errors import AllaprimaError, Interrupted, OptionError
from allaprima.farm.folder import FarmFolder
from allaprima.farm.joining import unfinished
from allaprima.farm.plan import Plan, Task
from allaprima.farm.schedule import Schedule, forerunners
from allaprima.farm.worker import Verdict

PATIENCE_SECONDS = 0.5
ROUNDS = 3


@dataclass(frozen=True, slots=True)
class Event:
    """What a worker tells: more frames of a task, its end, how it failed, or that the worker itself is gone.

    worker: its name. frames: painted since the last event. verdict: of a failure; what a lost
    worker was at is tried again.
    """

    kind: Literal["frames", "done", "failed", "lost", "ready"]
    worker: str
    task: int | None = None
    frames: int = 0
    verdict: Verdict = "retry"
    message: str = ""
    hint: str | None = None
    seconds: float = 0.0


class Pool(Protocol):
    """Workers that carry out tasks."""

    def free(self) -> Sequence[str]:
        """The names of workers that have nothing to do."""
        ...

    def start(self, worker: str, task: int, *, careful: bool) -> None:
        """Gives a task to a worker that has nothing to do."""
        ...

    def events(self, patience: float) -> Sequence[Event]:
        """What the workers have told; waits so many seconds for it."""
        ...

    def close(self) -> None:
        """Ends all workers; what they were at is dropped."""
        ...


class TaskFailed(AllaprimaError):  # noqa: N818  the field's own name
    """A task was refused, or failed once too often; what the others did is kept."""


def run_plan(plan: Plan, path: Path, pool: Pool, on_event: Callable[[Event], None] | None = None) -> None:
    """Has all tasks of a plan done that are not done yet; raises TaskFailed, or Interrupted's cause after Ctrl-C.

    path: of the plan, for what is told. Whatever is done stays: a run again goes on from there.
    """
    try:
        for work in plan.works:
            FarmFolder(plan, work).begin(overwrite=overwrites(plan, work.numbered))
        schedule = Schedule(plan.tasks)
        for _ in range(ROUNDS):
            left = {task.number for work in plan.works for task in unfinished(plan, work)}
            for task in plan.tasks:
                if task.number not in left:
                    schedule.done(task.number)
            schedule.again(left)
            if not left:
                return
            tasks_done(plan, schedule, pool, on_event)
        raise TaskFailed(f"the files of tasks {sorted(left)} change behind the farm's back", "check the disk")
    except KeyboardInterrupt as interrupt:
        raise interrupt from Interrupted(f"interrupted: what the tasks of {path} have finished is kept",
                                         f"allaprima farm run {path} goes on from there")


def overwrites(plan: Plan, numbered: bool) -> bool:
    """Whether what another plan left in a film's folder may go."""
    return plan.sequence.overwrite if numbered else plan.film.overwrite


def tasks_done(plan: Plan, schedule: Schedule, pool: Pool, on_event: Callable[[Event], None] | None) -> None:
    """Has the schedule's tasks done; raises TaskFailed."""
    at: dict[str, int] = {}
    while not schedule.over:
        for worker, task in zip(pool.free(), schedule.ready(), strict=False):
            schedule.start(task.number)
            at[worker] = task.number
            pool.start(worker, task.number, careful=task.number in schedule.careful)
        for event in pool.events(PATIENCE_SECONDS):
            if event.kind == "done" and event.task is not None:
                at.pop(event.worker, None)
                schedule.done(event.task)
            elif event.kind in ("failed", "lost"):
                number = at.pop(event.worker, None) if event.task is None else event.task
                at.pop(event.worker, None)
                if number is not None:
                    after_failure(plan, schedule, number, event)
            if on_event is not None:
                on_event(event)


def after_failure(plan: Plan, schedule: Schedule, number: int, event: Event) -> None:
    """Has a failed task tried again, and those that it goes on from done anew, where they are not done after all."""
    task = plan.tasks[number]
    if event.verdict == "refuse":
        raise TaskFailed(f"task {number} was refused: {event.message}", event.hint)
    may = schedule.failed(number, memory=event.verdict == "memory")
    if not may:
        raise TaskFailed(f"task {number} failed {schedule.tries[number]} times, at last: {event.message}", event.hint)
    folder = FarmFolder(plan, plan.works[task.work])
    schedule.again(one for one in forerunners(task) if folder.verified(plan.tasks[one]) is None)


def parsed_runner(text: str) -> tuple[str, str]:
    """What ``processes:2``, ``ray`` or ``ray:ADDRESS`` asks for: the kind, and what follows; raises OptionError."""
    kind, _, rest = text.partition(":")
    if kind not in ("processes", "ray") or (kind == "processes" and not (rest.isdecimal() and 0 < int(rest) <= 1024)):
        raise OptionError(f"nothing runs tasks on {text!r}", "choose processes:2, ray, or ray:ADDRESS")
    return kind, rest


def tasks_at_once(plan: Plan) -> int:
    """How many tasks of a plan can be carried out beside each other, at most."""
    chained = {task.number for task in plan.tasks if task.before is not None}
    return max(1, len(plan.tasks) - len(chained))


def named(task: Task, plan: Plan) -> str:
    """A task as people are told of it."""
    verb = "measures" if task.kind == "statistics" else "paints"
    return f"task {task.number} {verb} frames {task.first} to {task.end - 1} of {plan.works[task.work].input.name}"
