"""Frozen dataclasses as JSON and back: whatever does not fit the types is refused by the name of its place."""

from __future__ import annotations

import dataclasses
import types
from collections.abc import Mapping, Sequence
from fractions import Fraction
from pathlib import Path
from typing import Literal, TypeVar, Union, cast, get_args, get_origin, get_type_hints

from allaprima.parsing import shown

Value = TypeVar("Value")
Json = str | int | float | bool | None | Sequence["Json"] | Mapping[str, "Json"]


def as_json(value: object) -> Json:
    """A value of dataclasses, tuples, dicts, paths, fractions, ranges and plain ones, as JSON has it."""
    if value is None or isinstance(value, (str, int, float, bool)):
        return value
    if isinstance(value, (Path, Fraction)):
        return str(value)
    if isinstance(value, range):
        return [value.start, value.stop, value.step]
    if isinstance(value, (tuple, list)):
        return [as_json(part) for part in value]
    if isinstance(value, Mapping):
        return {str(name): as_json(part) for name, part in value.items()}
    assert dataclasses.is_dataclass(value)
    return {field.name: as_json(getattr(value, field.name)) for field in dataclasses.fields(value)}


def from_json(kind: type[Value], found: object, place: str = "") -> Value:
    """The dataclass that ``as_json`` took apart; raises ValueError, which names the place of what does not fit."""
    if not isinstance(found, Mapping):
        raise ValueError(f"{place or 'it'} is {shown(found)}, no object")
    hints = get_type_hints(kind)
    fields = dataclasses.fields(kind)  # type: ignore[arg-type]  # every caller's is a dataclass
    names = {field.name for field in fields}
    if names != set(found):
        odd = sorted(names ^ set(map(str, found)))[0]
        raise ValueError(f"{within(place, odd)} is {'missing' if odd in names else 'not known'}")
    return kind(**{field.name: fitted(hints[field.name], found[field.name], within(place, field.name))
                   for field in fields})


def fitted(kind: object, found: object, place: str) -> object:
    """What was found as a value of that type."""
    origin, parts = get_origin(kind), get_args(kind)
    if origin in (Union, types.UnionType):
        return of_any(parts, found, place)
    if origin is Literal:
        if found in parts and not isinstance(found, bool):
            return found
    elif origin is tuple and isinstance(found, list):
        if len(parts) == 2 and parts[1] is ...:
            return tuple(fitted(parts[0], part, f"{place}[{index}]") for index, part in enumerate(found))
        if len(parts) == len(found):
            return tuple(fitted(part, one, place) for part, one in zip(parts, found, strict=True))
    elif origin in (dict, Mapping) or getattr(origin, "__name__", "") == "Mapping":
        if isinstance(found, dict):
            return {str(name): fitted(parts[1], one, within(place, str(name))) for name, one in found.items()}
    elif dataclasses.is_dataclass(kind):
        return from_json(cast("type[object]", kind), found, place)
    else:
        return plain(kind, found, place)
    raise ValueError(f"{place} is {shown(found)}, which does not fit")


def of_any(kinds: Sequence[object], found: object, place: str) -> object:
    """What was found as a value of the first of those types that it fits."""
    if found is None and type(None) in kinds:
        return None
    for kind in kinds:
        if kind is not type(None):
            try:
                return fitted(kind, found, place)
            except ValueError as error:
                latest = error
    raise latest


def plain(kind: object, found: object, place: str) -> object:
    """What was found as a plain value, a path, a fraction or a range."""
    if kind is float and isinstance(found, (int, float)) and not isinstance(found, bool):
        return float(found)
    if kind is int and isinstance(found, int) and not isinstance(found, bool):
        return found
    if kind in (str, bool) and type(found) is kind:
        return found
    if kind in (Path, Fraction) and isinstance(found, str) and "\0" not in found:
        try:
            return Path(found) if kind is Path else Fraction(found)
        except (ValueError, ZeroDivisionError):
            pass
    if kind is range and isinstance(found, list) and len(found) == 3 and all(type(one) is int for one in found) \
            and found[2] > 0:
        return range(*found)
    raise ValueError(f"{place} is {shown(found)}, which does not fit")


def within(place: str, name: str) -> str:
    """The name of a part of a place."""
    return f"{place}.{name}" if place else name
