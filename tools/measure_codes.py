"""How far style codes are from what VGG-19 sees: the style loss that a network has which paints its code exactly.

    python tools/measure_codes.py PAINTINGS --size 384 --limit 4

For every painting's middle square the style loss (Huang & Belongie 2017: squared distances of channel means and
deviations at relu1_1 to relu4_1) between VGG-19's own code and the style encoder's, and that of VGG-19 in low rank.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np

from allaprima import weights
from allaprima.engines.looks import LAYER_CHANNELS
from allaprima.evaluate.pictures import load_squares, pictures_in
from allaprima.runtimes.calls import Row
from allaprima.runtimes.pytorch import TorchRuntime


def style_loss(code: Row, other: Row) -> float:
    """The style loss between two codes (1920,)."""
    widths = np.repeat(LAYER_CHANNELS, 2)
    parts = np.split((code - other) ** 2, np.cumsum(widths)[:-1])
    return float(sum(part.mean() for part in parts))


def main() -> None:
    """Measures the paintings of a folder."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("paintings", type=Path)
    parser.add_argument("--size", type=int, default=256)
    parser.add_argument("--limit", type=int, default=12)
    given = parser.parse_args()
    runtime = TorchRuntime()
    exact = runtime.vgg_code(weights.load("vgg19"))
    encoders = {"foretold": runtime.style_encoder(weights.load(weights.STYLE_ENCODER)),
                "measured": runtime.vgg_code(weights.load(weights.SLIM_VGG))}
    found: dict[str, list[float]] = {name: [] for name in encoders}
    for sample in load_squares(pictures_in([given.paintings], given.limit), given.size)[0]:
        own = exact(sample.image)
        for name, encode in encoders.items():
            found[name].append(style_loss(encode(sample.image), own))
        print(f"{sample.name:32}", *(f"{name} {losses[-1]:.3f}" for name, losses in found.items()))
    print(f"{'mean':32}", *(f"{name} {np.mean(losses):.3f}" for name, losses in found.items()))


if __name__ == "__main__":
    main()
