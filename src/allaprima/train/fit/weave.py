"""Weave: energy at the periods of the network's own grid, where neither the content nor the style has it.

Networks that upsample by two paint nets at periods of two, four and eight pixels into flat areas. The style losses do
not mind: they are means over the picture. Here it is measured where the content is flat, in bands of one octave.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor
from torch.nn import functional as F

BANDS = 3              # octaves: periods of about two, four and eight pixels
FLAT_DEVIATION = 0.02  # of the content's grey within a window: flatter counts wholly, three times as much hardly
WINDOW = 17            # pixels, over which energies and flatness are pooled
GREY = (0.299, 0.587, 0.114)


def bands(pictures: Tensor) -> list[Tensor]:
    """Laplacian bands of grey pictures (N, 1, H, W), finest first, each half the size of the one before it."""
    found = []
    x = pictures
    for _ in range(BANDS):
        below = F.avg_pool2d(x, 2)
        found.append(x - F.interpolate(below, x.shape[2:], mode="bilinear", align_corners=False))
        x = below
    return found


def grey(pictures: Tensor) -> Tensor:
    """Grey pictures (N, 1, H, W) of RGB ones."""
    red, green, blue = (share * pictures[:, place:place + 1] for place, share in enumerate(GREY))
    return red + green + blue


def pooled(values: Tensor, window: int) -> Tensor:
    """Means over a window around every place: of rows, then of columns."""
    for kernel in ((window, 1), (1, window)):
        padding = kernel[0] // 2, kernel[1] // 2
        values = F.avg_pool2d(values, kernel, stride=1, padding=padding, count_include_pad=False)
    return values


@torch.no_grad()
def flatness(content: Tensor) -> Tensor:
    """How flat contents (N, 3, H, W) are around every place, (N, 1, H, W): 1 where nothing is, 0 at edges."""
    g = grey(content)
    variance = (pooled(g.square(), WINDOW) - pooled(g, WINDOW).square()).clamp(min=0)
    return (-variance / (2 * FLAT_DEVIATION ** 2)).exp()


@torch.no_grad()
def own_energy(pictures: Sequence[Tensor]) -> Tensor:
    """A style's own energy in each band (1, BANDS): the lower quartile over places, as its calm areas have it.

    The pictures are one style.
    """
    energies = []
    for index in range(BANDS):
        found = torch.cat([pooled(bands(grey(picture))[index].square(), WINDOW >> index | 1).flatten()
                           for picture in pictures])
        energies.append(found.sort().values[found.numel() // 4])
    return torch.stack(energies)[None]


@torch.no_grad()
def energy_of_each(pictures: Tensor) -> Tensor:
    """The same (N, BANDS) of pictures (N, 3, H, W) that are a style each."""
    found = [pooled(band.square(), WINDOW >> index | 1).flatten(1) for index, band in enumerate(bands(grey(pictures)))]
    return torch.stack([energy.sort(dim=1).values[:, energy.shape[1] // 4] for energy in found], dim=1)


def weave_loss(painted: Tensor, content: Tensor, own: Tensor) -> Tensor:
    """How much stronger than the style's own the painted bands are in flat places: the mean root of the excess.

    own: (1, BANDS), or (N, BANDS) where every picture has a style of its own.
    """
    flat = flatness(content)
    total = painted.new_zeros(())
    for index, band in enumerate(bands(grey(painted))):
        here = F.avg_pool2d(flat, 1 << index)
        energy = pooled(band.square(), WINDOW >> index | 1)
        excess = (energy - own[:, index, None, None, None]).clamp(min=0)
        total = total + ((excess + 1e-6).sqrt() * here).sum() / here.sum().clamp(min=1)
    return total
