"""``allaprima evaluate --video``: how steady painted films are, by measurement."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, get_args

import typer

from allaprima.cli.failures import tell
from allaprima.cli.opening import open_runtime
from allaprima.cli.pages import check_pages, write_page
from allaprima.cli.tables import text_table
from allaprima.config import Temporal
from allaprima.errors import OptionError

if TYPE_CHECKING:
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
    from allaprima.evaluate.takes import takes_in
    from allaprima.evaluate.temporal_report import HEADER, evaluate_films, told
    from allaprima.evaluate.temporal_report import html as html_of
    from allaprima.evaluate.temporal_rows import RowFolder

    read = [*(films.iterdir() if films.is_dir() else [films]), *pictures_in([styles], limit)]
    check_pages([html], overwrite, (".html",), read)
    takes = takes_in(films, size, limit, frames)
    paintings, missing = load_squares(pictures_in([styles], limit), STYLE_SIZE)
    for one in missing:
        tell(f"warning: {one.name} is left out: {one.reason}")
    runtime = open_runtime(device, precision)
    with fetching(sys.stderr) as progress:
        judge = open_judge(progress=progress)
        candidates = candidates_for(models, runtime, progress)
    made = f"{frames} frames of {size} lines, painted by {runtime.name} on {runtime.device} in {runtime.precision}"
    folder = None if rows is None else RowFolder(rows, made)
    measured = evaluate_films(takes, paintings, candidates, judge, modes=modes_of(modes), folder=folder,
                              advance=lambda row: tell(sentence(row)))
    if html is not None:
        write_page(html, html_of(measured, [f"At most {made}."]), overwrite)
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
