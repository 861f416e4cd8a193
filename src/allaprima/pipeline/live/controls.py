"""What the performer has set, and what each key changes: values and pure functions."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Literal

from allaprima.config import LARGEST_STRENGTH

View = Literal["painted", "side by side", "split"]
Action = Literal["snapshot", "look", "record", "fit", "quit", "keep", "tap", "learn"]
Leading = Literal["off", "strength", "crossfader"]
VIEWS: tuple[View, ...] = ("painted", "side by side", "split")
LEADINGS: tuple[Leading, ...] = ("off", "strength", "crossfader")
STEP = 0.05
BRUSHES = 3  # working heights: the ladder's, three quarters and half of the tallest
FADES_SECONDS = (0.0, 0.5, 1.0, 2.0, 4.0, 8.0)


@dataclass(frozen=True, slots=True)
class Controls:
    """Everything that keys change; strength is 0 to 1.5; blend, stability and photoreal are 0 to 1.

    style: of the playlist. other: the style at the crossfader's other end, None for the next one. blend: where the
    crossfader stands, 1 is all the other style. brush: steps by which strokes are coarser. fade_seconds: that a change
    of style takes. leading: what sound and tapped tempo drive. panel: whether the control window is open.
    """

    style: int = 0
    strength: float = 1.0
    blend: float = 0.0
    stability: float = 0.5
    preserve_colors: bool = False
    photoreal: float = 0.0
    brush: int = 0
    view: View = "painted"
    mirror: bool = False
    frozen: bool = False
    overlay: bool = True
    help: bool = False
    fullscreen: bool = False
    other: int | None = None
    fade_seconds: float = 0.5
    leading: Leading = "off"
    panel: bool = True


def other_style(controls: Controls, styles: int) -> int:
    """The style at the crossfader's other end."""
    return (controls.style + 1 if controls.other is None else controls.other) % max(1, styles)


def nudged(value: float, step: float, largest: float = 1.0) -> float:
    """The value moved by a step, kept in 0 to ``largest`` and free of rounding dust."""
    return min(largest, max(0.0, round(value + step, 4)))


def turned(controls: Controls, by: int, styles: int) -> Controls:
    """The style so many places on, around the playlist's end."""
    return replace(controls, style=(controls.style + by) % max(1, styles))


def next_view(controls: Controls) -> Controls:
    """The next of the ways to show camera and painting."""
    return replace(controls, view=VIEWS[(VIEWS.index(controls.view) + 1) % len(VIEWS)])


def next_fade(controls: Controls) -> Controls:
    """The next longer time that a change of style takes, the shortest after the longest."""
    longer = [seconds for seconds in FADES_SECONDS if seconds > controls.fade_seconds]
    return replace(controls, fade_seconds=longer[0] if longer else FADES_SECONDS[0])


def next_leading(controls: Controls) -> Controls:
    """The next thing that sound and tempo drive."""
    return replace(controls, leading=LEADINGS[(LEADINGS.index(controls.leading) + 1) % len(LEADINGS)])


def filled(controls: Controls) -> Controls:
    """The screen filled, with the picture and nothing else; or a window again, with its figures."""
    wanted = not controls.fullscreen
    return replace(controls, fullscreen=wanted, overlay=not wanted, help=controls.help and not wanted)


CHANGES: dict[str, Callable[[Controls, int], Controls]] = {
    "n": lambda c, styles: turned(c, 1, styles),
    "p": lambda c, styles: turned(c, -1, styles),
    "+": lambda c, styles: replace(c, strength=nudged(c.strength, STEP, LARGEST_STRENGTH)),
    "-": lambda c, styles: replace(c, strength=nudged(c.strength, -STEP, LARGEST_STRENGTH)),
    "]": lambda c, styles: replace(c, blend=nudged(c.blend, STEP)),
    "[": lambda c, styles: replace(c, blend=nudged(c.blend, -STEP)),
    "x": lambda c, styles: replace(c, blend=0.0 if c.blend > 0.5 else 1.0),
    ".": lambda c, styles: replace(c, stability=nudged(c.stability, STEP)),
    ",": lambda c, styles: replace(c, stability=nudged(c.stability, -STEP)),
    "c": lambda c, styles: replace(c, preserve_colors=not c.preserve_colors),
    "g": lambda c, styles: replace(c, photoreal=0.0 if c.photoreal > 0 else 1.0),
    "b": lambda c, styles: replace(c, brush=(c.brush + 1) % BRUSHES),
    "d": lambda c, styles: next_fade(c),
    "a": lambda c, styles: next_leading(c),
    "v": lambda c, styles: next_view(c),
    "m": lambda c, styles: replace(c, mirror=not c.mirror),
    "space": lambda c, styles: replace(c, frozen=not c.frozen),
    "o": lambda c, styles: replace(c, overlay=not c.overlay),
    "h": lambda c, styles: replace(c, help=not c.help),
    "f": lambda c, styles: filled(c),
    "w": lambda c, styles: replace(c, panel=not c.panel),
}
ACTIONS: dict[str, Action] = {"s": "snapshot", "l": "look", "r": "record", "t": "fit", "k": "keep", "tab": "tap",
                              "e": "learn", "q": "quit", "escape": "quit"}
ALIASES = {"right": "n", "left": "p", "up": "+", "down": "-", "=": "+", "page down": "n", "page up": "p"}
REPEATING = frozenset("+-[].,np")
"""What a key does again and again while it is held; every other one acts once."""
HELP = (
    ("n  p", "next and previous style (arrows too)"),
    ("1 ... 9 0", "a style by its place, to ten"),
    ("ctrl 1 ...", "the crossfader's other style"),
    ("]  [  x", "crossfader, and to its other end"),
    ("+  -", "strength (up and down too)"),
    (".  ,", "steadier or livelier"),
    ("b", "coarser strokes, and fine again"),
    ("d", "how long a change of style takes"),
    ("c  g", "keep the camera's colours; stay real"),
    ("v  m", "painting, beside, split; mirror"),
    ("space", "freeze"),
    ("k", "keep this as a look of the set"),
    ("f1 ... f12", "a look of the set (page: next)"),
    ("a  tab", "what sound leads; tap the tempo"),
    ("s", "snapshot, a PNG with its settings"),
    ("l", "save this look for a film"),
    ("r", "record, and stop"),
    ("t", "fit the network to this style"),
    ("e", "teach a control of OSC or MIDI"),
    ("f  w", "fullscreen; control window"),
    ("o  h", "figures; this help"),
    ("q", "quit (escape too)"),
)


def pressed(key: str, controls: Controls, styles: int) -> tuple[Controls, Action | None]:
    """The controls after a key, and what else it asks for; unknown keys change nothing."""
    key = ALIASES.get(key, key)
    if key in ACTIONS:
        return controls, ACTIONS[key]
    if key in CHANGES:
        return CHANGES[key](controls, styles), None
    other, digit = key.startswith("ctrl "), key.removeprefix("ctrl ")
    if digit in DIGITS and DIGITS.index(digit) < styles:
        place = DIGITS.index(digit)
        return replace(controls, other=place) if other else replace(controls, style=place), None
    return controls, None


DIGITS = ("1", "2", "3", "4", "5", "6", "7", "8", "9", "0")


def repeats(key: str) -> bool:
    """Whether a key acts again while it is held."""
    return ALIASES.get(key, key) in REPEATING
