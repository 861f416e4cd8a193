"""``stylize-video``: films in, films out, painted in a style, sound and timing kept."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from allaprima.cli import options as given
from allaprima.cli.failures import FAILED, tell, tell_failure
from allaprima.cli.film_text import as_data, summary_of
from allaprima.cli.opening import look_for, open_engine
from allaprima.cli.outputs import expanded, make_folder, output_for
from allaprima.cli.progress import painting
from allaprima.config import Audio, Codec, Hdr, ModelOptions, StyleOptions, VideoOptions, parsed_seconds, parsed_size
from allaprima.errors import AllaprimaError, Interrupted, SourceError

if TYPE_CHECKING:
    from allaprima.pipeline.films import FilmReport

FILMS = (".mp4", ".mov", ".m4v", ".mkv", ".webm", ".avi", ".mpg", ".mpeg", ".ts", ".mts", ".flv", ".wmv", ".mxf",
         ".3gp", ".ogv", ".gif", ".y4m")


def stylize_video(
        inputs: given.Inputs, style: given.Style, output: given.Output = None,
        strength: given.Strength = StyleOptions.strength, style_scale: given.StyleScale = StyleOptions.style_scale,
        size: given.Size = None,
        start: Annotated[str | None, typer.Option("--start", help="Begin there: seconds, or h:mm:ss.")] = None,
        end: Annotated[str | None, typer.Option("--end", help="End there: seconds, or h:mm:ss.")] = None,
        preview: Annotated[bool, typer.Option(
            "--preview", help="Paint three frames onto one sheet and predict the time for all.")] = False,
        codec: Annotated[Codec, typer.Option("--codec", help="The codec of the result.")] = VideoOptions.codec,
        crf: Annotated[int, typer.Option("--crf", help="Quality of the result: smaller is better.")] = VideoOptions.crf,
        pix_fmt: Annotated[str, typer.Option(
            "--pix-fmt", help="Pixel format; auto keeps the depth.")] = VideoOptions.pix_fmt,
        audio: Annotated[Audio, typer.Option("--audio", help="Copy the sound, or leave it out.")] = VideoOptions.audio,
        hdr: Annotated[Hdr, typer.Option("--hdr", help="What to do with PQ and HLG films.")] = VideoOptions.hdr,
        temporal: Annotated[Literal["off"], typer.Option("--temporal", help="Steadying over time.")] = "off",
        strict: Annotated[bool, typer.Option("--strict", help="Make any lost frame an error.")] = VideoOptions.strict,
        overwrite: given.Overwrite = VideoOptions.overwrite,
        resume: Annotated[bool, typer.Option("--resume", help="Go on from an interrupted run.")] = VideoOptions.resume,
        model: given.Model = ModelOptions.model, device: given.Device = ModelOptions.device,
        precision: given.Precision = ModelOptions.precision,
        batch_size: Annotated[int, typer.Option(
            "--batch-size", help="Frames painted at once.")] = VideoOptions.batch_size,
        max_pixels: given.MaxPixels = VideoOptions.max_pixels, as_json: given.Json = False) -> None:
    """Paint films in a style: stylize-video in.mp4 --style art.jpg."""
    from allaprima.pipeline.films import paint_film
    from allaprima.pipeline.preview import write_preview

    wanted = VideoOptions(
        parsed_size(size) if size else None, parsed_seconds(start) if start else None,
        parsed_seconds(end) if end else None, codec, crf, pix_fmt, audio, hdr, strict, temporal, batch_size, overwrite,
        resume, max_pixels)
    chosen = StyleOptions(strength, style_scale)
    files = expanded(inputs, find_films)
    engine = open_engine(model, device, precision)
    look = look_for(style, engine, chosen)
    make_folder(output)
    reports: list[FilmReport] = []
    failures = 0
    for path in files:
        try:
            if preview:
                target = output_for(path, f"{look.style.name}-preview", output, len(files) > 1, ".png")
                sheet = write_preview(path, target, engine, look, style, wanted)
                tell(f"{sheet.path}: the whole film would take about {sheet.predicted_seconds:.0f} s")
                continue
            target = output_for(path, look.style.name, output, len(files) > 1, suffix_for(path, wanted.codec))
            with painting(sys.stderr, path.name) as (on_start, on_frames):
                reports.append(paint_film(path, target, engine, look, wanted, on_start, on_frames))
        except Interrupted:
            raise
        except AllaprimaError as error:
            if len(files) == 1:
                raise
            failures += 1
            tell_failure(error, str(path))
        else:
            tell(summary_of(reports[-1], engine.name, device))
    if len(files) > 1:
        tell(f"{len(files) - failures} of {len(files)} films painted")
    if as_json:
        typer.echo(json.dumps([as_data(report) for report in reports], indent=2))
    if failures:
        raise typer.Exit(FAILED)


def find_films(folder: Path) -> list[Path]:
    """The films right inside a folder, by suffix."""
    films = sorted(path for path in folder.iterdir() if path.suffix.lower() in FILMS and path.is_file())
    if not films:
        raise SourceError(f"found no films in the folder {folder}", f"films are told by suffix: {', '.join(FILMS)}")
    return films


def suffix_for(path: Path, codec: Codec) -> str:
    """The suffix of a film's result: its own where it is a common container that holds the codec, else .mp4."""
    if codec == "prores":
        return ".mov"
    if codec == "ffv1":
        return ".mkv"
    return path.suffix if path.suffix.lower() in (".mp4", ".mov", ".mkv", ".m4v") else ".mp4"
