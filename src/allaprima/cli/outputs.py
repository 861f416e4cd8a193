"""Which inputs there are, and where each one's result goes."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path

from allaprima.cli.failures import tell
from allaprima.cli.kinds import Kind
from allaprima.errors import OptionError, SinkError, SourceError
from allaprima.library import named_styles
from allaprima.plurals import counted
from allaprima.spelling import names_in, nearest

ADDRESS = re.compile(r"[A-Za-z][A-Za-z0-9+.-]+:/")  # a path has lost the second slash of ://
Target = Callable[[Path, str], Path]
"""An input, and what its result is named after, to where the result goes."""

DISTINCTIONS = 4


def expanded(inputs: Sequence[Path], kind: Kind) -> list[Path]:
    """The inputs, each once, folders replaced by what is inside them; all exist, or are patterns of numbers.

    What was painted here and lies in a folder is no input; how many such files there are is told.
    """
    files: list[Path] = []
    passed = 0
    for path in inputs:
        check_input(path, kind)
        if not path.is_dir():
            files.append(path)
            continue
        there = kind.find(path)
        inside = [one for one in there if not kind.is_result(one)]
        if not inside:
            raise SourceError(f"all {len(there)} in the folder {path} were painted here already",
                              "name one to paint it again")
        passed += len(there) - len(inside)
        files.extend(inside)
    if passed:
        tell(f"note: passed over {counted(passed, 'result')} of earlier runs, which {'lies' if passed == 1 else 'lie'} "
             "beside the inputs")
    return list({place_of(path): path for path in files}.values())


def check_input(path: Path, kind: Kind) -> None:
    """Raises an error for what cannot be an input of that kind, with what may have been meant."""
    from allaprima.io.sequence.patterns import is_pattern

    if path.exists():
        other = kind.command_for(path) if path.is_file() else None
        if other is not None:
            raise OptionError(f"{path} is {other[0]}", f"paint it with {other[1]} {path}")
        return
    if ADDRESS.match(str(path)):
        raise SourceError(f"{path} is an address on a network, and only files are painted",
                          "download it first; stylize-webcam --camera plays streams")
    if "%" in path.name or is_pattern(path):
        return
    style = nearest(str(path), named_styles())
    if style is not None:
        raise SourceError(f"there is no file {path}", f"a style is given by name: --style {style}")
    meant = nearest(path.name, names_in(path.parent))
    raise SourceError(f"there is no file {path}",
                      "check the name and the folder" if meant is None else f"did you mean {path.with_name(meant)}?")


def destinations(files: Sequence[Path], named: Sequence[Path], target: Target) -> dict[Path, Path]:
    """Each input, and where its result goes. named: those that were given by name, not found in a folder.

    What lies in a folder as the result of a run like this one, made from another of the inputs, is no input.
    """
    targets = named_apart(files, target)
    results = {place_of(path) for path in targets}
    kept = [path for path in files if path in named or place_of(path) not in results]
    return dict(zip(kept, targets if kept == list(files) else named_apart(kept, target), strict=True))


def place_of(path: Path) -> tuple[Path, str]:
    """A file's folder and name, however they were written; a link is a file of its own."""
    return path.absolute().parent.resolve(), path.name


def named_apart(files: Sequence[Path], target: Target) -> list[Path]:
    """Where each input's result goes, no two to one place.

    Where p.png and p.gif would both become p-art.png, they become p-png-art.png and p-gif-art.png; films of one name
    from two folders are told apart by the folders' names. What is left of one name is for the run to refuse.
    """
    levels = [0] * len(files)
    for _ in range(DISTINCTIONS):
        found = [target(path, stem_of(path, level)) for path, level in zip(files, levels, strict=True)]
        counts = Counter(found)
        if len(counts) == len(found):
            break
        levels = [level + (counts[path] > 1) for path, level in zip(found, levels, strict=True)]
    return found


def stem_of(path: Path, level: int) -> str:
    """What a result is named after: the input's name, with its suffix, its folder's name, or both for more levels."""
    stem = f"{path.stem}-{path.suffix.lstrip('.')}" if level % 2 else path.stem
    return f"{path.absolute().parent.name}-{stem}" if level >= 2 else stem


def output_for(path: Path, stem: str, style_name: str, output: str | None, several: bool, suffix: str) -> Path:
    """Where the result of ``path`` goes: ``-o``, a file in that folder, or ``in-style.mp4`` beside the input."""
    name = f"{stem}-{short(style_name)}{suffix}"
    if output is None:
        return path.with_name(name)
    if is_folder(output, several):
        return Path(output) / name
    if several:
        raise OptionError(f"several inputs cannot all go to the one file {output}",
                          f"give -o a folder: create {output}, or end its name in /")
    return Path(output)


def is_folder(output: str, several: bool = False) -> bool:
    """Whether ``-o`` names a folder: one that is there, a name that ends in a slash, for several one without suffix."""
    path = Path(output)
    return path.is_dir() or output.endswith(("/", "\\")) or (several and not path.suffix and not path.exists())


def are_several(inputs: Sequence[Path], files: Sequence[Path]) -> bool:
    """Whether results may become several: there are as many inputs, or a folder may have more the next time."""
    return len(files) > 1 or any(path.is_dir() for path in inputs)


def make_folder(output: str | None, several: bool = False) -> None:
    """Creates the folder that ``-o name/``, or for several ``-o name``, asks for."""
    if output is None or not is_folder(output, several):
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
