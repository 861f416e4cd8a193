"""``allaprima sheet``: a picture in a style at several strengths and brushes, or in many styles, on one sheet."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from allaprima.bundled import bundled_styles
from allaprima.cli import options as given
from allaprima.cli.compare import Content
from allaprima.cli.opening import open_engine
from allaprima.cli.pages import check_page, write_sheet
from allaprima.cli.styles import show_styles
from allaprima.config import ModelOptions, StyleOptions
from allaprima.errors import OptionError
from allaprima.sizes import parsed_brush
from allaprima.spelling import guess


def bracket(
        content: Content, style: given.OneStyle = None,
        styles: Annotated[str | None, typer.Option(
            "--styles", show_default=False,
            help="In place of one style: all (the bundled ones), or a folder of styles, each once on a .png.")] = None,
        output: Annotated[Path | None, typer.Option(
            "-o", "--output", help="The sheet, .html or .png.", show_default="sheet.html; sheet.png of --styles",
            )] = None,
        strengths: Annotated[str, typer.Option("--strengths", help="Strengths, with commas.")] = "0.25,0.5,0.75,1",
        brushes: Annotated[str, typer.Option(
            "--brush", help="Brushes, with commas: names, or at how many lines to paint.")] = "fine,medium,coarse",
        scales: Annotated[str | None, typer.Option(
            "--scales", show_default=False, help="Style scales, with commas, in place of brushes.")] = None,
        size: Annotated[int, typer.Option("--size", help="Shorter side in pixels; nothing is enlarged.")] = 384,
        model: given.Model = ModelOptions.model, overwrite: given.Overwrite = False,
        device: given.Device = ModelOptions.device, precision: given.Precision = ModelOptions.precision) -> None:
    """Bracket strength by the brush, or show many styles: allaprima sheet photo.jpg --styles all."""
    if (style is None) == (styles is None):
        raise OptionError("either one style is bracketed, or several are shown", "give --style, or --styles all")
    if styles is not None:
        show_styles(content, styles_in(styles), output or Path("sheet.png"), model, device, precision, overwrite)
        return
    assert style is not None
    bracket_style(content, style, output or Path("sheet.html"), strengths, brushes, scales, size, model, overwrite,
                  device, precision)


def styles_in(text: str) -> list[str]:
    """The styles that ``all`` or a folder stands for."""
    if text == "all":
        return list(bundled_styles())
    folder = Path(text)
    if not folder.is_dir():
        raise OptionError(f"there is no folder of styles {text}", guess(text, ["all"], "give all, or a folder"))
    from allaprima.pipeline.looks.styles import STYLE_FILES

    found = sorted(str(path) for path in folder.iterdir() if path.suffix.lower() in STYLE_FILES)
    if not found:
        raise OptionError(f"found no styles in the folder {text}", "styles are pictures and .style files")
    return found


def bracket_style(content: Path, style: str, output: Path, strengths: str, brushes: str, scales: str | None, size: int,
                  model: str, overwrite: bool, device: str, precision: str) -> None:
    """Writes a sheet of one style at several strengths and brushes."""
    from allaprima.evaluate.brackets import bracketed, rows_by_brush, rows_by_scale, sheet_html, sheet_png
    from allaprima.evaluate.pictures import load_whole
    from allaprima.pipeline.looks.styles import parsed_style

    check_page(output, overwrite, read=[content, *(path for path, _ in parsed_style(style))])
    across = [StyleOptions(strength=number).strength for number in numbers(strengths)]
    named = [brush.strip() for brush in brushes.split(",")]
    finest = max(parsed_brush(brush) for brush in named)
    down = None if scales is None else [StyleOptions(style_scale=number).style_scale for number in numbers(scales)]
    photograph = load_whole(content, size if down is not None else max(size, finest))
    engine = open_engine(model, device, precision)
    rows = rows_by_brush(style, engine, named) if down is None else rows_by_scale(style, engine, down)
    shown = bracketed(photograph, rows, across, size)
    title = f"{photograph.name} in the style of {rows[0].style.name}"
    write_sheet(output, lambda: sheet_html(title, rows, shown, across), lambda: sheet_png(shown), overwrite)


def numbers(text: str) -> list[float]:
    """The numbers in ``0.5,1,2``; raises OptionError for anything else."""
    try:
        return [float(part) for part in text.split(",")]
    except ValueError:
        raise OptionError(f"{text!r} is not a list of numbers", "give numbers with commas: 0.5,1,2") from None
