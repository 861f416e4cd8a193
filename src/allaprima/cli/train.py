"""``allaprima train``: networks of one's own, from two folders of pictures."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TextIO

import typer

from allaprima.cli.failures import tell
from allaprima.cli.outputs import make_folder
from allaprima.cli.progress import fetching
from allaprima.errors import OptionError

if TYPE_CHECKING:
    from rich.table import Table

    from allaprima.train.loop import TrainingProgress, Watch
    from allaprima.train.recipe import Recipe

SHOWN = ("total", "content", "style", "null", "code", "unexplained")
SKIPPED_SHOWN = 5

Networks = Annotated[list[str], typer.Argument(
    help="balanced, fast, quality (several train together on the same batches); style-encoder; or balanced-kernels, "
         "fast-kernels: what their styles mix.",
    show_default=False)]
Content = Annotated[Path | None, typer.Option(
    help="A folder of photographs, or of packed ones; the style encoder needs none.", show_default=False)]
Style = Annotated[Path, typer.Option(help="A folder of paintings, or of packed ones.", show_default=False)]
Output = Annotated[Path, typer.Option("-o", "--output", help="The run's folder.", show_default=False)]
Steps = Annotated[int | None, typer.Option(help="How many steps; default: the preset's.", show_default=False)]
Minutes = Annotated[float | None, typer.Option(
    help="How long, over all legs, instead of --steps.", show_default=False)]
LegMinutes = Annotated[float | None, typer.Option(
    help="Stop after so long; the same command goes on.", show_default=False)]
Start = Annotated[list[str] | None, typer.Option(
    help="Weights to start from, by file or by name: balanced=FILE; repeatable.", show_default=False)]
Teacher = Annotated[str | None, typer.Option(
    help="Whose pictures to imitate for the first quarter of the run: reference, a compact network's name, or its "
         "file.", show_default=False)]
Values = Annotated[list[str] | None, typer.Option(
    "--set", help="A number of the objective: style=12, batch=6, size_px=208; repeatable.", show_default=False)]


def train_networks(networks: Networks, style: Style, output: Output, content: Content = None,
                   steps: Steps = None, minutes: Minutes = None, leg_minutes: LegMinutes = None,
                   rate: Annotated[float, typer.Option(help="The learning rate after the warm-up.")] = 1e-3,
                   warmup: Annotated[int, typer.Option(help="Steps until the full rate.")] = 200,
                   seed: Annotated[int, typer.Option(help="Decides every random choice.")] = 1,
                   start: Start = None, teacher: Teacher = None, values: Values = None,
                   full_vgg: Annotated[bool, typer.Option(
                       "--full-vgg", help="Look with VGG-19 itself, not in low rank: slower, and fetched on first use.")
                   ] = False,
                   device: Annotated[str, typer.Option(help="auto, cpu or cuda.")] = "auto",
                   compiled: Annotated[bool | None, typer.Option(
                       "--compile/--no-compile", help="Through torch.compile; default: on a GPU.",
                       show_default=False)] = None) -> None:
    """Train networks: allaprima train balanced --content photos --style paintings -o runs/first --minutes 60."""
    import torch

    from allaprima.runtimes.torch_errors import memory_named
    from allaprima.train.run import train

    if device not in ("auto", "cpu", "cuda"):
        raise OptionError(f"cannot train on {device!r}: no such device", "give --device auto, cpu or cuda")
    recipe = planned(tuple(networks), content, style, start or [], teacher, numbers(values or []),
                     (steps, minutes, leg_minutes), (rate, warmup, seed), full_vgg)
    chosen = torch.device(("cuda" if torch.cuda.is_available() else "cpu") if device == "auto" else device)
    remedy = "smaller crops, or fewer at once: --set size_px=160 --set batch=4"
    with run_folder(recipe, output), table_of(sys.stderr) as watch, memory_named(f"train on {chosen}", remedy):
        outcome = train(recipe, output, chosen, watch, tell, chosen.type == "cuda" if compiled is None else compiled)
    for name, reason in outcome.skipped[:SKIPPED_SHOWN]:
        tell(f"left out: {name}: {reason}")
    if len(outcome.skipped) > SKIPPED_SHOWN:
        tell(f"left out: {len(outcome.skipped)} pictures in all")
    if not outcome.done:
        tell("this leg is over; the same command goes on")
    for path in [*outcome.weights.values(), outcome.report]:
        typer.echo(path)


def planned(networks: tuple[str, ...], content: Path | None, style: Path, start: list[str], teacher: str | None,
            values: dict[str, float], span: tuple[int | None, float | None, float | None],
            pace: tuple[float, int, int], full_vgg: bool = False) -> Recipe:
    """The recipe that the options ask for, its weights at hand.

    The style encoder learns VGG-19's own codes, and the published decoder paints its features: these take it whole.
    """
    from allaprima.train.mixing.settings import MIXING_STEPS, SUFFIX, MixingObjective, base_of
    from allaprima.train.recipe import Recipe, changed
    from allaprima.train.settings import ENCODER, PAINTING_STEPS, STEPS, Objective, Schedule, Sources, objective_for

    (steps, minutes, leg_minutes), (rate, warmup, seed) = span, pace
    started = dict(start_of(text) for text in start)
    imitated = None if teacher in (None, "reference") else file_of(teacher)
    objective: Objective | MixingObjective
    if networks[0].endswith(SUFFIX):  # kernels beside a base network, which stays as it is
        started.setdefault(base_of(networks[0]), file_of(base_of(networks[0])))
        objective, usual = changed(MixingObjective(), values), MIXING_STEPS
    else:
        objective = changed(objective_for(networks, fresh=not started, imitating=teacher is not None), values)
        usual = STEPS.get(networks[0], PAINTING_STEPS)
    if steps is None and minutes is None:
        steps = usual
    schedule = Schedule(steps, None if minutes is None else 60 * minutes,
                        None if leg_minutes is None else 60 * leg_minutes, rate=rate, warmup_steps=warmup, seed=seed,
                        weight_decay=0.01 if networks == (ENCODER,) else 0.0)
    taught = (isinstance(objective, Objective) and objective.teacher > 0 and imitated is None
              and networks != (ENCODER,))
    decoder = at_hand("decoder") if taught else None
    vgg = at_hand("vgg19" if full_vgg or taught or networks == (ENCODER,) else "slim-vgg19")
    return Recipe(networks, objective, schedule, Sources(
        content, style, vgg, at_hand("style-encoder"), decoder, imitated, started))


@contextmanager
def run_folder(recipe: Recipe, folder: Path) -> Iterator[None]:
    """A block in which nobody else trains in that folder; raises SinkError where the run would replace other files.

    What the run starts from is never written over, other files only where the folder holds a run that is taken up.
    """
    from allaprima.io.locks import OutputLock
    from allaprima.io.outputs import Outputs
    from allaprima.train.loop import LOG
    from allaprima.train.mixing.settings import base_of
    from allaprima.train.recipe import FILE

    sources = recipe.sources
    read = [sources.vgg, sources.encoder, sources.decoder, sources.teacher, *sources.start.values()]
    outputs = Outputs([path for path in read if path is not None])
    left = {name for network in recipe.networks for name in (network, base_of(network))}
    make_folder(f"{folder}/")
    taken_up = (folder / FILE).is_file()
    for name in (FILE, LOG, "report.html", *sorted(f"{name}.safetensors" for name in left)):
        outputs.claim(folder / name, replace=taken_up)
    with OutputLock(folder / FILE):
        yield


def at_hand(name: str) -> Path:
    """Where weights lie, verified, fetched first where they have to be."""
    from allaprima import weights

    if not weights.named(name).shipped and not weights.path_of(name).is_file():
        with fetching(sys.stderr) as progress:
            weights.pull(name, progress)
    weights.verify(name)
    return weights.path_of(name)


def file_of(text: str) -> Path:
    """A weights file: the shipped one of that name, or the file so called."""
    from allaprima import weights

    return at_hand(text) if text in weights.known() else Path(text)


def start_of(text: str) -> tuple[str, Path]:
    """A network's name and the weights it starts from; a name alone stands for the shipped weights of that name."""
    name, given, file = text.partition("=")
    return name, Path(file) if given else at_hand(name)


def numbers(values: list[str]) -> dict[str, float]:
    """Numbers by name, of ``name=number`` texts."""
    found = {}
    for text in values:
        name, _, number = text.partition("=")
        try:
            found[name] = float(number)
        except ValueError:
            raise OptionError(f"cannot read {text!r} as a number by name", "write it as style=12") from None
    return found


@contextmanager
def table_of(stream: TextIO) -> Iterator[Watch]:
    """A live table in a terminal, a line now and then elsewhere."""
    if not stream.isatty():
        yield lambda progress: tell("\n".join(lines_of(progress)))
        return
    from rich.console import Console
    from rich.live import Live

    with Live(console=Console(file=stream), auto_refresh=False) as live:
        yield lambda progress: live.update(rendered(progress), refresh=True)


def lines_of(progress: TrainingProgress) -> list[str]:
    """Where a run stands, a line a network."""
    return [f"step {progress.step} ({progress.share:.1%}) {name}: " + ", ".join(
            f"{key} {losses[key]:.4g}" for key in SHOWN if key in losses) for name, losses in progress.losses.items()]


def rendered(progress: TrainingProgress) -> Table:
    """Where a run stands, as a table."""
    from rich.table import Table

    left = progress.elapsed_seconds * (1 / progress.share - 1) if progress.share else 0.0
    table = Table(title=f"step {progress.step}, {progress.share:.1%} done, about {left / 60:.0f} minutes left, "
                        f"rate {progress.rate:.2g}")
    keys = [key for key in SHOWN if any(key in losses for losses in progress.losses.values())]
    for column in ("network", *keys):
        table.add_column(column, justify="left" if column == "network" else "right")
    for name, losses in progress.losses.items():
        table.add_row(name, *(f"{losses[key]:.4f}" if key in losses else "" for key in keys))
    return table
