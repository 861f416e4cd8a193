"""``stylize-video``: films in, films out, painted in a style, sound and timing kept."""

from __future__ import annotations

import time
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from allaprima.cli import options as given
from allaprima.cli.batch import finish, for_each
from allaprima.cli.claims import claimed, own_weights, refuse_busy
from allaprima.cli.farming import FarmOrder, farmed, refuse_on_farm
from allaprima.cli.fitting_first import fit_first, fitted_to
from allaprima.cli.kinds import FILMS
from allaprima.cli.opening import (
    asked_name,
    asked_styles,
    checked_precision,
    detail_for,
    fetch_finder,
    kept_subject,
    open_painting,
    planned_look,
    result_name,
    track_for,
)
from allaprima.cli.outputs import are_several, destinations, expanded, is_folder, make_folder, output_for, short
from allaprima.cli.regions import frame_of, save_maps
from allaprima.cli.rendering import render_film, render_preview, render_sequence
from allaprima.config import (
    Audio,
    Codec,
    ColorManagement,
    Deinterlace,
    Hdr,
    HwAccel,
    ModelOptions,
    MotionDirection,
    MotionVectors,
    OptimiserOptions,
    SequenceOptions,
    StyleOptions,
    Temporal,
    VideoOptions,
    parsed_scale,
    parsed_seconds,
)
from allaprima.errors import OptionError
from allaprima.farm.painting import Painting
from allaprima.sizes import parsed_size

if TYPE_CHECKING:
    from allaprima.engines import Engine
    from allaprima.pipeline.looks.tracks import Track


def stylize_video(
        inputs: given.Films, style: given.Styles = None, look: given.Look = None, output: given.Output = None,
        strength: given.StrengthOverTime = str(StyleOptions.strength), easing: given.Easing = "linear",
        controls: given.ControlFile = None, style_scale: given.StyleScale = StyleOptions.style_scale,
        color: given.Color = "none", photoreal: given.Photoreal = StyleOptions.photoreal,
        mask: given.Masks = None, background: given.OnBackground = "keep",
        keep: given.Keep = None, keep_detail: given.KeepDetail = None,
        regions: given.Regions = None, save_regions: given.SaveRegions = None,
        size: given.Size = None,
        brush: given.Brush = None, fit: given.Fit = None, detail: given.Detail = None,
        domain: given.Domain = None, labels: given.Labels = None,
        start: Annotated[str | None, typer.Option("--start", help="Begin there: seconds, or h:mm:ss.")] = None,
        end: Annotated[str | None, typer.Option("--end", help="End there: seconds, or h:mm:ss.")] = None,
        preview: Annotated[bool, typer.Option(
            "--preview", help="Paint three frames onto one sheet and predict the time for all.")] = False,
        codec: Annotated[Codec, typer.Option("--codec", help="The codec of the result.")] = VideoOptions.codec,
        crf: Annotated[int, typer.Option("--crf", help="Quality of the result: smaller is better.")] = VideoOptions.crf,
        pix_fmt: Annotated[str, typer.Option(
            "--pix-fmt", help="Pixel format; auto keeps the depth.")] = VideoOptions.pix_fmt,
        audio: Annotated[Audio, typer.Option(
            "--audio", help="Sound: copy, pcm (plain samples), or none; auto gives prores and dnxhr pcm, copies else.",
            )] = VideoOptions.audio,
        hdr: Annotated[Hdr, typer.Option(
            "--hdr", help="What to do with PQ and HLG films; keep goes with --colorspace.")] = VideoOptions.hdr,
        deinterlace: Annotated[Deinterlace, typer.Option(
            "--deinterlace", help="Make whole pictures of interlaced frames: auto, or off.",
        )] = VideoOptions.deinterlace,
        temporal: Annotated[Temporal, typer.Option(
            "--temporal", help="Hold films steady: fast, best (looks at each shot first), or off.",
        )] = VideoOptions.temporal,
        stability: Annotated[float, typer.Option(
            "--stability", min=0, max=1, help="How firmly: 0 to 1.")] = VideoOptions.stability,
        strict: Annotated[bool, typer.Option("--strict", help="Make any lost frame an error.")] = VideoOptions.strict,
        overwrite: given.Overwrite = VideoOptions.overwrite,
        resume: Annotated[bool, typer.Option("--resume", help="Go on from an interrupted run.")] = VideoOptions.resume,
        model: given.PaintingModel = None,
        steps: Annotated[int | None, typer.Option(
            "--steps", help="Of the model gatys: evaluations of the loss a frame; a shot's first frame gets more.",
            show_default="55 on a CPU, 350 on a GPU")] = None,
        content_weight: Annotated[float | None, typer.Option(
            "--content-weight", help="Of the model gatys.",
            show_default=f"{OptimiserOptions.content_weight:g}")] = None, device: given.Device = ModelOptions.device,
        precision: given.Precision = ModelOptions.precision,
        batch_size: Annotated[int | None, typer.Option(
            "--batch-size", help="Frames painted at once; default: what suits the device.",
            show_default=False)] = VideoOptions.batch_size,
        hwaccel: Annotated[HwAccel, typer.Option(
            "--hwaccel", help="Decode on NVIDIA's GPU, where it can (cuda): experimental.")] = VideoOptions.hwaccel,
        frames: Annotated[str | None, typer.Option(
            "--frames", help="Of numbered frames (shot.%04d.png, shot.####.exr): 1001-1100, or 1001-1100x2.")] = None,
        allow_gaps: Annotated[bool, typer.Option("--allow-gaps", help="Pass over missing frame numbers.")] = False,
        ocio: given.Ocio = None, colorspace: given.ColorSpaceOf = None,
        output_colorspace: given.OutputColorSpace = None, transfer: given.TransferOf = ColorManagement.transfer,
        layer: given.PlateLayers = None, motion: given.Motion = None,
        motion_direction: given.MotionDirectionOf = MotionVectors.direction, motion_scale: given.MotionScale = "1",
        motion_offset: given.MotionOffset = MotionVectors.offset, motion_depth: given.MotionDepth = None,
        plan: given.PlanFile = None, farm: given.OnFarm = None, workers: given.Workers = None,
        threads: given.Threads = None, gpus: given.Gpus = 0.0, fetch: given.Fetch = None,
        task_frames: given.TaskFrames = None,
        max_pixels: given.MaxPixels = VideoOptions.max_pixels, as_json: given.Json = False,
        report_file: given.ReportFile = None, version: given.Version = False) -> None:
    """Paint films, or numbered frames, in a style: stylize-video in.mp4 --style art.jpg."""
    from allaprima.io.plates.vectors import files_of_motion
    from allaprima.pipeline.looks.files import files_of

    management = ColorManagement(ocio, colorspace, output_colorspace, transfer, tuple(layer or ()))
    wanted = VideoOptions(
        parsed_size(size) if size else None, parsed_seconds(start) if start else None,
        parsed_seconds(end) if end else None, codec, crf, pix_fmt, audio, hdr, strict, temporal, stability,
        batch_size, overwrite, resume, max_pixels, detail_for(detail, brush), hwaccel, deinterlace,
        management)
    numbered = SequenceOptions(frames_in(frames), allow_gaps, wanted.size, batch_size, overwrite, resume, max_pixels,
                               wanted.detail, temporal, stability, management,
                               motion_from(motion, motion_direction, motion_scale, motion_offset, motion_depth))
    kept = kept_subject(keep, keep_detail)
    styles = asked_styles(style, model, domain) if look is None else style
    fitting = fit_first(fit, model, brush, detail, device, look)
    files = expanded(inputs, FILMS)
    several = are_several(inputs, files)
    make_folder(output, several)

    def look_of(names: Sequence[str], engine: Engine) -> Track:
        return track_for(names, engine, strength, style_scale, easing, controls, color, mask, background, brush, kept,
                         photoreal, labels, regions)

    planned = planned_look(styles, look, look_of,
                           usual=(strength, style_scale, controls, color, mask, kept, regions, photoreal)
                           == ("1.0", 1.0, None, "none", None, None, None, 0.0))
    name = result_name(asked_name(planned), model, domain)

    def target(path: Path, stem: str) -> Path:
        if is_sequence(path):
            return sequence_output(path, stem, output, name)
        return (output_for(path, stem, f"{name}-preview", output, several, ".png") if preview
                else output_for(path, stem, name, output, several, suffix_for(path, codec)))

    going = destinations(files, inputs, target)
    if numbered.motion is not None and not all(map(is_sequence, going)):
        raise OptionError("--motion goes with numbered frames, whose numbers say which vectors are theirs",
                          "paint shot.%04d.exr, or leave it out")
    read = [*files_of(planned), *files_of_motion(numbered.motion), look, controls, own_weights(model)]
    claimed(going, read, report_file, overwrite=overwrite, resume=resume)
    if len(going) == 1 and not preview:
        refuse_busy(*going.items(), overwrite=overwrite, resume=resume)
    save_maps(save_regions, planned, files, frame_of(wanted, numbered), overwrite=overwrite or resume)
    fetch_finder(kept)
    if plan is not None or farm is not None:
        refuse_on_farm(preview, fit, regions)
        painting = Painting(tuple(styles or ()), look, strength, style_scale, easing, controls, color,
                            tuple(path.absolute() for path in mask or ()), background, brush, keep, keep_detail, model,
                            device, checked_precision(precision), steps, content_weight, photoreal,
                            None if labels is None else labels.absolute(), regions)
        farmed(painting, going, wanted, numbered, FarmOrder(plan, farm, workers, threads, gpus, fetch, task_frames),
               as_json, report_file)
        return
    began = time.perf_counter()
    engine, asked = open_painting(styles, look, model, device, precision, look_of,
                                  optimiser=optimiser_for(steps, content_weight))
    opening = time.perf_counter() - began

    def paint(path: Path) -> object:
        if is_sequence(path):
            make_folder(f"{going[path].parent}/")
            return render_sequence(path, going[path], engine, fitted_to(asked, path.parent, fitting), numbered)
        fitted = fitted_to(asked, path, fitting)
        if preview:
            return render_preview(path, going[path], engine, fitted, wanted, opening)
        return render_film(path, going[path], engine, fitted, wanted)

    reports, failures = for_each(going, paint, "films")
    finish(reports, failures, as_json, report_file, replace=overwrite or resume)


def optimiser_for(steps: int | None, content_weight: float | None) -> OptimiserOptions | None:
    """The options of the model gatys that were given, None where none were."""
    if steps is None and content_weight is None:
        return None
    return OptimiserOptions(steps, OptimiserOptions.content_weight if content_weight is None else content_weight)


def motion_from(path: Path | None, direction: MotionDirection, scale: str, offset: float,
                depth: Path | None) -> MotionVectors | None:
    """The motion vectors that were asked for, None for none; raises OptionError for half of them."""
    if path is None:
        if (direction, scale, offset, depth) != (MotionVectors.direction, "1", MotionVectors.offset, None):
            raise OptionError("there are no motion vectors to read in some way", "name them by --motion")
        return None
    return MotionVectors(path, direction, parsed_scale(scale), offset, depth)


def is_sequence(path: Path) -> bool:
    """Whether a path stands for numbered frames."""
    from allaprima.io.sequence.patterns import is_pattern

    return is_pattern(path)


def frames_in(text: str | None) -> range | None:
    """The frame numbers that ``--frames`` names, None for all."""
    from allaprima.io.sequence.patterns import parsed_frames

    return None if text is None else parsed_frames(text)


def sequence_output(path: Path, stem: str, output: str | None, style_name: str) -> Path:
    """Where a sequence's frames go: the pattern of ``-o``, or a folder for the same names beside the input's."""
    from allaprima.io.sequence.patterns import parsed_pattern

    if output is None:
        folder = path.parent / f"{parsed_pattern(path).before.strip('._-') or 'frames'}-{short(style_name)}"
        return folder / path.name
    return Path(output) / f"{stem}{path.suffix}" if is_folder(output) else Path(output)


def suffix_for(path: Path, codec: Codec) -> str:
    """The suffix of a film's result: its own where it is a common container that holds the codec, else .mp4."""
    from allaprima.io.film.encoding import EDITING

    if codec in EDITING:
        return ".mov"
    if codec == "ffv1":
        return ".mkv"
    return path.suffix if path.suffix.lower() in (".mp4", ".mov", ".mkv", ".m4v") else ".mp4"
