"""What steadiness is measured on: films, and clips with exact motion made of pictures."""

from __future__ import annotations

from itertools import islice
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from allaprima.config import VideoOptions
from allaprima.evaluate.temporal import Take, exact_take, measured_take
from allaprima.evaluate.temporal_clips import exact_clips, large_motions, small_things
from allaprima.io.film.finding import FILMS, find_films
from allaprima.io.still.picture import as_uint8
from allaprima.io.still.reading import PICTURE_SUFFIXES, find_images, read_image
from allaprima.pipeline.jobs.film_frames import open_film
from allaprima.pipeline.resizing import resized


def takes_in(films: Path, size: int, limit: int | None, frames: int) -> list[Take]:
    """The films there, and clips with exact motion made of the first two pictures there; ``size`` is their height."""
    if films.is_file() and films.suffix.lower() in FILMS:
        return [measured_take(films.stem, frames_of(films, size, frames))]
    suffixes = {path.suffix.lower() for path in films.iterdir()} if films.is_dir() else set()
    takes: list[Take] = []
    if not suffixes & {*FILMS} or suffixes & (PICTURE_SUFFIXES - {*FILMS}):
        found = [as_uint8(read_image(path).image) for path in find_images(films)[:2]]
        for made in (exact_clips, large_motions, small_things):
            clips = made(found[0], found[-1], (size, size * 16 // 9), frames)
            takes += [exact_take(clip) for clip in clips.values()]
    if suffixes & {*FILMS}:
        takes += [measured_take(path.stem, frames_of(path, size, frames)) for path in find_films(films)]
    return takes[:limit]


def frames_of(path: Path, height: int, count: int) -> list[NDArray[np.uint8]]:
    """The first frames of a film at that height."""
    with open_film(path, VideoOptions()) as source:
        width = round(source.info.width * height / source.info.height / 2) * 2
        return [as_uint8(resized(frame.image, width, height)) for frame in islice(iter(source), count)]
