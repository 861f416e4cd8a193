"""An encoder opened so that its library changes nothing for the rest of the process and of the machine."""

from __future__ import annotations

import ctypes
import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from allaprima.io.environment import variable_set

_TASKS = Path("/proc/self/task")  # Linux: a folder for each thread of this process


@contextmanager
def opening_encoders() -> Iterator[None]:
    """A block in which encoders are opened: errors are all that they print, and no thread is real-time after it.

    SVT-AV1 gives the thread that opens it, if that is root's, the highest real-time priority (SCHED_FIFO 99), which
    all threads and programs that this one starts afterwards take over: as in a container. They would keep
    everything else, the desktop too, off the processors. Threads that were real-time before the block stay so.
    """
    before = _real_time()
    try:
        with variable_set("SVT_LOG", "1"):  # errors only: the library of AV1 prints its settings otherwise
            yield
    finally:
        for thread in _real_time() - before:
            with suppress(OSError):  # it has ended meanwhile
                os.sched_setscheduler(thread, os.SCHED_OTHER, os.sched_param(0))
                if thread == threading.get_native_id():
                    _told_the_c_library()


def _told_the_c_library() -> None:
    """Sets this thread's ordinary priority by the C library too, which keeps a record of what was set through it.

    The kernel's call alone leaves that record real-time, and threads that this one starts with a priority of their
    own, as the library of sound inputs does, are then refused: they would be real-time at priority 0.
    """
    set_priority = getattr(ctypes.CDLL(None), "pthread_setschedparam", None)
    if set_priority is not None:
        set_priority(ctypes.c_ulong(threading.get_ident()), os.SCHED_OTHER, ctypes.byref(ctypes.c_int(0)))


def _real_time() -> set[int]:
    """The threads of this process, by the kernel's numbers, that go before all others; none where that is not known."""
    found: set[int] = set()
    if not (hasattr(os, "sched_getscheduler") and _TASKS.is_dir()):
        return found
    for thread in (int(path.name) for path in _TASKS.iterdir()):
        with suppress(OSError):
            if os.sched_getscheduler(thread) in (os.SCHED_FIFO, os.SCHED_RR):
                found.add(thread)
    return found
