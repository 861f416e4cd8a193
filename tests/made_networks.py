"""Small networks of published architectures with weights of chance, exported as their authors' would be."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from pathlib import Path

import torch
from torch import Tensor, nn
from torch.nn import functional as F

WIDTH = 4
DOMAINS = 5
LABELS = 6


class Residual(nn.Module):
    """A block of CycleGAN's generator (Zhu et al. 2017) and of Johnson's."""

    def __init__(self, channels: int, norm: Callable[[int], nn.Module]) -> None:
        super().__init__()
        self.block = nn.Sequential(nn.ReflectionPad2d(1), nn.Conv2d(channels, channels, 3), norm(channels), nn.ReLU(),
                                   nn.ReflectionPad2d(1), nn.Conv2d(channels, channels, 3), norm(channels))

    def forward(self, x: Tensor) -> Tensor:
        return x + self.block(x)


def cyclegan(norm: Callable[[int], nn.Module] = nn.InstanceNorm2d) -> nn.Module:
    """ResNet generator: reflected borders, strided and transposed convolutions, tanh."""
    return nn.Sequential(
        nn.ReflectionPad2d(3), nn.Conv2d(3, WIDTH, 7), norm(WIDTH), nn.ReLU(),
        nn.Conv2d(WIDTH, 2 * WIDTH, 3, 2, 1), norm(2 * WIDTH), nn.ReLU(), Residual(2 * WIDTH, norm),
        nn.ConvTranspose2d(2 * WIDTH, WIDTH, 3, 2, 1, 1), norm(WIDTH), nn.ReLU(),
        nn.ReflectionPad2d(3), nn.Conv2d(WIDTH, 3, 7), nn.Tanh())


class DualGAN(nn.Module):
    """U-Net generator (Yi et al. 2017; Isola et al. 2017): batch normalisation, skips from level to level, tanh."""

    def __init__(self) -> None:
        super().__init__()
        self.first = nn.Conv2d(3, WIDTH, 4, 2, 1)
        self.second = nn.Sequential(nn.LeakyReLU(0.2), nn.Conv2d(WIDTH, 8, 4, 2, 1), nn.BatchNorm2d(8))
        self.third = nn.Sequential(nn.ReLU(), nn.ConvTranspose2d(8, WIDTH, 4, 2, 1), nn.BatchNorm2d(WIDTH))
        self.last = nn.Sequential(nn.ReLU(), nn.ConvTranspose2d(2 * WIDTH, 3, 4, 2, 1), nn.Tanh())

    def forward(self, x: Tensor) -> Tensor:
        half = self.first(x)
        return self.last(torch.cat([self.third(self.second(half)), half], 1))


class Johnson(nn.Module):
    """Fast style transfer (Johnson et al. 2016) with instance normalisation, from and to 0 to 255, without a bound."""

    def __init__(self) -> None:
        super().__init__()

        def norm(channels: int) -> nn.Module:
            return nn.InstanceNorm2d(channels, affine=True)

        self.down = nn.Sequential(nn.ReflectionPad2d(4), nn.Conv2d(3, WIDTH, 9), norm(WIDTH), nn.ReLU(),
                                  nn.ReflectionPad2d(1), nn.Conv2d(WIDTH, 8, 3, 2), norm(8), nn.ReLU(),
                                  Residual(8, norm))
        self.up = nn.Sequential(nn.ReflectionPad2d(1), nn.Conv2d(8, WIDTH, 3), norm(WIDTH), nn.ReLU())
        self.last = nn.Sequential(nn.ReflectionPad2d(4), nn.Conv2d(WIDTH, 3, 9))
        with torch.no_grad():
            self.last[1].weight *= 120
            self.last[1].bias += 127

    def forward(self, x: Tensor) -> Tensor:
        return self.last(self.up(F.interpolate(self.down(x), scale_factor=2.0, mode="nearest")))


class StarGAN(nn.Module):
    """A generator that is told a domain (Choi et al. 2018), laid over the picture as planes."""

    def __init__(self) -> None:
        super().__init__()

        def norm(channels: int) -> nn.Module:
            return nn.InstanceNorm2d(channels, affine=True)

        self.main = nn.Sequential(
            nn.Conv2d(3 + DOMAINS, WIDTH, 7, 1, 3, bias=False), norm(WIDTH), nn.ReLU(),
            nn.Conv2d(WIDTH, 8, 4, 2, 1, bias=False), norm(8), nn.ReLU(),
            nn.ConvTranspose2d(8, WIDTH, 4, 2, 1, bias=False), norm(WIDTH), nn.ReLU(),
            nn.Conv2d(WIDTH, 3, 7, 1, 3, bias=False), nn.Tanh())

    def forward(self, x: Tensor, c: Tensor) -> Tensor:
        c = c.view(c.size(0), c.size(1), 1, 1).repeat(1, 1, x.size(2), x.size(3))
        return self.main(torch.cat([x, c], 1))


class SpadeNorm(nn.Module):
    """Normalisation whose scale and bias are made of the label map (Park et al. 2019)."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.norm = nn.BatchNorm2d(channels, affine=False)
        self.shared = nn.Sequential(nn.Conv2d(LABELS, 8, 3, padding=1), nn.ReLU())
        self.gamma, self.beta = nn.Conv2d(8, channels, 3, padding=1), nn.Conv2d(8, channels, 3, padding=1)

    def forward(self, x: Tensor, labels: Tensor) -> Tensor:
        seen = self.shared(F.interpolate(labels, size=x.shape[2:], mode="nearest"))
        return self.norm(x) * (1 + self.gamma(seen)) + self.beta(seen)


class Spade(nn.Module):
    """A generator of pictures from label maps alone: from a small map, upsampled twice."""

    def __init__(self) -> None:
        super().__init__()
        self.first = nn.Conv2d(LABELS, 8, 3, padding=1)
        self.norms = nn.ModuleList([SpadeNorm(8), SpadeNorm(8)])
        self.convolutions = nn.ModuleList([nn.Conv2d(8, 8, 3, padding=1), nn.Conv2d(8, 8, 3, padding=1)])
        self.last = nn.Conv2d(8, 3, 3, padding=1)

    def forward(self, labels: Tensor) -> Tensor:
        x = self.first(F.interpolate(labels, scale_factor=0.25, mode="nearest"))
        for norm, convolution in zip(self.norms, self.convolutions, strict=True):
            x = F.interpolate(x + convolution(F.leaky_relu(norm(x, labels), 0.2)), scale_factor=2.0, mode="nearest")
        return torch.tanh(self.last(F.leaky_relu(x, 0.2)))


def network(kind: str) -> nn.Module:
    """The network of that name with its weights, the same every time."""
    torch.manual_seed(7)
    made = {"cyclegan": cyclegan, "dualgan": DualGAN, "johnson": Johnson, "stargan": StarGAN, "spade": Spade,
            "local": lambda: cyclegan(nn.BatchNorm2d)}[kind]()
    for module in made.modules():
        if isinstance(module, nn.BatchNorm2d):
            module.running_mean = 0.1 * torch.randn_like(module.running_mean)
            module.running_var = 0.5 + torch.rand_like(module.running_var)
    return made.eval()


def examples(kind: str, size: tuple[int, int] = (64, 64)) -> dict[str, Tensor]:
    """What goes into a network, by name, for a trace."""
    if kind == "spade":
        return {"labels": torch.zeros(1, LABELS, *size)}
    domain = {"domain": torch.zeros(1, DOMAINS)} if kind == "stargan" else {}
    return {"picture": torch.rand(1, 3, *size), **domain}


def export(module: nn.Module, given: dict[str, Tensor], path: Path, *, free: bool = True) -> Path:
    """Writes a network as ONNX, its height and width free unless said otherwise."""
    sides = {name: {2: "height", 3: "width"} for name, value in given.items() if value.ndim == 4}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        torch.onnx.export(module, tuple(given.values()), path, input_names=list(given), output_names=["painted"],
                          dynamic_axes={**sides, "painted": {2: "height", 3: "width"}} if free else None,
                          dynamo=False, opset_version=17)
    return path


def exported(kind: str, folder: Path) -> Path:
    """The network of that name in a file in that folder."""
    return export(network(kind), examples(kind), folder / f"{kind}.onnx")
