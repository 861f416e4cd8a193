"""Kernels that styles mixed by the style encoder's codes, for measured ones: where to go on learning from.

    python tools/remeasure_kernels.py PAINTINGS --kernels balanced KERNELS.safetensors ANEW.safetensors
        [--kernels fast ...] [--back] [--looks 2200] [--codes KEPT.safetensors]

What the style encoder foretells of a painting is found in the measured code, but for two hundredths of its variance, by
a linear map (ridge regression over many looks at paintings), which joins the mapping's first layer. ``--back`` goes the
other way: kernels that have learnt from measured codes, coded for foretold ones, as they ship.
"""

from __future__ import annotations

import argparse
from dataclasses import dataclass
from pathlib import Path

import torch
from safetensors.torch import load_file, save_file
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


@dataclass(frozen=True, slots=True)
class Known:
    """Codes of the same looks at paintings, (N, 1920), given and wanted ones, and the map from these to those."""

    given: Tensor
    wanted: Tensor
    matrix: Tensor
    offset: Tensor


def looked_at(paintings: Path, count: int) -> dict[str, Tensor]:
    """Codes (N, 1920) of so many looks, as they are measured and as they are foretold."""
    pictures = load_pictures(paintings, SMALLEST_STYLE_PX, STYLE_LARGEST_PX)
    looks, encoder = Looks(pictures, MixingObjective(), 1), weights.path_of(weights.STYLE_ENCODER)
    seen = [looks.picture(index) for index in range(count)]
    return {name: torch.cat([encode(picture) for picture in seen])
            for name, encode in (("measured", measure_of(encoder)), ("foretold", load_into(StyleEncoder(), encoder)))}


def known(codes: dict[str, Tensor], back: bool) -> Known:
    """What tells one kind of codes by the other; says how much of what is wanted is not found in a tenth of them."""
    given, wanted = (codes[name] for name in (("foretold", "measured") if back else ("measured", "foretold")))
    kept = round((1 - HELD_OUT) * len(given))
    matrix, offset = regressed(given[:kept], wanted[:kept])
    rest = given[kept:] @ matrix + offset - wanted[kept:]
    unlike = float(rest.square().sum() / (wanted[kept:] - wanted[:kept].mean(dim=0)).square().sum())
    print(f"{unlike:.3f} of the variance is not found", flush=True)
    return Known(given, wanted, matrix, offset)


def write_anew(name: str, kernels: Path, output: Path, codes: Known, back: bool) -> Path:
    """Writes kernels that mix by the codes that are given what they mixed by the ones that are wanted."""
    base, count = weights.path_of(name), count_in(kernels)
    if count is None:
        raise SystemExit(f"{kernels} holds no kernels that styles mix")
    network = started_mixing(base, kernels, count)
    first = network.get_submodule("mapping.0")
    weight, bias = first.get_parameter("weight"), first.get_parameter("bias")
    bias.add_(weight @ codes.offset)
    weight.copy_(weight @ codes.matrix.T)
    if back:
        return write_kernels(network, output, base, ranges_in(kernels), codes.given[:CODES],
                             measured_by=weights.STYLE_ENCODER)
    network = evened(network, codes.given)
    wake_units(network, codes.given)
    return write_kernels(network, output, base, {})


@torch.no_grad()
def main() -> None:
    """Writes the kernels anew."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("paintings", type=Path)
    parser.add_argument("--kernels", nargs=3, action="append", required=True, metavar=("NETWORK", "KERNELS", "ANEW"))
    parser.add_argument("--back", action="store_true")
    parser.add_argument("--looks", type=int, default=LOOKS)
    parser.add_argument("--codes", type=Path, help="where the looks' codes are kept, and taken from where they are")
    given = parser.parse_args()
    seen = load_file(given.codes) if given.codes and given.codes.is_file() else looked_at(given.paintings, given.looks)
    if given.codes:
        save_file(seen, given.codes)
    codes = known(seen, given.back)
    for name, kernels, output in given.kernels:
        print(write_anew(name, Path(kernels), Path(output), codes, given.back), flush=True)


if __name__ == "__main__":
    main()
