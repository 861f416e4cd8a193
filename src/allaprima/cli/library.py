"""``allaprima library``: styles of one's own by name, found by what they are like, packed to be handed on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated

import typer

from allaprima.cli import options as given
from allaprima.cli.batch import finish, for_each
from allaprima.cli.failures import tell
from allaprima.cli.opening import open_engine
from allaprima.config import ModelOptions
from allaprima.errors import OptionError, SourceError
from allaprima.plurals import counted

app = typer.Typer(help="A library of styles: names after --style, everywhere.", no_args_is_help=True,
                  rich_markup_mode=None)

Sheet = Annotated[Path | None, typer.Option("-o", "--output", show_default=False, help="A sheet of them, a .png.")]
Names = Annotated[list[str], typer.Argument(help="Names of styles.", show_default=False)]


@app.callback()
def about() -> None:
    """A library of styles; its names work after --style, live and in sets. ALLAPRIMA_LIBRARY names its folder."""


@app.command()
def add(inputs: Annotated[list[Path], typer.Argument(help="Pictures, .style files, or folders of them.",
                                                     show_default=False)],
        name: Annotated[str | None, typer.Option("--name", help="What to call it.", show_default="the file's name",
                                                 )] = None,
        picture: Annotated[Path | None, typer.Option(
            "--picture", help="The picture of a .style, to be shown and looked at again.", show_default=False)] = None,
        licence: Annotated[str, typer.Option("--licence", help="What one may do with it.", show_default=False)] = "",
        source: Annotated[str, typer.Option("--source", help="Whose it is, and from where.", show_default=False)] = "",
        overwrite: given.Overwrite = False) -> None:
    """Put styles into the library: allaprima library add art.jpg --name art."""
    from allaprima.pipeline.library.entries import entry_of, store

    beside = styles_with_pictures(inputs)
    if len(beside) > 1 and (name is not None or picture is not None):
        raise OptionError(f"{len(beside)} styles cannot share one name or picture", "add them one by one")
    engine = open_engine(ModelOptions.model, "cpu", ModelOptions.precision)

    def put(path: Path) -> None:
        entry = entry_of(path, engine, name=name, picture=picture or beside[path], licence=licence, source=source)
        tell(f"{entry.name}: {store(entry, overwrite=overwrite)}")

    _, failures = for_each({path: path for path in beside}, put, "styles")
    finish([], failures, False)


def styles_with_pictures(inputs: Sequence[Path]) -> Mapping[Path, Path | None]:
    """The files to put in, folders opened; of a folder's picture and ``.style`` of one name the style, with it."""
    from allaprima.pipeline.looks.styles import STYLE_FILES, STYLE_SUFFIX

    found: dict[Path, Path | None] = {}
    for path in inputs:
        if not path.is_dir():
            found[path] = None
            continue
        inside = sorted(one for one in path.iterdir()
                        if one.suffix.lower() in STYLE_FILES and one.is_file() and not one.name.startswith("."))
        if not inside:
            raise SourceError(f"found no styles in the folder {path}", "styles are pictures and .style files")
        styles = {one.stem: one for one in inside if one.suffix.lower() == STYLE_SUFFIX}
        for one in inside:
            if one.suffix.lower() != STYLE_SUFFIX and one.stem in styles:
                found[styles[one.stem]] = one
            elif one not in found:
                found[one] = None
    return found


@app.command("list")
def list_library(output: Sheet = None, overwrite: given.Overwrite = False) -> None:
    """List the library's styles: name, licence, file; -o sheet.png shows them."""
    from allaprima.library import library_folder, library_styles
    from allaprima.pipeline.library.entries import about_of

    styles = library_styles()
    if not styles:
        tell(f"the library {library_folder()} is empty: 'allaprima library add art.jpg' puts styles in")
        return
    if output is not None:
        write_shown(output, [(name, name) for name in styles], overwrite)
        return
    for name, path in styles.items():
        typer.echo(f"{name:24} {about_of(name)['licence'] or '-':24} {path}")


@app.command()
def search(like: Annotated[str | None, typer.Option(
               "--like", help="A picture, a style's name, or a blend.", show_default=False)] = None,
           between: Annotated[tuple[str, str] | None, typer.Option(
               "--between", help="Two of them.", show_default=False)] = None,
           most: Annotated[int, typer.Option("--most", min=1, max=1000, help="How many to tell.")] = 8,
           output: Sheet = None, overwrite: given.Overwrite = False) -> None:
    """Find styles by likeness, nearest first: allaprima library search --like photo.jpg."""
    from allaprima.pipeline.library.likeness import nearest_styles
    from allaprima.pipeline.looks.styles import load_style

    if (like is None) == (between is None):
        raise OptionError("either one style is what others are like, or two they are between",
                          "give --like art.jpg, or --between a.jpg b.jpg")
    wanted = [like] if like is not None else list(between or ())
    engine = open_engine(ModelOptions.model, "cpu", ModelOptions.precision)
    found = nearest_styles([load_style(name, engine, refined=False).code for name in wanted], most, without=wanted)
    for one in found:
        typer.echo(f"{one.name:24} {one.distance:.3f}")
    if output is not None:
        asked = [(name, f"like {Path(name).stem}" if like else Path(name).stem) for name in wanted]
        write_shown(output, [*asked, *((one.name, f"{one.name} {one.distance:.2f}") for one in found)], overwrite)


def write_shown(output: Path, styles: Sequence[tuple[str, str]], overwrite: bool) -> None:
    """Writes a sheet of styles' own pictures with words below them."""
    from allaprima.cli.pages import check_page, write_page
    from allaprima.evaluate.style_sheet import sheet_of_pictures

    check_page(output, overwrite, (".png",))
    write_page(output, sheet_of_pictures(styles), overwrite)


@app.command()
def pack(names: Annotated[list[str] | None, typer.Argument(help="Names of styles; default: all.",
                                                           show_default=False)] = None,
         output: Annotated[Path, typer.Option("-o", "--output", help="The pack, a .stylepack.")] = Path(
             "styles.stylepack"),
         overwrite: given.Overwrite = False) -> None:
    """Pack styles into one file, with pictures, licences and fits, to be handed on."""
    from allaprima.library import library_styles
    from allaprima.pipeline.library.packs import write_pack

    chosen = list(dict.fromkeys(names or library_styles()))
    if not chosen:
        raise OptionError("the library is empty", "'allaprima library add art.jpg' puts styles in")
    write_pack(output, chosen, overwrite=overwrite)
    tell(f"{output}: {counted(len(chosen), 'style')}")


@app.command()
def unpack(packs: Annotated[list[Path], typer.Argument(help="Packs of styles.", show_default=False)],
           overwrite: given.Overwrite = False) -> None:
    """Put a pack's styles into the library; what makes no sense is refused whole."""
    from allaprima.library import library_style
    from allaprima.pipeline.library.entries import store
    from allaprima.pipeline.library.packs import read_pack

    def put(path: Path) -> None:
        entries = read_pack(path)
        taken = [entry.name for entry in entries if library_style(entry.name) is not None]
        if taken and not overwrite:
            raise OptionError(f"the library has {', '.join(taken[:5])} already", "remove them, or --overwrite")
        for entry in entries:
            tell(f"{entry.name}: {store(entry, overwrite=overwrite)}")

    _, failures = for_each({path: path for path in packs}, put, "packs")
    finish([], failures, False)


@app.command("remove")
def remove_styles(names: Names) -> None:
    """Take styles out of the library."""
    from allaprima.pipeline.library.entries import known, remove

    for name in names:
        known(name)
    for name in dict.fromkeys(names):
        remove(name)
        tell(f"removed {name}")
