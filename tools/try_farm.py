"""Ten films painted by a farm and by single runs, compared to the byte, and how fast both are.

``python tools/try_farm.py OUT --on processes:2 --threads 1``: each film is made here, planned, run, joined, painted
once more by a single run, and the two are compared. Printed: frames a second of both, starting included, their ratio.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
from PIL import Image

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))
from made_films import Film

FILMS = 10
TEMPORAL = ("off", "fast", "best")


def pictures(seed: int, frames: int, width: int, height: int) -> list[np.ndarray]:
    """Shots of a camera that moves over soft blotches, each of 14 to 60 frames."""
    random = np.random.default_rng(seed)
    found: list[np.ndarray] = []
    while len(found) < frames:
        blotches = random.integers(0, 255, (9, 16, 3), dtype=np.uint8)
        wide = np.asarray(Image.fromarray(blotches).resize((width + 80, height + 80), Image.Resampling.BICUBIC))
        found += [np.ascontiguousarray(wide[index // 3:index // 3 + height, index // 2:index // 2 + width])
                  for index in range(int(random.integers(14, 60)))]
    return found[:frames]


def ran(*arguments: object, environment: dict[str, str] | None = None) -> float:
    """Runs the program; gives back the seconds that it took."""
    began = time.perf_counter()
    subprocess.run([sys.executable, "-m", "allaprima", *map(str, arguments)], check=True,
                   env={**os.environ, **(environment or {})})
    return time.perf_counter() - began


def main() -> None:
    """Makes, paints and compares the films."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("out", type=Path)
    parser.add_argument("--on", default="processes:2")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--films", type=int, default=FILMS)
    parser.add_argument("--frames", type=int, default=150)
    parser.add_argument("--size", default="160x96")
    parser.add_argument("--model", default="fast")
    given = parser.parse_args()
    width, height = map(int, given.size.split("x"))
    given.out.mkdir(parents=True)
    films = []
    for number in range(given.films):
        found = pictures(number, given.frames, width, height)
        films.append(Film(width, height, tuple(range(0, 512 * len(found), 512)), pictures=found, sounds=1,
                          options={"preset": "ultrafast", "crf": "12"}).write(given.out / f"film{number}.mp4"))
    totals = {"farm": 0.0, "single": 0.0}
    for temporal in TEMPORAL:
        group = films[TEMPORAL.index(temporal)::len(TEMPORAL)]
        if not group:
            continue
        common = [*group, "--style", "starry", "--model", given.model, "--temporal", temporal]
        (given.out / f"single-{temporal}").mkdir()
        totals["single"] += ran("video", *common, "-o", f"{given.out}/single-{temporal}/")
        (given.out / f"farm-{temporal}").mkdir()
        plan = given.out / f"farm-{temporal}" / "plan.json"
        ran("farm", "plan", *common, "-o", f"{given.out}/farm-{temporal}/", "--plan", plan, "--task-frames", 48)
        totals["farm"] += ran("farm", "run", plan, "--on", given.on, "--threads", given.threads)
        tasks = len(json.loads(plan.read_text())["tasks"])
        for path in sorted((given.out / f"single-{temporal}").glob("*.mp4")):
            same = path.read_bytes() == (given.out / f"farm-{temporal}" / path.name).read_bytes()
            print(f"{temporal} {path.name}: {'the same bytes' if same else 'DIFFERENT'}")
            if not same:
                sys.exit(1)
        print(f"{temporal}: {tasks} tasks")
    frames = given.films * given.frames
    print(f"single {frames / totals['single']:.1f}, farm {frames / totals['farm']:.1f} frames a second, "
          f"ratio {totals['single'] / totals['farm']:.2f}")


if __name__ == "__main__":
    main()
