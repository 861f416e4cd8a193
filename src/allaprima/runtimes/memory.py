"""Memory before it is used up: what is free, by the system's word and the container's limit."""

from __future__ import annotations

from pathlib import Path

SYSTEM = Path("/proc/meminfo")
CONTAINERS = ((Path("/sys/fs/cgroup/memory.max"), Path("/sys/fs/cgroup/memory.current")),
              (Path("/sys/fs/cgroup/memory/memory.limit_in_bytes"),
               Path("/sys/fs/cgroup/memory/memory.usage_in_bytes")))


def free_bytes() -> int | None:
    """Bytes that this process may still take; None where the system does not say."""
    found = [free for free in (free_of_system(SYSTEM), *(free_of_container(*files) for files in CONTAINERS))
             if free is not None]
    return min(found) if found else None


def free_of_system(file: Path) -> int | None:
    """What Linux reckons can be taken without swapping."""
    try:
        lines = file.read_text(encoding="ascii").splitlines()
        return next(int(line.split()[1]) * 1024 for line in lines if line.startswith("MemAvailable:"))
    except (OSError, ValueError, IndexError, StopIteration):
        return None


def free_of_container(limit: Path, used: Path) -> int | None:
    """What a container's limit leaves; None without a limit, which reads "max" or nothing."""
    try:
        return max(0, int(limit.read_text(encoding="ascii")) - int(used.read_text(encoding="ascii")))
    except (OSError, ValueError):
        return None
