"""The console scripts: ``allaprima`` and its subcommands, ``stylize-video``, ``-image`` and ``-webcam``."""

from __future__ import annotations

from typing import Annotated

import typer

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
from allaprima.version import __version__

SETTINGS = {"help_option_names": ["-h", "--help"]}


def print_version(wanted: bool) -> None:
    """Prints the version and ends, where it is wanted."""
    if wanted:
        typer.echo(f"allaprima {__version__}")
        raise typer.Exit


Version = Annotated[bool, typer.Option("--version", help="Show the version and exit.", is_eager=True,
                                       callback=print_version)]


def program(help_text: str) -> typer.Typer:
    """An empty program in our manner."""
    return typer.Typer(help=help_text, no_args_is_help=True, add_completion=False, context_settings=SETTINGS,
                       pretty_exceptions_enable=False, rich_markup_mode=None)


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
    app.command()(video.stylize_video)
    run(app)


def stylize_image() -> None:
    """The program ``stylize-image``."""
    app = program("")
    app.command()(image.stylize_image)
    run(app)


def stylize_webcam() -> None:
    """The program ``stylize-webcam``."""
    app = program("")
    app.command()(webcam.stylize_webcam)
    run(app)
