"""How a GPU is to compute convolutions: settings of the whole process, which one thread at a time may change.

What records a CUDA graph also holds them: while one thread records, no other may wait for the whole device.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

import torch

_settings = threading.RLock()


@contextmanager
def convolutions(device: torch.device, *, searched: bool = False) -> Iterator[None]:
    """A block in which a GPU computes convolutions of fp32 in fp32: by itself it rounds their inputs to ten bits.

    searched: whether the fastest of the library's ways is found out by trying them, once for every shape. Processors
    have no such settings.
    """
    if device.type != "cuda":
        yield
        return
    with _settings, torch.backends.cudnn.flags(enabled=True, benchmark=searched, allow_tf32=False):
        yield
