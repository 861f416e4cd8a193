"""``allaprima styles``: the bundled style pictures by name."""

from __future__ import annotations

import typer

from allaprima.bundled import bundled_styles


def list_styles() -> None:
    """List the bundled styles: each name can be given to --style."""
    for name, path in bundled_styles().items():
        typer.echo(f"{name:24} {path}")
