"""Styles packed into one file, to be handed on: safetensors with pictures, ``.style`` files and what is said of them.

What is unpacked was made by strangers: the file's size, the number of its styles and the size of each part are bounded
before they are read, names must be plain, pictures must decode, styles are parsed as any ``.style``, and nothing in it
is run. A pack with one bad style is refused whole, before anything is written.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Protocol, cast

import numpy as np
from numpy.typing import NDArray
from safetensors import SafetensorError, safe_open
from safetensors.numpy import save as save_tensors

from allaprima.bundled import bundled_styles
from allaprima.engines.look_files import LARGEST_FILE
from allaprima.engines.style_files import is_style_bytes, parsed_style_bytes
from allaprima.errors import OptionError, SourceError
from allaprima.io.outputs import check_output, written_file
from allaprima.library import is_name
from allaprima.parsing import parsed_json
from allaprima.pipeline.library.entries import LARGEST_PICTURE, Entry, ending_of, plain, shown_picture, stored

PACK_SUFFIX = ".stylepack"
KEY, KIND, VERSION = "allaprima", "style pack", 1
MOST_STYLES = 1000
LARGEST_PACK = 1 << 30
LARGEST_HEADER = 4 << 20
_AGAIN = "have it packed anew: 'allaprima library pack'"


class Shaped(Protocol):
    """A tensor of a file, not yet read."""

    def get_shape(self) -> list[int]: ...


class Tensors(Protocol):
    """An open file of tensors."""

    def keys(self) -> list[str]: ...

    def get_slice(self, name: str) -> Shaped: ...

    def get_tensor(self, name: str) -> NDArray[np.generic]: ...


def write_pack(path: Path, names: Sequence[str], *, overwrite: bool = False) -> None:
    """Packs those styles of the library into one file; raises OptionError for a name that it does not have."""
    if path.suffix.lower() != PACK_SUFFIX:
        raise OptionError(f"cannot write a pack of styles to {path}", f"end the name in {PACK_SUFFIX}")
    check_output(path, overwrite=overwrite)
    content = packed([stored(name) for name in names])
    with written_file(path, overwrite=overwrite) as file:
        file.write(content)


def packed(entries: Sequence[Entry]) -> bytes:
    """The content of a pack of those styles; raises OptionError where they are too many or too large for one."""
    arrays, about = {}, []
    for index, entry in enumerate(entries):
        arrays[f"{index}.style"] = np.frombuffer(entry.style, np.uint8)
        if entry.picture is not None:
            arrays[f"{index}.picture"] = np.frombuffer(entry.picture, np.uint8)
        about.append({"name": entry.name, "licence": entry.licence, "source": entry.source})
    if len(entries) > MOST_STYLES or sum(array.nbytes for array in arrays.values()) > LARGEST_PACK - LARGEST_HEADER:
        raise OptionError(f"{len(entries)} styles are too much for one pack", "pack them in several")
    said = json.dumps({"kind": KIND, "version": VERSION, "styles": about})
    return save_tensors(arrays, {KEY: said})


def read_pack(path: Path) -> list[Entry]:
    """The styles in a pack, each checked; raises SourceError, in one sentence, where anything in it is amiss."""
    try:
        check_size(path)
        with safe_open(path, "numpy") as file:
            about = styles_told(file.metadata())
            return [entry_in(index, said, cast(Tensors, file)) for index, said in enumerate(about)]
    except OSError as error:
        raise SourceError(f"cannot read {path}: {error.strerror or error}",
                          "check the name, and that you may read it") from error
    except (SafetensorError, ValueError) as error:
        raise SourceError(f"cannot read {path}: it is no pack of styles", _AGAIN) from error
    except SourceError as error:
        raise SourceError(f"cannot read {path}: {error}", error.hint) from error


def check_size(path: Path) -> None:
    """Raises SourceError where a file, or what it says of its contents, is larger than a pack's may be."""
    with path.open("rb") as file:
        header = int.from_bytes(file.read(8), "little")
    if path.stat().st_size > LARGEST_PACK or header > LARGEST_HEADER:
        raise SourceError("it is larger than a pack may be", _AGAIN)


def styles_told(metadata: dict[str, str] | None) -> list[dict[str, object]]:
    """What the file says of its styles; raises SourceError where that is no list of styles of different names."""
    about = parsed_json((metadata or {}).get(KEY, ""))
    if not isinstance(about, dict) or about.get("kind") != KIND or about.get("version") != VERSION:
        raise SourceError("it is no pack of styles, or one of a later version", _AGAIN)
    styles = about.get("styles")
    if not isinstance(styles, list) or not 0 < len(styles) <= MOST_STYLES or not all(
            isinstance(said, dict) for said in styles):
        raise SourceError(f"it holds no styles, or more than {MOST_STYLES}", _AGAIN)
    names = [str(said.get("name")) for said in styles]
    for name in names:
        if not is_name(name) or name in bundled_styles():
            raise SourceError(f"a style in the library cannot be called {name[:80]!r}", _AGAIN)
    if len({name.casefold() for name in names}) < len(names):
        raise SourceError("two of its styles have the same name", _AGAIN)
    return styles


def entry_in(index: int, said: dict[str, object], file: Tensors) -> Entry:
    """One of the styles, checked: a picture that decodes and a style that can be read."""
    name = str(said["name"])
    style = part_of(file, f"{index}.style", LARGEST_FILE)
    if style is None or not is_style_bytes(style):
        raise SourceError(f"its style {name} is missing", _AGAIN)
    parsed_style_bytes(style)
    picture = part_of(file, f"{index}.picture", LARGEST_PICTURE)
    if picture is not None:
        if ending_of(picture) is None:
            raise SourceError(f"the picture of its style {name} is no JPEG, PNG or WebP", _AGAIN)
        shown_picture(picture, name)
    return Entry(name, style, picture, plain(str(said.get("licence") or "")), plain(str(said.get("source") or "")))


def part_of(file: Tensors, name: str, largest: int) -> bytes | None:
    """The bytes of that name, their number bounded before they are read; None where there are none."""
    if name not in file.keys():  # noqa: SIM118  it is no dictionary
        return None
    shape = file.get_slice(name).get_shape()
    if len(shape) != 1 or not 0 < shape[0] <= largest:
        raise SourceError(f"its part {name} is larger than it may be", _AGAIN)
    array = file.get_tensor(name)
    if array.dtype != np.uint8:
        raise SourceError(f"its part {name} is no bytes", _AGAIN)
    return array.tobytes()
