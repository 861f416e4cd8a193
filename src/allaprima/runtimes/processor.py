"""What the processor can do that OpenVINO does not tell."""

from __future__ import annotations

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
