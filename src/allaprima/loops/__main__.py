"""``python -m allaprima.loops``: compiles the loops for this machine, at the lowest priority."""

from __future__ import annotations

import os
import sys

from allaprima.loops.readiness import compile_and_mark, mark_of_loops


def main() -> int:
    """0 where they can be used from now on."""
    mark = mark_of_loops()
    if mark is None:
        return 1
    if hasattr(os, "nice"):
        os.nice(19)
    try:
        return 0 if compile_and_mark(mark) else 1
    finally:
        mark.with_suffix(".begun").unlink(missing_ok=True)


if __name__ == "__main__":
    sys.exit(main())
