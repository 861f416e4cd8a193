"""A film's first, middle and last frame, painted, on one sheet beside the originals and the style."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path

import numpy as np

from allaprima.config import VideoOptions
from allaprima.engines import Engine, Look, at_detail
from allaprima.errors import Interrupted
from allaprima.frames import Frame, Pixels
from allaprima.io.film.encoding import size_for
from allaprima.io.film.source import VideoSource
from allaprima.io.still.cutouts import read_shown
from allaprima.io.still.picture import Picture, as_uint8
from allaprima.io.still.writing import write_image
from allaprima.pipeline.jobs.film_frames import open_film
from allaprima.pipeline.jobs.film_work import clock_of
from allaprima.pipeline.jobs.prediction import frames_timed, predicted_seconds
from allaprima.pipeline.looks.brush import working_height
from allaprima.pipeline.looks.files import files_of
from allaprima.pipeline.looks.looking import looks_on
from allaprima.pipeline.looks.region_pictures import region_pictures
from allaprima.pipeline.looks.tracks import Track, pictures_of
from allaprima.pipeline.resizing import resized, resized_frames
from allaprima.pipeline.stylizers.optimised import Continuing
from allaprima.pipeline.stylizers.stylizer import Stylizer, stylized_frame, stylizer_for

ROW_HEIGHT = 360
GAP = 8


@dataclass(frozen=True, slots=True)
class Preview:
    """Where the sheet is, and how long the whole film would take on this machine; NaN where that was not predicted."""

    path: Path
    predicted_seconds: float
    frames: int


def write_preview(path: Path, output: Path, engine: Engine, look: Look | Track, options: VideoOptions,
                  on_start: Callable[[int | None], None] | None = None,
                  on_frames: Callable[[int], None] | None = None, *, timed: bool = True) -> Preview:
    """Writes the sheet: a row each for first, middle and last frame, the original beside the painted; style above.

    on_start, on_frames: told how many frames will be painted, on the sheet and to be timed, and of each as it is.
    timed: whether the time for all is predicted, for which excerpts are painted; it is NaN otherwise.
    """
    with open_film(path, options) as source:
        look_at = looks_on(look, clock_of(source), source, whole=options.start is None and options.end is None)
        count = source.info.frame_count or sum(1 for _ in source)
        width, height = size_for(source.info, options.size, options.codec, options.pix_fmt)
        source.tone_map_at(width, height)
        frames = [resized_frame(frame, width, height) for frame in three_frames(path, source, options)]
        if on_start is not None:
            on_start(len(frames) + (frames_timed(engine, count) if timed else 0))
        stylizer = stylizer_for("off", at_detail(engine, working_height(options.detail, look)), options.stability)
        rows, taken = [], []
        for frame in frames:
            began = time.perf_counter()
            rows.append(beside(frame.image, painted_frame(stylizer, frame, look_at)))
            taken.append(time.perf_counter() - began)
            if on_frames is not None:
                on_frames(1)
        # The first frame waited for the network to be compiled; the excerpts find it so, and a run does not.
        preparing = max(0.0, taken[0] - min(taken)) if not isinstance(engine, Continuing) else 0.0
        seconds = (preparing + predicted_seconds(path, engine, look, options, source.info, count, on_frames) if timed
                   else math.nan)
        pictures = [as_uint8(read_shown(picture)) for picture in pictures_of(look)]
        if isinstance(look, Track) and look.regions is not None:
            rows.insert(0, beside(*region_pictures(look.regions, frames[0].image, look.pictures[0])))
        sheet = stacked([beside(*pictures), *rows] if pictures else rows)
        write_image(output, Picture(sheet), inputs=[path, *files_of(look)], overwrite=options.overwrite)
        return Preview(output, seconds, count)


def painted_frame(stylizer: Stylizer, frame: Frame, look_at: Callable[[int], Look]) -> Pixels:
    """The frame painted by itself; Ctrl-C stays ``KeyboardInterrupt``, with an ``Interrupted`` as its cause."""
    try:
        return stylized_frame(stylizer, frame, look_at(frame.pts), None)[0]
    except KeyboardInterrupt as interrupt:
        raise interrupt from Interrupted("interrupted: no preview was written")


def three_frames(path: Path, source: VideoSource, options: VideoOptions) -> Iterator[Frame]:
    """The first, the middle and the last frame; fewer of a film whose length its header does not tell."""
    yield next(iter(source))
    info = source.info
    if not info.frame_rate or not info.frame_count or info.frame_count < 3:
        return
    begin, seconds = options.start or Fraction(0), info.frame_count / info.frame_rate
    with open_film(path, replace(options, start=begin + seconds / 2)) as middle:
        yield next(iter(middle))
    near = min(max(seconds * Fraction(9, 10), seconds - 1), seconds - 2 / info.frame_rate)
    with open_film(path, replace(options, start=begin + near)) as ending:
        *_, last = ending
        yield last


def resized_frame(frame: Frame, width: int, height: int) -> Frame:
    """The frame at that size."""
    return next(resized_frames([frame], width, height))


def beside(*pictures: np.ndarray) -> np.ndarray:
    """Pictures side by side at one height, on white."""
    row = []
    for picture in pictures:
        width = max(1, round(picture.shape[1] * ROW_HEIGHT / picture.shape[0]))
        row += [resized(as_uint8(picture), width, ROW_HEIGHT), np.full((ROW_HEIGHT, GAP, 3), 255, np.uint8)]
    return np.concatenate(row[:-1], axis=1)


def stacked(rows: list[np.ndarray]) -> np.ndarray:
    """Rows of pictures above each other, on white."""
    width = max(row.shape[1] for row in rows)
    padded = [np.pad(row, ((0, GAP), (0, width - row.shape[1]), (0, 0)), constant_values=255) for row in rows]
    return np.concatenate(padded)[:-GAP]
