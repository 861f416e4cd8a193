"""What can be asked of a show from afar, by name: the vocabulary of OSC, of MIDI once taught, and of sockets."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

from allaprima.config import LARGEST_STRENGTH
from allaprima.errors import OptionError
from allaprima.parsing import shown
from allaprima.pipeline.live.controls import LEADINGS, VIEWS, Action, Controls, filled, other_style
from allaprima.pipeline.live.cues import KEYS, LONGEST_FADE_SECONDS
from allaprima.pipeline.live.panel import BRUSH_NAMES
from allaprima.spelling import guess

Value = float | str | bool | None
Kind = Literal["amount", "choice", "switch", "style", "look", "action", "step"]
LONGEST_FADE_OF_A_FADER = 8.0

AMOUNTS: dict[str, tuple[float, float]] = {
    "strength": (LARGEST_STRENGTH, LARGEST_STRENGTH), "crossfader": (1.0, 1.0), "steady": (1.0, 1.0),
    "photoreal": (1.0, 1.0), "fade": (LONGEST_FADE_SECONDS, LONGEST_FADE_OF_A_FADER)}
"""What goes from 0 to a largest value: that one, and what a fader that is pushed all the way asks for."""
CHOICES: dict[str, tuple[str, ...]] = {"brush": BRUSH_NAMES, "view": VIEWS, "sound": LEADINGS}
SWITCHES = {"colours": "preserve_colors", "mirror": "mirror", "freeze": "frozen", "full": "fullscreen",
            "figures": "overlay", "help": "help"}
STYLES = ("style", "other")
ACTIONS: dict[str, Action] = {"snapshot": "snapshot", "save": "look", "record": "record", "keep": "keep", "tap": "tap",
                              "fit": "fit"}
STEPS = {"next": 1, "previous": -1}
NAMES = (*AMOUNTS, *CHOICES, *SWITCHES, *STYLES, "look", *ACTIONS, *STEPS, "cross")
"""Quitting is not among them: no datagram ends a show."""


@dataclass(frozen=True, slots=True)
class Command:
    """Something asked for: a name of ``NAMES``, and a value that is in its range.

    value: a number for amounts; the place among its choices, from 0; whether a switch is on, None to turn it over; a
    style's name, or its place from 0; a look's key; for ``record`` whether it should run, None to turn it over.
    """

    name: str
    value: float | int | str | bool | None = None


def kind_of(name: str) -> Kind:
    """Which kind of thing a name stands for; raises ``OptionError`` for an unknown one."""
    if name in AMOUNTS:
        return "amount"
    if name in CHOICES:
        return "choice"
    if name in SWITCHES:
        return "switch"
    if name in STYLES:
        return "style"
    if name == "look":
        return "look"
    if name in ACTIONS:
        return "action"
    if name in STEPS or name == "cross":
        return "step"
    raise OptionError(f"{shown(name)} is nothing that a show can be asked for",
                      guess(name, NAMES, f"known are {', '.join(NAMES)}"))


def command_of(name: str, value: Value = None) -> Command:
    """The command of that name and value, amounts held in their range; raises ``OptionError`` where it is none.

    value: as people write it; styles and looks count from 1, choices may be named.
    """
    kind = kind_of(name)
    if kind == "amount":
        return Command(name, min(AMOUNTS[name][0], max(0.0, number_in(name, value))))
    if kind == "choice":
        return Command(name, choice_in(name, value))
    if kind == "switch" or name == "record":
        return Command(name, None if value is None else number_in(name, value) >= 0.5)
    if kind == "style":
        if isinstance(value, str) and value and not value.isdecimal():
            return Command(name, value)
        return Command(name, place_in(name, value))
    if kind == "look":
        key = value.lower() if isinstance(value, str) else f"f{place_in(name, value) + 1}"
        if key not in KEYS:
            raise OptionError(f"{shown(str(value))} is no key of a look",
                              f"give {KEYS[0]} to {KEYS[-1]}, or its number")
        return Command(name, key)
    return Command(name)


def number_in(name: str, value: Value) -> float:
    """A finite number; raises ``OptionError`` otherwise."""
    try:
        number = float(value) if value is not None else math.nan
    except (ValueError, OverflowError):
        number = math.nan
    if not math.isfinite(number):
        raise OptionError(f"{name} cannot be {shown(str(value))}", "give a number")
    return number


def place_in(name: str, value: Value) -> int:
    """A place that is counted from 1, counted from 0."""
    number = number_in(name, value)
    if not 1 <= number <= 1e6:
        raise OptionError(f"there is no {name} {number:g}", "the first one is 1")
    return round(number) - 1


def choice_in(name: str, value: Value) -> int:
    """The place of a choice that is named, or given by its place, from 0."""
    names = CHOICES[name]
    if isinstance(value, str) and value in names:
        return names.index(value)
    number = round(number_in(name, value)) if not isinstance(value, str) or value.isdecimal() else -1
    if not 0 <= number < len(names):
        raise OptionError(f"{name} cannot be {shown(str(value))}",
                          f"give {', '.join(names)}, or a number from 0 to {len(names) - 1}")
    return number


def obeyed(command: Command, controls: Controls, styles: Sequence[str]) -> Controls:
    """The controls with an amount, a choice, a switch or a style as the command wants it; the same for all else.

    styles: the playlist's names. Raises ``OptionError`` for a style that is not in it.
    """
    name, value = command.name, command.value
    if name in AMOUNTS:
        field = {"crossfader": "blend", "steady": "stability", "fade": "fade_seconds"}.get(name, name)
        return replace(controls, **{field: float(value or 0)})  # type: ignore[arg-type]  # numbers all of them
    if name == "brush":
        return replace(controls, brush=int(value or 0))
    if name == "view":
        return replace(controls, view=VIEWS[int(value or 0)])
    if name == "sound":
        return replace(controls, leading=LEADINGS[int(value or 0)])
    if name in SWITCHES:
        field = SWITCHES[name]
        wanted = not getattr(controls, field) if value is None else bool(value)
        if name == "full":  # with all that goes along with it
            return controls if wanted == controls.fullscreen else filled(controls)
        return replace(controls, **{field: wanted})  # type: ignore[arg-type]  # all of them are switches
    if name in STYLES:
        place = place_of(value, styles)
        return replace(controls, style=place) if name == "style" else replace(controls, other=place)
    return controls


def place_of(style: float | str | None, styles: Sequence[str]) -> int:
    """Where a style stands in a playlist of those names."""
    if isinstance(style, str):
        if style in styles:
            return styles.index(style)
        raise OptionError(f"there is no style {shown(style)} in the playlist",
                          guess(style, styles, f"it has {', '.join(styles[:12])}"))
    if not 0 <= (place := int(style or 0)) < len(styles):
        raise OptionError(f"there is no style {place + 1}: the playlist has {len(styles)}", "give a smaller number")
    return place


def state_of(controls: Controls, styles: Sequence[str]) -> dict[str, tuple[float | int | str | bool, ...]]:
    """How things are set, in the words of commands: amounts, choices and styles by name, switches."""
    other = other_style(controls, len(styles))
    return {"style": (styles[controls.style % len(styles)], controls.style + 1), "other": (styles[other], other + 1),
            "strength": (float(controls.strength),), "crossfader": (float(controls.blend),),
            "steady": (float(controls.stability),),
            "photoreal": (float(controls.photoreal),), "fade": (float(controls.fade_seconds),),
            "brush": (BRUSH_NAMES[controls.brush],), "view": (controls.view,), "sound": (controls.leading,),
            "colours": (controls.preserve_colors,), "mirror": (controls.mirror,), "freeze": (controls.frozen,)}
