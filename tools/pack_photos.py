"""Make examples/photos again: each picture from its package, cut, scaled to 1024 px at most, JPEG.

`python tools/pack_photos.py [--to examples/photos]`
"""

import argparse
import tempfile
from pathlib import Path

from PIL import Image

from sources import ASTRONAUT, MOUNTAINS, PAGODA, PackageFile, fetch

EXAMPLES = Path(__file__).parents[1] / "examples"
LONG_SIDE_PX = 1024
PHOTOS: dict[str, PackageFile] = {"astronaut": ASTRONAUT, "mountains": MOUNTAINS, "pagoda": PAGODA}


def pack(source: Path, target: Path) -> None:
    """Write `source` to `target`, scaled down to LONG_SIDE_PX where it is larger, without its metadata."""
    with Image.open(source) as opened:
        picture = opened.convert("RGB")
    picture.thumbnail((LONG_SIDE_PX, LONG_SIDE_PX), Image.Resampling.LANCZOS)
    picture.save(target, quality=90, subsampling="4:2:0", optimize=True)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--to", type=Path, default=EXAMPLES / "photos")
    to = parser.parse_args().to
    with tempfile.TemporaryDirectory() as folder:
        for name, file in PHOTOS.items():
            pack(fetch(file, Path(folder)), to / f"{name}.jpg")
