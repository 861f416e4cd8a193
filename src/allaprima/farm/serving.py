"""What a worker tells, as JSON lines: for one task, or for all that it is given line by line."""

from __future__ import annotations

import atexit
import tempfile
import threading
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

from allaprima.errors import Interrupted
from allaprima.farm.plan import Plan
from allaprima.farm.worker import Worker, told, verdict_of
from allaprima.parsing import parsed_json


def worker_for(plan: Plan, fetch: str | None) -> Worker:
    """A worker that sees the plan's own folders, or has its files handed over by a place, into a folder for a while."""
    if fetch is None:
        return Worker(plan)
    from allaprima.farm.exchange import Exchange, cleared

    scratch = Path(tempfile.mkdtemp(prefix="allaprima-farm-"))
    atexit.register(cleared, scratch)
    return Worker(plan, exchange=Exchange(fetch), scratch=scratch)


Tell = Callable[[Mapping[str, object]], None]


def carried_out(worker: Worker, number: int, tell: Tell, should_stop: Callable[[], bool] | None = None, *,
                careful: bool = False) -> BaseException | None:
    """Has a worker carry out a task, and tells of it; gives back the error that it ended with."""
    try:
        record = worker.run(number, lambda frames: tell({"event": "frames", "task": number, "frames": frames}),
                            should_stop, careful=careful)
    except (Interrupted, KeyboardInterrupt):
        raise
    except Exception as error:  # told to whoever runs the plan, who decides
        message, hint = told(error)
        tell({"event": "failed", "task": number, "verdict": verdict_of(error), "message": message, "hint": hint})
        return error
    tell({"event": "done", "task": number, "frames": record.frames, "seconds": record.seconds})
    return None


def serve(worker: Worker, lines: Iterable[str], tell: Tell) -> None:
    """Carries out the tasks that come line by line, until no more can come; that ends the one in hand, too."""
    ended = threading.Event()
    waiting: list[dict[str, Any]] = []
    changed = threading.Condition()

    def listen() -> None:
        for line in lines:
            said = parsed_json(line)
            assert isinstance(said, dict)
            with changed:
                waiting.append(said)
                changed.notify()
        ended.set()
        with changed:
            changed.notify()

    threading.Thread(target=listen, name="listen", daemon=True).start()
    tell({"event": "ready"})
    while True:
        with changed:
            changed.wait_for(lambda: waiting or ended.is_set())
            if ended.is_set():
                return
            said = waiting.pop(0)
        try:
            carried_out(worker, int(said["task"]), tell, ended.is_set, careful=bool(said["careful"]))
        except Interrupted:
            return
