"""Options that several commands share, with the defaults of ``config``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import typer

from allaprima.config import Background, ModelOptions, MotionDirection, PreserveColor, Subject, Transfer
from allaprima.version import __version__

Films = Annotated[list[Path], typer.Argument(
    help="Films, folders of films, or numbered frames: shot.%04d.png.", show_default=False)]
Pictures = Annotated[list[Path], typer.Argument(help="Pictures, or folders of pictures.", show_default=False)]
Style = Annotated[str, typer.Option(
    "--style", "-s", show_default=False,
    help="A picture, a bundled style (see 'allaprima styles'), or a blend: a.jpg:0.7+b.jpg:0.3.")]
OneStyle = Annotated[str | None, typer.Option(
    "--style", "-s", show_default=False,
    help="A picture, a bundled style (see 'allaprima styles'), or a blend: a.jpg:0.7+b.jpg:0.3.")]
Styles = Annotated[list[str] | None, typer.Option(
    "--style", "-s", show_default=False,
    help="A picture, a bundled style (see 'allaprima styles'), a .style file, or a blend: a.jpg:0.7+b.jpg:0.3; over "
         "time: 0:a.jpg,5:b.jpg; one for each --mask.")]
PictureStyles = Annotated[list[str] | None, typer.Option(
    "--style", "-s", show_default=False,
    help="A picture, a bundled style (see 'allaprima styles'), a .style file, or a blend: a.jpg:0.7+b.jpg:0.3; one for "
         "each --mask.")]
PictureMasks = Annotated[list[Path] | None, typer.Option(
    "--mask", show_default=False,
    help="Where a style goes: a picture, white where it does; one for each --style.")]
Masks = Annotated[list[Path] | None, typer.Option(
    "--mask", show_default=False,
    help="Where a style goes: a picture, a film or numbered frames, white where it does; one for each --style.")]
OnBackground = Annotated[Background, typer.Option(
    "--background", help="What no mask covers: keep it, or paint it in the last style.")]
Keep = Annotated[Subject | None, typer.Option(
    "--keep", help="Leave people, or faces, unpainted: softly, followed in time.", show_default=False)]
KeepDetail = Annotated[Subject | None, typer.Option(
    "--keep-detail", help="Paint people, or faces, half as strongly, so that their features stay.",
    show_default=False)]
Domain = Annotated[str | None, typer.Option(
    "--domain", show_default=False,
    help="Of a network with domains: which, by number (0-3 for two at once); over time: 0:1,5:2.")]
PictureDomain = Annotated[str | None, typer.Option(
    "--domain", show_default=False, help="Of a network with domains: which, by number (0-3 for two at once).")]
Labels = Annotated[Path | None, typer.Option(
    "--labels", show_default=False,
    help="Of a network that paints by a label map: a picture of label numbers, or numbered ones (seg.%04d.png).")]
Regions = Annotated[str | None, typer.Option(
    "--regions", show_default=False,
    help="Paint each region in its own part of the style: auto, auto:3, or two maps of the same colours, "
         "content-map.png:style-map.png.")]
SaveRegions = Annotated[Path | None, typer.Option(
    "--save-regions", show_default=False,
    help="Write the maps of --regions, of the content and beside it of the style, to be corrected.")]
Look = Annotated[Path | None, typer.Option(
    "--look", show_default=False, help="Instead of a style: a .look file, kept by stylize-webcam.")]
Strength = Annotated[float, typer.Option(
    "--strength", help="0 leaves the content as it is, 1 is the whole style, 1.5 the most.")]
StrengthOverTime = Annotated[str, typer.Option(
    "--strength", help="0 leaves the content as it is, 1 is the whole style, 1.5 the most; over time: 0:0.2,5:1 "
                       "(frames: 120f:1).")]
PictureStrength = Annotated[str, typer.Option(
    "--strength", help="0 leaves the picture as it is, 1 is the whole style, 1.5 the most.")]
Color = Annotated[PreserveColor, typer.Option(
    "--preserve-color", help="Keep the content's colours: only its luminance is painted, or the style's colours are "
                             "matched to it first.")]
Photoreal = Annotated[float, typer.Option(
    "--photoreal", min=0, max=1, help="Keep a photograph one, 0 to 1: only its light and colours change, no stroke, no "
                                      "wobble.")]
Easing = Annotated[Literal["linear", "smooth"], typer.Option("--easing", help="How to go from keyframe to keyframe.")]
ControlFile = Annotated[Path | None, typer.Option(
    "--controls", show_default=False, help="A JSON file of curves: strength, weights, scale, stability.")]
StyleScale = Annotated[float, typer.Option(
    "--style-scale", help="Size at which the style is looked at; larger gives coarser strokes.")]
Output = Annotated[str | None, typer.Option(
    "-o", "--output", show_default=False, help="A file, or a folder for several inputs; default: beside the input.")]
Size = Annotated[str | None, typer.Option(
    "--size", show_default=False, help="Shorter side in pixels (720), or both sides (1280x720).")]
Brush = Annotated[str | None, typer.Option(
    "--brush", show_default="the style's own, or medium",
    help="Size of the strokes: fine, medium, coarse, or at how many lines to paint (fewer: coarser).")]
Fit = Annotated[float | None, typer.Option(
    "--fit", show_default=False,
    help="First fit the network to the style for so many minutes, on what is to be painted; kept for the next time.")]
Detail = Annotated[str | None, typer.Option(
    "--detail", show_default="by the brush",
    help="Working height of the network alone, in pixels: its change is seen at full size; or full.")]
KeepMetadata = Annotated[bool, typer.Option(
    "--keep-metadata/--no-keep-metadata", help="Carry EXIF over (date, camera, place), or leave it all out.")]
PicturePreview = Annotated[bool, typer.Option(
    "--preview", help="Paint the first, middle and last picture onto one sheet and predict the time for all.")]
Overwrite = Annotated[bool, typer.Option("--overwrite", help="Replace existing outputs.")]
_MODELS = ("balanced, fast (half the work), reference (published AdaIN), gatys (optimised, minutes), none (identity), "
           "weights of your own (.safetensors), or any network (.onnx).")
Model = Annotated[str, typer.Option("--model", "-m", help=_MODELS)]
PaintingModel = Annotated[str | None, typer.Option(
    "--model", "-m", help=_MODELS, show_default=f"{ModelOptions.model}, or the --look's")]
Depth = Annotated[Literal["8", "16"] | None, typer.Option(
    "--depth", help="Bits a channel of the result.", show_default="the input's")]
Seamless = Annotated[bool, typer.Option("--seamless", help="A result that repeats without a seam.")]
Device = Annotated[str, typer.Option("--device", help="auto, cpu, intel-gpu, cuda (experimental) or torch.")]
Precision = Annotated[str, typer.Option("--precision", help="auto, fp32, fp16, bf16 or int8.")]
Ocio = Annotated[Path | None, typer.Option(
    "--ocio", help="An OpenColorIO config for plates; default: $OCIO, else a built-in ACES config.",
    show_default=False)]
ColorSpaceOf = Annotated[str | None, typer.Option(
    "--colorspace", help="The colour space of plates; default: what they say themselves.", show_default=False)]
OutputColorSpace = Annotated[str | None, typer.Option(
    "--output-colorspace", help="The colour space of the result; default: the plate's own.", show_default=False)]
TransferOf = Annotated[Transfer, typer.Option(
    "--transfer", help="What goes back into a plate: exposure (its light, changed as the picture was), "
                       "invert (the picture's light), log (ACEScct), or display (the picture).")]
PlateLayers = Annotated[list[str] | None, typer.Option(
    "--layer", help="A colour layer of a plate that is painted, or all; repeatable. The others pass through.",
    show_default="the main one")]
Motion = Annotated[Path | None, typer.Option(
    "--motion", show_default=False,
    help="A renderer's motion vectors, in the place of optical flow: shot.%04d.exr:motion, or two channels, "
         ".exr:a.X,a.Y; in pixels, up above 0.")]
MotionDirectionOf = Annotated[MotionDirection, typer.Option(
    "--motion-direction", help="Where vectors lead: backward (to the frame before), forward (to the frame after), or "
                               "auto: by the layer's name.")]
MotionScale = Annotated[str, typer.Option(
    "--motion-scale", help="Pixels that a 1 of the vectors stands for, or across and up: 1,-1 where down is above 0.")]
MotionOffset = Annotated[float, typer.Option(
    "--motion-offset", help="The number that stands for no motion: 0.5 for vectors made to fit 0 to 1.")]
MotionDepth = Annotated[Path | None, typer.Option(
    "--motion-depth", help="Depth beside --motion, shot.%04d.exr:Z: tells what was hidden in the frame before.",
    show_default=False)]
PlanFile = Annotated[Path | None, typer.Option(
    "--plan", show_default=False, help="Write a plan of tasks for a farm there (see 'allaprima farm'), and only that "
                                       "without --farm.")]
OnFarm = Annotated[str | None, typer.Option(
    "--farm", show_default=False, help="Paint with many workers: processes:2, ray, or ray:ADDRESS.")]
Workers = Annotated[int | None, typer.Option(
    "--workers", min=1, show_default="as many as fit", help="Workers on Ray.")]
Threads = Annotated[int | None, typer.Option(
    "--threads", min=1, show_default="processes: the cores shared out; ray: 1", help="Threads of a worker.")]
Gpus = Annotated[float, typer.Option("--gpus", min=0, help="Of a GPU that each worker on Ray takes: 0.5, 1.")]
Fetch = Annotated[str | None, typer.Option(
    "--fetch", show_default=False, help="Hand inputs and outputs over by that place, s3://bucket/job or file:///share, "
                                        "where workers do not see one folder.")]
TaskFrames = Annotated[int | None, typer.Option(
    "--task-frames", min=24, show_default="480", help="Frames of a task, of 640x360; fewer of larger ones.")]
MaxPixels = Annotated[int, typer.Option("--max-pixels", help="Refuse larger pictures.", show_default=True)]
Peer = Annotated[list[str] | None, typer.Option(
    "--peer", show_default=False, help="A network by others to measure beside, by its published weights: "
                                       "microast=FOLDER; repeatable.")]
Json = Annotated[bool, typer.Option("--json", help="Print a report as JSON on stdout.")]
ReportFile = Annotated[Path | None, typer.Option(
    "--report", show_default=False, help="Write the report as JSON into that file.")]


def print_version(wanted: bool) -> None:
    """Prints the version and ends, where it is wanted."""
    if wanted:
        typer.echo(f"allaprima {__version__}")
        raise typer.Exit


Version = Annotated[bool, typer.Option("--version", help="Show the version and exit.", is_eager=True,
                                       callback=print_version)]
