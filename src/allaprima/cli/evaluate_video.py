"""``allaprima evaluate --video``: how steady painted films are, by measurement."""

from __future__ import annotations

import json
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, get_args

import typer

from allaprima.cli.failures import tell
from allaprima.cli.opening import open_runtime
from allaprima.cli.pages import check_pages, write_page
from allaprima.cli.tables import text_table
from allaprima.config import Temporal
from allaprima.errors import OptionError, SinkError

if TYPE_CHECKING:
    from allaprima.evaluate.temporal_rows import Row

STYLE_SIZE = 256    # pixels of the styles' sides
UNITS = "Excess in ten thousandths; share: of the same model frame by frame; left behind: 1 for all of it."


@dataclass(frozen=True, slots=True)
class Asked:
    """What is measured, and where it goes.

    films: films, pictures, or a folder of either. made: pictures to make clips of, beside films. modes: ways of
    steadying; none for ``off`` and the default. frames: of every clip. rows: where rows are kept. html, strips: the
    report's page, and a folder for strips.
    """

    films: Path
    styles: Path
    models: list[str]
    size: int
    limit: int | None
    frames: int
    modes: list[str]
    made: Path | None
    rows: Path | None
    html: Path | None
    strips: Path | None


def evaluate_video(asked: Asked, *, overwrite: bool, device: str, precision: str, as_json: bool) -> None:
    """Measures models on films, and on clips made of pictures with exact motion; tells every row as it comes."""
    from allaprima.cli.progress import fetching
    from allaprima.evaluate.candidates import candidates_for
    from allaprima.evaluate.judge import open_judge
    from allaprima.evaluate.pictures import load_squares, pictures_in
    from allaprima.evaluate.takes import takes_in
    from allaprima.evaluate.temporal_report import evaluate_films, told
    from allaprima.evaluate.temporal_report import html as html_of
    from allaprima.evaluate.temporal_rows import RowFolder
    from allaprima.evaluate.temporal_table import beside, conclusions

    films, modes = asked.films, modes_of(asked.modes)
    read = [*(films.iterdir() if films.is_dir() else [films]), *pictures_in([asked.styles])]
    check_pages([asked.html], overwrite, (".html",), read)
    check_strips(asked.strips, overwrite)
    takes = takes_in(films, asked.size, asked.limit, asked.frames, asked.made)
    paintings, missing = load_squares(pictures_in([asked.styles], asked.limit), STYLE_SIZE)
    for one in missing:
        tell(f"warning: {one.name} is left out: {one.reason}")
    runtime = open_runtime(device, precision)
    with fetching(sys.stderr) as progress:
        judge = open_judge(progress=progress)
        candidates = candidates_for(asked.models, runtime, progress)
    how = f"painted by {runtime.name} on {runtime.device} in {runtime.precision}"
    made = f"{asked.frames} frames of {asked.size} lines, {how}"
    folder = None if asked.rows is None else RowFolder(asked.rows, made)
    measured = evaluate_films(takes, paintings, candidates, judge, modes=modes, folder=folder,
                              advance=lambda row: tell(sentence(row)))
    if asked.html is not None:
        write_page(asked.html, html_of(measured, [f"At most {made}."]), overwrite)
    if asked.strips is not None:
        write_strips(asked.strips, measured, overwrite)
    typer.echo(json.dumps(told(measured), indent=2) if as_json
               else "\n".join([text_table(*beside(measured)), "", UNITS, *conclusions(measured)]))


def check_strips(folder: Path | None, overwrite: bool) -> None:
    """Raises before any work is done where strips cannot or must not be written into that folder."""
    if folder is None:
        return
    if folder.exists() and not folder.is_dir():
        raise OptionError(f"{folder} is no folder", "strips are many files: name a folder with --strips")
    if folder.is_dir() and any(folder.glob("*.png")) and not overwrite:
        raise SinkError(f"{folder} has pictures already", "add --overwrite, or choose another folder")


def write_strips(folder: Path, rows: list[Row], overwrite: bool) -> None:
    """Writes a PNG for every clip, style and model."""
    from allaprima.evaluate.temporal_table import strips
    from allaprima.io.outputs import written_file

    sheets = strips(rows)
    folder.mkdir(parents=True, exist_ok=True)
    for name, png in sheets.items():
        with written_file(folder / f"{name}.png", overwrite=overwrite) as file:
            file.write(png)
    tell(f"wrote {len(sheets)} strips into {folder}")


def modes_of(names: list[str]) -> list[Temporal]:
    """The ways of steadying of those names; none and the default one for no names."""
    from allaprima.evaluate.temporal_report import MODES

    known: tuple[Temporal, ...] = get_args(Temporal)
    unknown = [name for name in names if name not in known]
    if unknown:
        raise OptionError(f"unknown way of steadying {unknown[0]!r}", f"known ways: {', '.join(known)}")
    return [mode for mode in known if mode in (names or MODES)]


def sentence(row: Row) -> str:
    """A row as it is told while others are still to come."""
    excess = ", ".join(f"at lag {lag} {error:.3g}" for lag, error in row.measured.excess.items())
    return f"{row.take}, {row.style}, {row.model} {row.temporal}: excess {excess}, style {row.measured.style:.3g}"
