"""The decoder of AdaIN: relu4_1 features back to a picture (Huang & Belongie 2017, section 6.1)."""

from __future__ import annotations

from itertools import pairwise

from torch import Tensor, nn
from torch.nn import functional as F

from allaprima.nets.vgg import PaddingMode

WIDTHS = (512, 256, 256, 256, 256, 128, 128, 64, 64, 3)
UPSAMPLED_AFTER = (0, 4, 6)


class Decoder(nn.Module):
    """Mirrors VGG-19 from relu4_1 to the picture: nearest upsampling in place of pooling, no normalisation."""

    def __init__(self, padding: PaddingMode = "reflect") -> None:
        super().__init__()
        self.convolutions = nn.ModuleList(
            nn.Conv2d(incoming, outgoing, 3, padding=1, padding_mode=padding)
            for incoming, outgoing in pairwise(WIDTHS))

    def forward(self, features: Tensor) -> Tensor:
        """Pictures (N, 3, 8 H, 8 W), about [0, 1] and not clamped, of features (N, 512, H, W)."""
        last = len(self.convolutions) - 1
        for index, convolution in enumerate(self.convolutions):
            features = convolution(features)
            if index != last:
                features = F.relu(features)
            if index in UPSAMPLED_AFTER:
                features = F.interpolate(features, scale_factor=2.0, mode="nearest")
        return features
