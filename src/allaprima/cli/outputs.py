"""Which inputs there are, and where each one's result goes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from allaprima.errors import OptionError, SourceError

Finder = Callable[[Path], Sequence[Path]]


def expanded(inputs: Sequence[Path], find: Finder) -> list[Path]:
    """The inputs with every folder replaced by what is found inside it; all of them exist."""
    files: list[Path] = []
    for path in inputs:
        if not path.exists():
            raise SourceError(f"there is no file {path}", "check the name and the folder")
        files.extend(find(path) if path.is_dir() else [path])
    return files


def output_for(path: Path, style_name: str, output: Path | None, several: bool, suffix: str) -> Path:
    """Where the result of ``path`` goes: ``-o``, a file in that folder, or ``in-style.mp4`` beside the input."""
    name = f"{path.stem}-{short(style_name)}{suffix}"
    if output is None:
        return path.with_name(name)
    if output.is_dir() or str(output).endswith(("/", "\\")):
        return output / name
    if several:
        raise OptionError(f"several inputs cannot all go to the one file {output}",
                          f"give -o a folder: create {output}, or end its name in /")
    return output


def make_folder(output: Path | None) -> None:
    """Creates the folder that ``-o name/`` asks for."""
    if output is not None and not output.exists() and str(output).endswith(("/", "\\")):
        output.mkdir(parents=True)


def short(style_name: str) -> str:
    """A style's name fit for a file name."""
    kept = "".join(letter if letter.isalnum() or letter in "-_." else "-" for letter in style_name)
    return kept[:60].strip("-.") or "art"
