"""Numbers of mixed kernels in 8 bits and less: steps as coarse as the picture allows, each by what it does to it.

Every number's step is such that it adds the same to the painted picture's expected squared error, which takes the
fewest bits in all (reverse water-filling). How much the picture depends on a filter, a row or a unit is measured by
the gradients of pixels with random signs, whose squares have the mean of the squared derivatives (Hutchinson 1989);
the pictures are noise with a photograph's spectrum, so that no photographs are needed. What rounding
a matrix does to its product is made up for by the numbers after it (Frantar et al. 2022, arXiv:2210.17323), the rest of
it on the mean style by the bias.
"""

from __future__ import annotations

from collections.abc import Mapping
from copy import deepcopy
from math import sqrt

import torch
from torch import Tensor, nn

from allaprima.nets.mixed import BEGINNING, MixedNetwork, MixedStyles
from allaprima.train.mixing.gauge import READERS, correction_of, reduce_into, settle_units, spread_of

STEPS = 127            # of 8 bits, to either side
ERROR = 0.25 / 255     # see ``coarse``
SHOWN, SIDE_PX = 8, 128  # styles and the picture that sensitivities are measured by
LEAST = 0.05           # of the mean sensitivity, which every filter and row is taken to have: other pictures differ
OF_THE_NULL = 0.25     # how much an error counts at strength 0, beside one at 1
COLUMNS = 64           # that errors are carried over together
Steps = tuple[Tensor, Tensor]


def settled(network: MixedNetwork, codes: Tensor) -> MixedNetwork:
    """The same network on the processor in the numbers that take the fewest bits over such codes (N, 1920)."""
    source = deepcopy(network).cpu().requires_grad_(False)
    own = MixedNetwork(source.base, source.count).requires_grad_(False)
    reduce_into(own, source, codes)
    settle_units(own, codes)
    return own


def noise(seed: int) -> Tensor:
    """A picture (1, 3, H, W) whose amplitudes fall with the frequency, as a photograph's do; most of it is grey."""
    generator = torch.Generator().manual_seed(seed)
    frequency = torch.fft.fftfreq(SIDE_PX)
    radius = (frequency[:, None].square() + frequency[None].square()).sqrt().clamp(min=1 / SIDE_PX)
    spectrum = torch.fft.fft2(torch.randn(1, 3, SIDE_PX, SIDE_PX, generator=generator)) / radius
    picture: Tensor = torch.fft.ifft2(spectrum).real
    picture = 0.7 * picture.mean(dim=1, keepdim=True) + 0.3 * picture
    picture = (picture - picture.mean(dim=(2, 3), keepdim=True)) / picture.std()
    return (0.45 + 0.22 * picture).clamp(0, 1)


def sensitivities(network: MixedNetwork, codes: Tensor) -> dict[str, Tensor]:
    """The mean square of what a painted pixel changes by, for each number that is mixed, by name.

    Kernels under the base's names of tensors; "hidden" (512,) and "mapped" (256,) units, "coefficients" (F x K,),
    "rows" and "null_rows" (2 M,).
    """
    generator = torch.Generator().manual_seed(2)
    content, found = noise(1), dict[str, Tensor]()
    for code in codes[:SHOWN]:
        hidden = network.mapping[:2](code[None]).detach().requires_grad_()
        mapped = network.mapping[2:](hidden)
        shares, rows, null_rows = (network.get_submodule(name)(mapped) for name in READERS)
        style = network.mixed(MixedStyles(shares, rows, null_rows), 0)
        for row, leaves, weight in (
                (style.row, {"hidden": hidden, "mapped": mapped, "coefficients": shares, "rows": rows, **style.kernels},
                 1.0), (style.null, {"null_rows": null_rows}, OF_THE_NULL)):
            picture = network.paint(content, style, row)
            signs = torch.randint(0, 2, picture.shape, generator=generator) * 2.0 - 1
            slopes = torch.autograd.grad((picture * signs).sum() / sqrt(picture.numel()), list(leaves.values()),
                                         retain_graph=True)
            for name, slope in zip(leaves, slopes, strict=True):
                square = slope.square().reshape(slope.shape[-1] if slope.ndim == 2 else slope.shape)
                found[name] = found.get(name, torch.zeros(())) + weight / SHOWN * square
    return found


def of_each(sensitivity: Tensor) -> Tensor:
    """The sensitivity of every filter or row (O,), none of them nothing."""
    each = sensitivity.flatten(1).mean(dim=1) if sensitivity.ndim > 1 else sensitivity
    return each + LEAST * each.mean() + 1e-20


def rounded(values: Tensor, step: Tensor, leading: int) -> Steps:
    """Values in steps, int8, and the steps (what its first ``leading`` dimensions number), coarser where 8 bits ask."""
    largest = values.flatten(leading).abs().amax(dim=leading)
    step = torch.maximum(step.expand(largest.shape), largest / STEPS)
    steps = values / step.reshape(*step.shape, *[1] * (values.ndim - leading))
    return steps.round().clamp(-STEPS, STEPS).to(torch.int8), step


def rounded_matrix(layer: nn.Linear, step: Tensor, mean: Tensor, correction: Tensor) -> Steps:
    """A matrix in steps of its rows (O,); the layer is left with what the steps say.

    mean, correction: of its inputs, see ``correction_of``. step: for inputs that vary by one each for itself.
    Columns are rounded one after the other, and what that does to the product is made up for by the columns after it.
    """
    exact = layer.weight.detach().clone()
    step = torch.maximum(step / correction.diagonal().square().reciprocal().mean().sqrt(),
                         exact.abs().amax(dim=1) / (STEPS - 7)).clamp(min=1e-12)  # a little is left for making up
    rest, steps = exact.clone(), torch.zeros_like(exact)
    for start in range(0, len(mean), COLUMNS):
        stop = min(start + COLUMNS, len(mean))
        errors = torch.zeros(len(rest), stop - start)
        for column in range(start, stop):
            steps[:, column] = (rest[:, column] / step).round().clamp(-STEPS, STEPS)
            error = (rest[:, column] - steps[:, column] * step) / correction[column, column]
            errors[:, column - start] = error
            rest[:, column + 1:stop] -= error[:, None] * correction[column, column + 1:stop]
        rest[:, stop:] -= errors @ correction[start:stop, stop:]
    layer.weight.data.copy_(steps * step[:, None])
    layer.bias.data.add_((exact - layer.weight) @ mean)
    return steps.to(torch.int8), step


@torch.no_grad()
def coarse(network: MixedNetwork, codes: Tensor,
           error: float = ERROR) -> tuple[MixedNetwork, Mapping[str, Steps]]:
    """The network with its numbers in steps, and the steps of its matrices and kernels by their names in a file.

    codes: whitened, (N, 1920), of styles as they will be met. error: the root mean square, of 1, that all
    steps together are expected to change a painted picture by.
    """
    codes = codes.cpu()
    own = settled(network, codes)
    with torch.enable_grad():
        slopes = sensitivities(own, codes)
    numbers = sum(parameter.numel() for name, parameter in own.named_parameters() if not name.startswith("base."))
    each = error * sqrt(12 / numbers)  # the root of what one number adds; a step's error has a twelfth of its square
    found: dict[str, Steps] = {}

    def round_matrices(inputs: Tensor, told: Mapping[str, str]) -> None:
        correction = correction_of(spread_of(inputs)[1])
        for name, sensitivity in told.items():
            layer, step = own.get_submodule(name), each / of_each(slopes[sensitivity]).sqrt()
            assert isinstance(layer, nn.Linear)
            found[f"{name}.weight"] = rounded_matrix(layer, step, inputs.mean(dim=0), correction)

    round_matrices(codes, {"mapping.0": "hidden"})
    hidden = own.mapping[:2](codes)
    round_matrices(hidden, {"mapping.2": "mapped"})
    round_matrices(own.mapping[2:](hidden), {name: name for name in READERS})
    for name, common, differences in zip(own.names, own.common, own.differences, strict=True):
        if common.ndim > 1:
            step = each / of_each(slopes[name]).sqrt()
            found[f"common.{name}"] = rounded(common, step, 1)
            found[f"differences.{name}"] = rounded(differences, step / BEGINNING, 2)
    return own, found
