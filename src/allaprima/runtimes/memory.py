"""Memory before it is used up: what is free, by the system's word and by the limits of the process's containers."""

from __future__ import annotations

import ctypes
import sys
from collections.abc import Iterator
from functools import cache as once
from pathlib import Path

SYSTEM = Path("/proc/meminfo")
MEMBERSHIP = Path("/proc/self/cgroup")
GROUPS = Path("/sys/fs/cgroup")
# Limit, use, and of the use what the kernel drops when asked: the second, then the first version of control groups.
FILES = (("memory.max", "memory.current", "inactive_file"),
         ("memory.limit_in_bytes", "memory.usage_in_bytes", "total_inactive_file"))

# Of the C library's mallopt: what is freed at the end of the memory is given back beyond so many bytes; what is asked
# for at once from so many on comes from the system each time. The second is the most that glibc takes.
TRIM, TRIM_BYTES = -1, 256 << 20
MAPPED, MAPPED_BYTES = -3, 32 << 20


@once
def keep_freed_memory() -> bool:
    """Lets this process keep what its passes over frames free; True where the C library can (glibc's).

    Else a picture's memory goes back to the system after every pass and comes again, page by page, each filled with
    zeros: that took a tenth of the time in which a frame is held steady, and more in small programs.
    """
    set_option = getattr(ctypes.CDLL(None), "mallopt", None) if sys.platform == "linux" else None
    if set_option is None:
        return False
    return bool(set_option(TRIM, TRIM_BYTES)) and bool(set_option(MAPPED, MAPPED_BYTES))


def free_bytes() -> int | None:
    """Bytes that this process may still take; None where the system does not say."""
    found = [free for free in (free_of_system(SYSTEM),
                               *(free_of_container(folder) for folder in containers(MEMBERSHIP, GROUPS)))
             if free is not None]
    return min(found) if found else None


def free_of_system(file: Path) -> int | None:
    """What Linux reckons can be taken without swapping."""
    try:
        lines = file.read_text(encoding="ascii").splitlines()
        return next(int(line.split()[1]) * 1024 for line in lines if line.startswith("MemAvailable:"))
    except (OSError, ValueError, IndexError, StopIteration):
        return None


def containers(membership: Path, groups: Path) -> Iterator[Path]:
    """The folders of the control groups that bound this process's memory, from its own up to the root.

    Inside a container the root is often the container's own, and the process's path there does not exist.
    """
    try:
        lines = [line.split(":", 2) for line in membership.read_text(encoding="utf-8").splitlines()]
    except OSError:
        return
    for line in lines:
        if len(line) < 3 or (line[1] and "memory" not in line[1].split(",")):
            continue
        root = groups / "memory" if line[1] else groups
        own = root / line[2].lstrip("/")
        yield from (folder for folder in (own, *own.parents) if folder.is_relative_to(root) and folder.is_dir())


def free_of_container(folder: Path) -> int | None:
    """What a control group's limit leaves; None without a limit, which reads "max" or nothing."""
    for limit, used, cached in FILES:
        try:
            left = int((folder / limit).read_text(encoding="ascii")) - int((folder / used).read_text(encoding="ascii"))
        except (OSError, ValueError):
            continue
        return max(0, left + cache(folder / "memory.stat", cached))
    return None


def cache(statistics: Path, name: str) -> int:
    """Bytes of files that are kept in memory for no one in particular; 0 where the group does not say."""
    try:
        lines = statistics.read_text(encoding="ascii").splitlines()
        return next((int(line.split()[1]) for line in lines if line.split()[0] == name), 0)
    except (OSError, ValueError, IndexError):
        return 0
