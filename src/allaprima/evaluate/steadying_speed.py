"""What holding a film steady costs: the same frames with and without it, in one run."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import numpy as np

from allaprima.config import Temporal, VideoOptions
from allaprima.engines import Engine, Look
from allaprima.errors import OptionError
from allaprima.evaluate.speed import core_seconds_of
from allaprima.io.film.source import VideoSource
from allaprima.pipeline.jobs.films import paint_film
from allaprima.pipeline.resizing import resized
from allaprima.pipeline.stylizers.stylizer import stylizer_for
from allaprima.sizes import Size
from allaprima.temporal.blend import Stabilizer
from allaprima.temporal.flow import single_threaded

TURNS = 3            # a machine that others use is never at one speed for long
FILM_SECONDS = 8     # of the film


@dataclass(frozen=True, slots=True)
class SteadyingSpeed:
    """A film's frames without and with ``temporal`` "fast", end to end, medians of turns. core: of all threads.

    blending_core_ms: flow and blending by themselves, on one thread as in a film. cost: share of an unsteadied frame's
    wall time that is added, of runs one after the other.
    """

    model: str
    width: int
    height: int
    off_ms: float
    fast_ms: float
    off_core_ms: float
    fast_core_ms: float
    blending_core_ms: float
    cost: float


def steadying_speed(film: Path, engine: Engine, look: Look, width: int, height: int,
                    painted_at: tuple[int, int] | None = None, turns: int = TURNS) -> SteadyingSpeed:
    """The film's first seconds at that size, with and without steadying in turn; a first turn compiles and is lost.

    painted_at: width and height of the copies that are painted and held steady; None for the film's own.
    Raises ``OptionError`` for an engine that is never held steady: both ways would be the same.
    """
    if not is_held_steady(engine):
        raise OptionError(f"cannot tell what holding {engine.name} steady costs: it is never held steady",
                          "measure a model that paints")
    times: dict[Temporal, list[tuple[float, float]]] = {"off": [], "fast": []}
    with tempfile.TemporaryDirectory() as folder:
        for turn in range(turns + 1):
            for mode, taken in times.items():
                options = VideoOptions(size=Size(width=width, height=height), temporal=mode, overwrite=True,
                                       end=Fraction(FILM_SECONDS))
                both = timed(film, Path(folder) / f"{mode}.mp4", engine, look, options)
                if turn:
                    taken.append(both)
    (off, off_core), (fast, fast_core) = (np.median(times[mode], axis=0).tolist() for mode in ("off", "fast"))
    blending = blending_ms(film, *(painted_at or (width, height)))
    return SteadyingSpeed(engine.name, width, height, off, fast, off_core, fast_core, blending, added(
        [wall for wall, _ in times["off"]], [wall for wall, _ in times["fast"]]))


def is_held_steady(engine: Engine) -> bool:
    """Whether films painted by that engine are held steady where that is asked for."""
    return stylizer_for("fast", engine, 1.0).remembers


def added(without: Sequence[float], steady: Sequence[float]) -> float:
    """The share of time that is added, the median of pairs of runs one after the other."""
    return float(np.median(np.divide(steady, without))) - 1


def timed(film: Path, output: Path, engine: Engine, look: Look, options: VideoOptions) -> tuple[float, float]:
    """Wall and core milliseconds a frame."""
    frames = 0

    def paint() -> None:
        nonlocal frames
        frames = paint_film(film, output, engine, look, options).run.frames

    started = time.perf_counter()
    core = core_seconds_of(paint)
    wall = time.perf_counter() - started
    return wall / frames * 1e3, core / frames * 1e3


def blending_ms(film: Path, width: int, height: int) -> float:
    """Core milliseconds a frame of flow and blending, on the film's own frames."""
    stabilizer, state, seconds, count = Stabilizer(), None, 0.0, 0
    with VideoSource(film) as source, single_threaded():
        for frame in source:
            if frame.pts * source.info.time_base >= FILM_SECONDS:
                break
            picture = resized(frame.image, width, height)
            before = time.process_time()
            _, state = stabilizer.steadied(picture, picture, state)
            seconds += time.process_time() - before
            count += 1
    return seconds / max(count, 1) * 1e3
