"""Whether the compiled loops can be used: once a machine they are compiled beside the first film, and kept.

Compiling them takes some ten seconds of one core, reading them again half a one. Nobody waits for that: until they
are compiled, everything is done by numpy and OpenCV, a process through. A run that was begun in one form keeps to it:
see ``loops.forms``.
"""

from __future__ import annotations

import hashlib
import importlib.metadata
import os
import platform
import subprocess
import sys
import threading
import time
from contextlib import suppress
from contextvars import ContextVar
from functools import cache
from pathlib import Path

from allaprima.folders import cache_folder

SWITCH = "ALLAPRIMA_LOOPS"  # "off": they are neither used nor compiled
PROCESSOR = Path("/proc/cpuinfo")
NAMING = ("model name", "flags", "Features")  # of a processor, there
PATIENCE = 600.0            # seconds after which others that are compiling are taken to have been ended

asked: ContextVar[bool | None] = ContextVar("by_loops", default=None)
"""Whether the run that a thread works for was begun with them; None where it keeps to neither."""
_deciding = threading.Lock()


def loops_are_ready() -> bool:
    """Whether the loops are used: as the run was begun, else decided once a process, so that one form paints a film.

    Where they are not compiled yet, that is begun by another process at the lowest priority.
    """
    begun = asked.get()
    if begun is not None:
        return begun
    with _deciding:
        return _decided()


@cache
def _decided() -> bool:
    mark = mark_of_loops()
    if mark is None:
        return False
    if not mark.exists():
        compile_beside(mark)
        return False
    return compile_loops()


def mark_of_loops() -> Path | None:
    """The file that says that the loops are compiled, on this processor; None where they are not to be used."""
    if os.environ.get(SWITCH) == "off":
        return None
    try:
        numba = importlib.metadata.version("numba")
    except importlib.metadata.PackageNotFoundError:
        return None
    told = hashlib.sha256()
    for part in (numba, platform.python_version(), platform.system(), platform.machine(), processor()):
        told.update(f"{part}\n".encode())
    for file in sorted(Path(__file__).parent.glob("*.py")):
        told.update(file.read_bytes())
    return cache_folder("loops") / told.hexdigest()[:24]


def processor(described: Path = PROCESSOR) -> str:
    """The processor's name and what it can do, as far as the system says so."""
    try:
        lines = described.read_text(encoding="utf-8").splitlines()
    except OSError:
        return platform.processor()
    return "\n".join(sorted({line for line in lines if line.startswith(NAMING)}))


def compile_loops() -> bool:
    """Compiles the loops, or reads them from where they are kept; whether that went well."""
    try:
        from numba.core.errors import NumbaError

        from allaprima.loops.warming import call_all
    except (ImportError, RuntimeError, OSError):  # numba is broken here, or there is no place that it may write to
        return False
    try:
        call_all()
    except (NumbaError, RuntimeError, OSError):  # another release of numba may refuse what this one compiles
        return False
    return True


def compile_and_mark(mark: Path) -> bool:
    """Compiles the loops and says so to the processes that come; whether that went well."""
    if not compile_loops():
        return False
    with suppress(OSError):  # numba keeps them in a folder of its own choice where it may not write to this one
        mark.parent.mkdir(parents=True, exist_ok=True)
        mark.touch()
    return True


def made_ready() -> bool:
    """Compiles the loops where they are not compiled yet, and waits for that; whether they are used then."""
    mark = mark_of_loops()
    if mark is not None and not mark.exists():
        compile_and_mark(mark)
    return loops_are_ready()


def state_of_loops() -> str:
    """What there is to say of them to who asks what this machine can do; nothing is begun by that."""
    mark = mark_of_loops()
    if mark is None:
        return f"none: {SWITCH}=off, or numba is missing (pip install numba); holding films steady takes more time"
    return "compiled" if mark.exists() else "not compiled yet: that is done beside the first film that is held steady"


def compile_beside(mark: Path) -> None:
    """Begins to compile the loops in a process of its own, unless another one does already."""
    claim = mark.with_suffix(".begun")
    try:
        mark.parent.mkdir(parents=True, exist_ok=True)
        if claim.exists() and time.time() - claim.stat().st_mtime > PATIENCE:
            claim.unlink(missing_ok=True)
        claim.touch(exist_ok=False)
        begin()
    except OSError:  # others are at it, or nothing can be written or begun here: it stays as it is
        return


def begin() -> None:
    """Begins to compile the loops in a process that outlives this one."""
    subprocess.Popen([sys.executable, "-m", "allaprima.loops"], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                     stderr=subprocess.DEVNULL, start_new_session=True)
