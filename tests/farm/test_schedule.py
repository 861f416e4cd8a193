"""Which task is done next, and what becomes of those that fail."""

from __future__ import annotations

from allaprima.farm.plan import Task
from allaprima.farm.schedule import MOST_TRIES, Schedule


def task(number: int, cost: float, before: int | None = None, after: tuple[int, ...] = ()) -> Task:
    return Task(number, "paint", 0, 0, 1, 0, 0, 0, 0, 1, (), False, (0, 0), before, after, "", cost)


def ready(schedule: Schedule) -> list[int]:
    return [one.number for one in schedule.ready()]


def test_the_longest_way_to_the_end_goes_first() -> None:
    schedule = Schedule([task(0, 5), task(1, 4), task(2, 4, before=1), task(3, 9)])
    assert ready(schedule) == [3, 1, 0]
    schedule.start(3)
    schedule.start(1)
    assert ready(schedule) == [0]
    schedule.done(1)
    assert ready(schedule) == [0, 2]


def test_a_task_waits_for_all_that_it_needs() -> None:
    schedule = Schedule([task(0, 1), task(1, 1), task(2, 1, before=1, after=(0,))])
    schedule.done(0)
    assert ready(schedule) == [1]
    schedule.done(1)
    assert ready(schedule) == [2]
    schedule.again([0])
    assert ready(schedule) == [0]


def test_a_task_is_tried_again_so_often() -> None:
    schedule = Schedule([task(0, 1)])
    for tries in range(1, MOST_TRIES + 1):
        schedule.start(0)
        assert schedule.failed(0, memory=tries == 2) == (tries < MOST_TRIES)
        assert (0 in schedule.careful) == (tries >= 2)
    schedule.done(0)
    assert schedule.over
