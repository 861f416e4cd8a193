"""The program that the server starts for each piece of work: ``python -m allaprima.cli.serving``; no command."""

from __future__ import annotations

import json
import signal
import sys
import threading
import time
from pathlib import Path

from allaprima.errors import AllaprimaError, Interrupted
from allaprima.serve.job import Job, read_job
from allaprima.serve.limits import Limits
from allaprima.serve.shelf import Shelf, without_paths
from allaprima.serve.work import held_to_memory, looked_at, paint, said_upload
from allaprima.serve.worker import at_the_end_of_input, say

SHEET_SECONDS = 10.0
FIT_STEPS = 1000  # that the progress of a fit is told in


def job_command(shelf: Shelf, job: Job, limits: Limits) -> list[str]:
    """The program that does a job."""
    return [*program(), "job", str(shelf.folder.absolute()), as_text(limits), job.id]


def probe_command(shelf: Shelf, upload: str, kind: str, name: str, limits: Limits) -> list[str]:
    """The program that looks at what was sent."""
    return [*program(), "probe", str(shelf.folder.absolute()), as_text(limits), upload, kind, name]


def program() -> list[str]:
    """How the program is started."""
    return [sys.executable, "-m", "allaprima.cli.serving"]


def as_text(limits: Limits) -> str:
    """The limits as one word."""
    return json.dumps([getattr(limits, name) for name in Limits.__slots__])


def main(words: list[str]) -> int:
    """Does one piece of work, said on standard output; gives back the exit code."""
    what, folder, limits, name, *more = words
    shelf, bounds = Shelf(Path(folder)), Limits(*json.loads(limits))
    signal.signal(signal.SIGINT, signal.default_int_handler)  # in a shell's background it is ignored
    upload, shown = name, more[-1] if more else ""
    try:
        if what == "probe":
            held_to_memory()
            said_upload(looked_at(shelf, name, "film" if more[0] == "film" else "picture", shown, bounds))
            return 0
        job = read_job(shelf.job_folder(name))
        assert job is not None, "the server writes a job before it starts its program"
        upload, shown = job.upload, job.name
        stop = threading.Event()
        at_the_end_of_input(lambda: end(stop, hard=job.kind == "fit"))
        if job.kind == "film":
            paint(shelf, job, bounds, stop)
        else:
            fit(shelf, job)
    except AllaprimaError as error:
        say(error=without_paths(str(error), shelf, upload, shown), hint=error.hint)
    except (KeyboardInterrupt, MemoryError) as error:
        say(error="the memory of this machine does not suffice" if isinstance(error, MemoryError) else "interrupted")
    else:
        return 0
    return 1


def end(stop: threading.Event, *, hard: bool) -> None:
    """Has the work end in order; hard: as Ctrl-C does, which a fit ends by."""
    stop.set()
    if hard:
        signal.raise_signal(signal.SIGINT) if sys.platform == "win32" else interrupt()


def interrupt() -> None:
    """Presses Ctrl-C in the main thread."""
    signal.pthread_kill(threading.main_thread().ident or 0, signal.SIGINT)


def fit(shelf: Shelf, job: Job) -> None:
    """Fits a network to an uploaded picture, its sheet renewed as it grows; goes on from where an earlier try ended."""
    from allaprima.cli.fitting import FitRequest, device_of, fitted_style, planned
    from allaprima.io.outputs import written_file
    from allaprima.pipeline.looks.styles import write_style
    from allaprima.train.fit.job import Standing
    from allaprima.train.fit.network import FittedNetwork
    from allaprima.train.fit.showing import sheet_of

    folder, picture = shelf.job_folder(job.id), shelf.picture_path(job.upload)
    request = FitRequest((picture,), job.model, minutes=job.seconds / 60)
    plan = planned(request)
    drawn = 0.0

    def watch(standing: Standing, network: FittedNetwork) -> None:
        nonlocal drawn
        left = standing.elapsed_seconds * (1 / standing.share - 1) if standing.share else None
        say(done=round(FIT_STEPS * standing.share), of=FIT_STEPS, left=left)
        if time.monotonic() - drawn > SHEET_SECONDS or standing.share >= 1:
            drawn = time.monotonic()
            with written_file(folder / "sheet.png", overwrite=True) as file:
                file.write(sheet_of(network, plan.contents, plan.styles, plan.objective.lines))

    saved, done = fitted_style(request, plan, device_of("auto"), watch)
    if not done:
        raise Interrupted("interrupted: the fit goes on from here when it is resumed")
    write_style(folder / job.result, saved, overwrite=True)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
