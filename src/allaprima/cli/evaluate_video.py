"""``allaprima evaluate --video``: how steady painted films are, by measurement."""

from __future__ import annotations

import json
import sys
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import typer
from numpy.typing import NDArray

from allaprima.cli.failures import tell
from allaprima.cli.opening import checked_precision
from allaprima.cli.tables import text_table
from allaprima.frames import Pixels

if TYPE_CHECKING:
    from allaprima.evaluate.temporal import Take

FILMED_FRAMES = 24    # of every film: enough for a lag of eight, and for motion


def evaluate_video(films: Path, styles: Path, models: list[str], *, size: int, limit: int | None, html: Path | None,
                   overwrite: bool, device: str, precision: str, as_json: bool) -> None:
    """Measures models on films, or on clips made of pictures with exact motion where ``films`` holds pictures."""
    from allaprima.cli.progress import fetching, painting
    from allaprima.evaluate.candidates import candidates_for
    from allaprima.evaluate.judge import open_judge
    from allaprima.evaluate.pictures import load_squares, pictures_in
    from allaprima.evaluate.temporal_report import HEADER, MODES, evaluate_films, told
    from allaprima.evaluate.temporal_report import html as html_of
    from allaprima.io.outputs import check_output, written_file
    from allaprima.runtimes import runtime_for

    if html is not None:
        check_output(html, overwrite=overwrite)
    takes = takes_in(films, size, limit)
    paintings, missing = load_squares(pictures_in([styles], limit), 256)
    for one in missing:
        tell(f"warning: {one.name} is left out: {one.reason}")
    runtime = runtime_for(device, checked_precision(precision))
    with fetching(sys.stderr) as progress:
        judge = open_judge(progress=progress)
        candidates = candidates_for(models, runtime, progress)
    with painting(sys.stderr, "evaluating") as (expect, advance):
        expect(len(takes) * len(paintings) * len(candidates) * len(MODES))
        rows = evaluate_films(takes, paintings, candidates, judge, advance=lambda name: advance(1))
    if html is not None:
        with written_file(html, overwrite=overwrite) as file:
            file.write(html_of(rows, [f"Painted by {runtime.name} on {runtime.device}."]).encode("utf-8"))
        tell(f"wrote {html}")
    lines = told(rows)
    typer.echo(json.dumps(lines, indent=2) if as_json
               else text_table(HEADER, [[shown(line[name]) for name in HEADER] for line in lines]))


def shown(value: str | float | None) -> str:
    """A cell of the table."""
    return "-" if value is None else value if isinstance(value, str) else f"{value:.4g}"


def takes_in(films: Path, size: int, limit: int | None) -> list[Take]:
    """Clips with exact motion made of the first two pictures there, or the films there; ``size`` is their height."""
    from allaprima.cli.video import FILMS, find_films
    from allaprima.evaluate.temporal import exact_take, measured_take
    from allaprima.evaluate.temporal_clips import exact_clips
    from allaprima.io.images import find_images, read_image

    if films.suffix.lower() in FILMS and films.is_file():
        return [measured_take(films.stem, frames_of(films, size))]
    if any(path.suffix.lower() in FILMS for path in films.iterdir()):
        return [measured_take(path.stem, frames_of(path, size)) for path in find_films(films)[:limit]]
    found = [as_eight_bits(read_image(path).image) for path in find_images(films)[:2]]
    return [exact_take(clip) for clip in exact_clips(found[0], found[-1], (size, size * 16 // 9)).values()][:limit]


def as_eight_bits(image: Pixels) -> NDArray[np.uint8]:
    """The picture as uint8."""
    scale = {np.dtype(np.uint8): 1.0, np.dtype(np.uint16): 1 / 257}.get(image.dtype, 255.0)
    return np.asarray(np.rint(image * np.float32(scale)), np.uint8)


def frames_of(path: Path, height: int) -> list[NDArray[np.uint8]]:
    """The first frames of a film at that height."""
    from allaprima.config import VideoOptions
    from allaprima.pipeline.films import open_film
    from allaprima.pipeline.resizing import resized

    with open_film(path, VideoOptions()) as source:
        width = round(source.info.width * height / source.info.height / 2) * 2
        return [as_eight_bits(resized(frame.image, width, height)) for frame in islice(iter(source), FILMED_FRAMES)]
