"""Enlarges a photograph, paints it by the command, and prints what that took: seconds, and the most memory held.

python tools/paint_large.py examples/photos/mountains.jpg --size 12000x8000 -o large.png -- --detail full

What stands after -- is handed to the command.
"""

from __future__ import annotations

import argparse
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import cv2
import numpy as np

GRAIN = 6.0  # deviation of the noise, of 255: an enlarged photograph has no detail of its own
ROWS = 512   # noised at a time


def enlarged(photograph: Path, width: int, height: int) -> np.ndarray:
    """The photograph (height, width, 3), BGR, at that size, with grain."""
    picture = cv2.imread(str(photograph))
    if picture is None:
        sys.exit(f"no picture: {photograph}")
    large = cv2.resize(picture, (width, height), interpolation=cv2.INTER_CUBIC)
    rng = np.random.default_rng(0)
    for start in range(0, height, ROWS):
        rows = large[start:start + ROWS]
        rows[:] = np.clip(rows + rng.normal(0, GRAIN, rows.shape).astype(np.float32), 0, 255)
    return large


def main() -> None:
    """Prints one line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("photograph", type=Path)
    parser.add_argument("--size", default="12000x8000")
    parser.add_argument("--style", default="starry")
    parser.add_argument("-o", "--output", type=Path, default=None)
    split = sys.argv.index("--") if "--" in sys.argv else len(sys.argv)
    asked, arguments = parser.parse_args(sys.argv[1:split]), sys.argv[split + 1:]
    width, height = (int(side) for side in asked.size.split("x"))
    with tempfile.TemporaryDirectory() as folder:
        large = Path(folder) / "large.png"
        cv2.imwrite(str(large), enlarged(asked.photograph, width, height), [cv2.IMWRITE_PNG_COMPRESSION, 1])
        output = asked.output or Path(folder) / "painted.png"
        command = [sys.executable, "-m", "allaprima", "image", str(large), "--style", asked.style, "-o", str(output),
                   "--overwrite", *arguments]
        started = time.perf_counter()
        done = subprocess.run(command, check=False)
        seconds = time.perf_counter() - started
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    print(f"{width}x{height} {' '.join(arguments)}: {seconds:.1f} s ({used.ru_utime + used.ru_stime:.1f} core "
          f"seconds), {used.ru_maxrss / 2**20:.2f} GiB at most")
    sys.exit(done.returncode)


if __name__ == "__main__":
    main()
