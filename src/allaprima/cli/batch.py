"""Several inputs, one after the other: a failed one is told and counted, the rest go on."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TypeVar

import typer

from allaprima.cli.failures import FAILED, tell, tell_failure, told_of
from allaprima.errors import AllaprimaError, Interrupted

Report = TypeVar("Report")
NAMED = 5  # inputs, of those that failed alike


def for_each(going: Mapping[Path, Path], work: Callable[[Path], Report], kind: str) -> tuple[list[Report], int]:
    """The reports of the work on every input, and how many failed; a single one's failure is raised.

    going: inputs, and where their results go. One error of several inputs is told once, with the names of the others.
    """
    files = list(going)
    reports: list[Report] = []
    failed: dict[str, list[Path]] = {}
    for path in files:
        try:
            reports.append(work(path))
        except Interrupted:
            tell_finished(reports, files, kind)
            raise
        except KeyboardInterrupt as interrupt:
            tell_finished(reports, files, kind)
            raise told_of(interrupt, f"interrupted before {path} was painted: nothing of it was written") from None
        except AllaprimaError as error:
            if len(files) == 1:
                raise
            alike = failed.setdefault(without_names(error, path, going[path]), [])
            alike.append(path)
            if len(alike) == 1:
                tell_failure(error, str(path))
    for alike in failed.values():
        tell_alike(alike)
    tell_finished(reports, files, kind)
    return reports, len(files) - len(reports)


def without_names(error: AllaprimaError, *paths: Path) -> str:
    """What an error says and advises whatever input it befell."""
    names = sorted((name for path in paths for name in (str(path), path.name, path.stem)), key=len, reverse=True)
    return re.sub("|".join(map(re.escape, names)), "*", f"{error}: {error.hint}")


def tell_alike(alike: Sequence[Path]) -> None:
    """Says which other inputs met the error that the first of them met."""
    others = [str(path) for path in alike[1:]]
    if others:
        more = f" and {len(others) - NAMED} more" if len(others) > NAMED else ""
        tell(f"error: the same befell {', '.join(others[:NAMED])}{more}")


def tell_finished(reports: Sequence[object], files: Sequence[Path], kind: str) -> None:
    """Says how many of several are done."""
    if len(files) > 1:
        tell(f"{len(reports)} of {len(files)} {kind} done")


def finish(reports: list[object], failures: int, as_json: bool, report_file: Path | None = None, *,
           replace: bool = False) -> None:
    """Hands the reports out as JSON where they are wanted, and ends with the exit code that failures ask for.

    replace: a report that exists may be written over.
    """
    text = json.dumps(reports, indent=2)
    if as_json:
        typer.echo(text)
    if report_file is not None:
        from allaprima.io.outputs import written_file

        with written_file(report_file, overwrite=replace) as file:
            file.write(f"{text}\n".encode())
    if failures:
        raise typer.Exit(FAILED)
