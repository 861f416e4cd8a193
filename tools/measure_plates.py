"""Measures what plates cost: seconds a frame of a 2K OpenEXR sequence, with colour management and without.

``python tools/measure_plates.py [--frames 6] [--size 2048x1080] [--model balanced]``: frames made of an example
photograph are painted as OpenEXR (half, ZIP) and, the same picture as the network sees it, as TIFF of 16 bits, each
frame by itself and held steady. Printed: seconds of the clock and of the cores a frame, and core seconds a frame of the
colour management (to the picture and back), of reading plates, and of writing and checking them.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import ParamSpec, TypeVar

import cv2
import numpy as np
import OpenImageIO as oiio  # noqa: N813  its own documentation calls it so
from numpy.typing import NDArray

from allaprima.colorspaces.transfer import Transferred
from allaprima.config import ColorManagement, SequenceOptions, Temporal
from allaprima.engines import Look, engine_for
from allaprima.io.plates import managed
from allaprima.io.plates.managed import ManagedPlates
from allaprima.io.still.reading import read_image
from allaprima.io.still.writing import write_image
from allaprima.pipeline.jobs.sequences import paint_sequence
from allaprima.pipeline.looks.styles import load_style
from allaprima.runtimes import runtime_for

P = ParamSpec("P")
R = TypeVar("R")
ROOT = Path(__file__).parents[1]
WAYS: tuple[Temporal, ...] = ("off", "fast")
SPENT: dict[str, float] = {}


def timed(label: str, work: Callable[P, R]) -> Callable[P, R]:
    """The same work, whose core seconds are added up under a label."""

    def done(*given: P.args, **named: P.kwargs) -> R:
        started = time.thread_time()
        try:
            return work(*given, **named)
        finally:
            SPENT[label] = SPENT.get(label, 0.0) + time.thread_time() - started

    return done


def write(folder: Path, count: int, width: int, height: int) -> None:
    """The frames: a pan over the photograph, taken for light."""
    photo = read_image(ROOT / "examples" / "photos" / "mountains.jpg").image
    large = cv2.resize(photo, (width + 8 * count, height + 4 * count), interpolation=cv2.INTER_CUBIC)
    light: NDArray[np.float32] = (large.astype(np.float32) / 255) ** np.float32(2.2) * 2
    for index in range(count):
        spec = oiio.ImageSpec(width, height, 3, "half")
        spec.attribute("compression", "zip")
        path = str(folder / f"p.{index:04d}.exr")
        file = oiio.ImageOutput.create(path)
        file.open(path, spec)
        file.write_image(np.ascontiguousarray(light[2 * index:2 * index + height, 4 * index:4 * index + width]))
        file.close()
    paths = [folder / f"p.{index:04d}.exr" for index in range(count)]
    plates = ManagedPlates(paths, ColorManagement())
    for path in paths:
        write_image(path.with_suffix(".tif"), plates.read(path), overwrite=True)


def main() -> None:
    """Measures and prints."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--frames", type=int, default=6)
    parser.add_argument("--size", default="2048x1080")
    parser.add_argument("--model", default="balanced")
    asked = parser.parse_args()
    width, height = map(int, asked.size.split("x"))
    Transferred.shown = timed("colours", Transferred.shown)  # type: ignore[method-assign]
    Transferred.back = timed("colours", Transferred.back)  # type: ignore[method-assign]
    managed.read_plate = timed("reading", managed.read_plate)
    managed.plate_bytes = timed("writing", managed.plate_bytes)
    engine = engine_for(asked.model, runtime_for("cpu"))
    look = Look(load_style("starry", engine))
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        write(folder, asked.frames, width, height)
        for temporal in WAYS:
            for suffix in (".tif", ".exr"):
                SPENT.clear()
                cores, clock = time.process_time(), time.perf_counter()
                paint_sequence(folder / f"p.%04d{suffix}", folder / f"o.%04d{suffix}", engine, look,
                               SequenceOptions(temporal=temporal, overwrite=True))
                cores, clock = (now - then for now, then in ((time.process_time(), cores),
                                                             (time.perf_counter(), clock)))
                parts = ", ".join(f"{label} {seconds / asked.frames:.3f}" for label, seconds in sorted(SPENT.items()))
                print(f"--temporal {temporal} {suffix}: {clock / asked.frames:.2f} s a frame, "
                      f"{cores / asked.frames:.2f} core seconds ({parts or 'no colour management'})", flush=True)


if __name__ == "__main__":
    main()
