"""Torch's running out of memory by our name, whichever device it was."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import torch

from allaprima.errors import OutOfMemory

# By MPS, by a processor and by CUDA's libraries, in plain RuntimeErrors.
SAID = ("out of memory", "can't allocate memory", "ALLOC_FAILED")
LESS_LINES = "a smaller working height: --detail 1080"


@contextmanager
def memory_named(attempt: str, remedy: str = LESS_LINES) -> Iterator[None]:
    """Raises OutOfMemory where memory does not suffice for what was attempted."""
    try:
        yield
    except RuntimeError as error:
        if says_so(error):
            raise OutOfMemory(f"cannot {attempt}: the device's memory does not suffice", remedy) from error
        raise


def says_so(error: BaseException | None) -> bool:
    """Whether an error, or one that it came of, says that memory does not suffice.

    Where it did not while a graph was being recorded, ending the recording fails too, in words of its own.
    """
    while error is not None:
        if isinstance(error, torch.OutOfMemoryError) or (isinstance(error, RuntimeError)
                                                         and any(words in str(error) for words in SAID)):
            return True
        error = error.__context__
    return False
