"""``allaprima evaluate --video``: how steady painted films are, by measurement."""

from __future__ import annotations

import json
import sys
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, get_args

import numpy as np
import typer
from numpy.typing import NDArray

from allaprima.cli.failures import tell
from allaprima.cli.opening import checked_precision
from allaprima.cli.tables import text_table
from allaprima.config import Temporal
from allaprima.errors import OptionError
from allaprima.frames import Pixels

if TYPE_CHECKING:
    from allaprima.evaluate.temporal import Take
    from allaprima.evaluate.temporal_rows import Row

STYLE_SIZE = 256    # pixels of the styles' sides


def evaluate_video(films: Path, styles: Path, models: list[str], *, size: int, limit: int | None, frames: int,
                   modes: list[str], rows: Path | None, html: Path | None, overwrite: bool, device: str,
                   precision: str, as_json: bool) -> None:
    """Measures models on films, and on clips made of pictures with exact motion; tells every row as it comes.

    modes: ways of steadying; empty for all of them. frames: of every clip.
    """
    from allaprima.cli.progress import fetching
    from allaprima.evaluate.candidates import candidates_for
    from allaprima.evaluate.judge import open_judge
    from allaprima.evaluate.pictures import load_squares, pictures_in
    from allaprima.evaluate.temporal_report import HEADER, evaluate_films, told
    from allaprima.evaluate.temporal_report import html as html_of
    from allaprima.evaluate.temporal_rows import RowFolder
    from allaprima.io.outputs import check_output, written_file
    from allaprima.runtimes import runtime_for

    if html is not None:
        check_output(html, overwrite=overwrite)
    takes = takes_in(films, size, limit, frames)
    paintings, missing = load_squares(pictures_in([styles], limit), STYLE_SIZE)
    for one in missing:
        tell(f"warning: {one.name} is left out: {one.reason}")
    runtime = runtime_for(device, checked_precision(precision))
    with fetching(sys.stderr) as progress:
        judge = open_judge(progress=progress)
        candidates = candidates_for(models, runtime, progress)
    made = f"{frames} frames of {size} lines, painted by {runtime.name} on {runtime.device} in {runtime.precision}"
    folder = None if rows is None else RowFolder(rows, made)
    measured = evaluate_films(takes, paintings, candidates, judge, modes=modes_of(modes), folder=folder,
                              advance=lambda row: tell(sentence(row)))
    if html is not None:
        with written_file(html, overwrite=overwrite) as file:
            file.write(html_of(measured, [f"At most {made}."]).encode("utf-8"))
        tell(f"wrote {html}")
    lines = told(measured)
    typer.echo(json.dumps(lines, indent=2) if as_json
               else text_table(HEADER, [[shown(line[name]) for name in HEADER] for line in lines]))


def modes_of(names: list[str]) -> list[Temporal]:
    """The ways of steadying of those names; all of them for none."""
    known: tuple[Temporal, ...] = get_args(Temporal)
    unknown = [name for name in names if name not in known]
    if unknown:
        raise OptionError(f"unknown way of steadying {unknown[0]!r}", f"known ways: {', '.join(known)}")
    return [mode for mode in known if mode in names or not names]


def sentence(row: Row) -> str:
    """A row as it is told while others are still to come."""
    excess = ", ".join(f"at lag {lag} {error:.3g}" for lag, error in row.measured.excess.items())
    return f"{row.take}, {row.style}, {row.model} {row.temporal}: excess {excess}, style {row.measured.style:.3g}"


def shown(value: str | float | None) -> str:
    """A cell of the table."""
    return "-" if value is None else value if isinstance(value, str) else f"{value:.4g}"


def takes_in(films: Path, size: int, limit: int | None, frames: int) -> list[Take]:
    """The films there, and clips with exact motion made of the first two pictures there; ``size`` is their height."""
    from allaprima.cli.video import FILMS, find_films
    from allaprima.evaluate.temporal import exact_take, measured_take
    from allaprima.evaluate.temporal_clips import exact_clips
    from allaprima.io.still.reading import PICTURE_SUFFIXES, find_images, read_image

    if films.is_file() and films.suffix.lower() in FILMS:
        return [measured_take(films.stem, frames_of(films, size, frames))]
    suffixes = {path.suffix.lower() for path in films.iterdir()} if films.is_dir() else set()
    takes: list[Take] = []
    if not suffixes & {*FILMS} or suffixes & (PICTURE_SUFFIXES - {*FILMS}):
        found = [as_eight_bits(read_image(path).image) for path in find_images(films)[:2]]
        clips = exact_clips(found[0], found[-1], (size, size * 16 // 9), frames)
        takes += [exact_take(clip) for clip in clips.values()]
    if suffixes & {*FILMS}:
        takes += [measured_take(path.stem, frames_of(path, size, frames)) for path in find_films(films)]
    return takes[:limit]


def as_eight_bits(image: Pixels) -> NDArray[np.uint8]:
    """The picture as uint8."""
    scale = {np.dtype(np.uint8): 1.0, np.dtype(np.uint16): 1 / 257}.get(image.dtype, 255.0)
    return np.asarray(np.rint(image * np.float32(scale)), np.uint8)


def frames_of(path: Path, height: int, count: int) -> list[NDArray[np.uint8]]:
    """The first frames of a film at that height."""
    from allaprima.config import VideoOptions
    from allaprima.pipeline.jobs.films import open_film
    from allaprima.pipeline.resizing import resized

    with open_film(path, VideoOptions()) as source:
        width = round(source.info.width * height / source.info.height / 2) * 2
        return [as_eight_bits(resized(frame.image, width, height)) for frame in islice(iter(source), count)]
