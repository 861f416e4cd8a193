"""Styles that few paintings have, made of pictures: prints in few inks, screens and hatching, lines, laid-over bars.

A network of all styles paints one that is unlike those it learnt from worse than the others, and old paintings are
alike beside what people choose: posters, woodcuts, patterns, halftones.
"""

from __future__ import annotations

import math

import torch
from torch import Generator, Tensor
from torch.nn import functional as F

from allaprima.train.crops import uniform

INKS = (2, 6)
BLUR_PX = (0.5, 4.0)        # of the light that inks are chosen by
PERIOD_PX = (4.0, 14.0)     # of screens and hatching
SCREENED, OUTLINED, BARRED, IN_ORDER = 0.5, 0.4, 0.3, 0.6  # shares of prints; in order: darker inks for darker places
BARS = 6
VIVID = 1.6                 # deviation of an ink's channels before a sigmoid
GREY, OF_GREY = 0.35, 1.5   # a share of the inks, and how much farther apart they are
DARKER = 0.02               # than its surroundings is what becomes a line
OF_A_LINE = 1.6             # its surroundings are so many times as wide
GRAIN = 0.04


def printed(picture: Tensor, generator: Generator) -> Tensor:
    """A picture (1, 3, H, W) in [0, 1] as it might be printed; what and how is drawn."""
    def happens(share: float) -> bool:
        return uniform(0, 1, generator) < share

    light = blurred(picture.mean(dim=1, keepdim=True), uniform(*BLUR_PX, generator))
    count = int(torch.randint(INKS[0], INKS[1] + 1, (), generator=generator))
    inks = inks_drawn(count, generator).to(picture)
    if happens(IN_ORDER):
        inks = inks[inks.mean(dim=1).argsort()]
    shown = light
    if happens(SCREENED):
        shown = light + light.std() * uniform(0.3, 1.5, generator) * screen(light, generator)
    steps = torch.rand(count - 1, generator=generator).sort().values.to(shown)
    edges = torch.quantile(shown.flatten(), 0.1 + 0.8 * steps)
    result = inks[(shown[0, 0, :, :, None] > edges).sum(dim=-1)].permute(2, 0, 1)[None]
    if happens(OUTLINED):
        width = uniform(0.6, 2.0, generator)
        lines = blurred(light, width) < blurred(light, OF_A_LINE * width) - DARKER
        result = torch.where(lines, inks[inks.mean(dim=1).argmin()].view(1, 3, 1, 1) * 0.5, result)
    if happens(BARRED):
        for _ in range(int(torch.randint(1, BARS + 1, (), generator=generator))):
            across = along(light, uniform(0, math.pi, generator)) - uniform(-0.5, 0.5, generator) * light.shape[3]
            ink = inks[int(torch.randint(count, (), generator=generator))]
            result = torch.where(across.abs() < uniform(3, 30, generator), ink.view(1, 3, 1, 1), result)
    grain = uniform(0, GRAIN, generator) * torch.randn(light.shape, generator=generator).to(light)
    return (blurred(result, 0.5) + grain).clamp(0, 1)


def inks_drawn(count: int, generator: Generator) -> Tensor:
    """Colours (N, 3) in [0, 1]; some are black, white and greys between them."""
    drawn = torch.randn(count, 3, generator=generator)
    grey = torch.rand(count, 1, generator=generator) < GREY
    return torch.sigmoid(VIVID * torch.where(grey, OF_GREY * drawn[:, :1], drawn))


def blurred(picture: Tensor, deviation: float) -> Tensor:
    """A picture (1, C, H, W) under a Gaussian of that many pixels."""
    reach = max(1, round(3 * deviation))
    line = torch.exp(-0.5 * (torch.arange(-reach, reach + 1, device=picture.device) / deviation).square())
    kernel = (line / line.sum()).expand(picture.shape[1], 1, 1, -1)
    count = picture.shape[1]
    rows = F.conv2d(F.pad(picture, (reach, reach, 0, 0), mode="replicate"), kernel, groups=count)
    return F.conv2d(F.pad(rows, (0, 0, reach, reach), mode="replicate"), kernel.transpose(2, 3), groups=count)


def along(picture: Tensor, angle: float) -> Tensor:
    """How far every place of a picture (1, C, H, W) is from its middle along a direction, in pixels, (H, W)."""
    height, width = picture.shape[2:]
    rows = torch.arange(height, device=picture.device) - height / 2
    columns = torch.arange(width, device=picture.device) - width / 2
    return math.sin(angle) * rows[:, None] + math.cos(angle) * columns


def screen(picture: Tensor, generator: Generator) -> Tensor:
    """Hatching, or dots, of one deviation, in the size of a picture (1, C, H, W); (H, W)."""
    angle, wave = uniform(0, math.pi, generator), 2 * math.pi / uniform(*PERIOD_PX, generator)
    hatching = torch.cos(wave * along(picture, angle))
    if uniform(0, 1, generator) < 0.5:
        return math.sqrt(2) * hatching
    return 2 * hatching * torch.cos(wave * along(picture, angle + math.pi / 2))
