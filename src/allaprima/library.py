"""The user's library of styles: what its names stand for, beside those of the bundled styles.

Each style has a folder of its own: its picture, if it has one, a ``.style`` file with its code and what was fitted to
it, and ``about.json``. What is named after ``--style`` is the picture; a style without one is its ``.style`` file.
"""

from __future__ import annotations

import os
import re
from pathlib import Path

from allaprima.bundled import bundled_fits, bundled_styles

PICTURE_ENDINGS = (".jpg", ".png", ".webp")
ABOUT = "about.json"
ENDING = ".style"
LONGEST_NAME = 64
_NAME = re.compile(r"[^\W_][\w-]*(?:\.[\w-]+)*")  # no separators, no signs that blends and keyframes are written with
_RESERVED = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)(\..*)?", re.IGNORECASE)  # devices, on Windows


def library_folder() -> Path:
    """Where the library lies: the user's data folder, or what ``ALLAPRIMA_LIBRARY`` names."""
    import platformdirs

    return Path(os.environ.get("ALLAPRIMA_LIBRARY") or platformdirs.user_data_path("allaprima") / "library")


def is_name(text: str) -> bool:
    """Whether a style may be called that: a plain file name everywhere, and no sign of a blend or keyframe in it."""
    return (len(text) <= LONGEST_NAME and _NAME.fullmatch(text) is not None and _RESERVED.fullmatch(text) is None
            and not text.isdecimal())


def library_style(name: str) -> Path | None:
    """The file that a name in the library stands for: its picture, else its ``.style``; None where there is none."""
    if not is_name(name):
        return None
    place = library_folder() / name
    return next((path for ending in (*PICTURE_ENDINGS, ENDING) if (path := place / f"{name}{ending}").is_file()), None)


def library_styles() -> dict[str, Path]:
    """Those files by their names, sorted; none where there is no library."""
    try:
        names = sorted(path.name for path in library_folder().iterdir())
    except OSError:
        return {}
    return {name: path for name in names if (path := library_style(name)) is not None}


def named_style(name: str) -> Path | None:
    """The file of a bundled style, or else of one in the library; None where there is neither."""
    return bundled_styles().get(name) or library_style(name)


def named_styles() -> dict[str, Path]:
    """The files of all styles that have names: the bundled ones, then the library's."""
    bundled = bundled_styles()
    return {**bundled, **{name: path for name, path in library_styles().items() if name not in bundled}}


def name_of(path: Path) -> str | None:
    """The name that stands for that file; None where none does."""
    return path.stem if named_style(path.stem) == path else None


def fits_file(path: Path) -> Path | None:
    """The ``.style`` file beside a named style's picture; None where there is none, and for any other picture."""
    if name_of(path) is None:
        return None
    if bundled_styles().get(path.stem) == path:
        return bundled_fits().get(path.stem)
    beside = path.with_suffix(ENDING)
    return beside if beside.is_file() else None
