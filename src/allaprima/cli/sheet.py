"""``allaprima sheet``: a picture in a style at several strengths and style scales, bracketed on one sheet."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from allaprima.cli import options as given
from allaprima.cli.compare import Content, StylePicture
from allaprima.cli.opening import open_engine
from allaprima.cli.pages import check_page, write_sheet
from allaprima.config import ModelOptions, StyleOptions
from allaprima.errors import OptionError


def bracket(
        content: Content, style: StylePicture,
        output: Annotated[Path, typer.Option("-o", "--output", help="The sheet, .html or .png.")] = Path("sheet.html"),
        strengths: Annotated[str, typer.Option("--strengths", help="Strengths, with commas.")] = "0.25,0.5,0.75,1",
        scales: Annotated[str, typer.Option("--scales", help="Style scales, with commas.")] = "0.5,1,2",
        size: Annotated[int, typer.Option("--size", help="Shorter side in pixels; nothing is enlarged.")] = 384,
        model: given.Model = ModelOptions.model, overwrite: given.Overwrite = False,
        device: given.Device = ModelOptions.device, precision: given.Precision = ModelOptions.precision) -> None:
    """Bracket strength by style scale: allaprima sheet photo.jpg --style art.jpg."""
    from allaprima.evaluate.comparison import bracketed, sheet_html, sheet_png
    from allaprima.evaluate.pictures import load_whole
    from allaprima.pipeline.looks.styles import picture_of

    check_page(output, overwrite, read=[content, picture_of(style)])
    across = [StyleOptions(strength=number).strength for number in numbers(strengths)]
    down = [StyleOptions(style_scale=number).style_scale for number in numbers(scales)]
    photograph, art = load_whole(content, size), load_whole(picture_of(style))
    rows = bracketed(photograph, art, open_engine(model, device, precision), across, down)
    write_sheet(output, lambda: sheet_html(f"{photograph.name} in the style of {art.name}", rows, across, down),
                lambda: sheet_png(rows), overwrite)


def numbers(text: str) -> list[float]:
    """The numbers in ``0.5,1,2``; raises OptionError for anything else."""
    try:
        return [float(part) for part in text.split(",")]
    except ValueError:
        raise OptionError(f"{text!r} is not a list of numbers", "give numbers with commas: 0.5,1,2") from None
