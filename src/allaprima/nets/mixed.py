"""Kernels that a style mixes: a compact network whose every filter is W + D_0 + sum of a_k(style) D_k.

Conditionally parameterised convolutions (Yang et al. 2019, arXiv:1904.04971) with coefficients from the style's code,
as in dynamic instance normalisation (Jing et al. 2020, arXiv:1911.06953), here with coefficients of its own for every
filter. Kernels are mixed once a style; a frame costs what it costs the base network. The base's own kernels W stay as
they are, so that whatever is known of it holds.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import torch
from torch import Tensor, nn
from torch.func import functional_call

from allaprima.nets.compact import MAPPED, CompactNetwork
from allaprima.nets.mixed_maps import MapMixer
from allaprima.nets.normalisation import Measure, Normalisation
from allaprima.nets.shape import Shape
from allaprima.nets.style_encoder import CODE_LENGTH

LINEAR = ("mapping.0", "mapping.2", "coefficients", "rows", "null_rows")
BEGINNING = 0.5  # deviation of a coefficient over styles before anything is learnt


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


@dataclass(frozen=True, slots=True, eq=False)
class MixedStyles:
    """What several styles make of the base network, before their kernels are mixed.

    shares: (S, F x K), the coefficients of every filter's K differences, filter by filter in the order of the layers'
    names. rows, null_rows: (S, 2 M), as in ``MixedStyle``.
    """

    shares: Tensor
    rows: Tensor
    null_rows: Tensor

    def __len__(self) -> int:
        return len(self.shares)

    def first(self, count: int) -> MixedStyles:
        """The first ``count`` of them."""
        return MixedStyles(self.shares[:count], self.rows[:count], self.null_rows[:count])

    def and_then(self, *others: MixedStyles) -> MixedStyles:
        """These, and then others."""
        every = (self, *others)
        return MixedStyles(torch.cat([own.shares for own in every]), torch.cat([own.rows for own in every]),
                           torch.cat([own.null_rows for own in every]))

    def of_the_content(self) -> MixedStyles:
        """Their null rows in place of their own, through their kernels, which are taken as given."""
        return replace(self, shares=self.shares.detach(), rows=self.null_rows)


class RectifiedUnits(nn.Module):
    """A mapping's units (S, N), rectified, less ``mean`` and times the matrix ``into``: plain until these are set.

    A run sets them such that units are alike in nothing (``train.mixing.gauge``); what is written no longer has them.
    """

    mean: Tensor
    into: Tensor

    def __init__(self, count: int) -> None:
        super().__init__()
        self.register_buffer("mean", torch.zeros(count))
        self.register_buffer("into", torch.eye(count))

    def forward(self, units: Tensor) -> Tensor:
        return (units.relu() - self.mean) @ self.into


class _Painting(nn.Module):
    """A network's ``paint`` as a call, which ``functional_call`` can give other kernels."""

    def __init__(self, network: CompactNetwork) -> None:
        super().__init__()
        self.network = network

    def forward(self, content: Tensor, normalise: Normalisation) -> Tensor:
        return self.network.paint(content, normalise)


class MixedNetwork(nn.Module):
    """A base network, the differences that styles mix, and what gives a style its coefficients and rows.

    count: differences of every filter beside the common one, ``D_0``, that every style has in full. ``base`` is frozen.
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
        self.filters = [len(tensors[names[0]]) for names in self.layers.values()]
        self.common = nn.ParameterList(torch.zeros_like(tensors[name]) for name in self.names)
        self.differences = nn.ParameterList(torch.zeros(count, *tensors[name].shape) for name in self.names)
        widths = [layer.out_features for layer in base.mapping if isinstance(layer, nn.Linear)]
        self.mapping = nn.Sequential(*(part for entering, width in zip([CODE_LENGTH, *widths], widths, strict=False)
                                       for part in (nn.Linear(entering, width), RectifiedUnits(width))))
        self.coefficients = nn.Linear(MAPPED, count * sum(self.filters))
        self.rows = nn.Linear(MAPPED, 2 * base.channels)
        self.null_rows = nn.Linear(MAPPED, 2 * base.channels)
        gains, biases = gains_and_biases(base.shape)
        self.register_buffer("gains", gains, persistent=False)
        self.register_buffer("biases", biases, persistent=False)
        self._painting = [_Painting(base)]  # in a list: the base is no second time among the parameters
        self._maps = [MapMixer(base)]
        self.begin()

    def learnt(self) -> dict[str, nn.Parameter]:
        """Everything that is learnt, by the names that files of kernels have for it."""
        linear = {f"{layer}.{part}": value for layer in LINEAR
                  for part, value in self.get_submodule(layer).named_parameters()}
        return linear | {f"{kind}.{name}": value
                         for kind, held in (("common", self.common), ("differences", self.differences))
                         for name, value in zip(self.names, held, strict=True)}

    @torch.no_grad()
    def begin(self) -> None:
        """Makes it paint what the base does: differences are nothing, whatever the coefficients are.

        Coefficients are chance ones, of mean nothing over styles: what differences have to learn is what goes with
        them. Both at nothing would have no slope.
        """
        for own, like in zip(self.mapping.parameters(), self.base.mapping.parameters(), strict=True):
            own.copy_(like)
        layers = [self.base.get_submodule(name).get_submodule("modulation") for name in self.base.normalised_layers]
        weight, bias = (torch.cat([layer.get_parameter(part) for layer in layers]) for part in ("weight", "bias"))
        self.rows.weight.copy_(weight)
        self.rows.bias.copy_(bias)
        self.null_rows.weight.zero_()
        self.null_rows.bias.copy_(weight @ self.base.null_style + bias)
        generator = torch.Generator().manual_seed(1)
        mapped = self.mapping(torch.randn(256, CODE_LENGTH, generator=generator))
        weight = torch.randn(self.coefficients.weight.shape, generator=generator)
        apart = (mapped - mapped.mean(dim=0)).square().sum(dim=1).mean().sqrt().clamp(min=1e-6)
        self.coefficients.weight.copy_(BEGINNING * weight / apart)
        self.coefficients.bias.copy_(-self.coefficients.weight @ mapped.mean(dim=0))

    def styles(self, codes: Tensor) -> MixedStyles:
        """What the styles of whitened codes (S, 1920) make of the base."""
        return self.styles_of_units(self.mapping(codes))

    def styles_of_units(self, units: Tensor) -> MixedStyles:
        """The same of the mapping's units (S, 256), wherever they are from."""
        return MixedStyles(self.coefficients(units), self.rows(units), self.null_rows(units))

    def _widths(self) -> list[int]:
        """How many coefficients every layer has."""
        return [self.count * filters for filters in self.filters]

    def mixture(self, code: Tensor) -> MixedStyle:
        """What the style of a whitened code (1920,) makes of the base."""
        return self.mixed(self.styles(code[None]), 0)

    def mixed(self, styles: MixedStyles, index: int) -> MixedStyle:
        """The kernels of one style, mixed."""
        by_layer = torch.split_with_sizes(styles.shares[index], self._widths())
        by_tensor = [share for share, names in zip(by_layer, self.layers.values(), strict=True) for _ in names]
        kernels = {name: common + torch.einsum("ok,ko...->o...", share.reshape(-1, self.count), differences)
                   for name, share, common, differences
                   in zip(self.names, by_tensor, self.common, self.differences, strict=True)}
        return MixedStyle(kernels, styles.rows[index], styles.null_rows[index])

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

    def paint_each(self, contents: Tensor, styles: MixedStyles) -> Tensor:
        """Contents (S x C, 3, H, W), the first C of them painted in the first style, the next C in the next one.

        On a GPU all differences are convolved with at once and their results are mixed: nine times the products, in a
        fraction of the calls.
        """
        each = len(contents) // len(styles)
        if not contents.is_cuda:
            return torch.cat([self.paint(part, self.mixed(styles, index))
                              for index, part in enumerate(torch.split_with_sizes(contents, [each] * len(styles)))])
        return self.paint_by_maps(contents, styles)

    def paint_by_maps(self, contents: Tensor, styles: MixedStyles) -> Tensor:
        """The same as ``paint_each``, by mixing maps in place of kernels."""
        each = len(contents) // len(styles)
        shares, rows = styles.shares, styles.rows
        if each > 1:
            shares, rows = shares.repeat_interleave(each, dim=0), rows.repeat_interleave(each, dim=0)
        tensors = dict(self.base.named_parameters())
        layers = {}
        for (layer, names), share in zip(self.layers.items(), torch.split_with_sizes(shares, self._widths(), dim=1),
                                          strict=True):
            held = [torch.cat([(tensors[name] + self.common[place])[None], self.differences[place]])
                    for name in names for place in (self.names.index(name),)]
            layers[layer] = held[0], held[1] if len(held) > 1 else None, share.view(len(share), -1, self.count)
        return self._maps[0].paint(contents, layers, 1 + rows.index_select(1, self.gains),
                                   rows.index_select(1, self.biases))
