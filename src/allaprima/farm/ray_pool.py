"""Workers as Ray's actors, on one machine or on many: each keeps its network; only paths and numbers travel."""

from __future__ import annotations

import logging
import os
import queue
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from allaprima.errors import DeviceError, MissingExtra
from allaprima.farm.checks import check_outputs
from allaprima.farm.plan import Plan, parsed_plan, text_of
from allaprima.farm.running import Event, tasks_at_once
from allaprima.farm.serving import carried_out, worker_for
from allaprima.farm.worker import told
from allaprima.runtimes.processor import THREADS

if TYPE_CHECKING:
    from types import ModuleType

OBJECT_STORE = 80 << 20  # bytes, of a cluster of our own: a plan and events, never frames
MOST_STILLBORN = 3
GROWS_SECONDS = 5.0
LOOPBACK_ALONE = "RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER"
"""Ray's switch, 0 for a cluster that no other machine can join, whatever its name says: it is read on every system."""


class Painter:
    """A worker as an actor: what it paints with stays open from task to task."""

    def __init__(self, plan: str, into: str, threads: int, fetch: str | None) -> None:
        os.environ[THREADS] = str(threads)
        read = parsed_plan(plan.encode(), "the plan")
        if fetch is None:
            check_outputs(read, Path(into))
        self._worker = worker_for(read, fetch)

    def ready(self) -> int:
        """The process that it is."""
        return os.getpid()

    def carry_out(self, number: int, careful: bool) -> Iterator[Mapping[str, object]]:
        """What is told while a task is carried out, as it comes."""
        events: queue.Queue[Mapping[str, object] | None] = queue.Queue()

        def work() -> None:
            try:
                carried_out(self._worker, number, events.put, careful=careful)
            except BaseException as error:  # told like any other: a thread's own would be lost
                message, hint = told(error)
                events.put({"event": "failed", "task": number, "verdict": "retry", "message": message, "hint": hint})
            finally:
                events.put(None)

        threading.Thread(target=work, name="paint", daemon=True).start()
        while (event := events.get()) is not None:
            yield event


@dataclass(slots=True)
class Seat:
    """An actor, what it is waited for, and the task that it is at; pid: None until it has begun to work."""

    actor: Any
    waited: Any
    task: int | None = None
    pid: int | None = None


class RayPool:
    """Workers on Ray; a Pool.

    address: of a cluster, "auto" for the one that runs here; empty for one of our own that listens on the loopback
    address alone. workers: None for as many as the cluster has room for, also while it grows. threads, gpus: of each.
    A worker that is gone, with its node or alone, is replaced as soon as there is room.
    """

    def __init__(self, plan: Plan, address: str, *, into: Path, workers: int | None = None, threads: int = 1,
                 gpus: float = 0.0, fetch: str | None = None) -> None:
        self._ray = started(address)
        self._wanted, self._threads, self._gpus = workers, threads, gpus
        self._most = tasks_at_once(plan)
        self._names, self._stillborn, self._grown = count(1), 0, 0.0
        self._arguments = self._ray.put(text_of(plan)), str(into), threads, fetch
        self._actor = self._ray.remote(Painter)
        self._seats: dict[str, Seat] = {}
        self._grow()

    def free(self) -> list[str]:
        """See Pool."""
        return [name for name, seat in self._seats.items() if seat.pid is not None and seat.task is None]

    def start(self, worker: str, task: int, *, careful: bool) -> None:
        """See Pool."""
        seat = self._seats[worker]
        seat.task = task
        seat.waited = seat.actor.carry_out.options(num_returns="streaming").remote(task, careful)

    def events(self, patience: float) -> Sequence[Event]:
        """See Pool."""
        self._grow()
        waited = {id(seat.waited): (name, seat) for name, seat in self._seats.items() if seat.waited is not None}
        if not waited:
            time.sleep(patience)
            return []
        every = [seat.waited for _, seat in waited.values()]
        ready, _ = self._ray.wait(every, num_returns=1, timeout=patience, fetch_local=False)
        if ready and len(every) > 1:
            ready, _ = self._ray.wait(every, num_returns=len(every), timeout=0, fetch_local=False)
        return [event for one in ready if (event := self._told(*waited[id(one)])) is not None]

    def close(self) -> None:
        """See Pool."""
        for seat in self._seats.values():
            self._ray.kill(seat.actor)
        self._seats = {}
        self._ray.shutdown()

    def pids(self) -> dict[str, int]:
        """The process of each worker that has begun to work."""
        return {name: seat.pid for name, seat in self._seats.items() if seat.pid is not None}

    def _told(self, name: str, seat: Seat) -> Event | None:
        try:
            if seat.pid is None:
                seat.pid, seat.waited = int(self._ray.get(seat.waited)), None
                self._stillborn = 0
                return Event("ready", name)
            event = cast("dict[str, Any]", self._ray.get(next(seat.waited)))
        except StopIteration:
            seat.task = seat.waited = None
            return None
        except self._ray.exceptions.RayError as error:
            return self._lost(name, seat, error)
        told = Event(event["event"], name, event["task"], event.get("frames", 0), event.get("verdict", "retry"),
                     event.get("message", ""), event.get("hint"), event.get("seconds", 0.0))
        if told.kind == "failed" and told.verdict != "refuse":
            self._replace(name, seat)
        return told

    def _lost(self, name: str, seat: Seat, error: Exception) -> Event:
        message = str(error).strip().partition("\n")[0]
        self._stillborn += seat.pid is None
        if self._stillborn >= MOST_STILLBORN:
            raise DeviceError(f"workers on Ray end before they have begun: {message}",
                              "install the same allaprima on every node") from error
        memory = isinstance(error, self._ray.exceptions.OutOfMemoryError) or "memory" in str(error).lower()
        self._replace(name, seat)
        return Event("lost", name, seat.task, verdict="memory" if memory else "retry",
                     message=f"{name} is gone: {message}")

    def _replace(self, name: str, seat: Seat) -> None:
        del self._seats[name]
        self._ray.kill(seat.actor)
        self._grown = 0.0
        self._grow()

    def _grow(self) -> None:
        """Begins as many workers as there is room for; looked at now and then."""
        if time.monotonic() < self._grown:
            return
        self._grown = time.monotonic() + GROWS_SECONDS
        room = self._ray.cluster_resources()
        fit = int(room.get("CPU", 0) // self._threads)
        if self._gpus:
            fit = min(fit, int(room.get("GPU", 0) / self._gpus))
        wanted = min(self._wanted or max(fit, 1), self._most)
        while len(self._seats) < wanted:
            actor = self._actor.options(num_cpus=self._threads, num_gpus=self._gpus, max_restarts=0,
                                        scheduling_strategy="SPREAD").remote(*self._arguments)
            self._seats[f"worker {next(self._names)}"] = Seat(actor, actor.ready.remote())


def started(address: str) -> ModuleType:
    """Ray, connected to that cluster, or to one of our own; raises MissingExtra, and DeviceError where none answers."""
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")  # nothing is told to anybody
    if not address:  # Ray takes the machine's outward address for its own otherwise, and listens on all of them
        os.environ[LOOPBACK_ALONE] = "0"
    try:
        import ray
    except ImportError as error:
        raise MissingExtra("ray", "farm", "running tasks on Ray") from error
    try:
        if address:
            ray.init(address, log_to_driver=False, logging_level=logging.ERROR, namespace="allaprima")
        else:
            ray.init("local", include_dashboard=False, object_store_memory=OBJECT_STORE,
                     log_to_driver=False, logging_level=logging.ERROR, namespace="allaprima")
    except (ConnectionError, RuntimeError, ValueError, OSError) as error:
        first = str(error).strip().partition("\n")[0]
        raise DeviceError(f"cannot reach Ray at {address or 'this machine'}: {first}",
                          "start it: ray start --head, and name its address: --on ray:HOST:6379") from error
    return ray
