"""Make docs/pictures/teaser.jpg again: a photograph, a style, and the one painted in the other.

`python tools/make_teaser.py [--photo pagoda] [--style starry] [--model balanced] [--to docs/pictures/teaser.jpg]`
"""

import argparse
from pathlib import Path

import numpy as np
from PIL import Image

from allaprima.engines import Look, engine_for
from allaprima.runtimes import runtime_for

ROOT = Path(__file__).parents[1]
WORK_PX = 640  # the photograph's shorter side when it is painted: strokes of a size that still reads when shown
SHOW_PX = 400  # the height of the panels
GAP_PX = 8


def teaser(photo: Path, style: Path, model: str) -> Image.Image:
    """Return content, style and result side by side on white, each SHOW_PX high."""
    content = _scaled(Image.open(photo).convert("RGB"), WORK_PX)
    picture = Image.open(style).convert("RGB")
    engine = engine_for(model, runtime_for("cpu"))
    look = Look(engine.encode(np.asarray(picture), style.stem))
    painted, _ = engine.stylize(np.asarray(content)[None], [look])
    return _beside([content, picture, Image.fromarray(painted[0])])


def _scaled(picture: Image.Image, shorter_px: int) -> Image.Image:
    ratio = shorter_px / min(picture.size)
    return picture.resize((round(picture.width * ratio), round(picture.height * ratio)), Image.Resampling.LANCZOS)


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
    parser.add_argument("--style", default="starry")
    parser.add_argument("--model", default="balanced")
    parser.add_argument("--to", type=Path, default=ROOT / "docs" / "pictures" / "teaser.jpg")
    arguments = parser.parse_args()
    photo = ROOT / "examples" / "photos" / f"{arguments.photo}.jpg"
    style = ROOT / "examples" / "styles" / f"{arguments.style}.jpg"
    arguments.to.parent.mkdir(parents=True, exist_ok=True)
    teaser(photo, style, arguments.model).save(arguments.to, quality=88, optimize=True)
