"""``allaprima farm``: films as plans of tasks, carried out by many workers, joined without encoding again."""

from __future__ import annotations

import dataclasses
import json
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer
from typer.core import TyperCommand

from allaprima.cli import options as given
from allaprima.cli.failures import exit_code_of, shown_where, tell, tell_failure
from allaprima.cli.farming import FarmOrder, as_data, run_and_join
from allaprima.cli.video import stylize_video
from allaprima.errors import AllaprimaError

if TYPE_CHECKING:

    from allaprima.farm.worker import Worker

AGAIN = 75
"""The exit code of a task that may succeed another time: EX_TEMPFAIL of sysexits.h. A refusal is 1 or 2."""

app = typer.Typer(help="Paint films with many workers: plan, run, join.", no_args_is_help=True, rich_markup_mode=None)

PlanPath = Annotated[Path, typer.Argument(help="A plan, of 'allaprima farm plan'.", show_default=False)]
Into = Annotated[Path | None, typer.Option(
    "--into", show_default="the plan's own folder", help="The folder that the plan may write into, or below.")]


class PlanCommand(TyperCommand):
    """The film command as ``farm plan``: the plan must be named, and nothing is painted."""

    def parse_args(self, ctx: typer.Context, args: list[str]) -> list[str]:  # type: ignore[override]  # a private one's
        for parameter in self.params:
            if parameter.name == "plan":
                parameter.required = True
        self.params = [parameter for parameter in self.params if parameter.name != "farm"]
        return super().parse_args(ctx, args)


def worker_for(plan: Path, into: Path | None, fetch: str | None) -> Worker:
    """A worker for the plan, which is checked first."""
    from allaprima.farm.checks import check_outputs
    from allaprima.farm.plan import read_plan
    from allaprima.farm.serving import worker_for as opened

    read = read_plan(plan)
    if fetch is None:
        check_outputs(read, into or plan.absolute().parent)
    return opened(read, fetch)


def say(event: Mapping[str, object]) -> None:
    """Prints an event as a line of JSON."""
    sys.stdout.write(json.dumps(event) + "\n")
    sys.stdout.flush()


app.command("plan", cls=PlanCommand)(stylize_video)


@app.command()
def task(plan: PlanPath, number: Annotated[int, typer.Argument(help="The task.", show_default=False)],
         into: Into = None, fetch: given.Fetch = None) -> None:
    """Carry out one task: progress as JSON lines; exit code 75 where it may succeed another time."""
    from allaprima.farm.serving import carried_out
    from allaprima.farm.worker import verdict_of

    error = carried_out(worker_for(plan, into, fetch), number, say)
    if error is None:
        return
    shown_where(error)
    if isinstance(error, AllaprimaError):
        tell_failure(error)
    else:
        tell(f"error: task {number} failed: {type(error).__name__}: {error}")
    refused = verdict_of(error) == "refuse" and isinstance(error, AllaprimaError)
    raise typer.Exit(exit_code_of(error) if refused and isinstance(error, AllaprimaError) else AGAIN)


@app.command(hidden=True)
def work(plan: PlanPath, into: Into = None, fetch: given.Fetch = None) -> None:
    """Carry out the tasks whose numbers come line by line on stdin: a worker of 'farm run --on processes'."""
    from allaprima.farm.serving import serve

    serve(worker_for(plan, into, fetch), sys.stdin, say)


@app.command()
def run(plan: PlanPath, on: Annotated[str, typer.Option("--on", help="processes:2, ray, or ray:ADDRESS.")],
        workers: given.Workers = None, threads: given.Threads = None, gpus: given.Gpus = 0.0, into: Into = None,
        fetch: given.Fetch = None, as_json: given.Json = False) -> None:
    """Have a plan's tasks done that are not done yet, and join the results."""
    from allaprima.farm.plan import read_plan

    reports = run_and_join(read_plan(plan), plan, FarmOrder(plan, on, workers, threads, gpus, fetch, into=into))
    if as_json:
        typer.echo(json.dumps(list(map(as_data, reports)), indent=2))


@app.command()
def join(plan: PlanPath, into: Into = None, fetch: given.Fetch = None, as_json: given.Json = False) -> None:
    """Join what the tasks left: nothing is encoded again, sound is muxed once, counts, times and hashes verified."""
    from allaprima.farm.checks import check_outputs
    from allaprima.farm.joining import join as joined
    from allaprima.farm.plan import read_plan

    read = read_plan(plan)
    check_outputs(read, into or plan.absolute().parent)
    if fetch is not None:
        from allaprima.farm.exchange import Exchange

        Exchange(fetch).take(read, read.digest, read.tasks)
    reports = [joined(read, one) for one in read.works]
    for report in reports:
        tell(f"{report.output}: {report.frames} frames")
    if as_json:
        typer.echo(json.dumps([dataclasses.asdict(report) for report in reports], indent=2, default=str))


@app.command("export")
def export_plan(plan: PlanPath, to: Annotated[Literal["openjd", "flamenco"], typer.Option(
        "--to", help="The manager: openjd (Open Job Description), or flamenco.")],
        output: Annotated[Path | None, typer.Option(
            "-o", "--output", show_default="stdout", help="The file of the template.")] = None,
        into: Into = None, overwrite: given.Overwrite = False) -> None:
    """Write a plan's tasks as a template that a render manager takes."""
    from allaprima.farm.plan import read_plan
    from allaprima.farm.templates import TEMPLATES
    from allaprima.io.outputs import check_output, written_file

    folder = Path.cwd() if output is None else output.absolute().parent
    text = TEMPLATES[to](read_plan(plan), plan.absolute(), (into or plan.parent).absolute(), folder)
    if output is None:
        sys.stdout.write(text)
        return
    check_output(output, [plan], overwrite=overwrite)
    with written_file(output, overwrite=overwrite) as file:
        file.write(text.encode())
