"""``allaprima fit``: a network fitted to one style, in minutes."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TextIO

import typer

from allaprima.cli import options as given
from allaprima.cli.failures import tell
from allaprima.cli.fitting import FitRequest, device_of, fitted_style, folder_of, may_replace, note_written, planned
from allaprima.cli.outputs import short
from allaprima.cli.train import numbers
from allaprima.config import ImageOptions
from allaprima.errors import OptionError
from allaprima.sizes import parsed_brush

if TYPE_CHECKING:
    from rich.table import Table

    from allaprima.train.fit.job import FitPlan, Standing, Watch
    from allaprima.train.fit.network import FittedNetwork

SHEET_SECONDS = 15.0
TOLD_SECONDS = 10.0  # between lines, where no table can live
MINUTES = 3.0
PAIR_LINES = 540

Pictures = Annotated[list[Path] | None, typer.Argument(
    help="One picture, or several of one style; none with --pair.", show_default=False)]
Pairs = Annotated[list[str] | None, typer.Option(
    "--pair", show_default=False,
    help="A frame, and the same frame painted: frame.png=painted.png; repeatable. What the painter did at each place "
         "is learnt, and --on is the shot.")]
Output = Annotated[Path | None, typer.Option(
    "-o", "--output", show_default=False, help="A .style file; default: named by the picture.")]
On = Annotated[Path | None, typer.Option(
    "--on", show_default=False, help="What it learns to paint: a film, or a folder of photographs; default: pictures "
                                     "that come with the program.")]
Minutes = Annotated[float | None, typer.Option(help="How long.", show_default=f"{MINUTES:g}")]
Brush = Annotated[str | None, typer.Option(
    show_default="medium; with --pair the frames' own height, at most 540",
    help="Size of the strokes beside the picture: fine, medium, coarse, or the height in pixels that it works at.")]


def fit_style(pictures: Pictures = None, output: Output = None, on: On = None, pair: Pairs = None,
              minutes: Minutes = None,
              steps: Annotated[int | None, typer.Option(help="How many steps, instead of --minutes.",
                                                        show_default=False)] = None,
              model: Annotated[str, typer.Option("--model", "-m", help="balanced or fast.")] = "balanced",
              brush: Brush = None,
              content: Annotated[float, typer.Option(help="How much of the content stays: 2 more, 0.5 less.")] = 1.0,
              seed: Annotated[int, typer.Option(help="Decides every random choice.")] = 1,
              sheet: Annotated[bool, typer.Option("--sheet/--no-sheet", help="A PNG beside the style, renewed every "
                                                                             "fifteen seconds.")] = True,
              values: Annotated[list[str] | None, typer.Option(
                  "--set", help="A number of the recipe: affinity=30, style=12; repeatable.")] = None,
              overwrite: given.Overwrite = ImageOptions.overwrite,
              device: Annotated[str, typer.Option(help="auto, cpu or cuda.")] = "auto") -> None:
    """Fit a network to one style: allaprima fit art.jpg -o art.style; art.style then goes wherever --style does."""
    from allaprima.io.locks import OutputLock
    from allaprima.io.outputs import Outputs
    from allaprima.pipeline.looks.styles import write_style

    pairs = tuple(pair_of_paths(text) for text in pair or [])
    shown_styles = tuple(pictures or [painted for _, painted in pairs])
    if not shown_styles or (pictures and pairs):
        raise OptionError("a fit needs pictures of a style, or painted frames, one of the two",
                          "name a picture, or give --pair frame.png=painted.png")
    request = FitRequest(shown_styles, model, on, MINUTES if minutes is None and steps is None else minutes, steps,
                         lines_for(brush, pairs), content, seed, tuple(numbers(values or []).items()), pairs)
    target = output or Path(f"{short(shown_styles[0].stem)}.style")
    shown = target.with_name(f"{target.stem}-fit.png") if sheet else None
    read = [*shown_styles, *(frame for frame, _ in pairs), *([on] if on is not None and on.is_file() else [])]
    tell("reading pictures")
    plan, chosen = planned(request), device_of(device)
    folder = folder_of(request, plan)
    ours = may_replace(folder, target)
    outputs = Outputs(read, overwrite=overwrite)
    for path in (target, shown):
        if path is not None:
            outputs.claim(path, replace=may_replace(folder, path))
    with OutputLock(target):
        with following(sys.stderr, plan, shown, folder) as watch:
            saved, done = fitted_style(request, plan, chosen, watch)
        write_style(target, saved, inputs=read, overwrite=overwrite or ours)
        if not done:
            note_written(folder, target)
    if not done:
        tell("stopped: what there is was kept, and the same command goes on")
    tell(f"{target} ({saved.recipe['steps']} steps, {saved.recipe['seconds']} seconds)")


def pair_of_paths(text: str) -> tuple[Path, Path]:
    """The two files of ``frame.png=painted.png``."""
    frame, equals, painted = text.partition("=")
    if not frame or not equals or not painted:
        raise OptionError(f"cannot read {text!r} as a painted frame", "write it as frame.png=painted.png")
    return Path(frame), Path(painted)


def lines_for(brush: str | None, pairs: tuple[tuple[Path, Path], ...]) -> int:
    """The working height that a fit is made for."""
    if brush is not None or not pairs:
        return parsed_brush(brush or "medium")
    from allaprima.io.still.reading import read_image

    heights = [int(min(read_image(frame).image.shape[:2])) for frame, _ in pairs]
    return min(PAIR_LINES, *heights)


@contextmanager
def following(stream: TextIO, plan: FitPlan, sheet: Path | None, folder: Path) -> Iterator[Watch]:
    """A watch that shows where a fit stands, in a table or in lines, and renews its sheet, noted in ``folder``."""
    from rich.console import Console
    from rich.live import Live

    from allaprima.io.outputs import written_file
    from allaprima.train.fit.showing import sheet_of

    live = Live(console=Console(file=stream), auto_refresh=False) if stream.isatty() else None
    told = drawn = 0.0
    shown = plan.contents or [frame for frame, _ in plan.pairs]

    def watch(standing: Standing, network: FittedNetwork) -> None:
        nonlocal told, drawn
        now = time.monotonic()
        if live is not None:
            live.update(table_of(standing), refresh=True)
        elif now - told > TOLD_SECONDS or standing.share >= 1:
            told = now
            tell(line_of(standing))
        if sheet is not None and (now - drawn > SHEET_SECONDS or standing.share >= 1):
            drawn = now
            with written_file(sheet, overwrite=True) as file:
                file.write(sheet_of(network, shown, plan.styles, plan.objective.lines))
            note_written(folder, sheet)

    if live is None:
        yield watch
    else:
        with live:
            yield watch


def left_of(standing: Standing) -> float:
    """The seconds that a fit still needs, by what it has needed."""
    return standing.elapsed_seconds * (1 / standing.share - 1) if standing.share else 0.0


def line_of(standing: Standing) -> str:
    """Where a fit stands, as a line."""
    losses = ", ".join(f"{name} {value:.3g}" for name, value in standing.losses.items())
    return f"step {standing.step} ({standing.share:.0%}, {left_of(standing):.0f} s left): {losses}"


def table_of(standing: Standing) -> Table:
    """The same as a table."""
    from rich.table import Table

    table = Table(title=f"step {standing.step}, {standing.share:.0%} done, about {left_of(standing):.0f} seconds left")
    for name in standing.losses:
        table.add_column(name, justify="right")
    table.add_row(*(f"{value:.3f}" for value in standing.losses.values()))
    return table
