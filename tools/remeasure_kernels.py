"""Kernels that styles mixed by the style encoder's codes, for measured ones: where to go on learning from.

    python tools/remeasure_kernels.py balanced KERNELS.safetensors PAINTINGS -o ANEW.safetensors

What the style encoder foretells of a painting is found in the measured code, but for two hundredths of its variance, by
a linear map (ridge regression over many looks at paintings), which joins the mapping's first layer. ``--back`` goes the
other way: kernels that have learnt from measured codes, coded for foretold ones, as they ship.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import torch
from torch import Tensor

from allaprima import weights
from allaprima.nets.style_encoder import StyleEncoder
from allaprima.train.mixing.codes import measure_of
from allaprima.train.mixing.files import count_in, ranges_in, write_kernels
from allaprima.train.mixing.gauge import evened, wake_units
from allaprima.train.mixing.run import started_mixing
from allaprima.train.mixing.settings import MixingObjective
from allaprima.train.mixing.styles import CODES, Looks
from allaprima.train.pictures import load_pictures
from allaprima.train.run import SMALLEST_STYLE_PX, STYLE_LARGEST_PX
from allaprima.train.trainee import load_into

LOOKS = 2200
DAMPING = 0.02  # of the mean size of a code, in the regression
HELD_OUT = 0.1  # of the looks, by which the regression is judged


def regressed(given: Tensor, wanted: Tensor) -> tuple[Tensor, Tensor]:
    """A matrix (D, E) and an offset (E,) by which rows (N, D) come nearest to rows (N, E)."""
    middle, goal = given.mean(dim=0), wanted.mean(dim=0)
    rows, targets = (given - middle).double(), (wanted - goal).double()
    products = rows @ rows.T
    damped = products + DAMPING * products.diagonal().mean() * torch.eye(len(rows), dtype=torch.float64)
    matrix = (rows.T @ torch.linalg.solve(damped, targets)).float()
    return matrix, goal - middle @ matrix


@torch.no_grad()
def main() -> None:
    """Writes the kernels anew."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("network", help="whose kernels they are")
    parser.add_argument("kernels", type=Path)
    parser.add_argument("paintings", type=Path)
    parser.add_argument("-o", "--output", type=Path, required=True)
    parser.add_argument("--back", action="store_true")
    parser.add_argument("--looks", type=int, default=LOOKS)
    given = parser.parse_args()
    base, encoder_path = weights.path_of(given.network), weights.path_of(weights.STYLE_ENCODER)
    count = count_in(given.kernels)
    if count is None:
        parser.error(f"{given.kernels} holds no kernels that styles mix")
    network = started_mixing(base, given.kernels, count)
    pictures = load_pictures(given.paintings, SMALLEST_STYLE_PX, STYLE_LARGEST_PX)
    looks = Looks(pictures, MixingObjective(), 1)
    measure, encoder = measure_of(encoder_path), load_into(StyleEncoder(), encoder_path)
    seen = [looks.picture(index) for index in range(given.looks)]
    measured, foretold = (torch.cat([encode(picture) for picture in seen]) for encode in (measure, encoder))
    kept = round((1 - HELD_OUT) * given.looks)
    given_codes, wanted = (foretold, measured) if given.back else (measured, foretold)
    matrix, offset = regressed(given_codes[:kept], wanted[:kept])
    rest = given_codes[kept:] @ matrix + offset - wanted[kept:]
    unlike = float(rest.square().sum() / (wanted[kept:] - wanted[:kept].mean(dim=0)).square().sum())
    print(f"{unlike:.3f} of the variance is not found")
    first = network.get_submodule("mapping.0")
    weight, bias = first.get_parameter("weight"), first.get_parameter("bias")
    bias.add_(weight @ offset)
    weight.copy_(weight @ matrix.T)
    if given.back:
        ranges = ranges_in(given.kernels)
        write_kernels(network, given.output, base, ranges, foretold[:CODES], measured_by=weights.STYLE_ENCODER)
    else:
        network = evened(network, measured)
        wake_units(network, measured)
        write_kernels(network, given.output, base, {})
    print(given.output)


if __name__ == "__main__":
    main()
