"""Whether a GPU is worth taking: a small picture painted there and on the processor, and what was found, kept."""

from __future__ import annotations

import hashlib
import importlib.metadata
import json
import math
import os
import time
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np

from allaprima.folders import cache_folder
from allaprima.nets.shape import Shape
from allaprima.runtimes.calls import Batch, Modulation, Runtime, Tensors, Transfer
from allaprima.runtimes.nvidia import Card
from allaprima.version import __version__

MOST_LEVELS = 2       # of 255, that a picture painted by the GPU may differ anywhere from the processor's
SHAPE = Shape(16, 32, 64)  # of the network "fast"
HEIGHT, WIDTH = 192, 320
CONTRAST = 0.5        # of normalised channels: a network of chance would otherwise paint little but black and white
CALLS = 3             # timed, of which the quickest counts: what else the machine does only makes them longer


@dataclass(frozen=True, slots=True)
class Trial:
    """What was found: the largest difference of the two pictures in levels of 255, and seconds a picture on each."""

    levels: float
    seconds: float
    processor_seconds: float


def objection(trial: Trial) -> str | None:
    """Why the GPU is not to be taken, as the end of a sentence; None where it is."""
    if not trial.levels <= MOST_LEVELS:
        return f"a picture painted there differs by {trial.levels:.0f} of 255 levels from the processor's"
    if not trial.seconds < trial.processor_seconds:
        return (f"a picture takes {1000 * trial.seconds:.1f} ms there, {1000 * trial.processor_seconds:.1f} ms on the "
                "processor")
    return None


def tried(gpu: Runtime, processor: Runtime, exact: Runtime) -> Trial:
    """Paints on each: ``exact`` says what the picture should be, ``processor`` how long it takes without the GPU."""
    tensors, modulation = chance_network(), plain_modulation()
    painted = gpu.compact(tensors, SHAPE).measure(pictures(1), modulation)[0]
    expected = exact.compact(tensors, SHAPE).measure(pictures(1), modulation)[0]
    levels = np.abs(painted.astype(np.float64) - expected).max()
    return Trial(float(levels), seconds_a_picture(gpu, tensors), seconds_a_picture(processor, tensors))


def seconds_a_picture(runtime: Runtime, tensors: Tensors) -> float:
    """The least that painting takes of so many calls, of as many pictures at once as suits the runtime."""
    network: Transfer = runtime.compact(tensors, SHAPE)
    images, modulation = pictures(runtime.batch_size), plain_modulation()
    network.measure(images, modulation)  # compiles, records, warms up
    least = math.inf
    for _ in range(CALLS):
        started = time.perf_counter()
        network.measure(images, modulation)
        least = min(least, time.perf_counter() - started)
    return least / len(images)


def chance_network() -> Tensors:
    """Weights of chance, the same every time: what they paint is worthless, what it costs is right."""
    import torch

    from allaprima.nets.compact import CompactNetwork

    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        return {name: tensor.numpy() for name, tensor in CompactNetwork(SHAPE).state_dict().items()}


def plain_modulation() -> Modulation:
    """A row that asks for the network's picture and nothing of the content."""
    scale = np.full((1, SHAPE.channels()), CONTRAST, np.float32)
    return Modulation(scale, np.zeros_like(scale), np.zeros((1, 1), np.float32), np.ones((1, 1), np.float32))


def pictures(count: int) -> Batch:
    """Pictures (count, H, W, 3), uint8, of coarse and fine detail."""
    rng = np.random.default_rng(0)
    coarse = rng.integers(16, 240, (1, HEIGHT // 16, WIDTH // 16, 3)).repeat(16, axis=1).repeat(16, axis=2)
    return np.asarray(coarse + rng.integers(-16, 17, coarse.shape), np.uint8).repeat(count, axis=0)


def kept_at(card: Card) -> Path:
    """The file that keeps what was found with this card, driver, torch and program, on this many processors."""
    parts = [card.name, card.driver, importlib.metadata.version("torch"), __version__, str(os.cpu_count())]
    return cache_folder("devices") / f"{hashlib.sha256(json.dumps(parts).encode()).hexdigest()[:16]}.json"


def remembered(card: Card) -> Trial | None:
    """What an earlier run found; None where none did, or what it left cannot be read."""
    try:
        return Trial(**{name: float(value) for name, value in json.loads(kept_at(card).read_text("utf-8")).items()})
    except (OSError, ValueError, TypeError, AttributeError):
        return None


def remember(card: Card, trial: Trial) -> None:
    """Keeps what was found; where nothing can be kept, the next run finds it again."""
    path = kept_at(card)
    with suppress(OSError):
        path.parent.mkdir(parents=True, exist_ok=True)
        whole = path.with_suffix(f".{os.getpid()}")
        whole.write_text(json.dumps(asdict(trial)), "utf-8")
        whole.replace(path)
