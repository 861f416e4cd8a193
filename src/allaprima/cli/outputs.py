"""Which inputs there are, and where each one's result goes."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from pathlib import Path

from allaprima.errors import OptionError, SinkError, SourceError

ADDRESS = re.compile(r"[A-Za-z][A-Za-z0-9+.-]+:/")  # a path has lost the second slash of ://
Finder = Callable[[Path], Sequence[Path]]


def expanded(inputs: Sequence[Path], find: Finder) -> list[Path]:
    """The inputs with every folder replaced by what is inside it; all exist, or are patterns of numbers."""
    files: list[Path] = []
    for path in inputs:
        if ADDRESS.match(str(path)) and not path.exists():
            raise SourceError(f"{path} is an address on a network, and only files are painted",
                              "download it first; stylize-webcam --camera plays streams")
        if not path.exists() and "%" not in path.name:
            raise SourceError(f"there is no file {path}", "check the name and the folder")
        files.extend(find(path) if path.is_dir() else [path])
    return files


def output_for(path: Path, style_name: str, output: str | None, several: bool, suffix: str) -> Path:
    """Where the result of ``path`` goes: ``-o``, a file in that folder, or ``in-style.mp4`` beside the input."""
    name = f"{path.stem}-{short(style_name)}{suffix}"
    if output is None:
        return path.with_name(name)
    if is_folder(output):
        return Path(output) / name
    if several:
        raise OptionError(f"several inputs cannot all go to the one file {output}",
                          f"give -o a folder: create {output}, or end its name in /")
    return Path(output)


def is_folder(output: str) -> bool:
    """Whether ``-o`` names a folder: one that is there, or a name that ends in a slash."""
    return Path(output).is_dir() or output.endswith(("/", "\\"))


def make_folder(output: str | None) -> None:
    """Creates the folder that ``-o name/`` asks for."""
    if output is None or not is_folder(output):
        return
    try:
        Path(output).mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise SinkError(f"cannot create the folder {output}: {error.strerror}",
                        "name a folder where you may write") from error


def short(style_name: str) -> str:
    """A style's name fit for a file name."""
    kept = "".join(letter if letter.isalnum() or letter in "-_." else "-" for letter in style_name)
    return kept[:60].strip("-.") or "art"
