"""The two kinds of inputs, films and pictures: how a folder's are found, and which files belong to another command."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from allaprima.io.film.finding import FILMS as FILM_SUFFIXES
from allaprima.io.film.finding import find_films

MOVING = (".gif", ".apng", ".png", ".webp", ".avif")  # may hold one picture or a film


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of inputs.

    find: those right inside a folder. is_result: whether a file was painted here. command_for: the command that a file
    is for that is of the other kind; None for any other.
    """

    find: Callable[[Path], Sequence[Path]]
    is_result: Callable[[Path], bool]
    command_for: Callable[[Path], tuple[str, str] | None]


def is_painted_film(path: Path) -> bool:
    """Whether a film was painted here."""
    from allaprima.io.film.marks import mark_of

    return mark_of(path) is not None


def is_painted_picture(path: Path) -> bool:
    """Whether a picture was painted here."""
    from allaprima.io.still.marks import is_painted

    return is_painted(path)


def find_pictures(folder: Path) -> Sequence[Path]:
    """The pictures right inside a folder."""
    from allaprima.io.still.reading import find_images

    return find_images(folder)


def command_for_picture(path: Path) -> tuple[str, str] | None:
    """What a still picture is, and the command that paints it; None for what may be a film."""
    from allaprima.io.still.pillow import is_moving
    from allaprima.io.still.reading import PICTURE_SUFFIXES

    suffix = path.suffix.lower()
    still = suffix in PICTURE_SUFFIXES and (suffix not in MOVING or not is_moving(path))
    return ("a picture", "stylize-image") if still else None


def command_for_film(path: Path) -> tuple[str, str] | None:
    """What a film is, and the command that paints it; None for what may be a picture."""
    suffix = path.suffix.lower()
    return ("a film", "stylize-video") if suffix in FILM_SUFFIXES and suffix not in MOVING else None


FILMS = Kind(find_films, is_painted_film, command_for_picture)
PICTURES = Kind(find_pictures, is_painted_picture, command_for_film)
