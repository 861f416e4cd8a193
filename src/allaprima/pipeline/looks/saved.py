"""Looks kept in files, and engines that paint with exactly what was kept."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from allaprima.engines import Engine, Look, Statistics, Style
from allaprima.engines.adain import AdaINEngine
from allaprima.engines.detail import DetailEngine
from allaprima.engines.look_files import SavedLook, look_text, parsed_look_text
from allaprima.engines.looks import Sight
from allaprima.engines.mixing import completed
from allaprima.errors import OptionError, SourceError
from allaprima.frames import Pixels
from allaprima.io.outputs import check_output, written_file
from allaprima.parsing import shown
from allaprima.pipeline.looks.styles import read_text
from allaprima.runtimes.calls import Batch
from allaprima.weights import is_file

LOOK_SUFFIX = ".look"


def read_look(path: Path) -> SavedLook:
    """The look in a ``.look`` file; raises ``SourceError`` where it is none."""
    try:
        return parsed_look_text(read_text(path))
    except SourceError as error:
        raise SourceError(f"cannot read {path}: {error}", error.hint) from error


def write_look(path: Path, saved: SavedLook, *, overwrite: bool = False) -> None:
    """Writes a look; raises ``SinkError`` where it cannot be written."""
    if path.suffix.lower() != LOOK_SUFFIX:
        raise OptionError(f"cannot write a look to {path}", f"end the name in {LOOK_SUFFIX}")
    check_output(path, overwrite=overwrite)
    with written_file(path, overwrite=overwrite) as file:
        file.write(look_text(saved).encode())


def model_of(saved: SavedLook, path: Path, asked: str | None, usual: str) -> str:
    """The model that paints a look: the one asked for, or the one that the look was kept with.

    A look never makes a file be opened that its user did not name; raises OptionError where it would.
    """
    kept = saved.engine.get("model", usual)
    if asked is None and is_file(kept):
        raise OptionError(f"the look {path} was painted by weights of somebody's own, {shown(kept)}, which are opened "
                          "only where you name them", f"add --model {kept}, or another one")
    return asked or kept


def mixed(saved: SavedLook, engine: Engine) -> SavedLook:
    """The look with what its styles mix for that engine's network."""
    return replace(saved, parts=tuple((completed(style, engine), weight) for style, weight in saved.parts))


def fitting(statistics: Statistics | None, look: Look, engine: Engine) -> Statistics | None:
    """The statistics; raises SourceError where they are not as many numbers as the engine's network normalises by."""
    if statistics is not None and isinstance(engine, AdaINEngine):
        found, wanted = statistics.moments.mean.shape[-1], engine.modulation([look]).scale.shape[-1]
        if found == 0 or (found % wanted if look.style.fitted or look.style.parts else found != wanted):
            raise SourceError(f"the look's statistics are of {found} channels, the model {engine.name} has {wanted}",
                              "save it anew with the key l of stylize-webcam, or give another --model")
    return statistics


class SavedLookEngine:
    """An engine that paints pictures of any size as a saved look has it: its working height and its statistics.

    The look's statistics are left out where another model paints, since they belong to a network.
    """

    def __init__(self, engine: Engine, saved: SavedLook) -> None:
        self._engine = DetailEngine(engine, saved.detail)
        self.name, self.style_size, self.batch_size = engine.name, engine.style_size, engine.batch_size
        same = all(engine.settings.get(part) == saved.engine.get(part) for part in ("model", "weights"))
        self._statistics = fitting(saved.statistics, saved.look, engine) if same else None

    @property
    def detail(self) -> int:
        """The shorter side that larger pictures are painted at."""
        return self._engine.detail

    @property
    def settings(self) -> dict[str, str]:
        """What changes pixels: the engine's own, and the look's."""
        statistics = b"" if self._statistics is None else self._statistics.moments.mean.tobytes()
        return {**self._engine.settings, "statistics": hashlib.sha256(statistics).hexdigest()[:16]}

    def encode(self, picture: Pixels, name: str, scale: float = 1.0, *, sight: Sight | None = None) -> Style:
        """The style of a picture, by the engine."""
        return self._engine.encode(picture, name, scale, sight=sight)

    def stylize(self, images: Batch, looks: Sequence[Look],
                statistics: Statistics | None = None) -> tuple[Batch, Statistics]:
        """The images (N, H, W, 3) painted with the look's statistics, where it has some, else with the given ones."""
        return self._engine.stylize(images, looks, self._statistics or statistics)
