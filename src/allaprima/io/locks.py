"""One run at a time for one output: a lock that the system takes back when its holder ends, however that ends.

The lock lies on an empty, hidden file beside the output. Runs that render different frames of one numbered sequence do
not meet: each locks the bytes that its frames' numbers stand for.
"""

from __future__ import annotations

import errno
import os
import sys
import threading
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Self

from allaprima.errors import SinkError
from allaprima.io.outputs import beside, sink_error

if sys.platform == "win32":
    import msvcrt

    _ALL = (0, (1 << 31) - 1)

    def _lock(descriptor: int, start: int, count: int) -> None:
        os.lseek(descriptor, start, os.SEEK_SET)
        msvcrt.locking(descriptor, msvcrt.LK_NBLCK, count)

    def _unlock(descriptor: int, start: int, count: int) -> None:
        os.lseek(descriptor, start, os.SEEK_SET)
        msvcrt.locking(descriptor, msvcrt.LK_UNLCK, count)
else:
    import fcntl

    _ALL = (0, 0)  # to the end of the file, wherever that is

    def _lock(descriptor: int, start: int, count: int) -> None:
        fcntl.lockf(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB, count, start)

    def _unlock(descriptor: int, start: int, count: int) -> None:
        fcntl.lockf(descriptor, fcntl.LOCK_UN, count, start)

_LARGEST = (1 << 31) - 2  # of the bytes that every system can lock; frames of larger numbers share the last one
WHOLE = range(_LARGEST + 1)
"""Of an output that is one file. Machines that share a film's frames between them each lock a part of these."""
_TAKEN = (errno.EACCES, errno.EAGAIN, errno.EDEADLK, getattr(errno, "EDEADLOCK", errno.EDEADLK))


@dataclass(slots=True)
class _Held:
    """A lock file that this process has open, once: closing any other descriptor of it would free the locks."""

    descriptor: int
    spans: list[range] = field(default_factory=list)


_held: dict[Path, _Held] = {}
_guard = threading.Lock()


class OutputLock:
    """Held while an output is written; a context manager. Entering raises SinkError where another run holds it.

    numbers: of the frames that are written, for numbered ones. Where the file system knows no locks, nothing is locked.
    """

    def __init__(self, output: Path, numbers: range = WHOLE) -> None:
        self._output = output
        self._span = range(min(numbers.start, _LARGEST), min(numbers.stop, _LARGEST + 1))
        self._file = beside(output, ".lock", ".")
        self._holds = False

    def __enter__(self) -> Self:
        try:
            with _guard:
                self._file = self._file.parent.resolve() / self._file.name
                self._take()
        except OSError as error:
            if error.errno in _TAKEN:
                raise SinkError(f"another run is writing {self._output}",
                                "wait until it has ended, or choose another name with -o") from error
            raise sink_error(self._output, error) from error
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None,
                 trace: TracebackType | None) -> None:
        with _guard:
            if self._holds:
                self._holds = False
                self._give_back()

    def _take(self) -> None:
        while True:
            held = _held.get(self._file)
            if held is not None and any(_meet(span, self._span) for span in held.spans):
                raise BlockingIOError(errno.EAGAIN, os.strerror(errno.EAGAIN))
            held = held or _Held(_opened(self._file))
            try:
                _lock(held.descriptor, self._span.start, len(self._span))
            except OSError as error:
                if not held.spans:
                    os.close(held.descriptor)
                if error.errno in _TAKEN:
                    raise
                return  # a file system without locks
            if held.spans or _is_still(held.descriptor, self._file):
                held.spans.append(self._span)
                _held[self._file] = held
                self._holds = True
                return
            os.close(held.descriptor)  # its holder removed it between our opening and our locking it

    def _give_back(self) -> None:
        held = _held[self._file]
        held.spans.remove(self._span)
        with suppress(OSError):
            _unlock(held.descriptor, self._span.start, len(self._span))
        if held.spans:
            return
        del _held[self._file]
        with suppress(OSError):
            _lock(held.descriptor, *_ALL)  # fails where another run holds other frames: it removes the file
            if os.fstat(held.descriptor).st_size == 0:
                self._file.unlink(missing_ok=True)
        os.close(held.descriptor)


def _opened(file: Path) -> int:
    flags = os.O_RDWR | os.O_CREAT | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_CLOEXEC", 0)
    return os.open(file, flags, 0o666)


def _is_still(descriptor: int, file: Path) -> bool:
    """Whether the open file still goes by its name."""
    try:
        return os.path.samestat(os.fstat(descriptor), file.stat())
    except OSError:
        return False


def _meet(one: range, other: range) -> bool:
    return one.start < other.stop and other.start < one.stop
