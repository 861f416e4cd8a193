"""One film, one sequence, one preview: painted with progress shown, told of, and reported as data."""

from __future__ import annotations

import dataclasses
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from allaprima.cli.failures import tell
from allaprima.cli.film_text import as_data, summary_of
from allaprima.cli.progress import painting
from allaprima.config import SequenceOptions, VideoOptions
from allaprima.plurals import counted

if TYPE_CHECKING:
    from allaprima.engines import Engine, Look
    from allaprima.pipeline.looks.tracks import Track


def render_film(path: Path, output: Path, engine: Engine, look: Look | Track, options: VideoOptions) -> object:
    """Paints a film; gives back its report as data."""
    from allaprima.pipeline.jobs.films import paint_film

    with painting(sys.stderr, path.name) as (on_start, on_frames):
        report = paint_film(path, output, engine, look, options, on_start, on_frames)
    tell(summary_of(report, engine))
    return as_data(report)


def render_sequence(path: Path, output: Path, engine: Engine, look: Look | Track, options: SequenceOptions) -> object:
    """Paints numbered frames; gives back their report as data."""
    from allaprima.pipeline.jobs.sequences import paint_sequence

    with painting(sys.stderr, path.name) as (on_start, on_frames):
        report = paint_sequence(path, output, engine, look, options, on_start, on_frames)
    for warning in report.warnings:
        tell(f"warning: {warning}")
    tell(f"{report.output}: {counted(report.rendered, 'frame')} painted, {report.kept} kept, {report.run.fps:.1f} fps")
    return dataclasses.asdict(report)


def render_preview(path: Path, output: Path, engine: Engine, look: Look | Track, options: VideoOptions,
                   opening_seconds: float) -> object:
    """Paints three frames of a film onto a sheet; gives back where it is and the predicted time as data.

    opening_seconds: what opening model and style took, which a run takes too.
    """
    from allaprima.pipeline.jobs.preview import write_preview

    preview = write_preview(path, output, engine, look, options)
    seconds = opening_seconds + preview.predicted_seconds
    frames = counted(preview.frames, "frame")
    tell(f"{preview.path}: the whole film of {frames} would take about {seconds:.0f} s")
    return {"output": str(preview.path), "predicted_seconds": round(seconds, 1),
            "frames": preview.frames}
