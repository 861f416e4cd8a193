"""Workers as processes of this machine: each keeps its network, takes tasks' numbers, and tells events as JSON."""

from __future__ import annotations

import json
import os
import queue
import subprocess
import sys
import threading
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import IO

from allaprima.errors import DeviceError
from allaprima.farm.running import Event
from allaprima.parsing import parsed_json
from allaprima.runtimes.processor import THREADS

GRACE_SECONDS = 10.0
MOST_STILLBORN = 3


@dataclass(slots=True)
class Process:
    """A worker's process, the task that it is at, and whether it has begun to work."""

    process: subprocess.Popen[str]
    task: int | None = None
    ready: bool = False


class Processes:
    """So many workers of this machine, each with so many threads (None: the cores shared out); a Pool.

    A worker that is gone, or that failed, is replaced by a new one.
    """

    def __init__(self, plan: Path, workers: int, threads: int | None = None, *, into: Path | None = None,
                 fetch: str | None = None) -> None:
        self._command = [sys.executable, "-m", "allaprima", "farm", "work", str(plan.absolute()),
                         *([] if into is None else ["--into", str(into)]),
                         *([] if fetch is None else ["--fetch", fetch])]
        cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
        own = str(threads or max(1, cores // workers))
        self._environment = {**os.environ, THREADS: own, "OMP_NUM_THREADS": own}
        self._names = count(1)
        self._stillborn = 0
        self._told: queue.Queue[Event] = queue.Queue()
        self._workers: dict[str, Process] = {}
        for _ in range(workers):
            self._begin()

    def free(self) -> list[str]:
        """See Pool."""
        return [name for name, worker in self._workers.items() if worker.task is None]

    def start(self, worker: str, task: int, *, careful: bool) -> None:
        """See Pool."""
        at = self._workers[worker]
        at.task = task
        assert at.process.stdin is not None
        with suppress(OSError):  # its end is told by the thread that reads what it tells
            at.process.stdin.write(json.dumps({"task": task, "careful": careful}) + "\n")
            at.process.stdin.flush()

    def events(self, patience: float) -> Sequence[Event]:
        """See Pool."""
        found: list[Event] = []
        with suppress(queue.Empty):
            found.append(self._told.get(timeout=patience))
            while True:
                found.append(self._told.get_nowait())
        return [event for event in found if self._noted(event)]

    def close(self) -> None:
        """See Pool."""
        workers, self._workers = self._workers, {}
        for worker in workers.values():
            worker.process.terminate()
        for worker in workers.values():
            try:
                worker.process.wait(GRACE_SECONDS)
            except subprocess.TimeoutExpired:
                worker.process.kill()
                worker.process.wait()
            for stream in (worker.process.stdin, worker.process.stdout):
                if stream is not None:
                    with suppress(OSError):
                        stream.close()

    def pids(self) -> dict[str, int]:
        """The process of each worker."""
        return {name: worker.process.pid for name, worker in self._workers.items()}

    def _begin(self) -> None:
        name = f"process {next(self._names)}"
        # In a session of its own: Ctrl-C is for this process, which ends its workers.
        process = subprocess.Popen(self._command, env=self._environment, stdin=subprocess.PIPE,
                                   stdout=subprocess.PIPE, text=True, start_new_session=True)
        self._workers[name] = Process(process)
        assert process.stdout is not None
        threading.Thread(target=self._listen, args=(name, process.stdout), name=name, daemon=True).start()

    def _listen(self, name: str, lines: IO[str]) -> None:
        with suppress(ValueError, OSError):  # closed while it was read
            for line in lines:
                event = event_of(name, line)
                if event is not None:
                    self._told.put(event)
        self._told.put(Event("lost", name, message=f"{name} ended"))

    def _noted(self, event: Event) -> bool:
        """Keeps books of who is at what; False for what a worker of before still tells."""
        worker = self._workers.get(event.worker)
        if worker is None:
            return False
        if event.kind in ("done", "failed"):
            worker.task = None
        worker.ready |= event.kind == "ready"
        self._stillborn = 0 if worker.ready else self._stillborn + (event.kind == "lost")
        if self._stillborn >= MOST_STILLBORN:
            raise DeviceError("workers end before they have begun", "what they say stands above; ALLAPRIMA_DEBUG=1 "
                              "shows more")
        if event.kind == "lost" or (event.kind == "failed" and event.verdict != "refuse"):
            del self._workers[event.worker]
            worker.process.kill()
            worker.process.wait()
            self._begin()
        return True


def event_of(worker: str, line: str) -> Event | None:
    """The event that a line of a worker tells; None for anything else."""
    try:
        said = parsed_json(line)
        if not isinstance(said, dict) or said.get("event") not in ("frames", "done", "failed", "ready"):
            return None
        return Event(said["event"], worker, said.get("task"), int(said.get("frames", 0)),
                     said.get("verdict", "retry"), str(said.get("message", "")), said.get("hint"),
                     float(said.get("seconds", 0)))
    except (ValueError, TypeError):
        return None
