"""Which files are films: told by their suffix."""

from __future__ import annotations

from pathlib import Path

from allaprima.errors import SourceError

FILMS = (".mp4", ".mov", ".m4v", ".mkv", ".webm", ".avi", ".mpg", ".mpeg", ".ts", ".mts", ".flv", ".wmv", ".mxf",
         ".3gp", ".ogv", ".gif", ".y4m")


def find_films(folder: Path) -> list[Path]:
    """The films right inside a folder, by suffix."""
    films = sorted(path for path in folder.iterdir() if path.suffix.lower() in FILMS and path.is_file())
    if not films:
        raise SourceError(f"found no films in the folder {folder}", f"films are told by suffix: {', '.join(FILMS)}")
    return films
