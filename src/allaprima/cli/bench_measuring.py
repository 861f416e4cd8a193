"""The measurements of ``bench`` in their order: what is cheap and tells most comes first, and each is told at once."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Literal, NamedTuple

from allaprima.cli.bench_tables import Speeds, line_of
from allaprima.cli.failures import tell
from allaprima.cli.opening import open_engine, open_runtime
from allaprima.config import VideoOptions
from allaprima.sizes import parsed_size

if TYPE_CHECKING:
    from allaprima.cli.bench_tables import Measured
    from allaprima.engines import Engine, Look
    from allaprima.evaluate.speed import NetworkSpeed, PublishedSpeed
    from allaprima.runtimes.calls import Runtime

    Alone = dict[tuple[int, int], NetworkSpeed]
    Keep = Callable[[Measured], None]

MADE_FRAMES = 96
PUBLISHED_FRAMES = 3
REFERENCE = "reference"  # steadied as every other, twenty times as slow

Part = Literal["network", "film", "steady", "stages", "start"]
PARTS: tuple[Part, ...] = ("network", "film", "steady", "stages", "start")
SAID: dict[Part, str] = {"film": "a film end to end", "steady": "a film held steady", "stages": "the stages of a film"}
Heard = Callable[[Speeds], None]


class Wanted(NamedTuple):
    """What is to be measured, on what.

    film: None for one that is made, of ``frames``. turns: how often a film is painted with and without holding it
    steady, seconds: how long a network is measured; None for what these measures take by themselves.
    """

    models: Sequence[str]
    sizes: Sequence[tuple[int, int]]
    style: str
    device: str
    precision: str
    film: Path | None = None
    frames: int = MADE_FRAMES
    turns: int | None = None
    seconds: float | None = None
    parts: Sequence[Part] = PARTS
    peers: Sequence[str] = ()
    published: bool = False


class Subject(NamedTuple):
    """A model with its style, and the size that films of a size are painted at."""

    engine: Engine
    look: Look

    def painted_at(self, width: int, height: int) -> tuple[int, int]:
        """Width and height of the copies that are painted of films of that size."""
        from allaprima.engines import at_detail
        from allaprima.pipeline.looks.brush import working_height
        from allaprima.pipeline.working import working_size

        painting = at_detail(self.engine, working_height(VideoOptions.detail, self.look))
        return working_size(painting, self.look, width, height) or (width, height)


def measure(speeds: Speeds, wanted: Wanted, folder: Path, heard: Heard) -> Speeds:
    """Adds to the speeds all that is wanted, part after part, of all models and sizes each.

    heard: told what there is after every measurement.
    """
    from allaprima.engines import Look
    from allaprima.evaluate.peers import opened_peers
    from allaprima.evaluate.speed import seconds_to_first_frame
    from allaprima.pipeline.looks.styles import load_style

    peers = opened_peers(list(wanted.peers))
    engines = [open_engine(model, wanted.device, wanted.precision) for model in wanted.models]
    subjects = [Subject(engine, Look(load_style(wanted.style, engine))) for engine in engines]

    def keep(one: Measured) -> None:
        tell(line_of(one))
        heard(speeds)

    alone = [measure_network(speeds, subject, wanted, keep) for subject in subjects]
    for engine in peers:
        measure_peer(speeds, engine, wanted, keep)
    measure_films(speeds, subjects, alone, wanted, folder, keep)
    if wanted.published:
        speeds = speeds._replace(published=published_of(wanted, folder))
        heard(speeds)
    if "start" in wanted.parts:
        tell("measuring the start and the machine ...")
        speeds = speeds._replace(dense_rate=dense_rate_of(open_runtime(wanted.device, wanted.precision)))
        if wanted.device in ("auto", "cpu"):
            first = seconds_to_first_frame(wanted.models[0], wanted.style, *wanted.sizes[0])
            speeds = speeds._replace(first_frame_seconds=first)
        heard(speeds)
    return speeds


def measure_network(speeds: Speeds, subject: Subject, wanted: Wanted, keep: Keep) -> Alone:
    """The network alone, at each size and at the one that such films are painted at; gives it back by size.

    For films alone it is measured at the latter only: it is compiled so, and the film has something to be held against.
    """
    from allaprima.evaluate.speed import network_speed

    sizes: list[tuple[int, int]] = []
    for size in wanted.sizes:
        sizes += [size] if "network" in wanted.parts else []
        sizes += [subject.painted_at(*size)] if {"network", "film"} & set(wanted.parts) else []
    found: Alone = {}
    for width, height in dict.fromkeys(sizes):
        tell(f"measuring {subject.engine.name} at {width}x{height} ...")
        found[width, height] = network_speed(subject.engine, subject.look, width, height, seconds=wanted.seconds)
        speeds.networks.append(found[width, height])
        keep(found[width, height])
    return found


def measure_peer(speeds: Speeds, engine: Engine, wanted: Wanted, keep: Keep) -> None:
    """A network of others, alone, at each size."""
    from allaprima.engines import Look
    from allaprima.evaluate.speed import network_speed
    from allaprima.io.still.cutouts import read_shown
    from allaprima.pipeline.looks.styles import parsed_style

    look = Look(engine.encode(read_shown(parsed_style(wanted.style)[0][0]), wanted.style))
    for width, height in wanted.sizes:
        tell(f"measuring {engine.name} at {width}x{height} ...")
        speeds.networks.append(network_speed(engine, look, width, height, seconds=wanted.seconds))
        keep(speeds.networks[-1])


def measure_films(speeds: Speeds, subjects: Sequence[Subject], alone: Sequence[Alone], wanted: Wanted, folder: Path,
                  keep: Keep) -> None:
    """Films end to end of all models and sizes, then all of them held steady, then all stages."""
    from allaprima.evaluate.speed import film_speed
    from allaprima.evaluate.stage_speed import stage_speed
    from allaprima.evaluate.steadying_speed import TURNS, is_held_steady, steadying_speed

    every = [(subject, known, size) for subject, known in zip(subjects, alone, strict=True) for size in wanted.sizes]
    steadied = [each for each in every if each[0].engine.name != REFERENCE and is_held_steady(each[0].engine)]
    for (engine, look), (width, height), film, at, known in films_of("film", every, wanted, folder):
        speeds.films.append(film_speed(film, engine, look, known[at], parsed_size(f"{width}x{height}")))
        keep(speeds.films[-1])
    for (engine, look), (width, height), film, at, _ in films_of("steady", steadied, wanted, folder):
        speeds.steadied.append(steadying_speed(film, engine, look, width, height, at, wanted.turns or TURNS))
        keep(speeds.steadied[-1])
    for (engine, look), (width, height), film, _, _ in films_of("stages", steadied, wanted, folder):
        speeds.stages.append(stage_speed(film, engine, look, width, height))
        keep(speeds.stages[-1])


def films_of(part: Part, every: Sequence[tuple[Subject, Alone, tuple[int, int]]], wanted: Wanted, folder: Path,
             ) -> Iterator[tuple[Subject, tuple[int, int], Path, tuple[int, int], Alone]]:
    """What a part of the measurements goes through, where it is wanted: who paints, a size, the film, the size of what
    is painted, the network alone.
    """
    for subject, known, (width, height) in every if part in wanted.parts else ():
        tell(f"measuring {subject.engine.name}, {SAID[part]} at {width}x{height} ...")
        film = wanted.film or film_made_once(folder, width, height, wanted.frames)
        yield subject, (width, height), film, subject.painted_at(width, height), known


def published_of(wanted: Wanted, folder: Path) -> PublishedSpeed:
    """The published loop's speed at the first size."""
    from allaprima.evaluate.speed import published_speed
    from allaprima.io.still.cutouts import read_shown
    from allaprima.pipeline.looks.styles import parsed_style

    tell(f"measuring the published loop over {PUBLISHED_FRAMES} frames ...")
    width, height = wanted.sizes[0]
    film = wanted.film or film_made_once(folder, width, height, wanted.frames)
    picture = read_shown(parsed_style(wanted.style)[0][0])
    return published_speed(film, picture, parsed_size(f"{width}x{height}"), PUBLISHED_FRAMES)


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
