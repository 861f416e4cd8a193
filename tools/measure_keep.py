"""Measures how much the edge of a kept subject flickers in films, found frame by frame and followed along the motion.

``python tools/measure_keep.py people clip.mp4 ... [--frames 60] [--strip FOLDER]``: of each film the mean difference,
in hundredths of a whole mask, between a frame's mask and the one before carried along the optical flow, at the places
where either has its edge; and the milliseconds of core time a frame. With ``--strip``, a PNG of some frames under their
masks.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import cast

import cv2
import numpy as np
from numpy.typing import NDArray

from allaprima.config import Subject
from allaprima.io.film.source import VideoSource
from allaprima.pipeline.looks.subjects import MEMORY, Following, followed
from allaprima.sheets import encode_png, grid
from allaprima.subjects import Cover, finder_of, shrunk
from allaprima.temporal.fields import sampled, sampling_grid
from allaprima.temporal.flow import motion_between, single_threaded
from allaprima.temporal.proxies import proxy_of

EDGE = (0.05, 0.95)  # covers between these, and beside places that they lie on either side of
SHOWN = 6


def covers(images: list[NDArray[np.uint8]], subject: Subject, memory: float) -> Iterator[Cover]:
    """The covers of the subject in the frames, with that memory."""
    find, state = finder_of(subject), cast(Following | None, None)
    for image in images:
        cover, state = followed(find, image, memory, state)
        yield cover


def flicker(images: list[NDArray[np.uint8]], masks: list[Cover]) -> float:
    """The mean difference from each mask to the one before, carried along the motion, at their edges, in hundredths."""
    told = []
    for index in range(1, len(images)):
        before, now = (proxy_of(shrunk(image)) for image in images[index - 1:index + 1])
        motion = motion_between(before, now, 1.0)
        first, second = (cv2.resize(mask, now.shape[1::-1]) for mask in masks[index - 1:index + 1])
        carried = sampled(cast(Cover, first), motion.backward + sampling_grid(*now.shape[:2]))
        edge = (np.minimum(carried, second) < EDGE[1]) & (np.maximum(carried, second) > EDGE[0]) & (motion.trust > 0.5)
        if edge.any():
            told.append(float(np.abs(carried - second)[edge].mean()))
    return 100 * float(np.mean(told)) if told else 0.0


def main() -> None:
    """Measures what the command line names."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("subject", choices=("people", "faces"))
    parser.add_argument("films", nargs="+", type=Path)
    parser.add_argument("--frames", type=int, default=60)
    parser.add_argument("--strip", type=Path)
    asked = parser.parse_args()
    for path in asked.films:
        images = [shrunk(frame.image) for frame in islice(VideoSource(path), asked.frames)]
        with single_threaded():
            alone = list(covers(images, asked.subject, 0.0))
            began = time.process_time()
            steady = list(covers(images, asked.subject, MEMORY[asked.subject]))
            took = (time.process_time() - began) / len(images)
            print(f"{path.name}: flicker {flicker(images, alone):.2f} frame by frame, {flicker(images, steady):.2f} "
                  f"followed; {1000 * took:.0f} ms a frame")
        if asked.strip is not None:
            chosen = np.linspace(0, len(images) - 1, SHOWN).round().astype(int)
            rows = [[images[index] for index in chosen], *(
                [np.uint8(images[index] * (0.25 + 0.75 * (1 - masks[index][..., None])) + 190 * masks[index][..., None]
                          * np.float32([0, 0.25, 0])) for index in chosen] for masks in (alone, steady))]
            (asked.strip / f"{asked.subject}-{path.stem}.png").write_bytes(encode_png(grid(rows)))


if __name__ == "__main__":
    main()
