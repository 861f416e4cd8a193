"""Measures how near each region of a painting is to its part of the style, with ``--regions`` and without.

``python tools/measure_regions.py -m balanced --content A B --style C D [--count 2] [-o sheet.png]``: each content in
the style beside it. The style loss (the judge's, at 256 lines) of every region's part, cut out of the painting, to the
part of the style that it was matched with, weighed by what the regions cover. On the sheet, a PNG or a JPEG: style,
content, painted in the whole style; below, the regions of both, and painted in the style's parts.
"""

from __future__ import annotations

import argparse
from fractions import Fraction
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from allaprima.curves import Clock, constant
from allaprima.engines import Engine, Look, at_detail, engine_for
from allaprima.engines.detail import shrunk
from allaprima.engines.regions import mask_at_size
from allaprima.evaluate.judge import Judge, open_judge
from allaprima.evaluate.pictures import as_levels, load_whole
from allaprima.evaluate.temporal import style_loss
from allaprima.frames import Frame, StreamInfo
from allaprima.pipeline.looks.region_maps import as_colors
from allaprima.pipeline.looks.region_pictures import overlaid
from allaprima.pipeline.looks.regions import Parts, RegionsAsked, part_of
from allaprima.pipeline.looks.tracks import load_track
from allaprima.runtimes import runtime_for
from allaprima.subjects.regions import clusters_of, seer, shares_of
from measure_photoreal import quality_of

SEEN, BRUSH, ROW = 256, 400, 300

Picture = NDArray[np.uint8]


def measured(engine: Engine, judge: Judge, content: Path, style: Path, size: int, count: int) -> list[Picture]:
    """The sheet's six pictures of a pair; its measures are printed."""
    picture, art = (as_levels(load_whole(path, size).image) for path in (content, style))
    asked = RegionsAsked(count)
    info = StreamInfo(picture.shape[1], picture.shape[0], Fraction(1))
    track = load_track(str(style), engine, constant(1.0), regions=asked).beside(
        info, Clock(Fraction(1)), lambda: 1, lambda: iter([Frame(picture, None, 0, 1, 0)]))
    look = track.at(Fraction(0))
    painter = at_detail(engine, BRUSH)
    whole, parted = (np.asarray(painter.stylize(picture[None], [one])[0][0], np.uint8)
                     for one in (Look(look.style), look))
    seen = seer()(picture)
    shares = shares_of(seen, clusters_of(seen, count))
    order, parts = Parts(asked, style, lambda part, name: look.style).matched(seen, shares)
    losses = [(float(share.mean()), [part_loss(judge, made, share, art, parts[index]) for made in (whole, parted)])
              for share, index in zip(shares, order, strict=True)]
    means = np.sum([cover * np.array(both) for cover, both in losses], axis=0)
    print(f"{content.stem} in {style.stem}: within regions {means[0]:.3f} in the whole style, {means[1]:.3f} in parts",
          flush=True)
    return [art, picture, whole, overlaid(art, as_colors(parts[order])), overlaid(picture, as_colors(shares)), parted]


def part_loss(judge: Judge, made: Picture, share: NDArray[np.float32], art: Picture,
              part: NDArray[np.float32]) -> float:
    """The style loss of a region of a painting to a part of the style, both cut out at 256 lines of their pictures."""
    own, other = (np.asarray(shrunk(picture, SEEN), np.uint8) for picture in (made, art))
    cut, target = (np.asarray(part_of(picture, mask_at_size(mask, *picture.shape[:2])), np.float32) / 255
                   for picture, mask in ((own, share), (other, part)))
    return style_loss([np.asarray(255 * padded(cut), np.uint8)], judge, judge.features(padded(target)))


def padded(picture: NDArray[np.float32]) -> NDArray[np.float32]:
    """A picture mirrored to 64 pixels a side at least, which the judge's layers need."""
    missing = [(0, max(0, 64 - side)) for side in picture.shape[:2]]
    return np.pad(picture, (*missing, (0, 0)), mode="symmetric")


def main() -> None:
    """Measures what the command line names."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("-m", "--model", default="balanced")
    parser.add_argument("--content", type=Path, nargs="+", required=True)
    parser.add_argument("--style", type=Path, nargs="+", required=True)
    parser.add_argument("--count", type=int, default=2)
    parser.add_argument("--size", type=int, default=400)
    parser.add_argument("-o", "--output", type=Path)
    asked = parser.parse_args()
    engine, judge = engine_for(asked.model, runtime_for("cpu")), open_judge()
    rows = []
    for content, style in zip(asked.content, asked.style, strict=True):
        pictures = measured(engine, judge, content, style, asked.size, asked.count)
        squares = [np.asarray(shrunk(one, ROW), np.uint8)[:ROW, :ROW] for one in pictures]
        rows += [np.concatenate(squares[place:place + 3], axis=1) for place in (0, 3)]
        if asked.output is not None:
            cv2.imwrite(str(asked.output), np.concatenate(rows)[..., ::-1], quality_of(asked.output))


if __name__ == "__main__":
    main()
