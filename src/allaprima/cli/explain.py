"""``allaprima explain``: what each layer keeps of a picture, and what a transfer's loss is made of."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from allaprima.cli import options as given
from allaprima.cli.compare import Content
from allaprima.cli.opening import open_runtime
from allaprima.cli.pages import check_page, write_page
from allaprima.config import ModelOptions


def explain(
        content: Content,
        style: Annotated[str | None, typer.Option("--style", "-s", show_default=False,
                                                  help="A picture, or a bundled style.")] = None,
        output: Annotated[Path, typer.Option("-o", "--output", help="The page.")] = Path("explanation.html"),
        size: Annotated[int, typer.Option("--size", help="Shorter side in pixels.")] = 192,
        steps: Annotated[int, typer.Option("--steps", help="At each size of each reconstruction.")] = 60,
        seed: Annotated[int, typer.Option("--seed", help="For the noise that reconstructions start from.")] = 0,
        overwrite: given.Overwrite = False, device: given.Device = ModelOptions.device,
        precision: given.Precision = ModelOptions.precision) -> None:
    """Show what each layer keeps: allaprima explain photo.jpg --style art.jpg."""
    from allaprima.cli.progress import fetching, painting
    from allaprima.evaluate.explanation import EXPLAINED, explained, explanation_html
    from allaprima.evaluate.pictures import load_whole
    from allaprima.pipeline.looks.styles import picture_of

    check_page(output, overwrite, (".html",), [content, *([] if style is None else [picture_of(style)])])
    photograph = load_whole(content, size)
    art = None if style is None else load_whole(picture_of(style), size)
    with fetching(sys.stderr) as progress, painting(sys.stderr, "explaining") as (expect, advance):
        expect(2 * len(EXPLAINED) + (art is not None))
        done = explained(photograph, art, open_runtime(device, precision), steps, seed=seed,
                         progress=progress, on_picture=lambda name: advance(1))
    write_page(output, explanation_html(done), overwrite)
