"""The styles of a live run: named on the command line, or a folder whose new pictures join while it runs."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from pathlib import Path
from types import TracebackType
from typing import Self

import numpy as np
from numpy.typing import NDArray

from allaprima.bundled import bundled_styles
from allaprima.engines import Style
from allaprima.engines.fitted import Fitted
from allaprima.errors import AllaprimaError, SourceError
from allaprima.pipeline.live.rungs import Rung
from allaprima.pipeline.looks.styles import STYLE_FILES, STYLE_SUFFIX, load_styles, parsed_style, shown_picture
from allaprima.pipeline.resizing import resized

THUMBNAIL_HEIGHT = 144
WATCH_SECONDS = 0.5


@dataclass(frozen=True, slots=True)
class Entry:
    """A style of the playlist: its value for every rung, and a small picture of it where there is one.

    picture: the file that it is the style of; None for blends and for saved styles. files: all that it is made of, with
    their weights.
    """

    name: str
    styles: tuple[Style, ...]
    thumbnail: NDArray[np.uint8] | None
    picture: Path | None = None
    files: tuple[tuple[Path, float], ...] = ()


class Playlist:
    """Styles in their order; a context manager that watches folders for new ones. ``entries`` never gets shorter.

    fitted: whether bundled styles are painted by what was fitted to them. on_style: told each name before its turn.
    Raises ``SourceError`` where there is no style at all.
    """

    def __init__(self, names: Sequence[str], rungs: Sequence[Rung], *, fitted: bool = True,
                 on_style: Callable[[str], None] = lambda name: None) -> None:
        self._rungs, self._fitted = tuple(rungs), fitted
        self._folders = [Path(name) for name in names if Path(name).is_dir()]
        self._seen: dict[Path, tuple[int, int]] = {}
        self._tried: dict[Path, tuple[int, int]] = {}
        self.entries: tuple[Entry, ...] = ()
        self._on_style = on_style
        for name in names or list(bundled_styles()):
            if Path(name).is_dir():
                self._look_into(Path(name), settled=True)
            else:
                on_style(name)
                self.entries += (self._entry(name, refined=True),)
        self._on_style = lambda name: None
        if not self.entries:
            raise SourceError(f"found no style in {', '.join(names)}",
                              f"put pictures there; they are told by suffix: {', '.join(sorted(STYLE_FILES))}")
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._watch, name="styles", daemon=True)

    def __enter__(self) -> Self:
        if self._folders:
            self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None,
                 trace: TracebackType | None) -> None:
        self._stop.set()
        if self._folders:
            self._thread.join()

    def _entry(self, name: str, *, refined: bool) -> Entry:
        """refined: whether its pictures are looked at twice, which a show that runs has no time for."""
        styles: list[Style] = []
        for engine, rungs in groupby(self._rungs, key=lambda rung: rung.engine):
            scales = [rung.style_scale for rung in rungs]
            styles += load_styles(name, engine, scales, fitted=self._fitted, refined=refined, sight_scale=scales[0])
        files = parsed_style(name)
        single = files[0][0] if len(files) == 1 and files[0][0].suffix.lower() != STYLE_SUFFIX else None
        return Entry(styles[0].name, tuple(styles), thumbnail(name), single, tuple(files))

    def join(self, name: str, fits: tuple[Fitted, ...]) -> None:
        """Has the style of that name painted by what was fitted to it."""
        def fitted(style: Style) -> Style:
            others = tuple(one for one in style.fitted if one.sha256 not in {fit.sha256 for fit in fits})
            return replace(style, fitted=(*fits, *others))

        self.entries = tuple(replace(entry, styles=tuple(map(fitted, entry.styles))) if entry.name == name else entry
                             for entry in self.entries)

    def _watch(self) -> None:
        while not self._stop.wait(WATCH_SECONDS):
            for folder in self._folders:
                self._look_into(folder, settled=False)

    def _look_into(self, folder: Path, *, settled: bool) -> None:
        """Takes in the folder's new pictures; while running, only once a file has not changed between two looks."""
        try:
            files = sorted(path for path in folder.iterdir() if path.suffix.lower() in STYLE_FILES and path.is_file())
            states = {path: (path.stat().st_size, path.stat().st_mtime_ns) for path in files}
        except OSError:  # the folder, or a file in it, went away between two calls; the next look tells
            return
        for path, state in states.items():
            ready = (settled or self._seen.get(path) == state) and self._tried.get(path) != state
            self._seen[path] = state
            if ready and (path not in self._tried or not self._known(path)):
                self._tried[path] = state
                self._on_style(path.stem)
                try:
                    self.entries += (self._entry(str(path), refined=settled),)
                except AllaprimaError:  # not a picture, or not yet: tried again when the file changes
                    continue

    def _known(self, path: Path) -> bool:
        return any(entry.name == path.stem for entry in self.entries)


def thumbnail(name: str) -> NDArray[np.uint8] | None:
    """A small picture of the style of that name; None where it has none."""
    image = shown_picture(name)
    if image is None:
        return None
    height, width = image.shape[:2]
    return np.asarray(resized(image, max(1, round(width * THUMBNAIL_HEIGHT / height)), THUMBNAIL_HEIGHT), np.uint8)
