"""Steadiness: a content that moves, is lit a little otherwise or is noisy shall be painted the same, moved alike.

After ReReVST's made-up motion (Wang et al. 2020, Consistent Video Style Transfer via Relaxation and Regularization):
shifts of ten pixels, smooth random flow of eight, noise, L1. We differ in changing brightness too, in whole-pixel
shifts without flow for half of the samples (resampling blurs, and a network taught by blurred pictures blurs), and in
leaving out what moved in from outside.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Generator, Tensor
from torch.nn import functional as F

from allaprima.functional.padding import MARGIN

SHIFT_PX = 10
FLOW_PX = 8.0          # deviation of the flow's corner points
FLOW_POINTS = 4        # a side: smooth over a quarter of the picture
STILL_SHARE = 0.5      # of samples that shift by whole pixels only
BRIGHTNESS = 0.06      # largest relative change
NOISE = 0.008          # largest deviation: two levels of 255, a good camera's indoors


@dataclass(frozen=True, slots=True)
class Motion:
    """Where each pixel comes from: (N, S, S, 2) as ``grid_sample`` wants it.

    known: (N, 1, S, S), 1 where that lies inside the picture's margin.
    """

    grid: Tensor
    known: Tensor


def drawn_motion(count: int, side_px: int, generator: Generator, device: torch.device) -> Motion:
    """A motion for each of ``count`` square pictures."""
    shift = torch.randint(-SHIFT_PX, SHIFT_PX + 1, (count, 2, 1, 1), generator=generator).float()
    points = FLOW_PX * torch.randn(count, 2, FLOW_POINTS, FLOW_POINTS, generator=generator)
    moving = (torch.rand(count, 1, 1, 1, generator=generator) >= STILL_SHARE).float()
    flow = F.interpolate((moving * points).to(device), (side_px, side_px), mode="bicubic", align_corners=True)
    line = torch.arange(side_px, device=device, dtype=torch.float32)
    home = torch.stack(torch.meshgrid(line, line, indexing="xy"))
    source = home + shift.to(device) + flow
    inner = (source >= MARGIN) & (source <= side_px - 1 - MARGIN)
    return Motion(((2 * source + 1) / side_px - 1).permute(0, 2, 3, 1), inner.all(dim=1, keepdim=True).float())


def moved(pictures: Tensor, motion: Motion) -> Tensor:
    """Pictures (N, 3, S, S) after a motion."""
    return F.grid_sample(pictures, motion.grid, mode="bilinear", padding_mode="reflection", align_corners=False)


def disturbed(content: Tensor, motion: Motion, generator: Generator) -> Tensor:
    """Contents (N, 3, S, S) after a motion, lit otherwise and noisy, in [0, 1]."""
    return lit_and_noisy(moved(content, motion), generator)


def lit_and_noisy(content: Tensor, generator: Generator) -> Tensor:
    """Contents (N, 3, S, S) lit otherwise and noisy, in [0, 1]."""
    count = content.shape[0]
    light = 1 + BRIGHTNESS * (2 * torch.rand(count, 1, 1, 1, generator=generator) - 1)
    deviation = NOISE * torch.rand(count, 1, 1, 1, generator=generator)
    grains = Generator(content.device).manual_seed(int(torch.randint(2 ** 62, (), generator=generator)))
    noise = torch.randn(content.shape, generator=grains, device=content.device)
    return (content * light.to(content.device) + deviation.to(content.device) * noise).clamp(0, 1)


def unsteadiness(painted: Tensor, repainted: Tensor, motion: Motion, counted: Tensor) -> Tensor:
    """Mean absolute difference of pictures (N, 3, S, S), moved, and those painted after the motion; one number.

    counted: (N,), 1 for the pictures that count. A picture that shall be the content itself changes with its light.
    """
    known = motion.known * counted[:, None, None, None]
    known[:, :, :MARGIN], known[:, :, -MARGIN:], known[:, :, :, :MARGIN], known[:, :, :, -MARGIN:] = 0, 0, 0, 0
    apart = (moved(painted.float(), motion) - repainted.float()).abs() * known
    return apart.sum() / (3 * known.sum()).clamp(min=1)
