"""Files that are paths, content in memory, or open files, as the paths that reading and writing films take."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

Source = str | Path | bytes | BinaryIO
"""A path; a file's content; or a file opened for reading in binary."""

Target = str | Path | BinaryIO
"""A path; or a file opened for writing in binary."""


@contextmanager
def readable(source: Source) -> Iterator[Path]:
    """A path at which the source can be read, several times over, as films are."""
    if isinstance(source, (str, Path)):
        yield Path(source)
        return
    with tempfile.TemporaryDirectory(prefix="allaprima-") as folder:
        path = Path(folder) / "input"
        with path.open("wb") as file:
            if isinstance(source, (bytes, bytearray, memoryview)):
                file.write(source)
            else:
                shutil.copyfileobj(source, file)
        yield path


@contextmanager
def writable(target: Target, suffix: str) -> Iterator[Path]:
    """A path to write to, copied into the target at the end where that is an open file.

    suffix: names the format of such a file, as ".mp4" or "png".
    """
    if isinstance(target, (str, Path)):
        yield Path(target)
        return
    with tempfile.TemporaryDirectory(prefix="allaprima-") as folder:
        path = Path(folder) / f"output.{suffix.removeprefix('.')}"
        yield path
        with path.open("rb") as file:
            shutil.copyfileobj(file, target)
