"""``allaprima bench``: how fast models paint on this machine, beside what it could do and the published loop."""

from __future__ import annotations

import dataclasses
import json
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal, NamedTuple

import typer

from allaprima.cli import options as given
from allaprima.cli.failures import tell
from allaprima.cli.opening import open_engine, open_runtime
from allaprima.cli.tables import text_table
from allaprima.config import ModelOptions, VideoOptions, parsed_size
from allaprima.errors import OptionError

if TYPE_CHECKING:
    from allaprima.engines import Engine, Look
    from allaprima.evaluate.layer_speed import LayerSpeed
    from allaprima.evaluate.speed import FilmSpeed, NetworkSpeed, PublishedSpeed
    from allaprima.evaluate.stage_speed import StageSpeed
    from allaprima.evaluate.steadying_speed import SteadyingSpeed
    from allaprima.runtimes.calls import Runtime

SIZES = ("640x360",)
MADE_FRAMES = 96
PUBLISHED_FRAMES = 3
REFERENCE = "reference"  # steadied as every other, twenty times as slow


class Speeds(NamedTuple):
    """All that was measured; rates are thousand million products a second, None where the device has no measure."""

    networks: list[NetworkSpeed]
    films: list[FilmSpeed]
    steadied: list[SteadyingSpeed]
    stages: list[StageSpeed]
    published: PublishedSpeed | None
    first_frame_seconds: float | None
    dense_rate: float | None


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
        frames: Annotated[int, typer.Option("--frames", min=8, help="Frames of the film that is made.")] = MADE_FRAMES,
        turns: Annotated[int | None, typer.Option(
            "--turns", min=1, help="How often a film is painted with and without holding it steady.",
            show_default="4")] = None,
        device: given.Device = ModelOptions.device, precision: given.Precision = ModelOptions.precision,
        as_json: given.Json = False) -> None:
    """Measure how fast models paint here: the network alone, each stage, and films end to end."""
    sizes = [sides_of(text) for text in size or SIZES]
    if layers:
        tell_layers(model or [ModelOptions.model], sizes, style, device, precision, as_json=as_json)
        return
    with tempfile.TemporaryDirectory() as folder:
        speeds = measured(film, model or [ModelOptions.model], sizes, style, against, peer or [], device, precision,
                          Path(folder), frames, turns)
    if as_json:
        typer.echo(json.dumps(as_data(speeds), indent=2))
    else:
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


def measured(film: Path | None, models: list[str], sizes: list[tuple[int, int]], style: str, against: str | None,
             peers: list[str], device: str, precision: str, folder: Path, frames: int = MADE_FRAMES,
             turns: int | None = None) -> Speeds:
    """Measures one thing after the other, telling which."""
    from allaprima.engines import Look
    from allaprima.evaluate.peers import opened_peers
    from allaprima.evaluate.speed import network_speed, published_speed, seconds_to_first_frame
    from allaprima.io.still.cutouts import read_shown
    from allaprima.pipeline.looks.styles import load_style, parsed_style

    speeds = Speeds([], [], [], [], None, None, None)
    opened = opened_peers(peers)
    for model in models:
        engine = open_engine(model, device, precision)
        measure_model(speeds, engine, Look(load_style(style, engine)), sizes,
                      lambda width, height: film or film_made_once(folder, width, height, frames), turns)
    for engine in opened:
        picture = read_shown(parsed_style(style)[0][0])
        look = Look(engine.encode(picture, style))
        for width, height in sizes:
            tell(f"measuring {engine.name} at {width}x{height} ...")
            speeds.networks.append(network_speed(engine, look, width, height))
    published = None
    if against is not None:
        tell(f"measuring the published loop over {PUBLISHED_FRAMES} frames ...")
        whole = film or folder / f"{sizes[0][0]}x{sizes[0][1]}.mp4"
        picture = read_shown(parsed_style(style)[0][0])
        published = published_speed(whole, picture, parsed_size(f"{sizes[0][0]}x{sizes[0][1]}"), PUBLISHED_FRAMES)
    tell("measuring the start and the machine ...")
    dense = dense_rate_of(open_runtime(device, precision))
    first = seconds_to_first_frame(models[0], style, *sizes[0]) if device in ("auto", "cpu") else None
    return speeds._replace(published=published, first_frame_seconds=first, dense_rate=dense)


def measure_model(speeds: Speeds, engine: Engine, look: Look, sizes: list[tuple[int, int]],
                  film_at: Callable[[int, int], Path], turns: int | None) -> None:
    """Adds to the speeds those of one model: its network at each size and at the one that such films are painted at."""
    from allaprima.engines import at_detail
    from allaprima.evaluate.speed import film_speed, network_speed
    from allaprima.evaluate.stage_speed import stage_speed
    from allaprima.evaluate.steadying_speed import TURNS, is_held_steady, steadying_speed
    from allaprima.pipeline.looks.brush import working_height
    from allaprima.pipeline.working import working_size

    painting = at_detail(engine, working_height(VideoOptions.detail, look))
    alone: dict[tuple[int, int], NetworkSpeed] = {}
    for width, height in sizes:
        tell(f"measuring {engine.name} at {width}x{height} ...")
        painted_at = working_size(painting, look, width, height) or (width, height)
        for size in dict.fromkeys([(width, height), painted_at]):
            if size not in alone:
                alone[size] = network_speed(engine, look, *size)
        film = film_at(width, height)
        speeds.films.append(film_speed(film, engine, look, alone[painted_at], parsed_size(f"{width}x{height}")))
        if engine.name != REFERENCE and is_held_steady(engine):
            speeds.steadied.append(steadying_speed(film, engine, look, width, height, painted_at, turns or TURNS))
            speeds.stages.append(stage_speed(film, engine, look, width, height))
    speeds.networks.extend(alone.values())


def film_made_once(folder: Path, width: int, height: int, frames: int = MADE_FRAMES) -> Path:
    """The film that stands in for one that is not given; every model paints the same."""
    from allaprima.evaluate.speed import make_film

    path = folder / f"{width}x{height}.mp4"
    return path if path.exists() else make_film(path, width, height, frames)


def dense_rate_of(runtime: Runtime) -> float | None:
    """What the device could do at most; None where there is no measure. A machine with a GPU need not have OpenVINO."""
    if runtime.name != "openvino":
        return None
    from allaprima.evaluate.roofline import dense_rate
    from allaprima.runtimes.openvino import OpenVINORuntime

    assert isinstance(runtime, OpenVINORuntime)
    return dense_rate(runtime)


def as_data(speeds: Speeds) -> dict[str, object]:
    """The speeds as plain data."""
    return {"networks": [dataclasses.asdict(network) for network in speeds.networks],
            "films": [dataclasses.asdict(film) for film in speeds.films],
            "steadied": [dataclasses.asdict(one) for one in speeds.steadied],
            "stages": [dataclasses.asdict(one) for one in speeds.stages],
            "published": None if speeds.published is None else dataclasses.asdict(speeds.published),
            "first_frame_seconds": speeds.first_frame_seconds, "dense_rate": speeds.dense_rate}


def lines_of(speeds: Speeds) -> list[str]:
    """The speeds as tables, and what stands beside them."""
    from allaprima.evaluate.stage_speed import STAGES

    dense, published = speeds.dense_rate, speeds.published
    gpu = any(network.device_ms is not None for network in speeds.networks)
    networks = [(named(network), f"{network.ms:.1f}", *([gpu_ms(network)] if gpu else []), f"{network.fps:.1f}",
                 f"{network.rate:.0f}", f"{network.rate / dense:.0%}" if dense else "-") for network in speeds.networks]
    held = {named(one): one.fast_ms for one in speeds.steadied}
    films = [(named(film), *held_words(held.get(named(film))), f"{film.ms:.1f}", f"{film.fps:.1f}",
              f"{film.decode_ms:.1f}", f"{film.paint_ms:.1f}", f"{film.encode_ms:.1f}", f"{film.bound_ms:.1f}",
              f"{film.above_bound:.2f}", f"{published.ms / film.ms:.1f} x" if published else "-")
             for film in speeds.films]
    own = ("GPU's own",) if gpu else ()
    lines = [text_table(("network alone", "ms", *own, "fps", "GMAC/s", "of dense"), networks), "",
             text_table(("film, end to end", "default ms", "fps", "off ms", "fps", "decode", "paint", "encode", "bound",
                         "off/bound", "published/off"), films), ""]
    steadied = [(named(one), f"{one.off_ms:.1f}", f"{one.fast_ms:.1f}", f"{one.off_core_ms:.1f}",
                 f"{one.fast_core_ms:.1f}", f"{one.blending_core_ms:.1f}", f"{one.cost:+.0%}")
                for one in speeds.steadied]
    lines += [text_table(("held steady", "off ms", "fast ms", "off core ms", "fast core ms", "of it blending", "cost"),
                         steadied), ""] if steadied else []
    lines += [text_table(("core ms a frame", "lines", *STAGES, "sum", "steadying"), [
        (named(one), str(one.lines), *(f"{one.core_ms[stage]:.1f}" for stage in STAGES), f"{one.total_ms:.1f}",
         f"{one.core_ms['steadying'] / (one.total_ms - one.core_ms['steadying']):+.0%}") for one in speeds.stages]),
        ""] if speeds.stages else []
    if published is not None:
        lines.append(f"published loop: {published.ms:.0f} ms a frame, {published.fps:.2f} fps")
    if speeds.first_frame_seconds is not None:
        lines.append(f"first frames after {speeds.first_frame_seconds:.2f} s, the interpreter's start included")
    if dense is not None:
        lines.append(f"dense 3x3 convolutions: {dense:.0f} GMAC/s")
    return lines


def gpu_ms(network: NetworkSpeed) -> str:
    """Milliseconds on the GPU alone, without copies; a dash where there is none."""
    return "-" if network.device_ms is None else f"{network.device_ms:.2f}"


def held_words(ms: float | None) -> tuple[str, str]:
    """Milliseconds and frames a second of the default, held steady; dashes where that was not measured."""
    return ("-", "-") if ms is None else (f"{ms:.1f}", f"{1e3 / ms:.1f}")


def named(speed: NetworkSpeed | FilmSpeed | SteadyingSpeed | StageSpeed | LayerSpeed) -> str:
    """What was measured, for a row's head."""
    return f"{speed.model} {speed.width}x{speed.height}"
