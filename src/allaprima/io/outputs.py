"""Output files: checked before work begins, written under a temporary name, moved into place when whole."""

from __future__ import annotations

import errno
import os
import secrets
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from allaprima.errors import SinkError

if TYPE_CHECKING:
    from av import FFmpegError

TEMPORARY_PREFIX = ".allaprima-"

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


def check_output(path: Path, inputs: Iterable[Path] = (), *, overwrite: bool = False) -> None:
    """Raise SinkError where a result could not or must not be written to ``path``; made before any work is done.

    An input is never written over, whatever name or link it goes by; another existing file only with ``overwrite``.
    """
    exists = False
    try:
        if not path.parent.is_dir():
            path.parent.stat()
            raise NotADirectoryError(errno.ENOTDIR, os.strerror(errno.ENOTDIR))
        with suppress(FileNotFoundError):
            exists = bool(path.lstat())
    except OSError as error:
        raise sink_error(path, error) from error
    if path.is_dir():
        raise SinkError(f"cannot write {path}: it is a folder", "add a file name, or choose another with -o")
    if any(_same_file(path, source) for source in inputs):
        raise SinkError(f"cannot write {path}: it is the input itself", "choose another name with -o")
    if exists and not overwrite:
        raise SinkError(f"cannot write {path}: it exists already", "add --overwrite, or choose another name with -o")
    try:  # permissions alone do not tell: the disk may be read-only, or a network's
        probe = temporary_beside(path)
        probe.touch(exist_ok=False)
        probe.unlink()
    except OSError as error:
        raise sink_error(path, error) from error


def _same_file(path: Path, other: Path) -> bool:
    try:
        return path.samefile(other)
    except OSError:
        return False


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
        raise SinkError(f"cannot write {path}: it exists already",
                        "add --overwrite, or choose another name with -o") from error
    except OSError as error:
        raise sink_error(path, error) from error


@contextmanager
def written_file(path: Path, *, overwrite: bool = False) -> Iterator[BinaryIO]:
    """Hand out a file to write to, which gets the name ``path`` when the block ends well and is removed when not.

    Raises SinkError for what the operating system refuses.
    """
    temporary = temporary_beside(path)
    try:
        with temporary.open("xb") as file:
            yield file
        move_into_place(temporary, path, overwrite=overwrite)
    except OSError as error:
        raise sink_error(path, error) from error
    finally:
        with suppress(OSError):
            temporary.unlink(missing_ok=True)
