"""The list of jobs: one done after the other, each cancelled, resumed, and found again after a restart."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from types import TracebackType
from typing import Self

from allaprima.errors import AllaprimaError
from allaprima.serve.job import ENDED, Job
from allaprima.serve.refusals import Refused
from allaprima.serve.shelf import Shelf, made_of
from allaprima.serve.worker import Said, Worker

LOOK_SECONDS = 0.2
Command = Callable[[Job], Sequence[str]]
"""The program that does a job."""


class Jobs:
    """Does the jobs of a shelf in the order that they were asked for; a context manager that ends its thread.

    What was under way when the server ended is taken up first. command: the program that does a job.
    """

    def __init__(self, shelf: Shelf, command: Command, most: int) -> None:
        self._shelf, self._command, self._most = shelf, command, most
        self._jobs = {job.id: job for job in sorted(shelf.jobs(), key=lambda job: job.number)}
        self._changed = threading.Condition()
        self._worker: Worker | None = None
        self._running: str | None = None
        self._ended = False
        for job in list(self._jobs.values()):
            if job.state == "running":
                self._set(replace(job, state="waiting"), kept=True)
        self._thread = threading.Thread(target=self._do_all, name="jobs", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None,
                 trace: TracebackType | None) -> None:
        with self._changed:
            self._ended = True
            if self._worker is not None:
                self._worker.stop()
            self._changed.notify_all()
        self._thread.join()

    def all(self) -> list[Job]:
        """Every job, the latest asked for first."""
        with self._changed:
            return sorted(self._jobs.values(), key=lambda job: -job.number)

    def named(self, name: str) -> Job:
        """The job of that name; raises ``Refused`` where there is none."""
        with self._changed:
            if name in self._jobs:
                return self._jobs[name]
        raise Refused(404, "there is no such job")

    def add(self, job: Job) -> Job:
        """Puts a job on the list; raises ``Refused`` where that is full."""
        with self._changed:
            if len(self._jobs) >= self._most:
                raise Refused(429, f"there are {self._most} jobs on the list already", "remove some that are done")
            self._set(job, kept=True)
            return job

    def cancel_or_remove(self, name: str) -> Job | None:
        """Cancels a job that has not ended, keeping what it has made; removes one that has, giving back None."""
        with self._changed:
            job = self.named(name)
            if job.state in ENDED and self._running != name:
                del self._jobs[name]
                self._shelf.remove_job(name)
                return None
            return self._set(replace(job, state="cancelled", left_seconds=None), kept=True, stop=True)

    def resume(self, name: str) -> Job:
        """Puts a job that was cancelled or failed on the list again, to go on from where it was."""
        with self._changed:
            job = self.named(name)
            if job.state not in ("cancelled", "failed"):
                raise Refused(409, f"that job is {job.state}: there is nothing to resume")
            return self._set(replace(job, state="waiting", error=None, hint=None), kept=True)

    def needs(self, upload: str) -> bool:
        """Whether a job that is on the list was made of that upload."""
        with self._changed:
            return any(upload in made_of(job) for job in self._jobs.values())

    def _set(self, job: Job, *, kept: bool = False, stop: bool = False) -> Job:
        """Takes over a job as it is now; kept: in its file too. stop: its work is ended, if it is under way."""
        with self._changed:
            if kept:
                self._shelf.keep(job)
            self._jobs[job.id] = job
            if stop and self._running == job.id and self._worker is not None:
                self._worker.stop()
            self._changed.notify_all()
            return job

    def _next(self) -> Job | None:
        """The job whose turn it is, waited for; None at the end."""
        with self._changed:
            while not self._ended:
                waiting = [job for job in self._jobs.values() if job.state == "waiting"]
                if waiting:
                    job = replace(min(waiting, key=lambda job: job.number), state="running")
                    self._worker = Worker(self._command(job), self._shelf.folder)
                    self._running = job.id
                    return self._set(job, kept=True)
                self._changed.wait()
            return None

    def _do_all(self) -> None:
        while (job := self._next()) is not None:
            try:
                self._do(job)
            except (AllaprimaError, OSError) as error:
                self._end(job.id, replace(job, state="failed", error=str(error)))

    def _do(self, job: Job) -> None:
        """Does a job to its end, whichever that is."""
        worker, told = self._worker, time.monotonic()
        assert worker is not None
        latest: Said = {}

        def heard(said: Said) -> None:
            nonlocal told
            latest.update(said)
            with self._changed:
                if self._jobs[job.id].state == "running":
                    self._set(as_told(self._jobs[job.id], said))

        failure = worker.run(heard)
        with self._changed:
            now = self._jobs[job.id]
            if now.state == "running" and self._ended:
                self._end(job.id, None)  # its file says that it runs: the next start takes it up
            elif now.state != "running":
                self._end(job.id, now)
            elif failure is None and "error" not in latest:
                self._end(job.id, replace(now, state="done", left_seconds=None, done=now.of or now.done))
            else:
                error, hint = latest.get("error"), latest.get("hint")
                self._end(job.id, replace(now, state="failed", left_seconds=None, error=str(error or failure),
                                          hint=None if hint is None else str(hint)))

    def _end(self, name: str, job: Job | None) -> None:
        """Nothing runs any more; the job is as it ended, None where its file is not to change."""
        with self._changed:
            self._worker = self._running = None
            if job is not None:
                self._set(job, kept=True)


def as_told(job: Job, said: Said) -> Job:
    """A job with what its program says of how far it is."""
    done, of, left = said.get("done", job.done), said.get("of", job.of), said.get("left", job.left_seconds)
    return replace(job, done=int(done) if isinstance(done, int | float) else job.done,
                   of=int(of) if isinstance(of, int | float) else None,
                   left_seconds=float(left) if isinstance(left, int | float) else None)
