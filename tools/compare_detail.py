"""Paints photographs at several heights with one working height, and prints how far each result is from the style.

python tools/compare_detail.py [PHOTOGRAPH ...] --detail 540 --lines 540,1080,2160 --style starry

A film's 540-line preview and its 2160-line final are to look alike: results are shrunk to the working height, and
their style losses compared. Exits 1 where one is more than five percent from that of the smallest. Without photographs,
three are fetched from a Debian package. The last columns are core milliseconds of shrinking and of upsampling.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

from allaprima import load_style, open_model
from allaprima.bundled import bundled_styles
from allaprima.engines import Look, at_detail
from allaprima.engines.detail import shrunk
from allaprima.engines.upsampling import change_upsampled
from allaprima.evaluate.judge import open_judge
from allaprima.evaluate.pictures import load_whole
from allaprima.frames import Pixels
from allaprima.io.still.picture import as_uint8
from allaprima.io.still.reading import read_image
from sources import BRIDGE, MOUNTAINS, SUNSET, fetch

ALLOWED = 0.05


def core_ms(content: Pixels, detail: int) -> tuple[float, float]:
    """Core milliseconds of shrinking a picture, and of upsampling its change; the better of three."""
    small = shrunk(content, detail)
    marks = []
    for _ in range(3):
        started = time.process_time()
        shrunk(content, detail)
        between = time.process_time()
        change_upsampled(content, small, small)
        marks.append((between - started, time.process_time() - between))
    shrinking, upsampling = (1000 * min(times) for times in zip(*marks, strict=True))
    return shrinking, upsampling


def main() -> None:
    """Prints a line a photograph and height."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("photographs", nargs="*", type=Path)
    parser.add_argument("--detail", type=int, default=540)
    parser.add_argument("--lines", default="540,1080,2160")
    parser.add_argument("--style", default="starry", help="a bundled style, or a picture")
    parser.add_argument("--model", default="balanced")
    asked = parser.parse_args()
    judge, model = open_judge(), open_model(asked.model)
    engine, look = model.engine, Look(load_style(asked.style, model))
    style = judge.style_target(judge.features(load_whole(bundled_styles().get(asked.style, Path(asked.style))).image))
    worst = 0.0
    with tempfile.TemporaryDirectory() as folder:
        paths = asked.photographs or [fetch(file, Path(folder)) for file in (MOUNTAINS, BRIDGE, SUNSET)]
        print(f"{'photograph':32} {'lines':>5}  style loss  apart  shrink ms  upsample ms")
        for path in paths:
            photograph, first = as_uint8(read_image(path).image), 0.0
            for lines in map(int, asked.lines.split(",")):
                content = shrunk(photograph, lines)
                painted, _ = at_detail(engine, asked.detail).stylize(content[None], [look])
                seen = judge.features(shrunk(painted[0], asked.detail).astype(np.float32) / np.float32(255))
                loss = judge.measure(seen, seen, style).style
                first = first or loss
                apart = loss / first - 1
                worst = max(worst, abs(apart))
                shrinking, upsampling = core_ms(content, asked.detail)
                print(f"{path.name[:32]:32} {lines:5}  {loss:10.3f}  {apart:+5.1%}  {shrinking:9.1f}  "
                      f"{upsampling:11.1f}", flush=True)
    print(f"at most {worst:.1%} apart")
    sys.exit(worst > ALLOWED)


if __name__ == "__main__":
    main()
