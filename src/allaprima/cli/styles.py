"""``allaprima styles``: styles by name, or a photograph painted in all of them on one sheet."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from allaprima.bundled import bundled_fits, bundled_folder, bundled_styles
from allaprima.cli import options as given
from allaprima.config import ModelOptions
from allaprima.errors import OptionError
from allaprima.library import named_styles

PHOTOGRAPH = "mountains.jpg"


def list_styles(
        output: Annotated[Path | None, typer.Option(
            "-o", "--output", show_default=False, help="Paint a photograph in each of them onto this sheet, a .png.",
            )] = None,
        photo: Annotated[Path | None, typer.Option(
            "--photo", help="The photograph.", show_default="a mountain path")] = None,
        style: Annotated[list[str] | None, typer.Option(
            "--style", "-s", show_default="the bundled ones",
            help="A style to show: a picture, a .style file, a blend; several times for several.")] = None,
        overwrite: given.Overwrite = False, model: given.Model = ModelOptions.model,
        device: given.Device = ModelOptions.device, precision: given.Precision = ModelOptions.precision) -> None:
    """List the styles that have names, bundled and in the library. With -o sheet.png: show what they paint."""
    if output is None:
        fits = bundled_fits()
        for name, path in named_styles().items():
            typer.echo(f"{name:24} {path}{'  (fitted)' if name in fits else ''}")
        return
    show_styles(photo or photograph(), style or list(bundled_styles()), output, model, device, precision, overwrite)


def show_styles(photo: Path, names: list[str], output: Path, model: str, device: str, precision: str,
                overwrite: bool) -> None:
    """Paints a photograph in each of those styles onto one sheet."""
    from allaprima.cli.opening import open_engine
    from allaprima.cli.pages import check_page
    from allaprima.cli.progress import painting
    from allaprima.evaluate.style_sheet import style_sheet
    from allaprima.io.outputs import written_file
    from allaprima.io.still.cutouts import read_shown
    from allaprima.io.still.picture import as_uint8

    if output.suffix.lower() != ".png":
        raise OptionError(f"cannot write a sheet of styles to {output}", "end the name in .png")
    check_page(output, overwrite, read=[photo])
    with painting(sys.stderr, "painting") as (expect, advance):
        expect(len(names))
        sheet = style_sheet(as_uint8(read_shown(photo)), names, open_engine(model, device, precision), advance)
    with written_file(output, overwrite=overwrite) as file:
        file.write(sheet)


def photograph() -> Path:
    """The photograph that comes with the package."""
    folder = bundled_folder("photos")
    if folder is None:
        raise OptionError("this installation has no photograph of its own", "give one: --photo photo.jpg")
    return folder / PHOTOGRAPH
