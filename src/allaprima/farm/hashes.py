"""Files by what is in them: whole, or by samples where reading the whole of a large one for every task would cost."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from pathlib import Path

from allaprima.errors import SourceError
from allaprima.farm.plan import InputFile
from allaprima.io.sequence.manifests import file_hash

WHOLE_BELOW = 64 << 20
BLOCK, BLOCKS = 1 << 20, 48


def sample_of(path: Path) -> str | None:
    """A digest of a file: its sha256 up to 64 MB, beyond that of its size and 48 MB spread evenly over it."""
    try:
        size = path.stat().st_size
        if size <= WHOLE_BELOW:
            return file_hash(path)
        digest = hashlib.sha256(str(size).encode())
        with path.open("rb") as file:
            for number in range(BLOCKS):
                file.seek((size - BLOCK) * number // (BLOCKS - 1))
                digest.update(file.read(BLOCK))
        return digest.hexdigest()
    except OSError:
        return None


def input_of(path: Path) -> InputFile:
    """A file as a plan lists it; raises SourceError where it cannot be read."""
    sha256 = file_hash(path)
    size = 0 if sha256 is None else path.stat().st_size
    sample = sha256 if size <= WHOLE_BELOW else sample_of(path)
    if sha256 is None or sample is None:
        raise SourceError(f"cannot read {path}", "check the name, and that you may read it")
    return InputFile(path.absolute(), size, sha256, sample)


def digest_of_all(paths: Iterable[Path]) -> str:
    """A digest of several files together; raises SourceError where one cannot be read."""
    digest = hashlib.sha256()
    for path in paths:
        sample = sample_of(path)
        if sample is None:
            raise SourceError(f"cannot read {path}", "check the name, and that you may read it")
        digest.update(sample.encode())
    return digest.hexdigest()
