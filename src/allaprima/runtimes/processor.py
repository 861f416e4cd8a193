"""What the processor can do that OpenVINO does not tell."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache
from pathlib import Path

THREADS = "ALLAPRIMA_THREADS"
"""Names how many processors a process may use, where several share a machine."""
BYTE_PRODUCTS = frozenset({"avx512_vnni", "avx_vnni", "amx_int8"})


@cache
def multiplies_bytes(described: Path = Path("/proc/cpuinfo")) -> bool:
    """Whether products of 8-bit numbers are summed by one instruction; False where the system does not tell.

    Without it 8-bit convolutions gain little, and may overflow on the way.
    """
    try:
        lines = described.read_text(encoding="ascii", errors="replace").splitlines()
    except OSError:
        return False
    flags = next((line for line in lines if line.startswith("flags")), "")
    return not BYTE_PRODUCTS.isdisjoint(flags.split())


@contextmanager
def sparing(cores: int) -> Iterator[None]:
    """Within, a network that this thread has paint a single picture leaves so many processors to other threads.

    It keeps one at least. By all of them, beside a thread that works as long, it would spend more of its time on
    waiting for itself than the others gain it.
    """
    before = _spared.set(cores)
    try:
        yield
    finally:
        _spared.reset(before)


def spared() -> int:
    """How many processors a network that is called now leaves to other threads."""
    return _spared.get()


_spared: ContextVar[int] = ContextVar("spared", default=0)
