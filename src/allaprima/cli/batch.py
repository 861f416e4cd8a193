"""Several inputs, one after the other: a failed one is told and counted, the rest go on."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TypeVar

import typer

from allaprima.cli.failures import FAILED, tell, tell_failure
from allaprima.errors import AllaprimaError, Interrupted, SinkError

Report = TypeVar("Report")


def for_each(files: Sequence[Path], work: Callable[[Path], Report], kind: str) -> tuple[list[Report], int]:
    """The reports of the work on every file, and how many failed; a single file's failure is raised."""
    reports: list[Report] = []
    failures = 0
    for path in files:
        try:
            reports.append(work(path))
        except Interrupted:
            raise
        except AllaprimaError as error:
            if len(files) == 1:
                raise
            failures += 1
            tell_failure(error, str(path))
    if len(files) > 1:
        tell(f"{len(reports)} of {len(files)} {kind} done")
    return reports, failures


def finish(reports: list[object], failures: int, as_json: bool, report_file: Path | None = None) -> None:
    """Hands the reports out as JSON where they are wanted, and ends with the exit code that failures ask for."""
    text = json.dumps(reports, indent=2)
    if as_json:
        typer.echo(text)
    if report_file is not None:
        try:
            report_file.write_text(text + "\n", encoding="utf-8")
        except OSError as error:
            raise SinkError(f"cannot write the report {report_file}: {error.strerror}",
                            "name a file where you may write") from error
    if failures:
        raise typer.Exit(FAILED)
