"""Several inputs, one after the other: a failed one is told and counted, the rest go on."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TypeVar

import typer

from allaprima.cli.failures import FAILED, tell, tell_failure, told_of
from allaprima.errors import AllaprimaError, Interrupted

Report = TypeVar("Report")


def for_each(files: Sequence[Path], work: Callable[[Path], Report], kind: str) -> tuple[list[Report], int]:
    """The reports of the work on every file, and how many failed; a single file's failure is raised."""
    reports: list[Report] = []
    failures = 0
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
            failures += 1
            tell_failure(error, str(path))
    tell_finished(reports, files, kind)
    return reports, failures


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
