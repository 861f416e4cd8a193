"""Style codes measured by VGG-19 itself, as kernels that styles mix are given them.

The style encoder's codes are VGG's as they can be foretold: for paintings never seen an eighth of their variance is
missing, and a network that is given them paints a style that is as far off as that. VGG-19 in low rank errs by a
twelfth of it.
"""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import Tensor, nn

from allaprima.nets.style_encoder import Whitening, pooled
from allaprima.nets.vgg import STYLE_LAYERS, VGG19

FAR = 3.0  # deviations from the mean: numbers of that size begin to count by their logarithms


def drawn_in(whitened: Tensor) -> Tensor:
    """Whitened codes (N, 1920) whose far numbers are nearer: a bold style's go to fifty deviations."""
    return FAR * torch.asinh(whitened / FAR)


def code_of(features: Mapping[str, Tensor]) -> Tensor:
    """Raw codes (N, 1920) of VGG's features at the style layers: each one's means, then its deviations."""
    return torch.cat([pooled(features[layer]) for layer in STYLE_LAYERS], dim=1)


class MeasuredCodes(nn.Module):
    """Whitened style codes (N, 1920), their far numbers drawn in, of pictures (N, 3, H, W), RGB in [0, 1]."""

    def __init__(self, vgg: VGG19, whitening: Whitening) -> None:
        super().__init__()
        self.vgg, self.whitening = vgg, whitening

    def forward(self, pictures: Tensor) -> Tensor:
        return self.whitened(self.measured(pictures))

    def measured(self, pictures: Tensor) -> Tensor:
        """Raw codes (N, 1920): each layer's means, then its deviations."""
        features = self.vgg(pictures.contiguous(memory_format=torch.channels_last), STYLE_LAYERS)
        return code_of(features)

    def whitened(self, measured: Tensor) -> Tensor:
        """Whitened codes (N, 1920) of raw ones, their far numbers drawn in."""
        return drawn_in(self.whitening(measured))
