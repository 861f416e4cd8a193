"""What steadiness is measured on: films, and clips with exact motion made of pictures."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import chain, islice
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


def takes_in(films: Path, size: int, limit: int | None, frames: int, made: Path | None = None) -> Iterator[Take]:
    """The films there, after clips with exact motion made of the first two pictures there, or in ``made``.

    size: their height. They come one after another, so that only one has to be remembered. Raises SourceError where
    there is nothing.
    """
    if films.is_dir():
        suffixes = {path.suffix.lower() for path in films.iterdir()}
        found = find_films(films) if suffixes & {*FILMS} else []
        if made is None and (not found or suffixes & (PICTURE_SUFFIXES - {*FILMS})):
            made = films
    else:
        found = [films] if films.suffix.lower() in FILMS else []
        made = made if found or made else films
    clips = () if made is None else clips_of(find_images(made)[:2], size, frames)
    filmed = (measured_take(path.stem, frames_of(path, size, frames)) for path in found)
    return islice(chain(clips, filmed), limit)


def clips_of(pictures: Sequence[Path], height: int, frames: int) -> Iterator[Take]:
    """Clips with exact motion, made of two pictures."""
    found = [as_uint8(read_image(path).image) for path in pictures]
    for makers in (exact_clips, large_motions, small_things):
        for clip in makers(found[0], found[-1], (height, height * 16 // 9), frames).values():
            yield exact_take(clip)


def frames_of(path: Path, height: int, count: int) -> list[NDArray[np.uint8]]:
    """The first frames of a film at that height."""
    with open_film(path, VideoOptions()) as source:
        width = round(source.info.width * height / source.info.height / 2) * 2
        return [as_uint8(resized(frame.image, width, height)) for frame in islice(iter(source), count)]
