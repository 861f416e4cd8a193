"""``allaprima weights``: which weights there are, where they lie, and whether they are whole."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from allaprima.cli.failures import FAILED, tell, tell_failure
from allaprima.cli.progress import fetching
from allaprima.errors import WeightsError

app = typer.Typer(help="List, fetch, find and verify networks' weights.", no_args_is_help=True, rich_markup_mode=None)

Names = Annotated[list[str] | None, typer.Argument(help="Names of weights; default: all.", show_default=False)]


@app.command("list")
def list_weights() -> None:
    """List all weights: name, whether they are at hand, licence, origin."""
    from allaprima import weights

    for name, entry in weights.known().items():
        state = "shipped" if entry.shipped else ("fetched" if weights.path_of(name).is_file() else "not fetched")
        typer.echo(f"{name:16} {state:12} {entry.licence} ({entry.origin})")


@app.command()
def pull(names: Names = None) -> None:
    """Fetch weights into the user's cache, verified."""
    from allaprima import weights

    for name in names or list(weights.FETCHED):
        with fetching(sys.stderr) as progress:
            typer.echo(weights.pull(name, progress))


@app.command()
def path(name: Annotated[str, typer.Argument(help="The name of weights.")]) -> None:
    """Print where weights lie."""
    from allaprima import weights

    typer.echo(weights.path_of(name))


@app.command()
def verify(names: Names = None) -> None:
    """Check weights against their sha256; all that are at hand unless some are named."""
    from allaprima import weights

    at_hand = [name for name in weights.known() if weights.path_of(name).is_file()]
    failed = False
    for name in names or at_hand:
        try:
            weights.verify(name)
        except WeightsError as error:
            failed = True
            tell_failure(error)
        else:
            tell(f"{name}: whole")
    if failed:
        raise typer.Exit(FAILED)
