"""The compact network: a content picture in, painted in a style given as scales and biases of its normalisations.

Conditional instance normalisation (Dumoulin et al. 2017, arXiv:1610.07629) whose scales and biases a mapping predicts
from VGG's own style statistics, at 1/2, 1/4 and 1/8 of the picture's size; dense 3x3 convolutions, no depthwise ones.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from allaprima.nets.normalisation import Measure, Normalisation
from allaprima.nets.shape import NormalisedLayer, Shape
from allaprima.nets.style_encoder import CODE_LENGTH

MAPPED = 256
MAPPING_HIDDEN = 512


def same(incoming: int, outgoing: int, stride: int = 1, *, bias: bool = True) -> nn.Conv2d:
    """A 3x3 convolution that keeps the size (or halves it), the border replicated."""
    return nn.Conv2d(incoming, outgoing, 3, stride=stride, padding=1, padding_mode="replicate", bias=bias)


class Modulated(nn.Module):
    """A convolution, normalised, with a scale and a bias of the style."""

    def __init__(self, convolution: nn.Conv2d, layer: NormalisedLayer) -> None:
        super().__init__()
        self.convolution = convolution
        self.modulation = nn.Linear(MAPPED, 2 * convolution.out_channels)
        self.layer = layer

    def forward(self, x: Tensor, normalise: Normalisation) -> Tensor:
        return normalise(self.convolution(x), self.layer.channels, self.layer.reduction)


class Block(nn.Module):
    """A residual block of two normalised convolutions."""

    def __init__(self, first: Modulated, second: Modulated) -> None:
        super().__init__()
        self.first = first
        self.second = second

    def forward(self, x: Tensor, normalise: Normalisation) -> Tensor:
        inner = F.relu(self.first(x, normalise))
        return x + self.second(inner, normalise)  # type: ignore[no-any-return]


def doubled(x: Tensor) -> Tensor:
    """Features (N, C, H, W) at twice the size, each value four times."""
    return F.interpolate(x, scale_factor=2.0, mode="nearest")


class CompactNetwork(nn.Module):
    """Stylised pictures, with the moments that their normalisations used.

    ``channels`` is the length of the row of normalised channels, ``places`` where each convolution's stand in it.
    """

    def __init__(self, shape: Shape = Shape()) -> None:  # noqa: B008  an immutable value
        super().__init__()
        self.shape = shape
        self.channels = shape.channels()
        self.normalised_layers = shape.normalised_layers()
        half, quarter, eighth = shape.half, shape.quarter, shape.eighth
        self.mapping = nn.Sequential(nn.Linear(CODE_LENGTH, MAPPING_HIDDEN), nn.ReLU(),
                                     nn.Linear(MAPPING_HIDDEN, MAPPED), nn.ReLU())
        self.null_style = nn.Parameter(torch.zeros(MAPPED))
        self.to_half = same(12, half)
        self.to_quarter = same(half, quarter, stride=2)
        self.to_eighth = same(quarter, eighth, stride=2)
        self.eighth = nn.ModuleList(self._block(f"eighth.{index}", eighth) for index in range(shape.eighth_blocks))
        self.up_to_quarter = self._modulated("up_to_quarter", same(eighth, quarter, bias=False))
        self.skip_quarter = self._modulated("skip_quarter", same(quarter, quarter, bias=False))
        self.quarter = nn.ModuleList(self._block(f"quarter.{index}", quarter) for index in range(shape.quarter_blocks))
        self.up_to_half = self._modulated("up_to_half", same(quarter, half, bias=False))
        self.skip_half = (self._modulated("skip_half", nn.Conv2d(half, half, 1, bias=False)) if shape.skip_half
                          else None)
        self.to_rgb = same(half, 3)

    def _modulated(self, name: str, convolution: nn.Conv2d) -> Modulated:
        return Modulated(convolution, self.normalised_layers[name])

    def _block(self, name: str, width: int) -> Block:
        return Block(self._modulated(f"{name}.first", same(width, width, bias=False)),
                     self._modulated(f"{name}.second", same(width, width, bias=False)))

    def scales_and_biases(self, mapped: Tensor) -> tuple[Tensor, Tensor]:
        """Scales (1 + g) and biases of every normalised channel, (N, M) each, of mapped styles (N, 256)."""
        layers = (self.get_submodule(name) for name in self.normalised_layers)
        pairs = [layer.get_submodule("modulation")(mapped).chunk(2, dim=1) for layer in layers]
        return 1 + torch.cat([gain for gain, _ in pairs], dim=1), torch.cat([bias for _, bias in pairs], dim=1)

    def paint(self, content: Tensor, normalise: Normalisation) -> Tensor:
        """Pictures (N, 3, H, W), about [0, 1] and not clamped; H and W of the content are multiples of eight."""
        at_half = F.relu(self.to_half(F.pixel_unshuffle(content - 0.5, 2)))
        at_quarter = F.relu(self.to_quarter(at_half))
        x = F.relu(self.to_eighth(at_quarter))
        for block in self.eighth:
            x = block(x, normalise)
        x = F.relu(self.up_to_quarter(doubled(x), normalise) + self.skip_quarter(at_quarter, normalise))
        for block in self.quarter:
            x = block(x, normalise)
        x = self.up_to_half(doubled(x), normalise)
        if self.skip_half is not None:
            x = x + self.skip_half(at_half, normalise)
        painted: Tensor = self.to_rgb(doubled(F.relu(x)))
        return painted + 0.5

    def forward(self, content: Tensor, code: Tensor) -> Tensor:
        """Pictures painted in the styles of whitened codes (N, 1920), each by its own moments: what training sees."""
        return self.paint(content, Measure(*self.scales_and_biases(self.mapping(code))))

    def reconstruct(self, content: Tensor) -> Tensor:
        """Pictures painted in the null style, which training teaches to be the content."""
        mapped = self.null_style.expand(content.shape[0], -1)
        return self.paint(content, Measure(*self.scales_and_biases(mapped)))


