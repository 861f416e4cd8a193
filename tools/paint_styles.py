"""Paint examples/styles again: `python tools/paint_styles.py [NAME ...] [--to examples/styles]`."""

import argparse
from collections.abc import Callable
from pathlib import Path

import numpy as np
from PIL import Image

from paint import (
    cutout,
    delft,
    engraving,
    gilded,
    glass,
    halftone,
    impasto,
    inkwash,
    marbled,
    mosaic,
    pastel,
    pointillist,
    riso,
    starry,
    watercolour,
    woodcut,
)
from paint.canvas import Picture

EXAMPLES = Path(__file__).parents[1] / "examples"
SIZE_PX = 768
SEED = 1874
PAINTERS: dict[str, Callable[[int, int, np.random.Generator], Picture]] = {
    "cut-out": cutout.paint,
    "delft": delft.paint,
    "engraving": engraving.paint,
    "gilded": gilded.paint,
    "halftone": halftone.paint,
    "impasto": impasto.paint,
    "ink-wash": inkwash.paint,
    "marbled": marbled.paint,
    "mosaic": mosaic.paint,
    "pastel": pastel.paint,
    "pointillist": pointillist.paint,
    "riso": riso.paint,
    "stained-glass": glass.paint,
    "starry": starry.paint,
    "watercolour": watercolour.paint,
    "woodcut": woodcut.paint,
}


def painted(name: str, size_px: int = SIZE_PX) -> Image.Image:
    """Return the style picture `name`, `size_px` square."""
    picture = PAINTERS[name](size_px, size_px, np.random.default_rng(SEED))
    return Image.fromarray(np.round(np.clip(picture, 0, 1) * 255).astype(np.uint8))


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*", default=sorted(PAINTERS))
    parser.add_argument("--to", type=Path, default=EXAMPLES / "styles")
    arguments = parser.parse_args()
    for name in arguments.names:
        painted(name).save(arguments.to / f"{name}.jpg", quality=88, subsampling="4:2:0", optimize=True)
        print(name)
