"""VGG-19 up to relu5_4 (Simonyan & Zisserman 2014, arXiv:1409.1556), in the normalised form that AdaIN uses.

The weights are scaled so that mean activations are 1. A first 1x1 convolution turns RGB in [0, 1] into BGR less the
mean, so that no caller has to know the mean. Pooling rounds up, padding reflects: both as published with AdaIN.

In low rank it has all its channels at a fifth of its products: every 3x3 convolution but the first is three, 1x1 to a
few channels, 3x3 among these and 1x1 to VGG's own. After the response reconstruction of Zhang et al. (2015,
arXiv:1505.06798), here with the inputs reduced too; ``tools/slim_vgg.py`` finds the kernels in closed form.
"""

from __future__ import annotations

from collections.abc import Container, Iterable, Mapping
from types import MappingProxyType
from typing import Literal

from torch import Tensor, nn
from torch.nn import functional as F

BLOCKS = ((64, 2), (128, 2), (256, 4), (512, 4), (512, 4))
LAYERS = tuple(f"relu{block}_{index}" for block, (_, count) in enumerate(BLOCKS, 1) for index in range(1, count + 1))
STYLE_LAYERS = ("relu1_1", "relu2_1", "relu3_1", "relu4_1")

LOW_RANKS: Mapping[str, tuple[int, int]] = MappingProxyType({
    "relu1_2": (16, 32), "relu2_1": (32, 48), "relu2_2": (48, 48), "relu3_1": (64, 80), "relu3_2": (96, 64),
    "relu3_3": (80, 64), "relu3_4": (64, 64), "relu4_1": (112, 160)})
"""By layer, the channels that a 3x3 convolution in low rank sees and gives: 47.6 kMAC a pixel of 241.3."""

IN_LOW_RANK = f"convolutions.{next(iter(LOW_RANKS))}.0.weight"
"""A tensor that only weights in low rank have."""

PaddingMode = Literal["reflect", "replicate", "zeros", "circular"]


def ranks_of(tensors: Container[str]) -> Mapping[str, tuple[int, int]]:
    """The ranks of the layers that weights with those tensors have: none unless they are in low rank."""
    return LOW_RANKS if IN_LOW_RANK in tensors else MappingProxyType({})


class LowRank(nn.Sequential):
    """A 3x3 convolution in three; ``ranks`` are the channels that the one in the middle sees and gives."""

    def __init__(self, incoming: int, ranks: tuple[int, int], outgoing: int, padding: PaddingMode) -> None:
        seen, given = ranks
        super().__init__(nn.Conv2d(incoming, seen, 1, bias=False),
                         nn.Conv2d(seen, given, 3, padding=1, padding_mode=padding, bias=False),
                         nn.Conv2d(given, outgoing, 1))


class VGG19(nn.Module):
    """Features of pictures by layer name.

    padding: "reflect" as published; "zeros" is faster and enough for a loss; "circular" for pictures that tile.
    last: the deepest layer that is built. ranks: of the layers that are in low rank, to be given weights made for that.
    """

    def __init__(self, padding: PaddingMode = "reflect", last: str = "relu5_4",
                 ranks: Mapping[str, tuple[int, int]] = MappingProxyType({})) -> None:
        super().__init__()
        self.names = LAYERS[:LAYERS.index(last) + 1]
        self.to_bgr = nn.Conv2d(3, 3, 1)
        self.convolutions = nn.ModuleDict()
        incoming = 3
        for name in self.names:
            outgoing = BLOCKS[int(name[4]) - 1][0]
            self.convolutions[name] = (
                LowRank(incoming, ranks[name], outgoing, padding) if name in ranks
                else nn.Conv2d(incoming, outgoing, 3, padding=1, padding_mode=padding))
            incoming = outgoing

    def forward(self, images: Tensor, layers: Iterable[str]) -> dict[str, Tensor]:
        """Features (N, C, H, W) at each of ``layers`` for images (N, 3, H, W), RGB in [0, 1]."""
        wanted = set(layers)
        features: dict[str, Tensor] = {}
        x = self.to_bgr(images)
        for name in self.names:
            if name.endswith("_1") and name != "relu1_1":
                x = F.max_pool2d(x, 2, 2, ceil_mode=True)
            x = F.relu(self.convolutions[name](x))
            if name in wanted:
                features[name] = x
                if len(features) == len(wanted):
                    break
        return features
