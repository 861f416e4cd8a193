"""The console scripts: ``allaprima`` and its subcommands, ``stylize-video``, ``-image`` and ``-webcam``."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from typing import Protocol

import typer
from typer.core import TyperCommand, TyperGroup

from allaprima.cli import (
    bench,
    compare,
    conform,
    controls,
    doctor,
    evaluate,
    explain,
    export,
    farm,
    fit,
    gatys,
    image,
    library,
    network,
    quilt,
    serve,
    sheet,
    style,
    styles,
    train,
    video,
    web,
    webcam,
    weights,
)
from allaprima.cli import options as given
from allaprima.cli.failures import run, told_of
from allaprima.cli.panels import panel_of, titles_in_order

SETTINGS = {"help_option_names": ["-h", "--help"]}
PASSING_ON = {"allow_extra_args": True, "ignore_unknown_options": True, **SETTINGS}
"""Of a command that hands the options of another one on."""


class Formatter(Protocol):
    """What lays out a page of help."""

    def section(self, name: str) -> AbstractContextManager[None]: ...

    def write_dl(self, rows: Sequence[tuple[str, str]]) -> None: ...


class Command(TyperCommand):
    """A command whose Ctrl-C is told like everything else, and whose options stand in panels.

    Typer would end without a word. Its own panels are drawn in boxes, which take twice the lines and are bad to search.
    """

    def format_options(self, ctx: typer.Context, formatter: Formatter) -> None:  # type: ignore[override]  # the same
        records: dict[str, list[tuple[str, str]]] = {}
        for parameter in self.get_params(ctx):
            record = parameter.get_help_record(ctx)
            if record is not None:
                title = "Arguments" if parameter.param_type_name == "argument" else panel_of(parameter)
                records.setdefault(title, []).append(record)
        for title in ("Arguments", *titles_in_order()):
            if title in records:
                with formatter.section(title):
                    formatter.write_dl(records[title])

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
    except KeyboardInterrupt as interrupt:
        raise told_of(interrupt, "interrupted: what was not finished was not written") from None


def program(help_text: str) -> typer.Typer:
    """An empty program in our manner."""
    return typer.Typer(help=help_text, no_args_is_help=True, add_completion=False, context_settings=SETTINGS,
                       pretty_exceptions_enable=False, rich_markup_mode=None, cls=Group)


def allaprima() -> None:
    """The program ``allaprima``."""
    app = program("The style of any picture, on any image, video or live camera, in one pass.")

    @app.callback()
    def options(version: given.Version = False) -> None:
        pass

    app.command("video", cls=Command)(video.stylize_video)
    app.command("image", cls=Command)(image.stylize_image)
    app.command("webcam", cls=Command)(webcam.stylize_webcam)
    app.command("style")(style.save_style)
    app.command("styles")(styles.list_styles)
    app.command("fit")(fit.fit_style)
    app.command("export")(export.export_network)
    app.command("web")(web.write_web)
    app.command("conform", cls=Command, context_settings=PASSING_ON)(conform.conform)
    app.command("train")(train.train_networks)
    app.command("gatys", cls=Command)(gatys.optimise_images)
    app.command("compare")(compare.compare_models)
    app.command("sheet")(sheet.bracket)
    app.command("quilt")(quilt.quilt)
    app.command("explain")(explain.explain)
    app.command("evaluate")(evaluate.evaluate_models)
    app.command("bench")(bench.measure_speed)
    app.command("serve", cls=Command)(serve.serve)
    app.command("doctor")(doctor.examine)
    app.add_typer(farm.app, name="farm")
    app.add_typer(controls.app, name="controls")
    app.add_typer(library.app, name="library")
    app.add_typer(network.app, name="network")
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
