"""The looks of the evening: kept and called by keys, written whenever one is kept."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from allaprima.errors import SourceError
from allaprima.pipeline.live.controls import Controls, other_style
from allaprima.pipeline.live.cues import (
    KEYS,
    SET_SUFFIX,
    THUMBNAIL_SIZE,
    Cue,
    LookSet,
    checked_name,
    cue_of,
    read_set,
    write_set,
)
from allaprima.pipeline.live.overlay import inside
from allaprima.pipeline.live.playlist import Playlist


class ShowSet:
    """The set in a file, or one that gets a file in that folder with its first look. ``cue`` is the key called last.

    Raises ``SourceError`` where the file is no set, ``OptionError`` where its name is none's.
    """

    def __init__(self, path: Path | None, folder: Path) -> None:
        if path is not None:
            checked_name(path)
        self.looks = read_set(path) if path is not None and path.exists() else LookSet()
        self.cue: str | None = None
        self.kept: list[str] = []
        self._path, self._folder = path, folder

    def called(self, key: str) -> Cue | None:
        """The look on a key, called by it; None where it holds none."""
        cue = next((each for each in self.looks.cues if each.key == key), None)
        self.cue = self.cue if cue is None else key
        return cue

    def beside(self, by: int) -> str | None:
        """The key so many looks after the one called last, around the end; None in a set without looks."""
        keys = [each.key for each in self.looks.cues]
        if not keys:
            return None
        if self.cue not in keys:
            return keys[0] if by > 0 else keys[-1]
        return keys[(keys.index(self.cue) + by) % len(keys)]

    def keep(self, controls: Controls, playlist: Playlist, picture: NDArray[np.uint8], key: str | None = None) -> str:
        """Keeps what is set on a key, the first free one where it is None, and writes the set; gives back a sentence.

        Raises ``SinkError`` where it cannot be written.
        """
        place = key or self.looks.free_key()
        if place is None:
            return f"all keys hold looks: ctrl {KEYS[0].upper()} to ctrl {KEYS[-1].upper()} keep over one"
        entries = playlist.entries
        if any(not entry.files for entry in entries):
            raise SourceError("a style without a file cannot be kept in a set")
        cue = cue_of(controls, place, other_style(controls, len(entries)), inside(picture, *THUMBNAIL_SIZE))
        looks = LookSet(tuple(entry.files for entry in entries), self.looks.cues).with_cue(cue)
        path = self._path or self._folder / f"allaprima-{datetime.now():%Y%m%d-%H%M%S}{SET_SUFFIX}"
        write_set(path, looks)
        self._path, self.looks, self.cue = path, looks, place
        if str(path) not in self.kept:
            self.kept.append(str(path))
        return f"kept on {place.upper()} in {path.name}"
