"""MicroAST (Wang et al. 2023, arXiv:2211.15313): two small encoders, a modulator and a decoder; 27.8 kMAC a pixel.

A peer to measure against. Written from the paper; the published weights fit it, and are no part of this project. All
convolutions see reflected borders.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from allaprima.functional.statistics import mean_and_deviation

WIDTH = 64            # channels of the features, at a quarter of the size
STYLE_LENGTH = 8 * WIDTH
MULTIPLE = 4          # of which the content's sides have to be


def reflected(incoming: int, outgoing: int, side: int, stride: int = 1, groups: int = 1) -> nn.Conv2d:
    """A convolution that keeps the size, or divides it by its stride, and sees reflected borders."""
    return nn.Conv2d(incoming, outgoing, side, stride, side // 2, groups=groups, padding_mode="reflect")


class Residual(nn.Module):
    """Two 3x3 convolutions added to their input; modulated, each is w conv(x) + b x. A ReLU stands between."""

    def __init__(self) -> None:
        super().__init__()
        self.conv1, self.conv2 = reflected(WIDTH, WIDTH, 3), reflected(WIDTH, WIDTH, 3)

    def forward(self, features: Tensor) -> Tensor:
        second: Tensor = self.conv2(F.relu(self.conv1(features)))
        return features + second

    def modulated(self, features: Tensor, weight: Tensor, bias: Tensor) -> Tensor:
        """The block with a weight and a bias (N, 64, 1, 1) of the style in its convolutions (equation 3)."""
        x = F.relu(weight * self.conv1(features) + bias * features)
        second: Tensor = weight * self.conv2(x) + bias * x
        return features + second


class MicroEncoder(nn.Module):
    """Features (N, 64, H/4, W/4) at two depths."""

    def __init__(self) -> None:
        super().__init__()
        self.enc1 = nn.Sequential(
            reflected(3, 16, 9), nn.ReLU(),
            reflected(16, 32, 3, 2, groups=16), nn.ReLU(), reflected(32, 32, 1), nn.ReLU(),
            reflected(32, 64, 3, 2, groups=32), nn.ReLU(), reflected(64, 64, 1), nn.ReLU(), Residual())
        self.enc2 = nn.Sequential(Residual())

    def forward(self, pictures: Tensor) -> tuple[Tensor, Tensor]:
        first: Tensor = self.enc1(pictures)
        return first, self.enc2(first)


class Modulator(nn.Module):
    """A weight and a bias (N, 64, 1, 1) of the style's features at each depth: depthwise, averaged over the picture."""

    def __init__(self) -> None:
        super().__init__()
        for name in ("weight1", "bias1", "weight2", "bias2"):
            self.add_module(name, reflected(WIDTH, WIDTH, 3, groups=WIDTH))

    def forward(self, first: Tensor, second: Tensor) -> list[Tensor]:
        seen = {"weight1": first, "bias1": first, "weight2": second, "bias2": second}
        return [self.get_submodule(name)(features).mean(dim=(2, 3), keepdim=True) for name, features in seen.items()]


class MicroDecoder(nn.Module):
    """Two modulated blocks, then bilinear upsampling to the picture."""

    def __init__(self) -> None:
        super().__init__()
        self.dec1, self.dec2 = Residual(), Residual()
        self.dec3 = nn.Sequential(
            doubled(), reflected(64, 32, 3, groups=32), nn.ReLU(), reflected(32, 32, 1), nn.ReLU(),
            doubled(), reflected(32, 16, 3, groups=16), nn.ReLU(), reflected(16, 16, 1), nn.ReLU(),
            reflected(16, 3, 9))


def doubled() -> nn.Upsample:
    """Twice the size, bilinear."""
    return nn.Upsample(scale_factor=2, mode="bilinear", align_corners=False)


def normalised(features: Tensor, mean: Tensor, deviation: Tensor) -> Tensor:
    """Features with other channel means and deviations (unbiased), as AdaIN gives them."""
    own_mean, own_deviation = mean_and_deviation(features, unbiased=True)
    return (features - own_mean) / own_deviation * deviation + mean


class MicroAST(nn.Module):
    """The whole network. A style is (N, 512): means and deviations at both depths, weights and biases of both."""

    def __init__(self) -> None:
        super().__init__()
        self.content_encoder, self.style_encoder = MicroEncoder(), MicroEncoder()
        self.modulator, self.decoder = Modulator(), MicroDecoder()

    def encode(self, pictures: Tensor) -> Tensor:
        """Styles (N, 512) of pictures (N, 3, H, W) in [0, 1]."""
        first, second = self.style_encoder(pictures)
        parts = [*mean_and_deviation(first, unbiased=True), *mean_and_deviation(second, unbiased=True),
                 *self.modulator(first, second)]
        return torch.cat(parts, dim=1).flatten(1)

    def forward(self, content: Tensor, style: Tensor) -> Tensor:
        """Pictures about [0, 1], not clamped, of contents (N, 3, H, W), H and W multiples of four."""
        mean1, deviation1, mean2, deviation2, weight1, bias1, weight2, bias2 = style[:, :, None, None].chunk(8, dim=1)
        _, features = self.content_encoder(content)
        x = self.decoder.dec1.modulated(normalised(features, mean2, deviation2), weight2, bias2)
        x = self.decoder.dec2.modulated(normalised(x, mean1, deviation1), weight1, bias1)
        painted: Tensor = self.decoder.dec3(x)
        return painted
