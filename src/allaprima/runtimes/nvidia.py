"""NVIDIA's driver, asked without loading torch."""

from __future__ import annotations

import ctypes
import re
import sys
from dataclasses import dataclass
from pathlib import Path

_NAME_BYTES = 256


@dataclass(frozen=True, slots=True)
class Card:
    """The first GPU that the driver counts: what it calls itself, and the driver's version."""

    name: str
    driver: str


def card(described: Path = Path("/proc/driver/nvidia/version")) -> Card | None:
    """The first GPU, None where no driver is here or counts none; asked without loading torch."""
    library = {"win32": "nvcuda.dll", "darwin": None}.get(sys.platform, "libcuda.so.1")
    if library is None:
        return None
    try:
        driver = ctypes.CDLL(library)
        count, version, device = ctypes.c_int(0), ctypes.c_int(0), ctypes.c_int(0)
        name = ctypes.create_string_buffer(_NAME_BYTES)
        answers = (driver.cuInit(0), driver.cuDeviceGetCount(ctypes.byref(count)),
                   driver.cuDriverGetVersion(ctypes.byref(version)), driver.cuDeviceGet(ctypes.byref(device), 0),
                   driver.cuDeviceGetName(name, _NAME_BYTES, device))
    except (OSError, AttributeError):
        return None
    if any(answers) or count.value < 1:
        return None
    return Card(name.value.decode(errors="replace"), " ".join([f"CUDA {version.value}", *release_in(described)]))


def release_in(described: Path) -> list[str]:
    """The driver's release (550.54.15) as its module tells it on Linux; nothing elsewhere."""
    try:
        return re.findall(r"\b\d{3}(?:\.\d+)+\b", described.read_text(encoding="ascii", errors="replace"))[:1]
    except OSError:
        return []
