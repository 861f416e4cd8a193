"""Draws what networks of others paint: a photograph, and what exported ones make of it by ``--model net.onnx``.

    python tools/draw_networks.py docs/pictures/networks.jpg

Two bundled styles are written as plain networks, a picture in and a picture out, by ``allaprima export``; the files are
described and painted with as anybody's are. Needs the extra ``export``.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
from pathlib import Path

import cv2
import numpy as np

from allaprima.io.still.reading import read_image

ROOT = Path(__file__).parents[1]
WIDTH, HEIGHT = 400, 300


def allaprima(*words: str) -> None:
    """Runs a command of the program."""
    subprocess.run([sys.executable, "-m", "allaprima", *words], check=True)


def shown(path: Path) -> np.ndarray:
    """A picture in the size of the row."""
    picture = read_image(path).image
    height, width = picture.shape[:2]
    scale = max(WIDTH / width, HEIGHT / height)
    small = cv2.resize(picture, (round(scale * width), round(scale * height)), interpolation=cv2.INTER_AREA)
    return np.asarray(small[-HEIGHT:, :WIDTH])


def main() -> None:
    """Exports, describes and paints, and lays the results out."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("output", type=Path)
    parser.add_argument("--photo", type=Path, default=ROOT / "examples" / "photos" / "pagoda.jpg")
    parser.add_argument("--style", nargs="+", default=["woodcut", "starry"])
    given = parser.parse_args()
    row = [shown(given.photo)]
    with tempfile.TemporaryDirectory() as folder:
        for style in given.style:
            network, painted = Path(folder, f"{style}.onnx"), Path(folder, f"{style}.png")
            allaprima("export", style, "-o", str(network))
            allaprima("network", "describe", str(network))
            allaprima("image", str(given.photo), "--model", str(network), "-o", str(painted))
            row.append(shown(painted))
    cv2.imwrite(str(given.output), np.concatenate(row, axis=1)[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, 85])


if __name__ == "__main__":
    main()
