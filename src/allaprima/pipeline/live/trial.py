"""How long painting takes here."""

from __future__ import annotations

import time

import numpy as np

from allaprima.engines import Engine, Look

TRIALS = 8
LONGEST_SECONDS = 2.0  # for all trials but the first


def seconds_a_frame(engine: Engine, width: int, height: int) -> float:
    """The median time that painting one frame of that size takes, compiled before."""
    rng = np.random.default_rng(0)
    picture = rng.integers(0, 256, (height, width, 3), np.uint8)
    look = Look(engine.encode(picture, "trial"))
    engine.stylize(picture[None], [look])
    times: list[float] = []
    ends = time.perf_counter() + LONGEST_SECONDS
    while not times or (len(times) < TRIALS and time.perf_counter() < ends):
        started = time.perf_counter()
        engine.stylize(picture[None], [look])
        times.append(time.perf_counter() - started)
    return float(np.median(times))
