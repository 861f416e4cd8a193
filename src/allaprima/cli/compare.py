"""``allaprima compare``: one picture in one style by all models, as a sheet and a table."""

from __future__ import annotations

import json
import sys
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from allaprima.cli import options as given
from allaprima.cli.failures import tell
from allaprima.cli.opening import open_runtime
from allaprima.cli.optimising import OPTIMISER, watched
from allaprima.cli.pages import check_page, write_sheet
from allaprima.cli.tables import text_table
from allaprima.config import ModelOptions

Content = Annotated[Path, typer.Argument(help="A picture.", show_default=False)]
StylePicture = Annotated[str, typer.Option("--style", "-s", help="A picture, or a bundled style.",
                                           show_default=False)]
Sheet = Annotated[Path, typer.Option("-o", "--output", help="The sheet, .html or .png.")]


def compare_models(
        content: Content, style: StylePicture, output: Sheet = Path("comparison.html"),
        model: Annotated[list[str] | None, typer.Option(
            "--model", "-m", show_default="all", help="A model; several times for several.")] = None,
        size: Annotated[int, typer.Option("--size", help="Shorter side in pixels; nothing is enlarged.")] = 384,
        overwrite: given.Overwrite = False, device: given.Device = ModelOptions.device,
        precision: given.Precision = ModelOptions.precision, as_json: given.Json = False) -> None:
    """Paint a picture with all models: allaprima compare photo.jpg --style art.jpg."""
    from allaprima.cli.progress import fetching
    from allaprima.engines import MODELS
    from allaprima.evaluate.candidates import candidates_for
    from allaprima.evaluate.comparison import HEADER, compared, comparison_html, comparison_png, comparison_rows
    from allaprima.evaluate.judge import open_judge
    from allaprima.evaluate.pictures import load_whole
    from allaprima.pipeline.looks.styles import picture_of

    check_page(output, overwrite, read=[content, picture_of(style)])
    photograph, painting_ = load_whole(content, size), load_whole(picture_of(style), size)
    with fetching(sys.stderr) as progress:
        judge = open_judge(progress=progress)
        candidates = candidates_for(model or [name for name in MODELS if name != "none"],
                                    open_runtime(device, precision), progress)
    done = []
    for number, candidate in enumerate(candidates, 1):
        tell(f"painting with {candidate.name}, {number} of {len(candidates)}"
             f"{': it optimises, for minutes on a processor' if candidate.painter.name == OPTIMISER else ''}")
        with watched(candidate.painter, candidate.name):
            done += compared(photograph, painting_, [candidate], judge)
        tell(f"{candidate.name}: {done[-1].measures.seconds:.1f} s")
    write_sheet(output, lambda: comparison_html(photograph, painting_, done),
                lambda: comparison_png(photograph, painting_, done), overwrite)
    typer.echo(json.dumps({painted.name: asdict(painted.measures) for painted in done}, indent=2) if as_json
               else text_table(HEADER, comparison_rows(done)))
