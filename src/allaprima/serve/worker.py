"""A program that does one piece of work in a process of its own, so that no file that was sent can end the server.

It says how far it is by lines of JSON on its standard output, and ends in order when its standard input does: by
cancelling, or because the server was killed.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path

from allaprima.parsing import parsed_json

NICENESS = 10
LOWER, NEW_GROUP = 0x4000, 0x200  # Windows: BELOW_NORMAL_PRIORITY_CLASS, CREATE_NEW_PROCESS_GROUP
ENDING_SECONDS = 60.0    # that a piece of work may take to end in order
LONGEST_LINE = 100_000
Said = dict[str, object]


class Worker:
    """Runs a program once. ``run`` blocks; ``stop`` may be called from any thread, at any time."""

    def __init__(self, command: Sequence[str], folder: Path) -> None:
        self._command, self._folder = list(command), folder
        self._stopped = threading.Event()
        self._program: subprocess.Popen[bytes] | None = None
        self._guard = threading.Lock()

    @property
    def stopped(self) -> bool:
        """Whether it was told to end."""
        return self._stopped.is_set()

    def run(self, on_said: Callable[[Said], None], limit_seconds: float | None = None) -> str | None:
        """Runs the program to its end; on_said: told each line that it says. Gives back why it failed, or None."""
        with tempfile.TemporaryFile() as errors:
            flags = LOWER | NEW_GROUP if sys.platform == "win32" else 0
            with self._guard:
                if self.stopped:
                    return "it was stopped before it began"
                self._program = subprocess.Popen(
                    self._command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=errors, cwd=self._folder,
                    creationflags=flags, start_new_session=sys.platform != "win32",  # Ctrl-C is for the server
                    env={**os.environ, "PYTHONUNBUFFERED": "1"})
            program = self._program
            if hasattr(os, "setpriority"):
                with suppress(OSError):
                    os.setpriority(os.PRIO_PROCESS, program.pid, NICENESS)
            watch = None if limit_seconds is None else threading.Timer(limit_seconds, program.kill)
            if watch is not None:
                watch.start()
            try:
                self._listen(program, on_said)
                code = program.wait()
            finally:
                if watch is not None:
                    watch.cancel()
                self._close(program)
            if code == 0:
                return None
            errors.seek(0)
            lines = errors.read()[-LONGEST_LINE:].decode(errors="replace").strip().splitlines()
            return lines[-1][:500] if lines and code > 0 else f"the program that did it ended with {code}"

    def stop(self) -> None:
        """Has it end in order; it is killed where that takes too long."""
        self._stopped.set()
        with self._guard:
            program = self._program
        if program is not None and program.poll() is None:
            with suppress(OSError):
                assert program.stdin is not None
                program.stdin.close()
            killer = threading.Timer(ENDING_SECONDS, program.kill)
            killer.daemon = True
            killer.start()

    def _listen(self, program: subprocess.Popen[bytes], on_said: Callable[[Said], None]) -> None:
        assert program.stdout is not None
        while line := program.stdout.readline(LONGEST_LINE):
            with suppress(ValueError):
                said = parsed_json(line)
                if isinstance(said, dict):
                    on_said(said)

    def _close(self, program: subprocess.Popen[bytes]) -> None:
        """Leaves no process and no pipe behind, whatever happened."""
        if program.poll() is None:
            program.kill()
        program.wait()
        for pipe in (program.stdin, program.stdout):
            if pipe is not None:
                with suppress(OSError):
                    pipe.close()


def say(**values: object) -> None:
    """Says something to the server, from within the program that does the work."""
    sys.stdout.write(json.dumps(values) + "\n")
    sys.stdout.flush()


def at_the_end_of_input(then: Callable[[], None]) -> None:
    """Has that be done once the standard input ends: the server wants the work ended, or is gone."""
    def wait() -> None:
        with suppress(OSError, ValueError):
            while os.read(0, 4096):
                pass
        then()

    threading.Thread(target=wait, name="server", daemon=True).start()
