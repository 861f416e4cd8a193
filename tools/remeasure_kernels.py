"""Kernels that styles mixed by the style encoder's codes, for measured ones: where to go on learning from.

    python tools/remeasure_kernels.py balanced KERNELS.safetensors PAINTINGS -o ANEW.safetensors

What the style encoder foretells of a painting is found in the measured code, but for two hundredths of its variance, by
a linear map (ridge regression over many looks at paintings), which joins the mapping's first layer. ``--back`` writes
the map from foretold codes to measured ones, by which engines mix for styles of before.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np
import torch
from safetensors.numpy import save_file
from torch import Tensor

from allaprima import weights
from allaprima.nets.style_encoder import StyleEncoder
from allaprima.train.mixing.codes import measure_of
from allaprima.train.mixing.files import count_in, write_kernels
from allaprima.train.mixing.gauge import evened, wake_units
from allaprima.train.mixing.run import started_mixing
from allaprima.train.mixing.settings import MixingObjective
from allaprima.train.mixing.styles import Looks
from allaprima.train.pictures import load_pictures
from allaprima.train.run import SMALLEST_STYLE_PX, STYLE_LARGEST_PX
from allaprima.train.trainee import load_into

LOOKS = 2200
DAMPING = 0.02  # of the mean size of a code, in the regression
RANK = 128      # of the map back
HELD_OUT = 0.1  # of the looks, by which the regression is judged


def regressed(given: Tensor, wanted: Tensor) -> tuple[Tensor, Tensor]:
    """A matrix (D, E) and an offset (E,) by which rows (N, D) come nearest to rows (N, E)."""
    middle, goal = given.mean(dim=0), wanted.mean(dim=0)
    rows, targets = (given - middle).double(), (wanted - goal).double()
    products = rows @ rows.T
    damped = products + DAMPING * products.diagonal().mean() * torch.eye(len(rows), dtype=torch.float64)
    matrix = (rows.T @ torch.linalg.solve(damped, targets)).float()
    return matrix, goal - middle @ matrix


def write_back(foretold: Tensor, measured: Tensor, kept: int, path: Path) -> float:
    """Writes the map from foretold codes (N, 1920) to measured ones; the share of variance that it leaves of the rest.

    The first ``kept`` are what it is found by.
    """
    matrix, _ = regressed(foretold[:kept], measured[:kept])
    middle, goal = foretold[:kept].mean(dim=0), measured[:kept].mean(dim=0)
    directions = torch.linalg.svd((foretold[:kept] - middle) @ matrix, full_matrices=False)[2][:RANK]
    held = {"foretold": middle, "into": matrix @ directions.T, "out": directions, "measured": goal}
    save_file({name: np.ascontiguousarray(value.half().numpy()) for name, value in held.items()}, path)
    rest = (foretold[kept:] - middle) @ held["into"] @ directions + goal - measured[kept:]
    return float(rest.square().sum() / (measured[kept:] - goal).square().sum())


@torch.no_grad()
def main() -> None:
    """Writes the kernels anew."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("network", help="whose kernels they are")
    parser.add_argument("kernels", type=Path)
    parser.add_argument("paintings", type=Path)
    parser.add_argument("-o", "--output", type=Path, required=True)
    parser.add_argument("--back", type=Path, metavar="CODES")
    parser.add_argument("--looks", type=int, default=LOOKS)
    given = parser.parse_args()
    base, encoder_path = weights.path_of(given.network), weights.path_of(weights.STYLE_ENCODER)
    count = count_in(given.kernels)
    if count is None:
        parser.error(f"{given.kernels} holds no kernels that styles mix")
    network = started_mixing(base, given.kernels, count)
    pictures = load_pictures(given.paintings, SMALLEST_STYLE_PX, STYLE_LARGEST_PX)
    looks = Looks(pictures, MixingObjective(styles=given.looks), 1)
    measure, encoder = measure_of(encoder_path), load_into(StyleEncoder(), encoder_path)
    seen = [looks.picture(index) for index in range(given.looks)]
    measured, foretold = (torch.cat([encode(picture) for picture in seen]) for encode in (measure, encoder))
    kept = round((1 - HELD_OUT) * given.looks)
    matrix, offset = regressed(measured[:kept], foretold[:kept])
    rest = measured[kept:] @ matrix + offset - foretold[kept:]
    unlike = float(rest.square().sum() / (foretold[kept:] - foretold[:kept].mean(dim=0)).square().sum())
    print(f"{unlike:.3f} of the variance of what is foretold is not found")
    if given.back is not None:
        unlike = write_back(foretold, measured, kept, given.back)
        print(f"{unlike:.3f} of the variance of what is measured is not found")
    first = network.get_submodule("mapping.0")
    weight, bias = first.get_parameter("weight"), first.get_parameter("bias")
    bias.add_(weight @ offset)
    weight.copy_(weight @ matrix.T)
    network = evened(network, measured)
    wake_units(network, measured)
    write_kernels(network, given.output, base, {})
    print(given.output)


if __name__ == "__main__":
    main()
