"""``stylize-image``: pictures in, pictures out, painted in a style."""

from __future__ import annotations

import time
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from allaprima.cli import options as given
from allaprima.cli.batch import finish, for_each
from allaprima.cli.claims import claimed, own_weights
from allaprima.cli.failures import tell
from allaprima.cli.fitting_first import fit_first, fitted_to, learnt_from
from allaprima.cli.kinds import PICTURES
from allaprima.cli.opening import (
    asked_name,
    asked_styles,
    checked_depth,
    detail_for,
    fetch_finder,
    kept_subject,
    look_for,
    open_painting,
    planned_look,
    result_name,
)
from allaprima.cli.optimising import watched
from allaprima.cli.outputs import are_several, destinations, expanded, is_folder, make_folder, output_for, short
from allaprima.cli.regions import picture_of, save_maps
from allaprima.cli.rendering import render_still_preview
from allaprima.config import ColorManagement, ImageOptions, ModelOptions, StyleOptions
from allaprima.errors import OptionError
from allaprima.sizes import parsed_size

if TYPE_CHECKING:
    from allaprima.engines import Engine, Look
    from allaprima.pipeline.jobs.stills import StillReport
    from allaprima.pipeline.looks.tracks import Track


def stylize_image(inputs: given.Pictures, style: given.PictureStyles = None, look: given.Look = None,
                  output: given.Output = None,
                  strength: given.PictureStrength = str(StyleOptions.strength),
                  style_scale: given.StyleScale = StyleOptions.style_scale, color: given.Color = "none",
                  photoreal: given.Photoreal = StyleOptions.photoreal,
                  mask: given.PictureMasks = None, background: given.OnBackground = "keep",
                  keep: given.Keep = None, keep_detail: given.KeepDetail = None,
                  regions: given.Regions = None, save_regions: given.SaveRegions = None,
                  size: given.Size = None, brush: given.Brush = None, fit: given.Fit = None,
                  domain: given.PictureDomain = None, labels: given.Labels = None,
                  detail: given.Detail = None, preview: given.PicturePreview = False,
                  keep_metadata: given.KeepMetadata = ImageOptions.keep_metadata,
                  overwrite: given.Overwrite = ImageOptions.overwrite, model: given.PaintingModel = None,
                  device: given.Device = ModelOptions.device, precision: given.Precision = ModelOptions.precision,
                  max_pixels: given.MaxPixels = ImageOptions.max_pixels, depth: given.Depth = None,
                  seamless: given.Seamless = ImageOptions.seamless,
                  ocio: given.Ocio = None, colorspace: given.ColorSpaceOf = None,
                  output_colorspace: given.OutputColorSpace = None,
                  transfer: given.TransferOf = ColorManagement.transfer, layer: given.PlateLayers = None,
                  as_json: given.Json = False,
                  report_file: given.ReportFile = None, version: given.Version = False) -> None:
    """Paint pictures in a style: stylize-image photo.jpg --style art.jpg."""
    from allaprima.pipeline.jobs.stills import paint_still
    from allaprima.pipeline.looks.files import files_of

    wanted = ImageOptions(parsed_size(size) if size else None, overwrite, max_pixels, detail_for(detail, brush),
                          checked_depth(depth), seamless, ColorManagement(
                              ocio, colorspace, output_colorspace, transfer, tuple(layer or ())), keep_metadata)
    if seamless and model == "gatys":
        raise OptionError("the model gatys repeats by its own means", "use 'allaprima gatys' with --seamless")
    kept = kept_subject(keep, keep_detail)
    styles = asked_styles(style, model, domain) if look is None else style
    fitting = fit_first(fit, model, brush, detail, device, look)
    files = expanded(inputs, PICTURES)
    several = are_several(inputs, files)
    make_folder(output, several)

    def look_of(names: Sequence[str], engine: Engine) -> Track:
        return look_for(names, engine, strength, style_scale, color, mask, background, brush, kept,
                        photoreal, labels, regions)

    planned = planned_look(styles, look, look_of,
                           usual=(strength, style_scale, color, mask, kept, regions, photoreal)
                           == ("1.0", 1.0, "none", None, None, None, 0.0))
    name = result_name(asked_name(planned), model, domain)
    going = destinations(files, inputs, lambda path, stem: output_for(path, stem, name, output, several,
                                                                      suffix_for(path)))
    read = [*files_of(planned), look, own_weights(model)]
    sheet = preview_sheet(list(going), name, output)
    if preview:
        claimed({next(iter(going)): sheet}, [*going, *read], report_file, overwrite=overwrite)
    else:
        claimed(going, read, report_file, overwrite=overwrite)
    save_maps(save_regions, planned, files, picture_of(wanted), overwrite=overwrite)
    fetch_finder(kept)
    began = time.perf_counter()
    engine, asked = open_painting(styles, look, model, device, precision, look_of)

    def fitted_look(path: Path) -> Look | Track:
        return asked if fitting is None else fitted_to(asked, learnt_from(path), fitting)

    if preview:
        opening = time.perf_counter() - began
        finish([render_still_preview(list(going), sheet, engine, fitted_look, wanted, opening)], 0, as_json,
               report_file, replace=overwrite)
        return

    def paint(path: Path) -> StillReport:
        fitted = fitted_look(path)
        with watched(engine, path.name):
            report = paint_still(path, going[path], engine, fitted, wanted)
        tell_result(report)
        return report

    reports, failures = for_each(going, paint, "pictures")
    finish([as_data(report) for report in reports], failures, as_json, report_file, replace=overwrite)


def preview_sheet(files: Sequence[Path], style_name: str, output: str | None) -> Path:
    """Where the sheet of a preview goes: ``-o``, a file in that folder, or a file beside the first input."""
    if output is not None and Path(output).suffix.lower() == ".png" and not is_folder(output):
        return Path(output)
    folder = files[0].parent if output is None else Path(output)
    return folder / f"{files[0].stem}-{short(style_name)}-preview.png"


def suffix_for(path: Path) -> str:
    """The suffix of a picture's result: its own where we write that format, PNG elsewhere."""
    from allaprima.io.plates.files import WRITTEN_SUFFIXES
    from allaprima.io.still.writing import ENCODERS

    return path.suffix if path.suffix.lower() in ENCODERS or path.suffix.lower() in WRITTEN_SUFFIXES else ".png"


def tell_result(report: StillReport) -> None:
    """Says what became of one picture."""
    for warning in report.warnings:
        tell(f"warning: {report.input}: {warning}")
    for note in report.notes:
        tell(note)
    tell(f"{report.output} ({report.width}x{report.height}, {report.seconds:.1f} s)")


def as_data(report: StillReport) -> dict[str, object]:
    """A report as JSON has it."""
    return {"input": str(report.input), "output": str(report.output), "width": report.width, "height": report.height,
            "seconds": round(report.seconds, 3), "warnings": list(report.warnings),
            "notes": list(report.notes)}
