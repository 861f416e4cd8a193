"""Draws what the ways back from a painted picture to light make of a plate with a sun in it.

    python tools/draw_transfers.py docs/pictures/transfers.jpg

The plate is the example photograph taken for light, with a sun of light 60 and a ramp of greys from 2^-8 to 16 below.
Columns: the plate itself, then ``--transfer exposure``, ``log`` and ``invert``, all painted by ``fast`` in one style.
Rows: as the view shows them, and four stops darker.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from allaprima.colorspaces.transfer import Transferred
from allaprima.colorspaces.views import opened_config
from allaprima.config import Transfer
from allaprima.engines import Look, engine_for
from allaprima.io.still.picture import as_uint8
from allaprima.io.still.reading import read_image
from allaprima.pipeline.looks.styles import load_style
from allaprima.runtimes import runtime_for

ROOT = Path(__file__).parents[1]
WIDTH, HEIGHT, RAMP = 400, 250, 25
TRANSFERS: tuple[Transfer, ...] = ("exposure", "log", "invert")
DARKER_STOPS = 4


def plate() -> NDArray[np.float32]:
    """The light of the scene, (H, W, 3)."""
    photo = cv2.resize(read_image(ROOT / "examples" / "photos" / "mountains.jpg").image, (WIDTH, HEIGHT),
                       interpolation=cv2.INTER_AREA) / np.float32(255)
    light = np.where(photo <= 0.04045, photo / 12.92, ((photo + 0.055) / 1.055) ** 2.4).astype(np.float32)
    y, x = np.mgrid[:HEIGHT, :WIDTH].astype(np.float32)
    distance = np.hypot(x - 0.73 * WIDTH, y - 0.2 * HEIGHT)
    sun = np.exp(-(distance / 14) ** 4) * 60 + np.exp(-distance / 30) * 2
    light += sun[..., None] * np.array([1, 0.9, 0.7], np.float32)
    light[-RAMP:] = (2.0 ** np.linspace(-8, 4, WIDTH, dtype=np.float32))[None, :, None]
    return light


def main() -> None:
    """Paints the plate and lays the results out."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("output", type=Path)
    parser.add_argument("--style", default="watercolour")
    given = parser.parse_args()
    config = opened_config(None)
    space = config.asked("lin_rec709")
    engine = engine_for("fast", runtime_for("cpu"))
    look = Look(load_style(given.style, engine))
    light = plate()
    results = [light]
    for transfer in TRANSFERS:
        way = Transferred(config, space, space, transfer)
        shown = way.shown(light, None)
        painted, _ = engine.stylize(shown[None], [look])
        results.append(way.back(light, None, shown, painted[0]))
    seen = Transferred(config, space, space, "exposure")
    rows = [np.concatenate([seen.shown(one / 2 ** stops, None) for one in results], axis=1)
            for stops in (0, DARKER_STOPS)]
    picture = as_uint8(np.concatenate(rows))
    cv2.imwrite(str(given.output), picture[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, 85])


if __name__ == "__main__":
    main()
