"""Paints a long small film and prints the memory that the process holds along the way: it must not grow.

python tools/measure_memory.py --frames 20000
"""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path

from allaprima import load_style, open_model
from allaprima.config import VideoOptions
from allaprima.engines import Look
from allaprima.evaluate.speed import make_film
from allaprima.pipeline.jobs.films import paint_film

WARM_UP = 100  # frames by which everything is compiled and every queue has been full


def resident_mib() -> float:
    """What the process holds in memory now (Linux)."""
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return pages * 4096 / 2**20


def main() -> None:
    """Prints a line a tenth of the film, then the growth since the first hundred frames."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--frames", type=int, default=20000)
    parser.add_argument("--size", default="64x48")
    parser.add_argument("--model", default="balanced")
    asked = parser.parse_args()
    width, height = (int(side) for side in asked.size.split("x"))
    model = open_model(asked.model)
    engine, look = model.engine, Look(load_style("starry", model))
    held: list[tuple[int, float]] = []
    painted = 0

    def note(frames: int) -> None:
        nonlocal painted
        painted += frames
        due = WARM_UP if not held else len(held) * asked.frames // 10
        if painted >= due:
            held.append((painted, resident_mib()))
            print(f"{painted:8} frames  {held[-1][1]:8.1f} MiB", flush=True)

    with tempfile.TemporaryDirectory() as folder:
        film = make_film(Path(folder) / "long.mp4", width, height, asked.frames)
        paint_film(film, Path(folder) / "painted.mp4", engine, look, VideoOptions(), on_frames=note)
    first, last = held[0][1], held[-1][1]
    print(f"growth from frame {held[0][0]} to {held[-1][0]}: {last - first:+.1f} MiB of {first:.1f}")


if __name__ == "__main__":
    main()
