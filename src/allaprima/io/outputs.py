"""Output files: checked before work begins, written under a temporary name, moved into place when whole.

What may be written is decided here, for every output of every command: never a file that the run reads, never one that
exists already unless that was asked for, never one file twice in a run.
"""

from __future__ import annotations

import errno
import os
import secrets
import sys
import tempfile
import unicodedata
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from allaprima.errors import SinkError

if TYPE_CHECKING:
    from av import FFmpegError

TEMPORARY_PREFIX = ".allaprima-"
FOLDS_CASE = sys.platform in ("darwin", "win32")  # P.png and p.png are one file there
_NAME_BYTES = 255
_EXISTS = "add --overwrite, or choose another name with -o"

_REASONS = {
    errno.ENOSPC: ("the disk is full", "free some space, or write to another disk with -o"),
    errno.EDQUOT: ("your share of the disk is used up", "free some space, or write to another disk with -o"),
    errno.EFBIG: ("the file grew beyond the size allowed here", "write to another disk with -o"),
    errno.EROFS: ("the disk can only be read", "write somewhere else with -o"),
    errno.EACCES: ("you may not write there", "write somewhere else with -o, or change the folder's permissions"),
    errno.EPERM: ("you may not write there", "write somewhere else with -o, or change the folder's permissions"),
    errno.ENAMETOOLONG: ("the name is too long", "choose a shorter name with -o"),
    errno.ENOENT: ("its folder does not exist", "create the folder first, or choose another with -o"),
    errno.ENOTDIR: ("its folder is a file", "choose another folder with -o"),
}

Identity = tuple[int, int]
"""What a file is, whatever names and links lead to it: its device's number and its own."""


def sink_error(path: Path, error: OSError | FFmpegError) -> SinkError:
    """Return what an operating system's refusal to write means to the user, as a SinkError to be raised."""
    reason, hint = _REASONS.get(error.errno or 0, (error.strerror or str(error), "write somewhere else with -o"))
    return SinkError(f"cannot write {path}: {reason}", hint)


@contextmanager
def writing(path: Path) -> Iterator[None]:
    """A block in which FFmpeg's and the system's errors become SinkErrors about ``path``."""
    import av

    try:
        yield
    except (av.FFmpegError, OSError) as error:  # FFmpeg's carry the system's numbers where they have one
        raise sink_error(path, error) from error


class Outputs:
    """All that one run writes: each output is claimed once, before any work is done.

    inputs: every file that the run reads, whatever it is for. overwrite: existing files may be replaced.
    """

    def __init__(self, inputs: Iterable[Path] = (), *, overwrite: bool = False) -> None:
        self._inputs = frozenset(found for path in inputs if (found := identity_of(path)) is not None)
        self.overwrite = overwrite
        self._claimed: set[tuple[Identity | None, str]] = set()

    def claim(self, path: Path, *, replace: bool = False) -> None:
        """Raises SinkError where a result could not or must not be written to ``path``.

        replace: what exists there may be replaced, whether or not that was asked for of the whole run.
        """
        self.claim_all([path], replace=replace)

    def claim_all(self, paths: Iterable[Path], *, replace: bool = False) -> None:
        """The same for files that lie in one folder: whether the disk can be written there is tried only once."""
        tried: set[Path] = set()
        for path in paths:
            self._refuse(path, replace=replace or self.overwrite)
            if path.parent not in tried:
                tried.add(path.parent)
                _try_to_write(path)

    def _refuse(self, path: Path, *, replace: bool) -> None:
        exists = _exists(path)
        if path.is_dir():
            raise SinkError(f"cannot write {path}: it is a folder", "add a file name, or choose another with -o")
        if exists and identity_of(path) in self._inputs:
            raise SinkError(f"cannot write {path}: it is the input itself", "choose another name")
        place = identity_of(path.parent), _folded(path.name)
        if place in self._claimed:
            raise SinkError(f"cannot write {path}: another result of this run goes there",
                            "give each a name of its own, or paint them one by one")
        if exists and not replace:
            raise SinkError(f"cannot write {path}: it exists already", _EXISTS)
        self._claimed.add(place)


def check_output(path: Path, inputs: Iterable[Path] = (), *, overwrite: bool = False) -> None:
    """Raise SinkError where a result could not or must not be written to ``path``; made before any work is done.

    An input is never written over, whatever name or link it goes by; another existing file only with ``overwrite``.
    """
    Outputs(inputs, overwrite=overwrite).claim(path)


def identity_of(path: Path) -> Identity | None:
    """What the file at ``path`` is, links followed; None where there is none."""
    try:
        status = path.stat()
    except (OSError, ValueError):
        return None
    return status.st_dev, status.st_ino


def _exists(path: Path) -> bool:
    """Whether something goes by that name, be it a link to nowhere; raises SinkError where its folder will not do."""
    try:
        if not path.parent.is_dir():
            path.parent.stat()
            raise NotADirectoryError(errno.ENOTDIR, os.strerror(errno.ENOTDIR))
        with suppress(FileNotFoundError):
            return bool(path.lstat())
    except OSError as error:
        raise sink_error(path, error) from error
    return False


def _try_to_write(path: Path) -> None:
    try:  # permissions alone do not tell: the disk may be read-only, or a network's
        tempfile.TemporaryFile(dir=path.parent).close()  # without a name where the system can: a kill leaves nothing
    except OSError as error:
        raise sink_error(path, error) from error


def _folded(name: str) -> str:
    return unicodedata.normalize("NFC", name).casefold() if FOLDS_CASE else name


def beside(output: Path, ending: str, before: str = "") -> Path:
    """A name beside the output that begins and ends so, cut where the file system would find it too long."""
    stem, room = output.name, _NAME_BYTES - len(os.fsencode(before + ending))
    while len(os.fsencode(stem)) > room:
        stem = stem[:-1]
    return output.with_name(before + stem + ending)


def temporary_beside(path: Path) -> Path:
    """Return an unused name in the folder of ``path``, with its suffix, hidden, short enough for every file system."""
    return path.parent / f"{TEMPORARY_PREFIX}{secrets.token_hex(6)}{path.suffix}"


def move_into_place(temporary: Path, path: Path, *, overwrite: bool = False) -> None:
    """Give a finished file its final name at once; raises SinkError, also where the name was taken meanwhile."""
    try:
        if overwrite:
            temporary.replace(path)
            return
        try:
            os.link(temporary, path)  # unlike a rename it fails where the name is taken
        except FileExistsError:
            raise
        except OSError:  # a file system without hard links
            if os.path.lexists(path):
                raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST)) from None
            temporary.replace(path)
        else:
            temporary.unlink()
    except FileExistsError as error:
        raise SinkError(f"cannot write {path}: it exists already", _EXISTS) from error
    except OSError as error:
        raise sink_error(path, error) from error


@contextmanager
def written_file(path: Path, *, overwrite: bool = False) -> Iterator[BinaryIO]:
    """Hand out a file to write to, which gets the name ``path`` when the block ends well and is removed when not.

    It is on the disk before it gets its name. Raises SinkError for what the operating system refuses.
    """
    temporary = temporary_beside(path)
    try:
        with temporary.open("xb") as file:  # never an existing file, nor one that a link leads to
            yield file
            synced(file)
        move_into_place(temporary, path, overwrite=overwrite)
    except OSError as error:
        raise sink_error(path, error) from error
    finally:
        with suppress(OSError):
            temporary.unlink(missing_ok=True)


def synced(file: BinaryIO) -> None:
    """Returns once the disk has what was written to the file."""
    file.flush()
    os.fsync(file.fileno())
