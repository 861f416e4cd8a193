"""``allaprima gatys``: pictures painted by optimisation, with everything that can be turned."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable
from glob import escape
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from allaprima.cli import options as given
from allaprima.cli.batch import finish, for_each
from allaprima.cli.claims import claimed
from allaprima.cli.image import as_data, suffix_for, tell_result
from allaprima.cli.kinds import PICTURES
from allaprima.cli.opening import checked_depth, look_for, open_runtime
from allaprima.cli.optimising import optimising
from allaprima.cli.outputs import are_several, destinations, expanded, make_folder, output_for
from allaprima.config import Distance, ImageOptions, ModelOptions, OptimiserOptions, StyleOptions, parsed_layers
from allaprima.errors import OptionError, SinkError
from allaprima.sizes import parsed_size

if TYPE_CHECKING:
    from allaprima.engines.optimising import Step
    from allaprima.io.outputs import Outputs
    from allaprima.pipeline.jobs.stills import StillReport

DEFAULTS = OptimiserOptions()


def layers_text(layers: tuple[tuple[str, float], ...]) -> str:
    """Layers and weights as the command line takes them."""
    return ",".join(f"{name}:{weight:g}" for name, weight in layers)


def optimise_images(
        inputs: given.Pictures, style: given.PictureStyles = None, output: given.Output = None,
        strength: given.PictureStrength = str(StyleOptions.strength),
        style_scale: given.StyleScale = StyleOptions.style_scale, color: given.Color = "none",
        mask: given.PictureMasks = None, background: given.OnBackground = "keep", regions: given.Regions = None,
        size: given.Size = None,
        steps: Annotated[int | None, typer.Option(
            "--steps", help="Looks at the loss at the full size; each coarser one gets 0.45 times as many.",
            show_default="55 on a CPU, 350 on a GPU")] = None,
        content_weight: Annotated[float, typer.Option(
            "--content-weight", help="More keeps more of the content: 1 hardly repaints it.",
            )] = DEFAULTS.content_weight,
        style_weight: Annotated[float, typer.Option(
            "--style-weight", help="Of all style layers together.")] = DEFAULTS.style_weight,
        variation: Annotated[float, typer.Option("--variation", help="Weight of smoothness.")] = DEFAULTS.variation,
        layers: Annotated[str, typer.Option(
            "--layers", help="Style layers and weights.")] = layers_text(DEFAULTS.style),
        content_layers: Annotated[str, typer.Option(
            "--content-layers", help="Content layers and weights.")] = layers_text(DEFAULTS.content),
        distance: Annotated[Distance, typer.Option(
            "--distance", help="From the style; both: the mean of the two.")] = DEFAULTS.distance,
        start: Annotated[Literal["content", "noise"], typer.Option(
            "--init", help="What the first size begins with.")] = DEFAULTS.start,
        optimiser: Annotated[Literal["adam", "lbfgs"], typer.Option(
            "--optimiser", help="adam wants hundreds of steps.")] = DEFAULTS.optimiser,
        smallest: Annotated[int, typer.Option(
            "--smallest", help="Longer side of the first size; a large number works at one size.")] = DEFAULTS.smallest,
        photoreal: Annotated[bool, typer.Option(
            "--photoreal", help="Keep a photograph one: light and colours are optimised, and no pixels.")] = False,
        seamless: given.Seamless = False,
        seed: Annotated[int, typer.Option("--seed", help="Of the noise of --init noise.")] = DEFAULTS.seed,
        save_every: Annotated[int | None, typer.Option(
            "--save-every", min=1, help="Write a preview beside the result every N steps.", show_default=False)] = None,
        depth: given.Depth = None,
        overwrite: given.Overwrite = False, device: given.Device = ModelOptions.device,
        precision: given.Precision = ModelOptions.precision, as_json: given.Json = False) -> None:
    """Optimise pictures, minutes each, as well as it can be done: allaprima gatys photo.jpg --style art.jpg."""
    from allaprima.cli.progress import fetching
    from allaprima.engines.gatys import gatys
    from allaprima.pipeline.jobs.stills import paint_still
    from allaprima.pipeline.looks.files import files_of

    options = OptimiserOptions(steps, content_weight, style_weight, variation, parsed_layers(content_layers),
                               parsed_layers(layers), distance, start, optimiser, smallest, seed=seed,
                               seamless=seamless, photoreal=photoreal)
    wanted = ImageOptions(parsed_size(size) if size else None, overwrite, depth=checked_depth(depth))
    if not style:
        raise OptionError("no style was given", "give --style")
    files = expanded(inputs, PICTURES)
    several = are_several(inputs, files)
    with fetching(sys.stderr) as progress:
        engine = gatys(open_runtime(device, precision), progress, options)
    look = look_for(style, engine, strength, style_scale, color, mask, background, regions=regions)
    make_folder(output, several)
    going = destinations(files, inputs, lambda path, stem: output_for(
        path, stem, look.name, output, several, ".png" if depth == "16" else suffix_for(path)))
    outputs = claimed(going, files_of(look), None, overwrite=overwrite)
    if save_every is not None:
        refuse_previews(going.values(), overwrite)

    def paint(path: Path) -> StillReport:
        with optimising(sys.stderr, path.name) as show:
            engine.watch = show if save_every is None else Saver(going[path], save_every, outputs, show)
            report = paint_still(path, going[path], engine, look, wanted)
        tell_result(report)
        return report

    reports, failures = for_each(going, paint, "pictures")
    finish([as_data(report) for report in reports], failures, as_json)


def refuse_previews(targets: Iterable[Path], overwrite: bool) -> None:
    """Raises SinkError where previews would have to replace what nobody allowed to be replaced."""
    for target in targets:
        there = sorted(target.parent.glob(f"{escape(target.stem)}-step[0-9]*.png"))
        if there and not overwrite:
            raise SinkError(f"cannot write previews beside {target}: {there[0].name} exists already",
                            "add --overwrite, or choose another name with -o")


class Saver:
    """Told every step: hands it on to be shown, and writes a preview beside the result every so many."""

    def __init__(self, target: Path, every: int, outputs: Outputs, show: Callable[[Step], None]) -> None:
        self._target, self._every, self._outputs, self._show = target, every, outputs, show

    def __call__(self, step: Step) -> None:
        self._show(step)
        if step.number % self._every == 0:
            self._save(step)

    def _save(self, step: Step) -> None:
        import numpy as np

        from allaprima.engines.gatys import as_pixels
        from allaprima.io.still.picture import Picture
        from allaprima.io.still.writing import write_image

        path = self._target.with_name(f"{self._target.stem}-step{step.number:05}.png")
        self._outputs.claim(path)
        write_image(path, Picture(as_pixels(step.picture, np.dtype(np.uint8))), overwrite=self._outputs.overwrite)
