"""How fast models paint: the network alone, each stage, a film end to end, and the published loop beside them."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import islice
from pathlib import Path
from types import TracebackType
from typing import Protocol, Self, runtime_checkable

import numpy as np

from allaprima import weights
from allaprima.config import VideoOptions
from allaprima.engines import AdaINEngine, Engine, Look, engine_for
from allaprima.engines.identity import IdentityEngine
from allaprima.frames import Frame, Pixels, StreamInfo
from allaprima.io.film.sink import VideoSink
from allaprima.io.film.source import VideoSource
from allaprima.pipeline.jobs.films import paint_film
from allaprima.pipeline.resizing import resized
from allaprima.runtimes import runtime_for
from allaprima.runtimes.any_size import AnySize
from allaprima.runtimes.calls import Batch
from allaprima.sizes import Size

COUNTED_KILO_MACS = {"reference": 482.7, "microast": 27.8}  # a pixel: VGG-19 to relu4_1 and the decoder; a peer
SECONDS = 2.0


@dataclass(frozen=True, slots=True)
class NetworkSpeed:
    """The network alone, uint8 pictures in and out.

    rate: thousand million products a second, of those that its convolutions are defined by. device_ms: on a GPU by
    itself, where pictures and paintings lie there: what ``ms`` has beyond that are copies. None elsewhere.
    """

    model: str
    width: int
    height: int
    batch: int
    ms: float
    fps: float
    rate: float
    device_ms: float | None = None


@dataclass(frozen=True, slots=True)
class FilmSpeed:
    """A film end to end: its frames a second, and what each stage was busy with, which overlap.

    codec_core_ms: core milliseconds a frame of decoding, conversion and encoding, from a run without a network.
    bound_ms: the network alone on all cores plus the codecs' work shared out among them: what perfect overlap would
    take. above_bound: how many times that the film took.
    """

    model: str
    film: str
    width: int
    height: int
    frames: int
    fps: float
    ms: float
    decode_ms: float
    paint_ms: float
    encode_ms: float
    codec_core_ms: float
    bound_ms: float
    above_bound: float


@dataclass(frozen=True, slots=True)
class PublishedSpeed:
    """The published AdaIN loop: one frame after the other, the style encoded for each, torch in fp32."""

    frames: int
    ms: float
    fps: float


def network_speed(engine: Engine, look: Look, width: int, height: int, *, batch: int | None = None,
                  seconds: float | None = None) -> NetworkSpeed:
    """The network's speed at that size; the median of as many calls as fit into those seconds, of 3 to 1000.

    seconds: None for ``SECONDS``.
    """
    size = batch or engine.batch_size
    images = noisy_picture(height, width)[None].repeat(size, axis=0)
    looks = [look] * size
    engine.stylize(images, looks)
    times: list[float] = []
    until = time.perf_counter() + (SECONDS if seconds is None else seconds)
    while len(times) < 3 or (time.perf_counter() < until and len(times) < 1000):
        started = time.perf_counter()
        engine.stylize(images, looks)
        times.append(time.perf_counter() - started)
    ms = float(np.median(times)) / size * 1e3
    rate = kilo_macs(engine.name) * width * height / ms / 1e3
    return NetworkSpeed(engine.name, width, height, size, ms, 1e3 / ms, rate, device_ms(engine, images, look))


@runtime_checkable
class Timed(Protocol):
    """A network on a GPU, which times itself there."""

    def device_ms(self) -> float:
        """Milliseconds a picture of the latest call, copies left out."""
        ...


def device_ms(engine: Engine, images: Batch, look: Look) -> float | None:
    """Milliseconds a picture on the GPU alone, by the engine's own network; None for engines that run elsewhere."""
    if not isinstance(engine, AdaINEngine) or not isinstance(engine._transfer, AnySize):
        return None
    whole = engine._transfer.whole
    if not isinstance(whole, Timed):
        return None
    engine._transfer.measure(images, engine.modulation([look]))
    return whole.device_ms()


def kilo_macs(model: str) -> float:
    """Thousands of products a pixel in a model's convolutions; 0 for the identity."""
    if model in COUNTED_KILO_MACS:
        return COUNTED_KILO_MACS[model]
    shape = weights.named(model).shape if model in weights.known() or weights.is_file(model) else None
    return shape.kilo_macs() if shape is not None else 0.0


def noisy_picture(height: int, width: int) -> Pixels:
    """A picture with coarse and fine detail, the same every time."""
    rng = np.random.default_rng(0)
    coarse = resized(rng.integers(0, 256, (9, 16, 3), dtype=np.uint8), width, height)
    noisy = coarse.astype(np.int16) + rng.integers(-16, 17, (height, width, 3))
    return np.asarray(np.clip(noisy, 0, 255), np.uint8)


def film_speed(film: Path, engine: Engine, look: Look, alone: NetworkSpeed,
               size: Size | None = None) -> FilmSpeed:
    """The film's speed at that size, from its first frame to its last, unsteadied; the network is compiled before.

    alone: the network at the size that the film's frames are painted at.
    """
    options = VideoOptions(size=size, temporal="off", overwrite=True)
    with tempfile.TemporaryDirectory() as folder:
        painted, again = Path(folder) / "painted.mp4", Path(folder) / "again.mp4"
        report = paint_film(film, painted, engine, look, options).run
        # Painted frames take longer to encode and to decode than filmed ones.
        codecs = core_seconds_of(lambda: paint_film(painted, again, IdentityEngine(), look, options))
        codecs += core_seconds_of(lambda: read_through(film)) - core_seconds_of(lambda: read_through(painted))
    stages = (report.seconds, report.decode_seconds, report.stylize_seconds, report.encode_seconds, codecs)
    ms, decode, paint, encode, codec = (seconds / report.frames * 1e3 for seconds in stages)
    bound = alone.ms + codec / cores()
    width, height = (size or Size()).of(alone.width, alone.height)
    return FilmSpeed(engine.name, film.name, width, height, report.frames, report.fps, ms, decode, paint,
                     encode, codec, bound, ms / bound)


def read_through(film: Path) -> None:
    """Decodes and converts every frame."""
    with VideoSource(film) as source:
        for _ in source:
            pass


@dataclass(frozen=True, slots=True)
class Described:
    """A stream that is only described: what a sink asks of its source."""

    info: StreamInfo

    def __iter__(self) -> Iterator[Frame]:
        return iter(())

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None,
                 trace: TracebackType | None) -> None: ...


def make_film(path: Path, width: int, height: int, frames: int) -> Path:
    """A film without sound, of a picture that moves sideways, for where no real one is at hand."""
    picture = noisy_picture(height, width)
    info = StreamInfo(width, height, Fraction(1, 25), Fraction(25), frames)
    with VideoSink(path, Described(info)) as sink:
        for index in range(frames):
            moved = np.asarray(np.roll(picture, 3 * index, axis=1), np.uint8)
            sink.write(Frame(moved, None, index, 1, index))
    return path


def core_seconds_of(work: Callable[[], object]) -> float:
    """The processor time that all threads of this process take for the work."""
    before = time.process_time()
    work()
    return time.process_time() - before


def cores() -> int:
    """Processors that this process may run on."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def published_speed(film: Path, style: Pixels, size: Size | None, frames: int) -> PublishedSpeed:
    """The published loop's speed over the film's first frames, decoding and encoding in turn with the network.

    It paints a frame before the clock runs, as ours does: a network's first call takes longer than all others.
    """
    engine = engine_for("reference", runtime_for("torch", "fp32"))
    source = VideoSource(film)
    width, height = (size or Size()).of(source.info.width, source.info.height)
    with tempfile.TemporaryDirectory() as folder:
        sink = VideoSink(Path(folder) / "published.mp4", source, width=width, height=height, audio="none")
        with source, sink:
            def painted(frame: Frame) -> Frame:
                look = Look(engine.encode(style, "style"))
                images, _ = engine.stylize(resized(frame.image, width, height)[None], [look])
                return replace(frame, image=images[0])

            painted(next(iter(source)))
            started, count = time.perf_counter(), 0
            for frame in islice(source, frames):
                sink.write(painted(frame))
                count += 1
            seconds = time.perf_counter() - started
    return PublishedSpeed(count, seconds / count * 1e3, count / seconds)


FIRST_FRAME = """
import sys
from allaprima import load_style, open_model
from allaprima.engines import Look
from allaprima.evaluate.speed import noisy_picture
model, style, width, height = sys.argv[1:]
opened = open_model(model)
engine = opened.engine
look = Look(load_style(style, opened))
size = engine.batch_size
engine.stylize(noisy_picture(int(height), int(width))[None].repeat(size, axis=0), [look] * size)
print("painted", "torch" in sys.modules, flush=True)
"""


def seconds_to_first_frame(model: str, style: str, width: int, height: int) -> float:
    """Seconds from a new process's start to its first painted frames, in the state that the cache is in."""
    started = time.perf_counter()
    source = str(Path(__file__).resolve().parents[2])
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([source, os.environ.get("PYTHONPATH", "")])}
    subprocess.run([sys.executable, "-c", FIRST_FRAME, model, style, str(width), str(height)], check=True,
                   capture_output=True, env=environment)
    return time.perf_counter() - started
