"""Ctrl-C, pressed once and again: the first ends a run in order, the second leaves out what can be left out.

Python raises KeyboardInterrupt at every Ctrl-C, so that the second one would tear down what the first began to save.
"""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

_pressed = 0


def in_haste() -> bool:
    """Whether Ctrl-C was pressed again while a run was ending: only what would be lost otherwise is still done."""
    return _pressed > 1


@contextmanager
def interruptions(tell: Callable[[str], None]) -> Iterator[None]:
    """A block whose first Ctrl-C raises KeyboardInterrupt, the second only makes it hurry, the third raises again.

    tell: told, after the second, what that does. Elsewhere than in the main thread nothing changes.
    """
    global _pressed
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def pressed(number: int, frame: FrameType | None) -> None:
        global _pressed
        _pressed += 1
        if _pressed == 2:
            tell("ending: what is finished is being kept; press Ctrl-C once more to end at once")
            return
        raise KeyboardInterrupt

    _pressed = 0
    before = signal.signal(signal.SIGINT, pressed)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
        _pressed = 0
