"""Styles put into the library and taken out of it, each whole or not at all."""

from __future__ import annotations

import io
import json
import os
import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from allaprima.bundled import bundled_styles
from allaprima.engines import Engine
from allaprima.engines.style_files import StyleFile, style_bytes
from allaprima.errors import OptionError, SinkError, SourceError
from allaprima.io.outputs import TEMPORARY_PREFIX, sink_error
from allaprima.io.still.cutouts import shown_of
from allaprima.io.still.picture import Picture, as_uint8
from allaprima.io.still.reading import read_image, read_image_from
from allaprima.io.still.writing import ENCODERS
from allaprima.library import (
    ABOUT,
    ENDING,
    LONGEST_NAME,
    is_name,
    library_folder,
    library_style,
    library_styles,
)
from allaprima.parsing import parsed_json
from allaprima.pipeline.looks.styles import STYLE_SUFFIX, read_small, read_style_file
from allaprima.pipeline.resizing import resized
from allaprima.spelling import guess

LARGEST_PICTURE = 64 << 20    # bytes of a picture's file
MOST_PIXELS = 100_000_000     # of a picture: those of strangers' packs too are decoded
LARGEST_SIDE = 4096           # of a picture that is written anew, being in a format that not every reader knows
LONGEST_TEXT = 2000           # characters of a licence or a source
THUMBNAIL = 256               # pixels of its longer side
_HEADS = ((b"\xff\xd8\xff", ".jpg"), (b"\x89PNG\r\n\x1a\n", ".png"), (b"RIFF", ".webp"))


@dataclass(frozen=True, slots=True, eq=False)
class Entry:
    """A style of the library.

    style: its ``.style`` file's content. picture: its picture's file, as bytes; None where it has none. licence,
    source: what is said of the picture, "" for nothing.
    """

    name: str
    style: bytes
    picture: bytes | None = None
    licence: str = ""
    source: str = ""


def entry_of(path: Path, engine: Engine, *, name: str | None = None, picture: Path | None = None, licence: str = "",
             source: str = "") -> Entry:
    """What is to be put in for a picture's file or a ``.style``, measured by that engine.

    name: default is the file's. picture: of a ``.style``. Raises OptionError for a name that cannot be, SourceError for
    a file that cannot be read.
    """
    called = checked_name(path.stem if name is None else name)
    licence, source = plain(licence), plain(source)
    if path.suffix.lower() != STYLE_SUFFIX:
        if picture is not None:
            raise OptionError(f"{path} is a picture itself", "leave out --picture, which is for a .style")
        content = picture_bytes(path)
        shown = shown_picture(content, str(path))
        measured = engine.encode(shown, called, 1.0)
        return Entry(called, style_bytes(StyleFile(measured, thumbnail(shown))), content, licence, source)
    saved = read_style_file(path)
    if picture is not None and saved.style.parts:
        raise OptionError(f"{path} is a blend, of which one picture shows only a part", "leave out --picture")
    own = None if picture is None else picture_bytes(picture)
    small = saved.thumbnail if own is None else thumbnail(shown_picture(own, str(picture)))
    kept = style_bytes(replace(saved, style=replace(saved.style, name=called), thumbnail=small))
    return Entry(called, kept, own, licence, source)


def checked_name(name: str) -> str:
    """The name itself; raises OptionError where a style in the library cannot be called that."""
    if not is_name(name):
        raise OptionError(f"a style in the library cannot be called {name[:80]!r}",
                          f"give --name, up to {LONGEST_NAME} letters, digits, dashes and single dots: wave-2")
    if name in bundled_styles():
        raise OptionError(f"{name} is a bundled style", "give another --name")
    return name


def plain(text: str) -> str:
    """The text in one line, of a bounded length, without signs that a terminal would obey."""
    return "".join(letter if letter.isprintable() else " " for letter in text)[:LONGEST_TEXT].strip()


def picture_bytes(path: Path) -> bytes:
    """A picture's file as the library keeps it: as it is where every reader knows its format, else as PNG."""
    try:
        with path.open("rb") as file:
            content = file.read(LARGEST_PICTURE + 1)
    except OSError as error:
        raise SourceError(f"cannot read the picture {path}: {error.strerror or error}",
                          "check the name, and that you may read it") from error
    if len(content) <= LARGEST_PICTURE and ending_of(content) is not None:
        return content
    picture = read_image(path, max_pixels=MOST_PIXELS)
    scale = min(1.0, LARGEST_SIDE / max(picture.width, picture.height))
    size = max(1, round(picture.width * scale)), max(1, round(picture.height * scale))
    small = Picture(as_uint8(resized(shown_of(picture, str(path)), *size)), icc_profile=picture.icc_profile)
    return ENCODERS[".png"](small)


def ending_of(content: bytes) -> str | None:
    """How a picture's file is to end, by its first bytes; None for formats that the library does not keep."""
    found = next((ending for head, ending in _HEADS if content.startswith(head)), None)
    return None if found == ".webp" and content[8:12] != b"WEBP" else found


def shown_picture(content: bytes, name: str) -> NDArray[np.uint8]:
    """What is to be seen of a picture's file, 8 bits; raises SourceError where it cannot be read."""
    return as_uint8(shown_of(read_image_from(io.BytesIO(content), name, max_pixels=MOST_PIXELS), name))


def thumbnail(picture: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """A small copy of a picture (H, W, 3)."""
    height, width = picture.shape[:2]
    scale = min(1.0, THUMBNAIL / max(height, width))
    return as_uint8(resized(picture, max(1, round(width * scale)), max(1, round(height * scale))))


def store(entry: Entry, *, overwrite: bool = False) -> Path:
    """Puts a style into the library and gives back the file that its name stands for.

    Raises SinkError where the name is taken, but for ``overwrite``, or the disk refuses.
    """
    checked_name(entry.name)
    files = {f"{entry.name}{ENDING}": entry.style,
             ABOUT: json.dumps({"licence": entry.licence, "source": entry.source}, indent=1).encode()}
    if entry.picture is not None:
        files[f"{entry.name}{ending_of(entry.picture)}"] = entry.picture
    folder = library_folder()
    with refused(folder / entry.name):
        folder.mkdir(parents=True, exist_ok=True)
        taken = [path for path in folder.iterdir() if path.name.casefold() == entry.name.casefold()]
        if taken and not overwrite:
            raise SinkError(f"the library has a style {taken[0].name} already",
                            "give another --name, or --overwrite")
        fresh = folder / f"{TEMPORARY_PREFIX}{secrets.token_hex(6)}"
        try:
            fresh.mkdir()
            for name, content in files.items():
                (fresh / name).write_bytes(content)
            for path in taken:
                discard(path)
            fresh.rename(folder / entry.name)
        finally:
            shutil.rmtree(fresh, ignore_errors=True)
    found = library_style(entry.name)
    assert found is not None
    return found


@contextmanager
def refused(path: Path) -> Iterator[None]:
    """A block in which the system's refusal to write is a SinkError about that path."""
    try:
        yield
    except OSError as error:
        raise sink_error(path, error) from error


def discard(folder: Path) -> None:
    """Removes a style's folder; what is a link is removed and not followed."""
    if folder.is_symlink():
        folder.unlink()
        return
    aside = folder.with_name(f"{TEMPORARY_PREFIX}{secrets.token_hex(6)}")
    os.rename(folder, aside)  # noqa: PTH104  gone at once, whoever still reads one of its files
    shutil.rmtree(aside)


def remove(name: str) -> None:
    """Takes a style out of the library; raises OptionError where there is none of that name."""
    known(name)
    with refused(library_folder() / name):
        discard(library_folder() / name)


def known(name: str) -> Path:
    """The file that a name in the library stands for; raises OptionError where there is none."""
    found = library_style(name)
    if found is None:
        raise OptionError(f"the library has no style {name[:80]!r}",
                          guess(name, library_styles(), "'allaprima library list' tells which there are"))
    return found


def stored(name: str) -> Entry:
    """A style of the library, whole."""
    path = known(name)
    about = about_of(name)
    picture = None if path.suffix == ENDING else path.read_bytes()
    return Entry(name, read_small(path.with_suffix(ENDING)), picture, about["licence"], about["source"])


def about_of(name: str) -> dict[str, str]:
    """What is said of a style: its licence and its source, "" for what is not said."""
    try:
        said = parsed_json(read_small(library_folder() / name / ABOUT))
    except (SourceError, ValueError):
        said = None
    values = said if isinstance(said, dict) else {}
    return {key: plain(str(values.get(key) or "")) for key in ("licence", "source")}

