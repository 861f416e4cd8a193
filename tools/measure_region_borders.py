"""Measures whether the borders of regions flicker in painted films.

``python tools/measure_region_borders.py -m balanced --style mosaic.jpg --film a.mp4 b.mp4 [--count 2] [-o sheet.png]``:
the first 24 frames of each film, at 256 lines, painted and held steady in the whole style and with ``--regions auto``.
Squared warping error beyond the content's own, lags 1 and 8, within 6 pixels of a border between regions and
elsewhere; and the mean change of the regions themselves along the motion, 0 to 1, near borders. On the sheet: the first
and the last frame, their regions, painted in the whole style, in its parts.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from allaprima.curves import Clock, constant
from allaprima.engines import Engine, Look, engine_for
from allaprima.engines.regions import mask_at_size
from allaprima.evaluate.temporal import Take, as_batch, measured_take, remembered
from allaprima.frames import Frame, StreamInfo
from allaprima.functional import flow
from allaprima.pipeline.looks.region_maps import as_colors
from allaprima.pipeline.looks.region_pictures import overlaid
from allaprima.pipeline.looks.regions import RegionsAsked
from allaprima.pipeline.looks.tracks import load_track
from allaprima.runtimes import runtime_for
from allaprima.sheets import encode_png
from measure_photoreal import first_frames, painted_film

NEAR = 6  # pixels
RATE = Fraction(1, 24)

Picture = NDArray[np.uint8]
Places = NDArray[np.bool_]


def near_borders(shares: NDArray[np.float32]) -> Places:
    """Where (H, W) a border between regions (R, H, W) is no further than ``NEAR`` pixels."""
    found = shares.argmax(axis=0).astype(np.uint8)
    kernel = np.ones((2 * NEAR + 1, 2 * NEAR + 1), np.uint8)
    return np.asarray(cv2.dilate(found, kernel) != cv2.erode(found, kernel))


def error_at(frames: Sequence[Picture], take: Take, places: Sequence[Places], lag: int) -> float:
    """The mean squared warping error at those places (H, W) of each frame (H, W, 3)."""
    total, count = 0.0, 0
    for index in range(len(frames) - lag):
        field, seen = take.motion(index, index + lag)
        here = seen & as_batch(places[index][..., None].astype(np.uint8)).bool()
        if here.any():
            pair = [as_batch(frames[place]) for place in (index, index + lag)]
            total += float(flow.warping_error(*pair, field, here)) * int(here.sum())
            count += int(here.sum())
    return total / max(count, 1)


def measured(engine: Engine, film: Path, style: Path, count: int | None) -> Picture:
    """The sheet's rows of a film; its measures are printed."""
    frames = first_frames(film)
    height, width = frames[0].shape[:2]
    track = load_track(str(style), engine, constant(1.0), regions=RegionsAsked(count)).beside(
        StreamInfo(width, height, RATE), Clock(RATE), lambda: len(frames),
        lambda: (Frame(picture, None, index, 1, index) for index, picture in enumerate(frames)))
    looks = [track.at(index * RATE) for index in range(len(frames))]
    shares = [np.stack([mask_at_size(region.mask, height, width) for region in look.regions]) for look in looks]
    take = remembered(measured_take(film.stem, frames))
    borders = [near_borders(each) for each in shares]
    places = {"at borders": borders, "elsewhere": [~each for each in borders]}
    films = {"whole style": painted_film(engine, frames, [Look(look.style) for look in looks]),
             "regions": painted_film(engine, frames, looks)}
    print(f"{film.stem}: {len(looks[0].regions)} regions, borders cover {np.mean(borders):.0%}")
    for name, where in places.items():
        own = {lag: error_at(frames, take, where, lag) for lag in (1, 8)}
        told = [f"the content's own {own[1]:.2e}, {own[8]:.2e}"]
        for made, pictures in films.items():
            beyond = [error_at(pictures, take, where, lag) - own[lag] for lag in (1, 8)]
            told.append(f"{made} {beyond[0]:+.2e}, {beyond[1]:+.2e}")
        print(f"  {name}: {'; '.join(told)}", flush=True)
    levels = [np.repeat(np.rint(255 * each[0])[..., None].astype(np.uint8), 3, axis=2) for each in shares]
    change = [error_at(levels, take, borders, lag) ** 0.5 for lag in (1, 8)]
    print(f"  the first region itself changes at borders by {change[0]:.3f}, {change[1]:.3f}", flush=True)
    rows = [np.concatenate([frames[index], overlaid(frames[index], as_colors(shares[index])),
                            films["whole style"][index], films["regions"][index]], axis=1)
            for index in (0, len(frames) - 1)]
    return np.concatenate(rows)


def main() -> None:
    """Measures what the command line names."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("-m", "--model", default="balanced")
    parser.add_argument("--style", type=Path, required=True)
    parser.add_argument("--film", type=Path, nargs="+", required=True)
    parser.add_argument("--count", type=int)
    parser.add_argument("-o", "--output", type=Path)
    asked = parser.parse_args()
    engine = engine_for(asked.model, runtime_for("cpu"))
    rows = [measured(engine, film, asked.style, asked.count) for film in asked.film]
    if asked.output is not None:
        width = max(row.shape[1] for row in rows)
        asked.output.write_bytes(encode_png(np.concatenate(
            [np.pad(row, ((0, 4), (0, width - row.shape[1]), (0, 0)), constant_values=255) for row in rows])))


if __name__ == "__main__":
    main()
