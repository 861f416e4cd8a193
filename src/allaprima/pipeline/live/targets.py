"""What a key or a touch in the control window stands for, in the words of commands: how controls are taught."""

from __future__ import annotations

from allaprima.io.screen.events import Event, Key
from allaprima.pipeline.live.controls import ALIASES, DIGITS
from allaprima.pipeline.live.cues import KEYS
from allaprima.pipeline.live.panel import Layout, touched

OF_KEYS = {"n": "next", "p": "previous", "+": "strength", "-": "strength", "]": "crossfader", "[": "crossfader",
           "x": "cross", ".": "steady", ",": "steady", "c": "colours", "g": "photoreal", "b": "brush", "d": "fade",
           "a": "sound", "v": "view", "m": "mirror", "space": "freeze", "o": "figures", "h": "help", "f": "full",
           "s": "snapshot", "l": "save", "r": "record", "t": "fit", "k": "keep", "tab": "tap", "escape": "escape"}


def target_of(event: Event, layout: Layout | None) -> str | None:
    """What a control would do that is taught by that key or touch; ``escape`` for nothing, None for no answer yet."""
    if isinstance(event, Key):
        return target_of_key(event.name)
    if layout is None or event.kind != "press":
        return None
    touch = touched(layout, event, None)
    if touch is None:
        return None
    widget = touch.widget
    if widget.kind in ("slider", "choice"):
        return widget.name
    if widget.kind == "style":
        return f"{'other' if touch.second else 'style'} {widget.place + 1}"
    if widget.kind in ("key", "cue"):
        return target_of_key(widget.name)
    return "cross" if widget.kind in ("first", "other") else None


def target_of_key(key: str) -> str | None:
    """The same of a key."""
    if key in KEYS:
        return f"look {key}"
    digit = key.removeprefix("ctrl ")
    if digit in DIGITS:
        return f"{'other' if digit != key else 'style'} {DIGITS.index(digit) + 1}"
    return OF_KEYS.get(ALIASES.get(key, key))
