"""``allaprima style``: a style alone, as a small file that stands wherever a style's picture does."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from allaprima.cli import options as given
from allaprima.cli.failures import tell
from allaprima.cli.opening import open_engine
from allaprima.cli.outputs import short
from allaprima.config import ImageOptions, ModelOptions, StyleOptions


def save_style(
        style: Annotated[str, typer.Argument(help="A picture, a bundled style, or a blend: a.jpg+b.jpg:0.3.",
                                             show_default=False)],
        output: Annotated[Path | None, typer.Option(
            "-o", "--output", show_default=False, help="A .style file; default: named by the style.")] = None,
        style_scale: given.StyleScale = StyleOptions.style_scale, overwrite: given.Overwrite = ImageOptions.overwrite,
        model: given.Model = ModelOptions.model, device: given.Device = ModelOptions.device,
        precision: given.Precision = ModelOptions.precision) -> None:
    """Save a style as a file: allaprima style a.jpg+b.jpg:0.3 -o mix.style."""
    from allaprima.pipeline.looks.styles import load_style, parsed_style, write_style

    chosen = StyleOptions(style_scale=style_scale)
    value = load_style(style, open_engine(model, device, precision), chosen.style_scale)
    target = output or Path(f"{short(value.name)}.style")
    write_style(target, value, inputs=[path for path, _ in parsed_style(style)], overwrite=overwrite)
    tell(f"{target} ({value.name}, measured by {value.encoder})")
