"""Kernels that a style mixes: a compact network whose every convolution is W + D_0 + sum of a_k(style) D_k.

Conditionally parameterised convolutions (Yang et al. 2019, arXiv:1904.04971) with coefficients from the style's code,
as in dynamic instance normalisation (Jing et al. 2020, arXiv:1911.06953). Kernels are mixed once a style; a frame costs
what it costs the base network. The base's own kernels W stay as they are, so that whatever is known of it holds.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.func import functional_call

from allaprima.nets.compact import MAPPED, CompactNetwork
from allaprima.nets.normalisation import Measure, Normalisation
from allaprima.nets.shape import Shape


def kernel_layers(network: CompactNetwork) -> dict[str, tuple[str, ...]]:
    """The names of every convolution's tensors, weight and bias, by the convolution's, in the order of the alphabet."""
    return {name: tuple(f"{name}.{part}" for part, _ in layer.named_parameters(recurse=False))
            for name, layer in sorted(network.named_modules()) if isinstance(layer, nn.Conv2d)}


def gains_and_biases(shape: Shape) -> tuple[Tensor, Tensor]:
    """Where gains and where biases stand in a row of modulations (2 M,): each layer gives its gains, then its biases.

    The order is that of ``engines.adain.which_are_gains``; both are indices (M,).
    """
    gains, biases = [], []
    start = 0
    for place in shape.normalised_layers().values():
        width = place.channels.stop - place.channels.start
        gains.append(torch.arange(start, start + width))
        biases.append(torch.arange(start + width, start + 2 * width))
        start += 2 * width
    return torch.cat(gains), torch.cat(biases)


@dataclass(frozen=True, slots=True, eq=False)
class MixedStyle:
    """What one style makes of the base network.

    kernels: differences to the base's tensors, by their names. row, null: (2 M,), the modulations of every normalised
    convolution, each layer's gains (less 1), then its biases; ``null`` is the content's through these kernels.
    """

    kernels: Mapping[str, Tensor]
    row: Tensor
    null: Tensor


class _Painting(nn.Module):
    """A network's ``paint`` as a call, which ``functional_call`` can give other kernels."""

    def __init__(self, network: CompactNetwork) -> None:
        super().__init__()
        self.network = network

    def forward(self, content: Tensor, normalise: Normalisation) -> Tensor:
        return self.network.paint(content, normalise)


class MixedNetwork(nn.Module):
    """A base network, the differences that styles mix, and what gives a style its coefficients and rows.

    count: differences of every layer beside the common one, ``D_0``, that every style has in full. ``base`` is frozen.
    """

    gains: Tensor
    biases: Tensor

    def __init__(self, base: CompactNetwork, count: int) -> None:
        super().__init__()
        self.count = count
        self.base = base.requires_grad_(False)
        self.layers = kernel_layers(base)
        tensors = dict(base.named_parameters())
        self.names = [name for names in self.layers.values() for name in names]
        self.common = nn.ParameterList(torch.zeros_like(tensors[name]) for name in self.names)
        self.differences = nn.ParameterList(torch.zeros(count, *tensors[name].shape) for name in self.names)
        self.mapping = nn.Sequential(*(nn.Linear(layer.in_features, layer.out_features)
                                       if isinstance(layer, nn.Linear) else nn.ReLU() for layer in base.mapping))
        self.coefficients = nn.Linear(MAPPED, count * len(self.layers))
        self.rows = nn.Linear(MAPPED, 2 * base.channels)
        self.null_rows = nn.Linear(MAPPED, 2 * base.channels)
        gains, biases = gains_and_biases(base.shape)
        self.register_buffer("gains", gains, persistent=False)
        self.register_buffer("biases", biases, persistent=False)
        self._painting = [_Painting(base)]  # in a list: the base is no second time among the parameters
        self.begin()

    @torch.no_grad()
    def begin(self) -> None:
        """Makes it paint what the base does, whatever the coefficients are."""
        self.mapping.load_state_dict(self.base.mapping.state_dict())
        layers = [self.base.get_submodule(name).get_submodule("modulation") for name in self.base.normalised_layers]
        weight, bias = (torch.cat([layer.get_parameter(part) for layer in layers]) for part in ("weight", "bias"))
        self.rows.weight.copy_(weight)
        self.rows.bias.copy_(bias)
        self.null_rows.weight.zero_()
        self.null_rows.bias.copy_(weight @ self.base.null_style + bias)
        nn.init.zeros_(self.coefficients.weight)
        nn.init.zeros_(self.coefficients.bias)

    def mixture(self, code: Tensor) -> MixedStyle:
        """What the style of a whitened code (1920,) makes of the base."""
        mapped = self.mapping(code)
        shares = self.coefficients(mapped).reshape(len(self.layers), self.count)
        by_tensor = [share for share, names in zip(shares, self.layers.values(), strict=True) for _ in names]
        kernels = {name: common + torch.tensordot(share, differences, dims=1)
                   for name, share, common, differences
                   in zip(self.names, by_tensor, self.common, self.differences, strict=True)}
        return MixedStyle(kernels, self.rows(mapped), self.null_rows(mapped))

    def paint(self, content: Tensor, style: MixedStyle, row: Tensor | None = None) -> Tensor:
        """Contents (N, 3, H, W) painted in a style, or by another row (2 M,) through its kernels."""
        row = style.row if row is None else row
        count = len(content)
        normalise = Measure((1 + row[self.gains]).expand(count, -1), row[self.biases].expand(count, -1))
        tensors = dict(self.base.named_parameters())
        mixed = {f"network.{name}": (tensors[name] + difference).contiguous(memory_format=torch.channels_last)
                 if difference.ndim == 4 else tensors[name] + difference
                 for name, difference in style.kernels.items()}
        painted: Tensor = functional_call(self._painting[0], mixed, (content, normalise))
        return painted
