"""A compact network being fitted to one style: its kernels free, and the style's row of scales and biases.

The mapping from style codes to rows is left out: there is one style. What is learnt is a difference to the base
network, so that a fitted style can be kept beside it, and put on and off.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from allaprima.functional.guides import VALUES, Guides
from allaprima.nets.compact import CompactNetwork
from allaprima.nets.mixed import gains_and_biases
from allaprima.nets.normalisation import Measure
from allaprima.runtimes.precision import working
from allaprima.train.fit.guiding import FIRST, field_for, kernels_reading, laid


class FittedNetwork(nn.Module):
    """A compact network whose style is a row of its own.

    kernels: the convolutions' weights and biases, by the names that they have in the base's file. row: (2 M,), the
    modulations of every normalised convolution one after the other, its gains (less 1), then its biases. guides: what
    is laid into every content, or None; reading: (C, 3), how much of each guide each filter of the first convolution
    takes, which is learnt apart from its kernels, as biases are: their steps are too small for what guides are.
    """

    gains: Tensor
    biases: Tensor

    def __init__(self, network: CompactNetwork, row: Tensor, guides: Guides | None = None) -> None:
        super().__init__()
        self.guides = guides
        self.network = network.requires_grad_(False)
        self.row = nn.Parameter(row.detach().clone())
        gains, biases = gains_and_biases(network.shape)
        self.register_buffer("gains", gains, persistent=False)  # they go where the network goes
        self.register_buffer("biases", biases, persistent=False)
        for parameter in self.kernels().values():
            parameter.requires_grad_(True)
        self.reading: nn.Parameter | None = None
        if guides is not None:
            self.reading = nn.Parameter(torch.zeros(network.to_half.out_channels, VALUES))
            network.to_half.register_forward_hook(self._read)

    def kernels(self) -> dict[str, nn.Parameter]:
        """The free tensors of the network by name: every convolution's weight and bias."""
        return {f"{name}.{part}": parameter for name, layer in self.network.named_modules()
                if isinstance(layer, nn.Conv2d) for part, parameter in layer.named_parameters(recurse=False)}

    def free(self) -> dict[str, nn.Parameter]:
        """All that is learnt, by name."""
        return self.kernels() | {"row": self.row} | ({} if self.reading is None else {"reading": self.reading})

    def learnt(self) -> dict[str, Tensor]:
        """The kernels by name, what they read of guides in them."""
        kernels = {name: value.detach() for name, value in self.kernels().items()}
        if self.reading is not None:
            kernels[FIRST] = kernels[FIRST] + kernels_reading(self.reading.detach())
        return kernels

    def _read(self, _: nn.Module, given: tuple[Tensor], found: Tensor) -> Tensor:
        assert self.reading is not None
        around = F.pad(given[0], (1, 1, 1, 1), mode="replicate")
        return found + F.conv2d(around, kernels_reading(self.reading).to(around.dtype)).to(found.dtype)

    def scales_and_biases(self, row: Tensor) -> tuple[Tensor, Tensor]:
        """Scales (1 + g) and biases of every normalised channel, (M,) each, that a row (2 M,) stands for."""
        return 1 + row[self.gains], row[self.biases]

    def null_row(self) -> Tensor:
        """The row (2 M,) of the base's null style, which stands for the content."""
        return row_of_mapped(self.network, self.network.null_style)

    def forward(self, content: Tensor, row: Tensor | None = None, field: Tensor | None = None) -> Tensor:
        """Contents (N, 3, H, W) in [0, 1], painted in the style, or as another row (2 M,) says.

        field: of guides, (1, 3, H, W), where the contents are not the whole of what lies in a frame. Convolutions work
        in the device's working precision.
        """
        if self.guides is not None:
            content = laid(content, field_for(self.guides, content) if field is None else field)
        scale, bias = self.scales_and_biases(self.row if row is None else row)
        with working(content.device.type):
            return self.network.paint(content.contiguous(memory_format=torch.channels_last),
                                      Measure(scale.expand(len(content), -1), bias.expand(len(content), -1)))


@torch.no_grad()
def row_of_mapped(network: CompactNetwork, mapped: Tensor) -> Tensor:
    """The row (2 M,) of a mapped style (256,)."""
    layers = [network.get_submodule(name).get_submodule("modulation") for name in network.normalised_layers]
    return torch.cat([layer(mapped) for layer in layers])


@torch.no_grad()
def row_of(network: CompactNetwork, code: Tensor) -> Tensor:
    """The row (2 M,) that the base's mapping gives a whitened code (1920,): where a fit starts."""
    return row_of_mapped(network, network.mapping(code))
