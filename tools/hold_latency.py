"""Plays the example clip into a painter that is three times too slow, for minutes; tells latency and memory as it goes.

python tools/hold_latency.py --minutes 5
"""

from __future__ import annotations

import argparse
import sys
import threading
import time
from pathlib import Path

from allaprima.config import LiveOptions, Size, StyleOptions
from allaprima.engines import Look, Statistics
from allaprima.engines.identity import IdentityEngine
from allaprima.io.camera_film import FilmReader
from allaprima.pipeline.live.stage import perform
from allaprima.runtimes.calls import Batch

CLIP = Path(__file__).resolve().parents[1] / "examples" / "clip.mp4"
FRAME_SECONDS = 1 / 24
LARGEST_GROWTH_MIB = 32


class Slow(IdentityEngine):
    """Takes three frame times a picture."""

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
    bound_ms = 1000 * 5 * FRAME_SECONDS
    growth = readings[-1] - readings[0] if readings else 0.0
    latency = report.latency_ms
    print(f"{report.frames_shown} shown, {report.frames_dropped} dropped; latency p50 {latency.p50:.0f}, "
          f"p95 {latency.p95:.0f}, p99 {latency.p99:.0f}, worst {latency.worst:.0f} ms (bound {bound_ms:.0f}); "
          f"memory grew by {growth:.1f} MiB after the first ten seconds")
    return int(latency.p95 > bound_ms or growth > LARGEST_GROWTH_MIB)


if __name__ == "__main__":
    sys.exit(main())
