"""The style encoder: VGG's style code of a picture without VGG, by distillation.

A slim convolutional network pools means and deviations after every convolution; a small perceptron beside a linear
layer turns them into the whitened code.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from allaprima.functional.statistics import mean_and_deviation

CODE_LENGTH = 1920  # means and deviations at relu1_1, 2_1, 3_1, 4_1: 2 x (64 + 128 + 256 + 512)
WIDTHS = (32, 64, 128, 192)
HIDDEN = 1024


def pooled(features: Tensor) -> Tensor:
    """Means, then deviations, of features (N, C, H, W) as one row (N, 2 C)."""
    return torch.cat(mean_and_deviation(features), dim=1).flatten(1)


class Level(nn.Module):
    """Two convolutions at one size, the second around a shortcut; the statistics of both are collected."""

    def __init__(self, incoming: int, outgoing: int, stride: int) -> None:
        super().__init__()
        self.first = nn.Conv2d(incoming, outgoing, 3, stride=stride, padding=1, padding_mode="replicate")
        self.second = nn.Conv2d(outgoing, outgoing, 3, padding=1, padding_mode="replicate")

    def forward(self, x: Tensor) -> tuple[Tensor, list[Tensor]]:
        first = F.relu(self.first(x))
        second = F.relu(first + self.second(first))
        return second, [pooled(first), pooled(second)]


class Whitening(nn.Module):
    """Means and deviations of the training styles' codes, by which codes are whitened."""

    mean: Tensor
    deviation: Tensor

    def __init__(self) -> None:
        super().__init__()
        self.register_buffer("mean", torch.zeros(CODE_LENGTH))
        self.register_buffer("deviation", torch.ones(CODE_LENGTH))

    def forward(self, code: Tensor) -> Tensor:
        """Whitened codes (N, 1920) of raw ones."""
        return (code - self.mean) / self.deviation

    def inverse(self, whitened: Tensor) -> Tensor:
        """Raw codes (N, 1920) of whitened ones."""
        return whitened * self.deviation + self.mean


class StyleEncoder(nn.Module):
    """Whitened style codes (N, 1920) of pictures (N, 3, H, W), RGB in [0, 1], both sides even."""

    def __init__(self) -> None:
        super().__init__()
        self.whitening = Whitening()
        incoming = (12, *WIDTHS[:-1])
        self.levels = nn.ModuleList(
            Level(narrow, wide, stride=2 if index else 1)
            for index, (narrow, wide) in enumerate(zip(incoming, WIDTHS, strict=True)))
        collected = 6 + 4 * sum(WIDTHS)
        self.norm = nn.LayerNorm(collected)
        self.head = nn.Sequential(nn.Linear(collected, HIDDEN), nn.ReLU(), nn.Linear(HIDDEN, CODE_LENGTH))
        self.linear = nn.Linear(collected, CODE_LENGTH)

    def forward(self, pictures: Tensor) -> Tensor:
        collected = [pooled(pictures)]
        x = F.pixel_unshuffle(pictures - 0.5, 2)
        for level in self.levels:
            x, statistics = level(x)
            collected += statistics
        features = self.norm(torch.cat(collected, dim=1))
        head: Tensor = self.head(features)
        linear: Tensor = self.linear(features)
        return head + linear
