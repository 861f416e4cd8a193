"""VGG-19 up to relu5_4 (Simonyan & Zisserman 2014, arXiv:1409.1556), in the normalised form that AdaIN uses.

The weights are scaled so that mean activations are 1. A first 1x1 convolution turns RGB in [0, 1] into BGR less the
mean, so that no caller has to know the mean. Pooling rounds up, padding reflects: both as published with AdaIN.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal

from torch import Tensor, nn
from torch.nn import functional as F

BLOCKS = ((64, 2), (128, 2), (256, 4), (512, 4), (512, 4))
LAYERS = tuple(f"relu{block}_{index}" for block, (_, count) in enumerate(BLOCKS, 1) for index in range(1, count + 1))
STYLE_LAYERS = ("relu1_1", "relu2_1", "relu3_1", "relu4_1")

PaddingMode = Literal["reflect", "replicate", "zeros", "circular"]


class VGG19(nn.Module):
    """Features of pictures by layer name.

    padding: "reflect" as published; "zeros" is faster and enough for a loss; "circular" for pictures that tile.
    last: the deepest layer that is built.
    """

    def __init__(self, padding: PaddingMode = "reflect", last: str = "relu5_4") -> None:
        super().__init__()
        self.names = LAYERS[:LAYERS.index(last) + 1]
        self.to_bgr = nn.Conv2d(3, 3, 1)
        self.convolutions = nn.ModuleDict()
        incoming = 3
        for name in self.names:
            outgoing = BLOCKS[int(name[4]) - 1][0]
            self.convolutions[name] = nn.Conv2d(incoming, outgoing, 3, padding=1, padding_mode=padding)
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
