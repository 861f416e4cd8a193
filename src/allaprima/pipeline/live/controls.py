"""What the performer has set, and what each key changes: values and pure functions."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Literal

View = Literal["painted", "side by side", "split"]
Action = Literal["snapshot", "look", "record", "fit", "quit"]
VIEWS: tuple[View, ...] = ("painted", "side by side", "split")
STEP = 0.05
BRUSHES = 3  # working heights: the ladder's, three quarters and half of the tallest


@dataclass(frozen=True, slots=True)
class Controls:
    """Everything that keys change; strength, blend and stability are 0 to 1.

    style: of the playlist. blend: how much of the next style is mixed in. brush: steps by which strokes are coarser.
    """

    style: int = 0
    strength: float = 1.0
    blend: float = 0.0
    stability: float = 0.5
    preserve_colors: bool = False
    brush: int = 0
    view: View = "painted"
    mirror: bool = False
    frozen: bool = False
    overlay: bool = True
    help: bool = False
    fullscreen: bool = False


def nudged(value: float, step: float) -> float:
    """The value moved by a step, kept in 0 to 1 and free of rounding dust."""
    return min(1.0, max(0.0, round(value + step, 4)))


def turned(controls: Controls, by: int, styles: int) -> Controls:
    """The style so many places on, around the playlist's end."""
    return replace(controls, style=(controls.style + by) % max(1, styles))


def next_view(controls: Controls) -> Controls:
    """The next of the ways to show camera and painting."""
    return replace(controls, view=VIEWS[(VIEWS.index(controls.view) + 1) % len(VIEWS)])


CHANGES: dict[str, Callable[[Controls, int], Controls]] = {
    "n": lambda c, styles: turned(c, 1, styles),
    "p": lambda c, styles: turned(c, -1, styles),
    "+": lambda c, styles: replace(c, strength=nudged(c.strength, STEP)),
    "-": lambda c, styles: replace(c, strength=nudged(c.strength, -STEP)),
    "]": lambda c, styles: replace(c, blend=nudged(c.blend, STEP)),
    "[": lambda c, styles: replace(c, blend=nudged(c.blend, -STEP)),
    ".": lambda c, styles: replace(c, stability=nudged(c.stability, STEP)),
    ",": lambda c, styles: replace(c, stability=nudged(c.stability, -STEP)),
    "c": lambda c, styles: replace(c, preserve_colors=not c.preserve_colors),
    "b": lambda c, styles: replace(c, brush=(c.brush + 1) % BRUSHES),
    "v": lambda c, styles: next_view(c),
    "m": lambda c, styles: replace(c, mirror=not c.mirror),
    "space": lambda c, styles: replace(c, frozen=not c.frozen),
    "o": lambda c, styles: replace(c, overlay=not c.overlay),
    "h": lambda c, styles: replace(c, help=not c.help),
    "f": lambda c, styles: replace(c, fullscreen=not c.fullscreen),
}
ACTIONS: dict[str, Action] = {"s": "snapshot", "l": "look", "r": "record", "t": "fit", "q": "quit", "escape": "quit"}
ALIASES = {"right": "n", "left": "p", "up": "+", "down": "-", "=": "+", "page down": "n", "page up": "p"}
HELP = (
    ("n  p", "next and previous style (arrows too)"),
    ("1 ... 9", "a style by its place"),
    ("+  -", "strength (up and down too)"),
    ("]  [", "more or less of the next style"),
    (".  ,", "steadier or livelier"),
    ("c", "keep the camera's colours"),
    ("b", "coarser strokes, and fine again"),
    ("v", "painting, side by side, split"),
    ("m", "mirror"),
    ("space", "freeze"),
    ("s", "snapshot, a PNG with its settings"),
    ("l", "save this look for a film"),
    ("r", "record, and stop"),
    ("t", "fit the network to this style"),
    ("f", "fullscreen"),
    ("o", "figures on and off"),
    ("h", "this help"),
    ("q", "quit (escape too)"),
)


def pressed(key: str, controls: Controls, styles: int) -> tuple[Controls, Action | None]:
    """The controls after a key, and what else it asks for; unknown keys change nothing."""
    key = ALIASES.get(key, key)
    if key in ACTIONS:
        return controls, ACTIONS[key]
    if key in CHANGES:
        return CHANGES[key](controls, styles), None
    if key.isdecimal() and 1 <= int(key) <= styles:
        return replace(controls, style=int(key) - 1), None
    return controls, None
