"""The loop: batches in, better networks out, with checkpoints from which a run goes on exactly."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

import torch
from torch import Tensor, nn

from allaprima.errors import TrainingError
from allaprima.train import log
from allaprima.train.checkpoint import State, checkpoints_in, read_checkpoint, write_checkpoint
from allaprima.train.settings import Schedule
from allaprima.train.trainee import rate_at

PAUSE = "PAUSE"  # while a file of this name lies in the run's folder, no step is taken
LOG = "log.jsonl"

Losses = dict[str, Tensor]


class Task(Protocol):
    """What a run trains: a step's losses by network, each with its weighted ``total``."""

    def losses(self, step: int, progress: float) -> Mapping[str, Callable[[], Losses]]: ...


class Learner(Protocol):
    """What a run needs of a network in training; see ``Trainee``."""

    @property
    def average(self) -> nn.Module: ...

    def advance(self, loss: Tensor, step: int, progress: float) -> Tensor: ...

    def tensors(self) -> dict[str, Tensor]: ...

    def restore(self, held: Mapping[str, Tensor], step: int) -> None: ...


@dataclass(frozen=True, slots=True)
class TrainingProgress:
    """Where a run stands: what the caller is told after every logged step.

    losses: by network and name, averaged since the last time.
    """

    step: int
    share: float
    elapsed_seconds: float
    rate: float
    losses: dict[str, dict[str, float]]


Watch = Callable[[TrainingProgress], None]
Tell = Callable[[str], None]


@dataclass(slots=True)
class Tally:
    """Sums of losses on the device since they were last read, and of how many steps: of those with finite ones."""

    sums: dict[str, Losses] = field(default_factory=dict)
    counted: dict[str, Losses] = field(default_factory=dict)
    count: int = 0

    def add(self, losses: Mapping[str, Losses]) -> None:
        """Counts one step's losses, without waiting for the device."""
        for name, own in losses.items():
            sums, counted = self.sums.setdefault(name, {}), self.counted.setdefault(name, {})
            for key, value in own.items():
                found = value.detach()
                finite = found.isfinite()
                known = torch.where(finite, found, 0.0)
                sums[key] = sums[key] + known if key in sums else known
                counted[key] = counted[key] + finite if key in counted else finite.float()
        self.count += 1

    def read(self) -> dict[str, dict[str, float]]:
        """The means, after which counting begins anew; not finite where half of the steps or more were not."""
        means = {name: {key: float(value / steps) if 2 * (steps := self.counted[name][key]) > self.count else math.nan
                        for key, value in own.items()} for name, own in self.sums.items()}
        self.sums, self.counted, self.count = {}, {}, 0
        return means


class Run:
    """A run in a folder: taken up from its last checkpoint where there is one."""

    def __init__(self, folder: Path, trainees: Mapping[str, Learner], schedule: Schedule) -> None:
        self.folder, self.trainees, self.schedule = folder, trainees, schedule
        self.step, self.before_seconds = 0, 0.0
        self.began = time.monotonic()
        folder.mkdir(parents=True, exist_ok=True)
        found = checkpoints_in(folder)
        if found:
            self._take_up(found[-1])

    def _take_up(self, checkpoint: Path) -> None:
        held, state = read_checkpoint(checkpoint)
        self.step, self.before_seconds = int(state["step"]), float(state["elapsed_seconds"])
        for name, trainee in self.trainees.items():
            prefix = f"{name}/"
            own = {key[len(prefix):]: value for key, value in held.items() if key.startswith(prefix)}
            trainee.restore(own, self.step)
        log.cut_back(self.folder / LOG, self.step)

    @property
    def elapsed_seconds(self) -> float:
        """Time of all legs so far, pauses and checkpoints included."""
        return self.before_seconds + time.monotonic() - self.began

    @property
    def progress(self) -> float:
        """How much of the run is done, in [0, 1]."""
        return self.schedule.progress(self.step, self.elapsed_seconds)

    def checkpoint(self) -> Path:
        """Writes where the run stands. Raises TrainingError rather than keep weights that are not finite."""
        tensors = {f"{name}/{key}": value for name, trainee in self.trainees.items()
                   for key, value in trainee.tensors().items()}
        broken = [name for name, value in tensors.items() if not bool(torch.isfinite(value).all())]
        if broken:
            raise self.failed(f"{broken[0]} is no longer finite")
        state: State = {"step": self.step, "elapsed_seconds": self.elapsed_seconds}
        return write_checkpoint(self.folder, tensors, state)

    def failed(self, reason: str) -> TrainingError:
        """The error that ends a run gone wrong; the last good checkpoint is named."""
        found = checkpoints_in(self.folder)
        kept = f"{found[-1].name} is the last good one" if found else "no checkpoint had been written yet"
        return TrainingError(f"the training in {self.folder} stopped at step {self.step}: {reason}; {kept}",
                             "start it again with a lower --rate; it goes on from the last checkpoint")


def drive(run: Run, task: Task, watch: Watch, sheet: Callable[[int], None], keep: Callable[[], object]) -> bool:
    """Takes steps until the run or this leg of it is over; whether the whole run is done.

    Checkpoints and sheets are written at their intervals and at the end of the run, a checkpoint after a leg too.
    keep: writes what the run has learnt so far, to paint with, after every checkpoint: a run that is killed leaves it.
    Raises TrainingError where the losses of half of the steps are not finite.
    """
    schedule, tally = run.schedule, Tally()
    last_checkpoint = last_sheet = time.monotonic()
    while (share := run.progress) < 1:
        wait_while_paused(run.folder)
        losses: dict[str, Losses] = {}
        for name, of_network in task.losses(run.step, share).items():
            losses[name] = of_network()
            run.trainees[name].advance(losses[name]["total"], run.step, share)
        run.step += 1
        tally.add(losses)
        if run.step % schedule.log_steps == 0:
            tell(run, tally, watch)
        if time.monotonic() - last_checkpoint > schedule.checkpoint_seconds:
            run.checkpoint()
            keep()
            last_checkpoint = time.monotonic()
        if time.monotonic() - last_sheet > schedule.sheet_seconds:
            sheet(run.step)
            last_sheet = time.monotonic()
        if leg_is_over(run):
            break
    if tally.count:
        tell(run, tally, watch)
    run.checkpoint()
    keep()
    done = run.progress >= 1
    if done:
        sheet(run.step)
    return done


def leg_is_over(run: Run) -> bool:
    """Whether this leg's own time is spent."""
    leg = run.schedule.leg_seconds
    return leg is not None and time.monotonic() - run.began >= leg


def wait_while_paused(folder: Path) -> None:
    """Returns when no file asks for a pause."""
    while (folder / PAUSE).exists():
        time.sleep(0.25)


def tell(run: Run, tally: Tally, watch: Watch) -> None:
    """Logs the losses since the last time and hands them on; stops the run where one was mostly not finite."""
    losses, share = tally.read(), run.progress
    rate = rate_at(run.schedule, run.step, share)
    for name, own in losses.items():
        for key, value in own.items():
            if not math.isfinite(value):
                raise run.failed(f"the {key} loss of {name} is {value}")
        entry: log.Entry = {"step": run.step, "progress": round(share, 6), "rate": rate, "network": name,
                            "elapsed_seconds": round(run.elapsed_seconds, 2)}
        log.append(run.folder / LOG, entry | {key: round(value, 6) for key, value in own.items()})
    watch(TrainingProgress(run.step, share, run.elapsed_seconds, rate, losses))
