"""Looks of a show, each on a key: values, and what is written of them into a ``.set`` file."""

from __future__ import annotations

import base64
import binascii
import io
import json
import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from allaprima.config import LARGEST_STRENGTH
from allaprima.errors import OptionError, SourceError
from allaprima.io.outputs import written_file
from allaprima.library import name_of, named_style
from allaprima.parsing import parsed_json, shown
from allaprima.pipeline.live.controls import BRUSHES, Controls
from allaprima.pipeline.looks.styles import read_text

SET_SUFFIX = ".set"
KEYS = tuple(f"f{number}" for number in range(1, 13))
LONGEST_FADE_SECONDS = 600.0
THUMBNAIL_SIZE = 160, 90
LONGEST_THUMBNAIL = 200_000  # letters of base64: ten times what one of ours takes
MOST_STYLES = 1000
_REMEDY = "write it anew with the key k of stylize-webcam"

Files = tuple[tuple[Path, float], ...]
"""The files of a style, and their weights in its blend."""


@dataclass(frozen=True, slots=True)
class Cue:
    """A look on a key: the styles by their places in the set, everything else as in ``Controls``.

    fade_seconds: that it takes to come. thumbnail: (H, W, 3), what it painted when it was kept; None where unknown.
    """

    key: str
    style: int
    other: int
    blend: float = 0.0
    strength: float = 1.0
    stability: float = 0.5
    brush: int = 0
    preserve_colors: bool = False
    fade_seconds: float = 0.5
    thumbnail: NDArray[np.uint8] | None = None
    photoreal: float = 0.0

    def on(self, controls: Controls) -> Controls:
        """The controls with this look."""
        return replace(controls, style=self.style, other=self.other, blend=self.blend, strength=self.strength,
                       stability=self.stability, brush=self.brush, preserve_colors=self.preserve_colors,
                       photoreal=self.photoreal, fade_seconds=self.fade_seconds)


@dataclass(frozen=True, slots=True)
class LookSet:
    """A playlist of styles, as their files, and looks of them in the order of their keys."""

    styles: tuple[Files, ...] = ()
    cues: tuple[Cue, ...] = ()

    def with_cue(self, cue: Cue) -> LookSet:
        """The set with a look on its key, in place of what that key held."""
        others = [each for each in self.cues if each.key != cue.key]
        return replace(self, cues=tuple(sorted([*others, cue], key=lambda each: KEYS.index(each.key))))

    def free_key(self) -> str | None:
        """The first key without a look; None where all hold one."""
        taken = {cue.key for cue in self.cues}
        return next((key for key in KEYS if key not in taken), None)


def cue_of(controls: Controls, key: str, other: int, thumbnail: NDArray[np.uint8]) -> Cue:
    """What is set, as a look on that key; other: the style at the crossfader's other end."""
    return Cue(key, controls.style, other, controls.blend, controls.strength, controls.stability, controls.brush,
               controls.preserve_colors, controls.fade_seconds, thumbnail, controls.photoreal)


def write_set(path: Path, wanted: LookSet) -> None:
    """Writes a set, over the one that is there; raises ``SinkError`` where that cannot be done."""
    values = {"allaprima": "set", "version": 1,
              "styles": [[{"picture": named(file, path.parent), "weight": weight} for file, weight in files]
                         for files in wanted.styles],
              "looks": [{"key": cue.key, "style": cue.style, "other": cue.other, "crossfader": cue.blend,
                         "strength": cue.strength, "stability": cue.stability, "brush": cue.brush,
                         "preserve_colors": cue.preserve_colors, "photoreal": cue.photoreal,
                         "fade_seconds": cue.fade_seconds,
                         "thumbnail": None if cue.thumbnail is None else encoded(cue.thumbnail)}
                        for cue in wanted.cues]}
    checked_name(path)
    with written_file(path, overwrite=True) as file:
        file.write(json.dumps(values, indent=1).encode())


def checked_name(path: Path) -> None:
    """Raises ``OptionError`` where a name is not one of a set."""
    if path.suffix.lower() != SET_SUFFIX:
        raise OptionError(f"{path} is not the name of a set", f"end it in {SET_SUFFIX}: --set evening{SET_SUFFIX}")


def named(file: Path, folder: Path) -> str:
    """What a style's file is called in a set of that folder: by its own name, from there, or from the root."""
    name = name_of(file)
    if name is not None:
        return name
    whole, root = file.resolve(), folder.resolve()
    return whole.relative_to(root).as_posix() if whole.is_relative_to(root) else str(whole)


def read_set(path: Path) -> LookSet:
    """The set in a file; raises ``SourceError`` where it is none, or names a picture that is not there."""
    try:
        values = parsed_json(read_text(path))
        if not isinstance(values, dict) or values.get("allaprima") != "set" or values.get("version") != 1:
            raise SourceError("it is no set", _REMEDY)
        styles = tuple(files_of(each, path.parent) for each in listed(values.get("styles"), MOST_STYLES))
        cues = tuple(cue_in(each, len(styles)) for each in listed(values.get("looks"), len(KEYS)))
        if len({cue.key for cue in cues}) < len(cues):
            raise SourceError("two of its looks have the same key", _REMEDY)
    except ValueError as error:
        raise SourceError(f"cannot read {path}: it is no set", _REMEDY) from error
    except SourceError as error:
        raise SourceError(f"cannot read {path}: {error}", error.hint) from error
    return LookSet(styles, tuple(sorted(cues, key=lambda cue: KEYS.index(cue.key))))


def listed(value: object, most: int) -> list[object]:
    """The list that a value of a set is."""
    if not isinstance(value, list) or len(value) > most:
        raise SourceError("its styles or its looks are no list of a possible length", _REMEDY)
    return value


def files_of(value: object, folder: Path) -> Files:
    """The files of a style of a set, found in its folder, where they say, or by name."""
    files = []
    for part in listed(value, MOST_STYLES):
        if not isinstance(part, dict) or not isinstance(name := part.get("picture"), str) or not name:
            raise SourceError("one of its styles names no picture", _REMEDY)
        places = [folder / name, folder / Path(name).name]
        found = next((place for place in places if is_file(place)), None) or named_style(name)
        if found is None:
            raise SourceError(f"there is no style picture {shown(name)}", "put it beside the set, or " + _REMEDY)
        files.append((found, number(part, "weight", 0, 1e6)))
    if not files:
        raise SourceError("one of its styles names no picture", _REMEDY)
    return tuple(files)


def is_file(path: Path) -> bool:
    """Whether there is a file of that name, be it one that no file can have."""
    try:
        return path.is_file()
    except (OSError, ValueError):
        return False


def cue_in(value: object, styles: int) -> Cue:
    """A look of a set of so many styles."""
    if not isinstance(value, dict) or value.get("key") not in KEYS:
        raise SourceError(f"one of its looks has no key of {KEYS[0]} to {KEYS[-1]}", _REMEDY)
    picture = value.get("thumbnail")
    return Cue(value["key"], round(number(value, "style", 0, styles - 1)), round(number(value, "other", 0, styles - 1)),
               number(value, "crossfader", 0, 1), number(value, "strength", 0, LARGEST_STRENGTH),
               number(value, "stability", 0, 1), round(number(value, "brush", 0, BRUSHES - 1)),
               value.get("preserve_colors") is True,
               number(value, "fade_seconds", 0, LONGEST_FADE_SECONDS),
               decoded(picture) if isinstance(picture, str) else None,
               number(value, "photoreal", 0, 1) if "photoreal" in value else 0.0)


def number(values: dict[str, object], name: str, least: float, most: float) -> float:
    """The number of that name; raises ``SourceError`` where it is none within those bounds."""
    value = values.get(name)
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value) or not (
            least <= value <= most):
        raise SourceError(f"{name.replace('_', ' ')} {shown(str(value))} is out of range", _REMEDY)
    return value


def encoded(picture: NDArray[np.uint8]) -> str:
    """A small picture as JPEG, in letters."""
    from PIL import Image

    content = io.BytesIO()
    Image.fromarray(picture).save(content, "JPEG", quality=85)
    return base64.b64encode(content.getvalue()).decode()


def decoded(text: str) -> NDArray[np.uint8] | None:
    """The small picture in those letters; None where there is none: a show goes on without it."""
    from PIL import Image

    if len(text) > LONGEST_THUMBNAIL:
        return None
    try:
        with Image.open(io.BytesIO(base64.b64decode(text, validate=True)), formats=("JPEG",)) as image:
            if image.width > 2 * THUMBNAIL_SIZE[0] or image.height > 2 * THUMBNAIL_SIZE[0]:
                return None
            return np.asarray(image.convert("RGB"), np.uint8)
    except (binascii.Error, ValueError, OSError, SyntaxError):
        return None


def spec_of(files: Sequence[tuple[Path, float]]) -> str:
    """What ``--style`` would take for those files."""
    if len(files) == 1:
        return str(files[0][0])
    return "+".join(f"{file}:{weight:g}" for file, weight in files)
