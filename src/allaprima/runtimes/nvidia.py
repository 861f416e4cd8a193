"""NVIDIA's driver, asked without loading torch."""

from __future__ import annotations

import ctypes
import sys


def driver_answers() -> bool:
    """Whether NVIDIA's driver is here and counts a GPU: asked without loading torch."""
    library = {"win32": "nvcuda.dll", "darwin": None}.get(sys.platform, "libcuda.so.1")
    if library is None:
        return False
    try:
        driver = ctypes.CDLL(library)
        count = ctypes.c_int(0)
        return bool(driver.cuInit(0) == 0 and driver.cuDeviceGetCount(ctypes.byref(count)) == 0 and count.value > 0)
    except (OSError, AttributeError):
        return False
