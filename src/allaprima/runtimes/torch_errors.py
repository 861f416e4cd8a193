"""Torch's running out of memory by our name, whichever device it was."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import torch

from allaprima.errors import OutOfMemory

SAID = ("out of memory", "can't allocate memory")  # by MPS and by a processor, in plain RuntimeErrors


@contextmanager
def memory_named(attempt: str) -> Iterator[None]:
    """Raises OutOfMemory where memory does not suffice for what was attempted."""
    try:
        yield
    except RuntimeError as error:
        if isinstance(error, torch.OutOfMemoryError) or any(words in str(error) for words in SAID):
            raise OutOfMemory(f"cannot {attempt}: the device's memory does not suffice",
                              "a smaller working height: --detail 1080") from error
        raise
