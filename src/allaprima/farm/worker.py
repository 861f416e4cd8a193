"""A worker: opens the network once and carries out one task after the other."""

from __future__ import annotations

import errno
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import numpy as np

from allaprima.errors import (
    AllaprimaError,
    MissingExtra,
    OptionError,
    OutOfMemory,
    SinkError,
    SourceError,
    WeightsError,
)
from allaprima.farm.checks import InputCheck, check_settings
from allaprima.farm.folder import FarmFolder, Record
from allaprima.farm.hashes import digest_of_all
from allaprima.farm.plan import Plan, Task, Work
from allaprima.farm.schedule import forerunners
from allaprima.io.locks import OutputLock
from allaprima.loops.forms import kept_to, recorded_form

if TYPE_CHECKING:
    from allaprima.engines import Engine, Look
    from allaprima.engines.color import Palette
    from allaprima.farm.exchange import Exchange
    from allaprima.pipeline.jobs.film_parts import Known, Stretch
    from allaprima.pipeline.looks.tracks import Track
    from allaprima.runtimes.calls import Moments

Verdict = Literal["retry", "memory", "refuse"]
"""What an error means to whoever runs a plan: to try again, here or elsewhere; the same with less at once; or never."""


def verdict_of(error: BaseException) -> Verdict:
    """What an error means to whoever runs the plan."""
    short = isinstance(error, OSError) and error.errno in (errno.ENOMEM, errno.EAGAIN)
    if isinstance(error, (MemoryError, OutOfMemory)) or short or "can't start new thread" in str(error):
        return "memory"
    if isinstance(error, (OptionError, SourceError, WeightsError, MissingExtra)):
        return "refuse"
    return "retry"


class Worker:
    """Carries out tasks of one plan; what it opens for the first stays open.

    opened: network and look, where they are open already. exchange: where files are fetched from and given to, by way
    of the folder ``scratch``.
    """

    def __init__(self, plan: Plan, opened: tuple[Engine, Look | Track] | None = None,
                 exchange: Exchange | None = None, scratch: Path | None = None) -> None:
        self._digest = plan.digest
        self._exchange = exchange
        self.plan = plan if exchange is None or scratch is None else exchange.fetched(plan, scratch)
        self._inputs = InputCheck()
        self._opened = opened

    def folder(self, work: Work) -> FarmFolder:
        """The folder of a film."""
        return FarmFolder(self.plan, work, self._digest)

    def run(self, number: int, on_frames: Callable[[int], None] | None = None,
            should_stop: Callable[[], bool] | None = None, *, careful: bool = False) -> Record:
        """Carries out a task, unless it is done already and what it left verifies.

        careful: one frame at a time, after memory did not suffice; the pixels are the same. Raises whatever went wrong:
        see ``verdict_of``.
        """
        if not 0 <= number < len(self.plan.tasks):
            raise OptionError(f"the plan has no task {number}", f"it has 0 to {len(self.plan.tasks) - 1}")
        task = self.plan.tasks[number]
        work = self.plan.works[task.work]
        if self._exchange is not None:
            self._exchange.take(self.plan, self._digest, [self.plan.tasks[one] for one in forerunners(task)])
        record = self._carry_out(task, work, on_frames, should_stop, careful)
        if self._exchange is not None:
            self._exchange.give(self.plan, self._digest, task, work=work)
        return record

    def _carry_out(self, task: Task, work: Work, on_frames: Callable[[int], None] | None,
                   should_stop: Callable[[], bool] | None, careful: bool) -> Record:
        folder = self.folder(work)
        folder.begin()
        done = folder.verified(task)
        if done is not None:
            if on_frames is not None:
                on_frames(done.frames)
            return done
        self._inputs.check(self.plan)
        self._check_before(folder, task)
        began = time.perf_counter()
        lock = folder.path / f"task-{task.number:06d}.json"
        with OutputLock(lock), kept_to(recorded_form(work.settings), work.output):
            lost, damaged = (self._sequence if work.numbered else self._film)(
                task, work, folder, on_frames, should_stop, careful)
            return folder.note(task, time.perf_counter() - began, lost, damaged)

    def painting(self) -> tuple[Engine, Look | Track]:
        """The network and the look, opened at the first call."""
        if self._opened is None:
            self._opened = self.plan.painting.opened()
        return self._opened

    def _check_before(self, folder: FarmFolder, task: Task) -> None:
        for one in forerunners(task):
            if folder.verified(self.plan.tasks[one]) is None:
                raise SinkError(f"task {task.number} goes on from task {one}, which is not done",
                                f"run that first: allaprima farm task PLAN {one}")

    def _known(self, folder: FarmFolder, task: Task, work: Work) -> Known:
        from allaprima.pipeline.jobs.film_parts import Known

        pooled: list[dict[int, Moments]] = []
        for one in task.after:
            for layer, found in enumerate(folder.read_moments(one)):
                while len(pooled) <= layer:
                    pooled.append({})
                pooled[layer] |= found
        return Known(tuple(pooled), None if work.palettes is None else palettes_of(work))

    def _film(self, task: Task, work: Work, folder: FarmFolder, on_frames: Callable[[int], None] | None,
              should_stop: Callable[[], bool] | None, careful: bool) -> tuple[int, int]:
        from allaprima.pipeline.jobs.film_parts import paint_stretch, pooled_in
        from allaprima.pipeline.jobs.film_work import open_work

        options = replace(self.plan.film, batch_size=1) if careful else self.plan.film
        opened = open_work(work.input, *self.painting(), options, work.settings)
        check_settings(work, opened.run_settings)
        known, stretch = self._known(folder, task, work), stretch_of(task)
        if task.kind == "statistics":
            folder.write_moments(task.number, pooled_in(opened, stretch, work.output, known))
            if on_frames is not None:
                on_frames(task.end - task.first)
        else:
            paint_stretch(opened, stretch, folder.segments, work.output, known, on_frames, should_stop)
        report = opened.source.report
        return report.frames_lost, report.frames_damaged

    def _sequence(self, task: Task, work: Work, folder: FarmFolder, on_frames: Callable[[int], None] | None,
                  should_stop: Callable[[], bool] | None, careful: bool) -> tuple[int, int]:
        from allaprima.pipeline.jobs.sequence_parts import FrameRange, paint_range, pooled_in_range
        from allaprima.pipeline.jobs.sequence_work import open_sequence

        options = replace(self.plan.sequence, batch_size=1) if careful else self.plan.sequence
        opened = open_sequence(work.input, work.output, *self.painting(), options, work.settings)
        numbers = opened.source.numbers
        if len(numbers) != work.frames or task.inputs != digest_of_all(
                opened.source.path(number) for number in numbers[task.first:task.end]):
            raise SourceError(f"the frames of {work.input} are not those that were planned",
                              "plan again: allaprima farm plan")
        check_settings(work, opened.run_settings)
        part = FrameRange(task.first, task.end, task.shots,
                          None if task.before is None else folder.state_file(task.before),
                          folder.state_file(task.number) if task.hands_over else None, task.follow[0])
        known = self._known(folder, task, work)
        if task.kind == "statistics":
            folder.write_moments(task.number, pooled_in_range(opened, part, known))
            if on_frames is not None:
                on_frames(task.end - task.first)
        else:
            paint_range(opened, part, work.output, folder.manifest(task.number), known, on_frames, should_stop)
        return 0, 0


def stretch_of(task: Task) -> Stretch:
    """A task's frames as a part of a film."""
    from allaprima.pipeline.jobs.film_parts import Stretch

    return Stretch(task.first, task.end, task.pts, task.picture, task.times, task.segment, task.segments, task.shots,
                   task.hands_over, task.follow)


def palettes_of(work: Work) -> list[tuple[int, Palette]]:
    """The colours of shots that a plan tells."""
    from allaprima.engines.color import Palette

    return [(pts, Palette(np.array(mean), np.array(covariance).reshape(3, 3), pixels))
            for pts, mean, covariance, pixels in work.palettes or ()]


def told(error: BaseException) -> tuple[str, str | None]:
    """What an error says, and its remedy."""
    if isinstance(error, AllaprimaError):
        return str(error), error.hint
    if isinstance(error, MemoryError):
        return "the memory of this machine does not suffice", None
    return f"{type(error).__name__}: {error}", None
