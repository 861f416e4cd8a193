"""Plays the example clip into a painter that is three times too slow, for minutes; tells age and memory as it goes.

Fails where memory grew, or where a frame's age when it was first shown did not stay under two frame times plus its own
painting, for all but one in a hundred.

python tools/hold_latency.py --minutes 5
"""

from __future__ import annotations

import argparse
import sys
import threading
import time
from pathlib import Path

from allaprima.config import LiveOptions, StyleOptions
from allaprima.engines import Look, Statistics
from allaprima.engines.identity import IdentityEngine
from allaprima.io.camera.film import FilmReader
from allaprima.pipeline.live.report import Latency
from allaprima.pipeline.live.stage import perform
from allaprima.runtimes.calls import Batch
from allaprima.sizes import Size

CLIP = Path(__file__).resolve().parents[1] / "examples" / "clip.mp4"
FRAME_SECONDS = 1 / 24
LARGEST_GROWTH_MIB = 32


class Slow(IdentityEngine):
    """Takes three frame times a picture; held steady, as the identity itself is not."""

    name = "slow"

    def stylize(self, images: Batch, looks: list[Look],  # type: ignore[override]
                statistics: Statistics | None = None) -> tuple[Batch, Statistics]:
        time.sleep(3 * FRAME_SECONDS)
        return super().stylize(images, looks, statistics)


def resident_mib() -> float:
    """The memory of this process."""
    for line in Path("/proc/self/status").read_text(encoding="ascii").splitlines():
        if line.startswith("VmRSS"):
            return int(line.split()[1]) / 1024
    return 0.0


def main() -> int:
    """Runs, prints, and fails where latency or memory was not held."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--minutes", type=float, default=5.0)
    minutes = parser.parse_args().minutes
    readings: list[float] = []
    ended = threading.Event()

    def watch() -> None:
        while not ended.wait(10):
            readings.append(resident_mib())
            print(f"{10 * len(readings):5d} s  {readings[-1]:.1f} MiB", flush=True)

    threading.Thread(target=watch, daemon=True).start()
    report, _ = perform(str(CLIP), ["starry"], [Slow()], StyleOptions(),
                        LiveOptions(size=Size(shorter=180), max_latency_ms=60_000, duration=round(60 * minutes)),
                        reader=lambda: FilmReader(CLIP, repeat=True))  # type: ignore[arg-type]
    ended.set()
    bound_ms = 1000 * 2 * FRAME_SECONDS
    growth = readings[-1] - readings[0] if readings else 0.0
    print(f"{report.frames_shown} shown, {report.frames_dropped} dropped; painting takes {report.paint_ms:.0f} ms, "
          f"a frame lasts {1000 * FRAME_SECONDS:.0f} ms")
    print(f"age when first shown: {spread(report.latency_ms)}")
    print(f"... beyond its own painting: {spread(report.waiting_ms)} (bound, two frame times: {bound_ms:.0f} ms)")
    print(f"memory grew by {growth:.1f} MiB after the first ten seconds")
    return int(report.waiting_ms.p99 > bound_ms or growth > LARGEST_GROWTH_MIB)


def spread(delays: Latency) -> str:
    """Percentiles in words."""
    return f"p50 {delays.p50:.0f}, p95 {delays.p95:.0f}, p99 {delays.p99:.0f}, worst {delays.worst:.0f} ms"


if __name__ == "__main__":
    sys.exit(main())
