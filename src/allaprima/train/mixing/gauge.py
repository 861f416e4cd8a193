"""The same kernels in other numbers: what a style mixes has many descriptions, and some of them are coded in less.

Over the codes of many paintings, some in bold colours, a filter's kernels lie around a mean, which joins the common
difference, and mostly along a few directions (principal components), which become its differences: the first ones
are large, the last ones nearly nothing. Coefficients stay linear in what codes are mapped to, and have one deviation.
Units of the mapping are put in the order of how much they vary, and scaled so that steps of one size suit all of them.

While kernels are learnt what reads the units is given them whitened, so that a step along what few styles share is as
long as one along what all of them do (natural neural networks, Desjardins et al. 2015, arXiv:1507.00210).
"""

from __future__ import annotations

from copy import deepcopy

import torch
from torch import Tensor

from allaprima.nets.mixed import BEGINNING, MixedNetwork, RectifiedUnits

FARTHEST = 10.0  # times: how far units are scaled, lest one that slept in all these styles is loud in another
LEAST = 0.05     # of a layer's components: smaller ones are taken to be so large, for the same reason
AWAKE = 0.02     # of styles, in which a unit is at work
WOKEN = 1.7      # deviation of a unit before its rectifier, when it is begun anew
LEAST_LEARNING = 0.3  # the same where learning goes on, of components and of units
DAMPING = 0.01   # of the mean variance, which every direction is taken to have: some style may yet go there
READERS = ("coefficients", "rows", "null_rows")  # what reads the mapping's units
READ_BY = {1: ("mapping.2",), 3: READERS}        # by the place of a layer's units in the mapping
EVEN = 0.1       # of the mean variance, that whitened units are damped by: what hardly varies is not made loud


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
    scale = scale.clamp(1 / FARTHEST, FARTHEST)
    for name in READERS:
        reading = network.get_submodule(name).get_parameter("weight")
        reading.copy_(reading[:, order])
    rescale_units(network, scale)


@torch.no_grad()
def evened(network: MixedNetwork, codes: Tensor) -> MixedNetwork:
    """The same network in numbers that learn alike, over such codes (N, 1920): kernels that were coded are far from it.

    An optimiser moves every number by the same; of numbers in which units and coefficients are a thousand times as
    large as others, the style is lost within some hundred steps.
    """
    own = MixedNetwork(network.base, network.count).to(codes.device)
    reduce_into(own, network, codes, LEAST_LEARNING)
    ours, usual = (units_at_work(one.mapping(codes)) for one in (own, own.base))
    middle = float(ours[ours > 0].median())
    rescale_units(own, usual[usual > 0].median() / ours.clamp(min=LEAST_LEARNING * middle))
    return own


@torch.no_grad()
def wake_units(network: MixedNetwork, codes: Tensor, seed: int = 1) -> int:
    """Gives the mapping's units that next to none of the styles wake others' work; how many they were.

    Of a mapping's 256 units all but some thirty ended so in whole networks' training, which left a style that many
    numbers. They are begun anew as chance mixtures of the layer before, awake in half of the styles and not read yet.
    """
    last = network.get_submodule("mapping.2")
    weight, bias = last.get_parameter("weight"), last.get_parameter("bias")
    hidden = network.mapping[:2](codes)
    asleep = units_at_work(network.mapping(codes)) == 0
    if not asleep.any():
        return 0
    deviation = hidden.std(dim=0, correction=0)
    generator = torch.Generator().manual_seed(seed)
    drawn = torch.randn(int(asleep.sum()), hidden.shape[1], generator=generator).to(hidden.device)
    drawn = drawn * (deviation > 0) / deviation.clamp(min=1e-6)
    read = hidden @ drawn.T
    size = WOKEN / read.std(dim=0, correction=0).clamp(min=1e-6)
    weight[asleep], bias[asleep] = drawn * size[:, None], -(read.mean(dim=0) * size)
    for name in READERS:
        network.get_submodule(name).get_parameter("weight")[:, asleep] = 0
    return int(asleep.sum())


@torch.no_grad()
def whiten_units(network: MixedNetwork, codes: Tensor) -> None:
    """Gives what reads a mapping's units these whitened over such codes (N, 1920), of deviation 1 and alike in nothing.

    What a style mixes stays the same. The loudest direction of a layer's units has thousands of times the variance of
    the faintest, and an optimiser that has a rate for each number steps along the loud ones alone.
    """
    for place, readers in READ_BY.items():
        rectified = rectified_at(network, place)
        units = network.mapping[:place](codes).relu()
        mean = units.mean(dim=0)
        covariance = ((units - mean).T @ (units - mean) / len(units)).double()
        variances, directions = torch.linalg.eigh(covariance)
        deviations = (variances.clamp(min=0) + (EVEN * variances.mean()).clamp(min=1e-12)).sqrt()
        for name in readers:
            weight, bias = (network.get_submodule(name).get_parameter(part) for part in ("weight", "bias"))
            bias.add_(weight @ mean)
            weight.copy_(weight.double() @ ((directions * deviations) @ directions.T))
        rectified.mean.copy_(mean)
        rectified.into.copy_((directions / deviations) @ directions.T)


@torch.no_grad()
def with_plain_units(network: MixedNetwork) -> MixedNetwork:
    """A copy that mixes the same, of whose units nothing is whitened: as files hold it."""
    own = deepcopy(network)
    for place, readers in READ_BY.items():
        rectified = rectified_at(own, place)
        for name in readers:
            weight, bias = (own.get_submodule(name).get_parameter(part) for part in ("weight", "bias"))
            weight.copy_(weight.double() @ rectified.into.double().T)
            bias.sub_(weight @ rectified.mean)
        rectified.mean.zero_()
        rectified.into.copy_(torch.eye(len(rectified.mean)))
    return own


def rectified_at(network: MixedNetwork, place: int) -> RectifiedUnits:
    """The rectified units that stand there in the mapping."""
    found = network.mapping[place]
    assert isinstance(found, RectifiedUnits)
    return found


def units_at_work(mapped: Tensor) -> Tensor:
    """The deviation of every unit over styles (S, 256); one that only a few of them wake counts as none."""
    return mapped.std(dim=0, correction=0) * (mapped.gt(0).float().mean(dim=0) > AWAKE)


def rescale_units(network: MixedNetwork, scale: Tensor) -> None:
    """Multiplies a mapping's units by what is above 0, (256,): what is read of them stays the same."""
    last = network.get_submodule("mapping.2")
    last.get_parameter("weight").mul_(scale[:, None])
    last.get_parameter("bias").mul_(scale)
    for name in READERS:
        network.get_submodule(name).get_parameter("weight").div_(scale)


@torch.no_grad()
def reduce_into(reduced: MixedNetwork, network: MixedNetwork, codes: Tensor, least: float = LEAST) -> float:
    """Gives a network with as many or fewer differences the kernels of another; the share of variance that it keeps.

    least: of a layer's components; smaller ones have smaller coefficients.
    """
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
        means = shares[:, start:start + filters].mean(dim=0)
        every_row = [torch.cat([network.differences[index][:, own].reshape(network.count, -1) for index in places], 1)
                     for own in range(filters)]
        components = [components_of(shares[:, start + own] - means[own], rows) for own, rows in enumerate(every_row)]
        all_sizes = torch.stack([sizes for sizes, _ in components])
        whole += float(all_sizes.square().sum())
        kept += float(all_sizes[:, :reduced.count].square().sum())
        smallest = max(least * float(all_sizes.square().mean().sqrt()), 1e-12)
        for own, (rows, mean) in enumerate(zip(every_row, means, strict=True)):
            place = start + own
            sizes, directions = (part[:reduced.count] for part in components[own])
            onto = directions @ rows.T  # new coefficients of old ones
            scale = BEGINNING / sizes[:, None].clamp(min=smallest)
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
