"""The same kernels in other numbers: what a style mixes has many descriptions, and some of them are coded in less.

Over styles drawn from the distribution of paintings' codes a filter's kernels lie around a mean, which joins the common
difference, and mostly along a few directions (principal components), which become its differences: the first ones
are large, the last ones nearly nothing. Coefficients stay linear in what codes are mapped to, and have one deviation.
Units of the mapping are put in the order of how much they vary, and scaled so that steps of one size suit all of them.
"""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor

from allaprima import weights
from allaprima.nets.mixed import BEGINNING, MixedNetwork

DRAWN = 800        # styles
SPREAD = (1.0, 2.0)  # of paintings' distribution: half of the styles go farther than paintings do
DAMPING = 0.01     # of the mean variance, which every direction is taken to have: some style may yet go there
READERS = ("coefficients", "rows", "null_rows")  # what reads the mapping's units


def codes_beyond(count: int = DRAWN, seed: int = 1) -> Tensor:
    """Whitened codes (N, 1920) drawn as paintings have them, and as far again from their mean."""
    held = weights.load("style-codes")
    mean, factor = (torch.from_numpy(np.asarray(held[name])) for name in ("mean", "factor"))
    generator = torch.Generator().manual_seed(seed)
    drawn = torch.randn((count, len(factor)), generator=generator) @ factor
    spread = torch.tensor(SPREAD).repeat(-(-count // len(SPREAD)))[:count, None]
    return mean.reshape(1, -1) + spread * drawn


def spread_of(values: Tensor) -> tuple[Tensor, Tensor]:
    """The mean (N,) of rows and their covariance (N, N), damped."""
    mean = values.mean(dim=0)
    covariance = (values - mean).T @ (values - mean) / len(values)
    damping = max(DAMPING * float(covariance.diagonal().mean()), 1e-12)
    return mean, covariance + damping * torch.eye(len(mean))


def correction_of(covariance: Tensor) -> Tensor:
    """The upper Cholesky factor (N, N) of the inverse: how an error in one number is made up for by those after it.

    One over its diagonal is how far each number goes where the ones after it are known.
    """
    upper = torch.linalg.cholesky(covariance.double().flip(0, 1)).flip(0, 1)  # times its transpose the covariance
    inverse: Tensor = torch.linalg.solve_triangular(upper, torch.eye(len(upper), dtype=upper.dtype), upper=True)
    return inverse.float()


@torch.no_grad()
def settle_units(network: MixedNetwork, codes: Tensor) -> None:
    """Orders a mapping's units by how much they vary, and gives each the variance that the others do not tell.

    What is read of them stays the same: the mapping ends in rectifiers, which a factor above 0 goes through.
    """
    order = network.mapping(codes).var(dim=0).argsort(descending=True, stable=True)
    last = network.get_submodule("mapping.2")
    for parameter in last.parameters():
        parameter.copy_(parameter[order])
    _, covariance = spread_of(network.mapping(codes))
    scale = correction_of(covariance).diagonal()
    weight = covariance.diagonal()
    scale = scale / torch.exp((weight * scale.log()).sum() / weight.sum())  # units that vary keep their size
    last.get_parameter("weight").mul_(scale[:, None])
    last.get_parameter("bias").mul_(scale)
    for name in READERS:
        reading = network.get_submodule(name).get_parameter("weight")
        reading.copy_(reading[:, order] / scale)


@torch.no_grad()
def reduce_into(reduced: MixedNetwork, network: MixedNetwork, codes: Tensor) -> float:
    """Gives a network with as many or fewer differences the kernels of another; the share of variance that it keeps."""
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
            sizes, directions = components_of(shares[:, place] - mean, rows)
            whole += float(sizes.square().sum())
            sizes, directions = sizes[:reduced.count], directions[:reduced.count]
            kept += float(sizes.square().sum())
            onto = directions @ rows.T  # new coefficients of old ones
            scale = BEGINNING / sizes[:, None].clamp(min=1e-12)
            new_weight[place] = scale * (onto @ weight[place])
            new_bias[place] = scale[:, 0] * (onto @ (bias[place] - mean))
            widths = [network.differences[index][0, own].numel() for index in places]
            for index, part, middle in zip(places, torch.split_with_sizes(directions / scale, widths, dim=1),
                                           torch.split_with_sizes(mean @ rows, widths), strict=True):
                like = network.common[index][own]
                reduced.common[index][own] = like + middle.view(like.shape)
                reduced.differences[index][:, own] = part.reshape(reduced.count, *like.shape)
        start += filters
    return kept / max(whole, 1e-12)


def components_of(shares: Tensor, rows: Tensor) -> tuple[Tensor, Tensor]:
    """Deviations (K,) and directions (K, N) of the principal components of kernels: shares (S, K) times rows (K, N)."""
    count = shares.shape[1]
    root = torch.linalg.cholesky(shares.T @ shares / len(shares) + 1e-9 * torch.eye(count))
    _, sizes, directions = torch.linalg.svd(root.T @ rows, full_matrices=False)
    return sizes, directions
