"""``--fit MINUTES``: a network fitted to the style on what is going to be painted, before it is painted.

What was fitted is kept in the cache, so that the same style on the same film begins at once the next time.
"""

from __future__ import annotations

import hashlib
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, TextIO, TypeVar

from allaprima.cli.failures import tell
from allaprima.config import ModelOptions
from allaprima.errors import Interrupted, OptionError
from allaprima.sizes import BRUSHES, parsed_brush

if TYPE_CHECKING:
    from allaprima.cli.fitting import FitRequest
    from allaprima.engines.fitted import Fitted
    from allaprima.train.fit.job import Standing, Watch
    from allaprima.train.fit.network import FittedNetwork

Asked = TypeVar("Asked")
TOLD_SECONDS = 10.0   # between lines, where no bar can live
BEGINNING = "what the picture mixes, refined"  # where fits begin: those that began elsewhere are others
FEWEST_PICTURES = 8   # of a folder, to be learnt from: fewer are painted too well and others badly


@dataclass(frozen=True, slots=True)
class FitFirst:
    """A fit before painting, as it was asked for: how long, of which network, at how many lines, on which device."""

    minutes: float
    model: str
    lines: int
    device: str


def fit_first(minutes: float | None, model: str | None, brush: str | None, detail: str | None, device: str,
              kept: Path | None) -> FitFirst | None:
    """What ``--fit`` and the options beside it ask for, None without it; raises OptionError where that cannot be."""
    from allaprima.cli.fitting import FitRequest

    if minutes is None:
        return None
    if kept is not None:
        raise OptionError("--look holds its styles already", "leave out --fit, or --look")
    lines = int(detail) if detail is not None and detail.isdecimal() else BRUSHES["medium"]
    lines = parsed_brush(brush) if brush is not None else lines
    asked = FitFirst(minutes, model or ModelOptions.model, lines, device if device in ("auto", "cuda") else "cpu")
    FitRequest((), asked.model, minutes=minutes)  # refuses a network that cannot be fitted, and no time
    return asked


def fitted_to(look: Asked, content: Path | None, asked: FitFirst | None) -> Asked:
    """The look, each of its style pictures with a network fitted to it; the look itself where none was asked for.

    content: the film, or the folder of pictures, whose frames the networks learn to paint; None for the pictures that
    come with the program. Raises ``Interrupted`` after Ctrl-C: the same command goes on from there.
    """
    from allaprima.pipeline.looks.tracks import Track, pictures_of

    if asked is None or not isinstance(look, Track):
        return look
    pictures = pictures_of(look)
    if not pictures:
        tell("note: --fit has nothing to do: the styles are .style files")
    fits = {path: fit_of(path, content, asked, f"{number} of {len(pictures) + 1}")
            for number, path in enumerate(pictures, 1)}
    return look.with_fits(fits)  # type: ignore[return-value]


def fit_of(picture: Path, content: Path | None, asked: FitFirst, place: str) -> tuple[Fitted, ...]:
    """What a network learnt of a style picture: out of the cache, or now."""
    from allaprima.cli.fitting import FitRequest, device_of, fitted_style, planned
    from allaprima.pipeline.looks.styles import read_style, write_style

    request = FitRequest((picture,), asked.model, content, minutes=asked.minutes, lines=lines_on(content, asked.lines))
    kept = kept_at(request)
    if kept.is_file():
        return read_style(kept).fitted
    with fitting(sys.stderr, f"fitting {picture.stem} ({place})") as watch:
        saved, done = fitted_style(request, planned(request), device_of(asked.device), watch)
    if not done:
        raise Interrupted(f"interrupted while {asked.model} was being fitted to {picture.stem}: what it learnt is kept",
                          "run the same command to go on from there")
    kept.parent.mkdir(parents=True, exist_ok=True)
    write_style(kept, saved, overwrite=True)
    return saved.style.fitted


def kept_at(request: FitRequest) -> Path:
    """Where the cache keeps what a request led to: by what is in the pictures and the film, not by their names.

    A recipe that has changed since leads elsewhere.
    """
    from allaprima import weights
    from allaprima.folders import cache_folder
    from allaprima.io.sequence.manifests import file_hash
    from allaprima.train.fit.settings import FitObjective

    said = (request.model, weights.named(request.model).sha256, request.minutes, request.lines, request.content,
            request.seed, request.values, FitObjective(), BEGINNING)
    digest = hashlib.sha256(repr(said).encode())
    on = request.on
    files = sorted(path for path in on.iterdir() if path.is_file()) if on is not None and on.is_dir() else [on]
    for path in (*request.pictures, *files):
        digest.update(str(path and file_hash(path)).encode())
    return cache_folder("fitted") / f"{digest.hexdigest()[:32]}.style"


def lines_on(content: Path | None, lines: int) -> int:
    """The lines at which a film is going to be painted: not more than it has."""
    if content is None or not content.is_file():
        return lines
    from allaprima.io.film.source import VideoSource

    with VideoSource(content) as source:
        return min(lines, source.info.width, source.info.height)


def learnt_from(path: Path) -> Path | None:
    """The folder of a picture that is to be painted, where there are enough others in it to learn from."""
    from allaprima.io.still.reading import PICTURE_SUFFIXES

    pictures = [one for one in path.parent.iterdir() if one.suffix.lower() in PICTURE_SUFFIXES]
    return path.parent if len(pictures) >= FEWEST_PICTURES else None


@contextmanager
def fitting(stream: TextIO, name: str) -> Iterator[Watch]:
    """A watch that shows how far a fit is: a bar in a terminal, a line now and then elsewhere."""
    if not stream.isatty():
        told = time.monotonic()

        def say(standing: Standing, network: FittedNetwork) -> None:
            nonlocal told
            if time.monotonic() - told > TOLD_SECONDS:
                told = time.monotonic()
                tell(f"{name}: {standing.share:.0%}")

        yield say
        return
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn

    with Progress(TextColumn("{task.description}"), BarColumn(), TaskProgressColumn(), TimeRemainingColumn(),
                  console=Console(file=stream), transient=True) as bars:
        task = bars.add_task(name, total=1.0)
        yield lambda standing, network: bars.update(task, completed=standing.share)

