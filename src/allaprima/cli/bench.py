"""``allaprima bench``: how fast models paint on this machine, beside what it could do and the published loop."""

from __future__ import annotations

import dataclasses
import json
import tempfile
from pathlib import Path
from typing import Annotated, Literal

import typer

from allaprima.cli import options as given
from allaprima.cli.bench_measuring import MADE_FRAMES, PARTS, Part, Wanted, measure
from allaprima.cli.bench_tables import Speeds, as_data, lines_of, named
from allaprima.cli.opening import open_engine
from allaprima.cli.tables import text_table
from allaprima.config import ModelOptions
from allaprima.errors import OptionError
from allaprima.sizes import parsed_size

SIZES = ("640x360",)


def measure_speed(
        film: Annotated[Path | None, typer.Argument(
            help="A film to paint end to end; default: one made for the purpose.", show_default=False)] = None,
        model: Annotated[list[str] | None, typer.Option(
            "--model", "-m", help="A model; several times for several.", show_default="balanced")] = None,
        size: Annotated[list[str] | None, typer.Option(
            "--size", help="A size such as 1280x720; several times for several.", show_default=SIZES[0])] = None,
        style: Annotated[str, typer.Option("--style", "-s", help="A picture, or a bundled style.")] = "starry",
        layers: Annotated[bool, typer.Option(
            "--layers", help="Tell the networks' time and rate layer by layer instead, on one core.")] = False,
        against: Annotated[Literal["reference"] | None, typer.Option(
            "--against", help="Measure the published AdaIN loop in the same run.", show_default=False)] = None,
        peer: given.Peer = None,
        part: Annotated[list[str] | None, typer.Option(
            "--part", help=f"Measure only that: {', '.join(PARTS)}; several times for several.",
            show_default="all, in this order")] = None,
        frames: Annotated[int, typer.Option("--frames", min=8, help="Frames of the film that is made.")] = MADE_FRAMES,
        turns: Annotated[int | None, typer.Option(
            "--turns", min=1, help="How often a film is painted with and without holding it steady.",
            show_default="4")] = None,
        seconds: Annotated[float | None, typer.Option(
            "--seconds", min=0, help="How long each network is measured.", show_default="2")] = None,
        device: given.Device = ModelOptions.device, precision: given.Precision = ModelOptions.precision,
        as_json: given.Json = False, report_file: given.ReportFile = None) -> None:
    """Measure how fast models paint here: the network alone, each stage, and films end to end.

    Every measurement is told as soon as it is made; a run that is ended early prints its tables of what there is.
    """
    sizes = [sides_of(text) for text in size or SIZES]
    if layers:
        tell_layers(model or [ModelOptions.model], sizes, style, device, precision, as_json=as_json)
        return
    wanted = Wanted(model or [ModelOptions.model], sizes, style, device, precision, film, frames, turns, seconds,
                    [part_of(text) for text in part or PARTS], peer or [], against is not None)
    speeds = Speeds([], [], [], [], None, None, None)

    def heard(now: Speeds) -> None:
        nonlocal speeds
        speeds = now
        if report_file is not None:
            keep_report(report_file, speeds)

    from allaprima.loops.readiness import made_ready

    claim_report(report_file, film)
    made_ready()
    try:
        with tempfile.TemporaryDirectory() as folder:
            measure(speeds, wanted, Path(folder), heard)
    finally:
        print_speeds(speeds, as_json=as_json)


def part_of(text: str) -> Part:
    """The part of the measurements that is so called."""
    found = next((part for part in PARTS if part == text), None)
    if found is None:
        raise OptionError(f"cannot measure the part {text!r}: there is none", f"give one of {', '.join(PARTS)}")
    return found


def claim_report(report_file: Path | None, film: Path | None) -> None:
    """Raises SinkError where the report would replace a file."""
    from allaprima.io.outputs import Outputs

    if report_file is not None:
        Outputs([] if film is None else [film]).claim(report_file)


def keep_report(report_file: Path, speeds: Speeds) -> None:
    """Writes all that was measured until now, whole or not at all: a run that is killed leaves its report."""
    from allaprima.io.outputs import written_file

    with written_file(report_file, overwrite=True) as file:
        file.write(f"{json.dumps(as_data(speeds), indent=2)}\n".encode())


def print_speeds(speeds: Speeds, *, as_json: bool) -> None:
    """Prints what was measured, if anything was."""
    if not any(speeds):
        return
    if as_json:
        typer.echo(json.dumps(as_data(speeds), indent=2))
        return
    for line in lines_of(speeds):
        typer.echo(line)


def tell_layers(models: list[str], sizes: list[tuple[int, int]], style: str, device: str, precision: str, *,
                as_json: bool) -> None:
    """Prints what each layer of the networks takes."""
    from allaprima.engines import Look
    from allaprima.evaluate.layer_speed import layer_speed
    from allaprima.pipeline.looks.styles import load_style

    found = []
    for model in models:
        engine = open_engine(model, device, precision)
        look = Look(load_style(style, engine))
        found += [layer_speed(engine, look, width, height) for width, height in sizes]
    if as_json:
        typer.echo(json.dumps([dataclasses.asdict(one) for one in found], indent=2))
        return
    for one in found:
        rows = [(layer.name, layer.kind, f"{layer.ms:.2f}", f"{layer.ms / one.ms:.0%}",
                 f"{layer.rate:.0f}" if layer.rate else "-") for layer in one.layers]
        typer.echo(text_table((named(one), "computed by", "core ms", "share", "GMAC/s"), rows))
        typer.echo(f"{one.ms:.1f} core ms, {one.rate:.0f} GMAC/s on one core; convolutions alone "
                   f"{one.convolutions_ms:.1f} ms, {one.rate * one.ms / one.convolutions_ms:.0f} GMAC/s\n")


def sides_of(text: str) -> tuple[int, int]:
    """Width and height of a size that gives both."""
    size = parsed_size(text)
    if size.width is None or size.height is None:
        raise OptionError(f"size {text!r} does not say both sides", "give both: 1280x720")
    return size.width, size.height
