"""What comes in from the windows: keys and the pointer, as values, in the order in which they came."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class Key:
    """A key that was pressed: what it types, or its name (``space``, ``right``, ``f1``, ``ctrl 2``).

    held: whether it was pressed before and goes on repeating.
    """

    name: str
    held: bool = False


@dataclass(frozen=True, slots=True)
class Pointer:
    """The pointer in the control window, at that pixel; second: by its second button. Turns of its wheel are ``turns``.

    A drag follows a press and may lead outside of the window.
    """

    x: int
    y: int
    kind: Literal["press", "drag", "release", "wheel"]
    second: bool = False
    turns: int = 0


Event = Key | Pointer
