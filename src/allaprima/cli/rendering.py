"""One film, one sequence, one preview: painted with progress shown, told of, and reported as data."""

from __future__ import annotations

import dataclasses
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from allaprima.cli.failures import tell
from allaprima.cli.film_text import as_data, summary_of
from allaprima.cli.optimising import OPTIMISER, watched
from allaprima.cli.progress import painting
from allaprima.config import ImageOptions, SequenceOptions, VideoOptions
from allaprima.plurals import counted

if TYPE_CHECKING:
    from allaprima.engines import Engine, Look
    from allaprima.pipeline.looks.tracks import Track


def render_film(path: Path, output: Path, engine: Engine, look: Look | Track, options: VideoOptions) -> object:
    """Paints a film; gives back its report as data."""
    from allaprima.pipeline.jobs.films import paint_film

    with painting(sys.stderr, path.name) as (on_start, on_frames):
        report = paint_film(path, output, engine, look, options, on_start, on_frames)
    for note in report.notes:
        tell(note)
    tell(summary_of(report, engine))
    return as_data(report)


def render_sequence(path: Path, output: Path, engine: Engine, look: Look | Track, options: SequenceOptions) -> object:
    """Paints numbered frames; gives back their report as data."""
    from allaprima.pipeline.jobs.sequences import paint_sequence

    with painting(sys.stderr, path.name) as (on_start, on_frames):
        report = paint_sequence(path, output, engine, look, options, on_start, on_frames)
    for warning in report.warnings:
        tell(f"warning: {warning}")
    for note in report.notes:
        tell(note)
    tell(f"{report.output}: {counted(report.rendered, 'frame')} painted, {report.kept} kept, {report.run.fps:.1f} fps")
    return dataclasses.asdict(report)


def render_preview(path: Path, output: Path, engine: Engine, look: Look | Track, options: VideoOptions,
                   opening_seconds: float) -> object:
    """Paints three frames of a film onto a sheet; gives back where it is and the predicted time as data.

    opening_seconds: what opening model and style took, which a run takes too.
    """
    from allaprima.pipeline.jobs.preview import write_preview

    with painting(sys.stderr, f"preview of {path.name}") as (on_start, on_frames):
        preview = write_preview(path, output, engine, look, options, on_start, on_frames)
    seconds = opening_seconds + preview.predicted_seconds
    frames = counted(preview.frames, "frame")
    tell(f"{preview.path}: the whole film of {frames} would take about {seconds:.0f} s")
    return {"output": str(preview.path), "predicted_seconds": round(seconds, 1),
            "frames": preview.frames}


def render_still_preview(paths: Sequence[Path], output: Path, engine: Engine, look: Callable[[Path], Look | Track],
                         options: ImageOptions, opening_seconds: float) -> object:
    """Paints up to three of several pictures onto a sheet; gives back where it is and the predicted time as data.

    opening_seconds: see ``render_preview``.
    """
    from allaprima.pipeline.jobs.still_preview import preview_stills

    with previewing(engine, len(paths)) as on_picture:
        preview = preview_stills(paths, output, engine, look, options, on_picture)
    seconds = opening_seconds + preview.predicted_seconds
    tell(f"{preview.path}: painting {counted(preview.pictures, 'picture')} would take about {seconds:.0f} s")
    return {"output": str(preview.path), "predicted_seconds": round(seconds, 1), "pictures": preview.pictures}


@contextmanager
def previewing(engine: Engine, pictures: int) -> Iterator[Callable[[], None]]:
    """A callback for each picture painted for a preview; of an optimiser's the steps are shown instead."""
    if engine.name == OPTIMISER:
        with watched(engine, "preview"):
            yield lambda: None
        return
    with painting(sys.stderr, "preview") as (on_start, on_frames):
        on_start(min(3, pictures))
        yield lambda: on_frames(1)
