"""``allaprima controls``: the file of curves that ``--controls`` takes, as an example to begin with."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from allaprima.cli import options as given
from allaprima.cli.failures import tell

app = typer.Typer(help="Curves over time for --controls.", no_args_is_help=True, rich_markup_mode=None)

EXAMPLE = """\
{
  "easing": "smooth",
  "strength": "0:0.2,5:1",
  "weights": {
    "starry": [[0, 1], ["120f", 0]],
    "woodcut": [[0, 0], ["120f", 1]]
  },
  "scale": 1.0,
  "stability": [[0, 0.8], [8, 0.5]]
}
"""
"""Every word that a control file knows, and every way to write a curve: a number, a text, pairs of time and value."""


@app.callback()
def about() -> None:
    """Curves over time for --controls: docs/controls.md tells the format."""


@app.command()
def example(output: Annotated[Path, typer.Option("-o", "--output", help="The file.")] = Path("controls.json"),
            overwrite: given.Overwrite = False) -> None:
    """Write an example of such a file, to be changed: for a film in the styles starry and woodcut."""
    from allaprima.io.outputs import check_output, written_file

    check_output(output, overwrite=overwrite)
    with written_file(output, overwrite=overwrite) as file:
        file.write(EXAMPLE.encode())
    tell(f"{output}: try it with stylize-video in.mp4 --style starry+woodcut --controls {output}")
