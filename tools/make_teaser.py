"""Make the README's pictures again: a photograph, a style, and the one painted in the other; a gallery of nine.

`python tools/make_teaser.py [--photo pagoda] [--style woodcut] [--model balanced] [--to docs/pictures]`
"""

import argparse
from pathlib import Path

import numpy as np
from PIL import Image

from allaprima.engines import Engine, Look, engine_for
from allaprima.pipeline.looks.styles import load_style
from allaprima.runtimes import runtime_for

ROOT = Path(__file__).parents[1]
WORK_PX = 400  # the photograph's shorter side when it is painted: what the bundled styles were fitted at
SHOW_PX = 400  # the height of the teaser's panels
TILE_PX = (420, 280)  # width and height of a picture of the gallery
GAP_PX = 8
GALLERY = (("mountains", "ink-wash"), ("pagoda", "delft"), ("astronaut", "gilded"),
           ("mountains", "starry"), ("pagoda", "stained-glass"), ("astronaut", "engraving"),
           ("mountains", "pastel"), ("pagoda", "woodcut"), ("astronaut", "riso"))
COLUMNS = 3


def teaser(photo: Path, style: str, model: str) -> Image.Image:
    """Content, style and result side by side on white, each SHOW_PX high."""
    content = _scaled(Image.open(photo).convert("RGB"), WORK_PX)
    picture = Image.open(ROOT / "examples" / "styles" / f"{style}.jpg").convert("RGB")
    return _beside([content, picture, painted(content, style, engine_for(model, runtime_for("cpu")))])


def gallery(model: str) -> Image.Image:
    """Paintings of the example photographs, the middle of each, in rows of three."""
    engine = engine_for(model, runtime_for("cpu"))
    width, height = TILE_PX
    rows = -(-len(GALLERY) // COLUMNS)
    size = COLUMNS * (width + GAP_PX) - GAP_PX, rows * (height + GAP_PX) - GAP_PX
    sheet = Image.new("RGB", size, "white")
    for index, (photo, style) in enumerate(GALLERY):
        content = _scaled(Image.open(ROOT / "examples" / "photos" / f"{photo}.jpg").convert("RGB"), WORK_PX)
        tile = _filling(painted(content, style, engine))
        sheet.paste(tile, (index % COLUMNS * (width + GAP_PX), index // COLUMNS * (height + GAP_PX)))
    return sheet


def painted(content: Image.Image, style: str, engine: Engine) -> Image.Image:
    """The content in a bundled style, at its own size."""
    pictures, _ = engine.stylize(np.asarray(content)[None], [Look(load_style(style, engine))])
    return Image.fromarray(np.asarray(pictures[0], np.uint8))


def _scaled(picture: Image.Image, shorter_px: int) -> Image.Image:
    ratio = shorter_px / min(picture.size)
    return picture.resize((round(picture.width * ratio), round(picture.height * ratio)), Image.Resampling.LANCZOS)


def _filling(picture: Image.Image) -> Image.Image:
    width, height = TILE_PX
    ratio = max(width / picture.width, height / picture.height)
    large = picture.resize((round(picture.width * ratio), round(picture.height * ratio)), Image.Resampling.LANCZOS)
    left, top = (large.width - width) // 2, (large.height - height) // 8  # faces are above the middle
    return large.crop((left, top, left + width, top + height))


def _beside(pictures: list[Image.Image]) -> Image.Image:
    panels = [_scaled(picture, SHOW_PX) for picture in pictures]
    sheet = Image.new("RGB", (sum(panel.width for panel in panels) + GAP_PX * (len(panels) - 1), SHOW_PX), "white")
    left = 0
    for panel in panels:
        sheet.paste(panel, (left, 0))
        left += panel.width + GAP_PX
    return sheet


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--photo", default="pagoda")
    parser.add_argument("--style", default="delft")
    parser.add_argument("--model", default="balanced")
    parser.add_argument("--to", type=Path, default=ROOT / "docs" / "pictures")
    arguments = parser.parse_args()
    photo = ROOT / "examples" / "photos" / f"{arguments.photo}.jpg"
    arguments.to.mkdir(parents=True, exist_ok=True)
    teaser(photo, arguments.style, arguments.model).save(arguments.to / "teaser.jpg", quality=88, optimize=True)
    gallery(arguments.model).save(arguments.to / "gallery.jpg", quality=86, optimize=True)
