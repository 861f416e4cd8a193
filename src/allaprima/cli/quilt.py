"""``allaprima quilt``: a texture of any size out of a picture's blocks, or a photograph drawn with them."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from allaprima.cli import options as given
from allaprima.cli.failures import tell
from allaprima.errors import OptionError
from allaprima.sizes import Size, parsed_size

if TYPE_CHECKING:
    from allaprima.functional.quilting import Floats

BLOCKS_ACROSS = 8          # the shorter side of the picture, unless --block says otherwise
BLOCKS_ACROSS_PHOTO = 14   # the shorter side of the photograph
OVERLAP = 1 / 6            # of a block's side (Efros & Freeman 2001)
LARGEST_SIDE = 16384
LARGEST_SOURCE = 320       # pixels of the longer side that blocks are taken from, for a photograph


def quilt(
        picture: Annotated[Path, typer.Argument(help="The picture that blocks are taken from.", show_default=False)],
        size: Annotated[str | None, typer.Option(
            "--size", help="Of the texture: 2048x2048, or its shorter side.", show_default="1024x1024")] = None,
        onto: Annotated[Path | None, typer.Option(
            "--onto", help="Draw this photograph with the blocks.", show_default=False)] = None,
        seamless: given.Seamless = False,
        block: Annotated[int | None, typer.Option(
            "--block", min=8, max=1024, help="Side of a block in pixels: as large as what repeats in the picture.",
            show_default="an eighth of the picture")] = None,
        seed: Annotated[int, typer.Option("--seed", min=0, help="Another one gives another texture.")] = 0,
        output: Annotated[Path | None, typer.Option(
            "-o", "--output", help="The result.", show_default="art-quilt.png")] = None,
        overwrite: given.Overwrite = False) -> None:
    """Make a texture of a picture: allaprima quilt art.jpg --size 2048x2048, or --onto photo.jpg."""
    from allaprima.io.outputs import check_output
    from allaprima.io.still.cutouts import read_shown
    from allaprima.io.still.picture import Picture
    from allaprima.io.still.writing import encoder, write_image

    if onto is not None and (seamless or size is not None):
        raise OptionError("a photograph keeps its size, and does not repeat", "leave out --size and --seamless")
    target = output or picture.with_name(f"{picture.stem}-{onto.stem if onto else 'quilt'}.png")
    read = [picture] if onto is None else [picture, onto]
    encoder(target)
    check_output(target, read, overwrite=overwrite)
    source = as_floats(read_shown(picture))
    if min(source.shape[:2]) < 2 * 8:
        raise OptionError(f"{picture} is {source.shape[1]}x{source.shape[0]} pixels, too small for blocks",
                          "choose a picture of at least 16x16 pixels")
    if onto is None:
        result = texture(source, size_of(size), block, seed, seamless=seamless)
    else:
        result = drawn(source, as_floats(read_shown(onto)), block, seed)
    write_image(target, Picture(result), inputs=read, overwrite=overwrite)
    tell(f"{target} ({result.shape[1]}x{result.shape[0]})")


def as_floats(pixels: object) -> Floats:
    """A picture as float32 in [0, 1]."""
    import numpy as np

    from allaprima.frames import FULL_SCALE

    array = np.asarray(pixels)
    return np.asarray(array, np.float32) / np.float32(FULL_SCALE[array.dtype.name])


def size_of(text: str | None) -> tuple[int, int]:
    """The (width, height) that ``--size`` asks for."""
    asked = parsed_size(text) if text else Size(1024, 1024)
    width, height = asked.of(1024, 1024)
    if max(width, height) > LARGEST_SIDE:
        raise OptionError(f"a texture of {width}x{height} pixels is too large", f"up to {LARGEST_SIDE} a side can be")
    return width, height


def texture(source: Floats, size: tuple[int, int], block: int | None, seed: int, *, seamless: bool) -> Floats:
    """A texture like the picture."""
    from allaprima.cli.progress import painting
    from allaprima.functional.quilting import grid_for, quilted

    width, height = size
    largest = min(*source.shape[:2], width // 2, height // 2)
    side = max(8, min(block or min(source.shape[:2]) // BLOCKS_ACROSS, largest))
    if min(width, height) < side:
        raise OptionError(f"a texture of {width}x{height} pixels has no room for blocks", "make it at least 16x16")
    overlap = max(2, round(side * OVERLAP))
    rows = len(grid_for(height, width, side, overlap, wraps=seamless).tops)
    with painting(sys.stderr, "quilting") as (expect, advance):
        expect(rows)
        return quilted(source, height, width, side, overlap, seed=seed, wraps=seamless, on_row=lambda: advance(1))


def drawn(source: Floats, photo: Floats, block: int | None, seed: int) -> Floats:
    """The photograph drawn with blocks of the picture: by its luminance, in the distribution of the picture's own."""
    import numpy as np

    from allaprima.cli.progress import painting
    from allaprima.functional.quilting import matched, smoothed, transferred
    from allaprima.pipeline.resizing import resized

    scale = min(1.0, LARGEST_SOURCE / max(source.shape[:2]))
    small = resized(source, max(1, round(source.shape[1] * scale)), max(1, round(source.shape[0] * scale)))
    source = np.asarray(small, np.float32)
    largest = min(*source.shape[:2], *photo.shape[:2])
    side = max(8, min(block or min(photo.shape[:2]) // BLOCKS_ACROSS_PHOTO, largest))
    light = smoothed(source)
    with painting(sys.stderr, "quilting") as (_, advance):
        return transferred(source, light, matched(smoothed(photo), light), side, OVERLAP, seed=seed,
                           on_row=lambda: advance(1))
