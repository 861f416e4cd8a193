"""Which control of a surface does what: values, and the small ``.wires`` file that a key writes them into."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from pathlib import Path

from allaprima.errors import OptionError, SourceError
from allaprima.io.outputs import written_file
from allaprima.parsing import parsed_json, shown
from allaprima.pipeline.live.commands import AMOUNTS, CHOICES, Command, command_of, kind_of
from allaprima.pipeline.looks.styles import read_text

WIRES_SUFFIX = ".wires"
MOST_WIRES = 2000
HALF = 0.5  # from which on a button or pad is pressed
_CONTROL = re.compile(r"midi (cc|note) ([1-9]|1[0-6]) (\d{1,2}|1[01]\d|12[0-7])|midi bend ([1-9]|1[0-6])"
                      r"|osc /[!-~]{1,200}", re.ASCII)
_REMEDY = "write it anew with the key e of stylize-webcam"

Wiring = Mapping[str, str]
"""Controls, ``midi cc 1 7`` or ``osc /fader/1``, to what they do: ``strength``, ``style 3``, ``look f2``."""


def parsed_target(text: str) -> Command:
    """The command that a text of a wiring stands for, its value left open where the control gives it.

    Raises ``OptionError`` where it is none.
    """
    name, _, value = text.partition(" ")
    if kind_of(name) in ("style", "look"):
        return command_of(name, value)
    if value:
        raise OptionError(f"{shown(text)} is nothing that a control can do", f"write just {name}")
    return Command(name)


def wired(target: Command, value: float, before: float, *, toggles: bool) -> Command | None:
    """What a control asks for that goes from ``before`` to ``value``, 0 to 1; None for nothing.

    toggles: whether pressing it turns a switch over; otherwise the switch is as the control is, on or off.
    """
    name, pressed = target.name, value >= HALF > before
    if name in AMOUNTS:
        return Command(name, value * AMOUNTS[name][1])
    if name in CHOICES:
        return Command(name, round(value * (len(CHOICES[name]) - 1)))
    if kind_of(name) == "switch" or name == "record":
        if toggles:
            return Command(name) if pressed else None
        return Command(name, value >= HALF) if (value >= HALF) != (before >= HALF) else None
    return target if pressed else None


def read_wiring(path: Path) -> dict[str, str]:
    """The wiring in a file; raises ``SourceError`` where it is none."""
    try:
        values = parsed_json(read_text(path))
    except ValueError as error:
        raise SourceError(f"cannot read {path}: {error}", _REMEDY) from error
    if not isinstance(values, dict) or values.get("allaprima") != "wires" or values.get("version") != 1:
        raise SourceError(f"cannot read {path}: it holds no wires", _REMEDY)
    wires = values.get("wires")
    if not isinstance(wires, dict) or len(wires) > MOST_WIRES:
        raise SourceError(f"cannot read {path}: its wires are no list of a possible length", _REMEDY)
    for control, target in wires.items():
        if _CONTROL.fullmatch(control) is None or not isinstance(target, str):
            raise SourceError(f"cannot read {path}: {shown(control)} is no control", _REMEDY)
        try:
            parsed_target(target)
        except OptionError as error:
            raise SourceError(f"cannot read {path}: {control}: {error}", error.hint) from error
    return dict(wires)


def write_wiring(path: Path, wiring: Wiring) -> None:
    """Writes a wiring, over the one that is there; raises ``SinkError`` where that cannot be done."""
    with written_file(path, overwrite=True) as file:
        file.write(json.dumps({"allaprima": "wires", "version": 1, "wires": dict(wiring)}, indent=1).encode())


def checked_wires(path: Path) -> None:
    """Raises ``OptionError`` where a name is not one of a wiring."""
    if path.suffix.lower() != WIRES_SUFFIX:
        raise OptionError(f"{path} is not the name of wires", f"end it in {WIRES_SUFFIX}: --wires stage{WIRES_SUFFIX}")
