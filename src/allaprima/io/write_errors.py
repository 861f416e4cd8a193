"""Failures of writing, told as sentences: what was written where, what went wrong, what to do."""

from __future__ import annotations

import errno
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from allaprima.errors import SinkError

_REMEDIES = {
    errno.ENOSPC: "free some space on that disk, then start again with --resume",
    errno.EDQUOT: "free some space within your quota, then start again with --resume",
    errno.EACCES: "choose an output in a folder that can be written",
    errno.EPERM: "choose an output in a folder that can be written",
    errno.EROFS: "choose an output on a disk that can be written",
    errno.ENAMETOOLONG: "choose a shorter name for the output",
    errno.ENOENT: "check that the folder exists",
}


@contextmanager
def writing(path: Path) -> Iterator[None]:
    """A block in which FFmpeg's and the system's errors become ``SinkError`` about ``path``."""
    import av

    try:
        yield
    except (av.FFmpegError, OSError) as error:
        raise SinkError(f"cannot write {path}: {error.strerror or error}",
                        _REMEDIES.get(error.errno or 0, "try another output, or another --codec")) from error


def refuse_output(path: Path, source: Path | None, *, overwrite: bool) -> None:
    """Raises ``SinkError`` where an output must not or cannot stand: over its input (also by a link) or a file."""
    with writing(path):
        if path.is_dir():
            raise SinkError(f"cannot write {path}: it is a folder", "name a file inside it")
        if not path.parent.is_dir():
            raise SinkError(f"cannot write {path}: there is no folder {path.parent}", "make the folder first")
        if not path.exists():
            return
        if source is not None and source.exists() and path.samefile(source):
            raise SinkError(f"cannot write {path}: it is the input itself", "choose another name with -o")
        if not overwrite:
            raise SinkError(f"{path} exists already", "choose another name with -o, or replace it with --overwrite")
