"""Fewer differences that mix nearly the same kernels: principal components, filter by filter.

`python tools/reduce_kernels.py balanced KERNELS.safetensors 3 -o REDUCED.safetensors`. Over styles drawn from the
distribution of paintings' codes a filter's kernels lie around a mean, which joins the common difference, and mostly
along a few directions, which become the differences; coefficients stay linear in what codes are mapped to.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

import torch
from safetensors import safe_open
from torch import Tensor

from allaprima import weights
from allaprima.nets.mixed import MixedNetwork
from allaprima.train.mixing.files import SAID, count_in, write_kernels
from allaprima.train.mixing.run import started_mixing
from allaprima.transforms import drawn_codes, paintings_codes

DRAWN = 2000  # styles


@torch.no_grad()
def reduce_into(reduced: MixedNetwork, network: MixedNetwork, codes: Tensor) -> float:
    """Gives a network with fewer differences the kernels of another; the share of their variance that it keeps."""
    for name in ("mapping", "rows", "null_rows"):
        reduced.get_submodule(name).load_state_dict(network.get_submodule(name).state_dict())
    shares = network.coefficients(network.mapping(codes)).view(len(codes), -1, network.count)
    weight = network.coefficients.weight.view(-1, network.count, network.coefficients.in_features)
    bias = network.coefficients.bias.view(-1, network.count)
    new_weight = reduced.coefficients.weight.view(-1, reduced.count, network.coefficients.in_features)
    new_bias = reduced.coefficients.bias.view(-1, reduced.count)
    kept = whole = 0.0
    start = 0
    for names, filters in zip(network.layers.values(), network.filters, strict=True):
        places = [network.names.index(name) for name in names]
        for own in range(filters):
            place = start + own
            rows = torch.cat([network.differences[index][:, own].reshape(network.count, -1) for index in places], dim=1)
            mean = shares[:, place].mean(dim=0)
            apart = shares[:, place] - mean
            root = torch.linalg.cholesky(apart.T @ apart / len(apart) + 1e-9 * torch.eye(network.count))
            _, sizes, directions = torch.linalg.svd(root.T @ rows, full_matrices=False)
            directions = directions[:reduced.count]
            kept += float(sizes[:reduced.count].square().sum())
            whole += float(sizes.square().sum())
            onto = directions @ rows.T  # new coefficients of old ones
            new_weight[place] = onto @ weight[place]
            new_bias[place] = onto @ (bias[place] - mean)
            size = new_weight[place].norm(dim=1, keepdim=True).clamp(min=1e-12)
            new_weight[place] /= size
            new_bias[place] /= size[:, 0]
            widths = [network.differences[index][0, own].numel() for index in places]
            for index, part, middle in zip(places, (directions * size).split(widths, dim=1),
                                           (mean @ rows).split(widths), strict=True):
                like = network.common[index][own]
                reduced.common[index][own] = like + middle.view(like.shape)
                reduced.differences[index][:, own] = part.reshape(reduced.count, *like.shape)
        start += filters
    return kept / whole


def main() -> None:
    """Reduces a file of kernels."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("network", help="whose kernels they are")
    parser.add_argument("kernels", type=Path)
    parser.add_argument("count", type=int, help="differences to be left")
    parser.add_argument("-o", "--output", type=Path, required=True)
    given = parser.parse_args()
    base = weights.path_of(given.network)
    held = count_in(given.kernels)
    if held is None or not 0 < given.count < held:
        parser.error(f"{given.kernels} holds {held} differences; name fewer, and at least one")
    reduced = started_mixing(base, None, given.count)
    codes = drawn_codes(paintings_codes(), DRAWN, torch.Generator().manual_seed(1))
    kept = reduce_into(reduced, started_mixing(base, given.kernels, held), codes)
    with safe_open(given.kernels, "pt") as file:
        ranges = json.loads(file.metadata()[SAID])["ranges"]
    write_kernels(reduced, given.output, base, {name: (low, high) for name, (low, high) in ranges.items()})
    print(f"{given.output}: {given.output.stat().st_size / 1e6:.1f} MB, {kept:.3f} of the variance kept")


if __name__ == "__main__":
    main()
