"""The console scripts: ``allaprima`` and its subcommands, ``stylize-video``, ``-image`` and ``-webcam``."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated

import typer
from typer.core import TyperCommand, TyperGroup

from allaprima.cli import (
    bench,
    compare,
    doctor,
    evaluate,
    explain,
    gatys,
    image,
    sheet,
    style,
    styles,
    train,
    video,
    webcam,
    weights,
)
from allaprima.cli.failures import run
from allaprima.errors import Interrupted
from allaprima.version import __version__

SETTINGS = {"help_option_names": ["-h", "--help"]}


def print_version(wanted: bool) -> None:
    """Prints the version and ends, where it is wanted."""
    if wanted:
        typer.echo(f"allaprima {__version__}")
        raise typer.Exit


Version = Annotated[bool, typer.Option("--version", help="Show the version and exit.", is_eager=True,
                                       callback=print_version)]


class Command(TyperCommand):
    """A command whose Ctrl-C is told like everything else; Typer would end without a word."""

    def invoke(self, ctx: typer.Context) -> object:  # type: ignore[override]  # its own is a private one's
        with interruption_told():
            return super().invoke(ctx)


class Group(TyperGroup):
    """The same for a command with subcommands."""

    def invoke(self, ctx: typer.Context) -> object:  # type: ignore[override]  # its own is a private one's
        with interruption_told():
            return super().invoke(ctx)


@contextmanager
def interruption_told() -> Iterator[None]:
    """A block whose KeyboardInterrupt is an error of ours, unless something nearer to the work knows what to say."""
    try:
        yield
    except KeyboardInterrupt:
        raise Interrupted("interrupted: what was not finished was not written") from None


def program(help_text: str) -> typer.Typer:
    """An empty program in our manner."""
    return typer.Typer(help=help_text, no_args_is_help=True, add_completion=False, context_settings=SETTINGS,
                       pretty_exceptions_enable=False, rich_markup_mode=None, cls=Group)


def allaprima() -> None:
    """The program ``allaprima``."""
    app = program("The style of any picture, on any image, video or live camera, in one pass.")

    @app.callback()
    def options(version: Version = False) -> None:
        pass

    app.command("video")(video.stylize_video)
    app.command("image")(image.stylize_image)
    app.command("webcam")(webcam.stylize_webcam)
    app.command("style")(style.save_style)
    app.command("styles")(styles.list_styles)
    app.command("train")(train.train_networks)
    app.command("gatys")(gatys.optimise_images)
    app.command("compare")(compare.compare_models)
    app.command("sheet")(sheet.bracket)
    app.command("explain")(explain.explain)
    app.command("evaluate")(evaluate.evaluate_models)
    app.command("bench")(bench.measure_speed)
    app.command("doctor")(doctor.examine)
    app.add_typer(weights.app, name="weights")
    run(app)


def stylize_video() -> None:
    """The program ``stylize-video``."""
    app = program("")
    app.command(cls=Command)(video.stylize_video)
    run(app)


def stylize_image() -> None:
    """The program ``stylize-image``."""
    app = program("")
    app.command(cls=Command)(image.stylize_image)
    run(app)


def stylize_webcam() -> None:
    """The program ``stylize-webcam``."""
    app = program("")
    app.command(cls=Command)(webcam.stylize_webcam)
    run(app)
