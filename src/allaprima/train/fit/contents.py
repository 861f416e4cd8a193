"""Crops that a fit learns from, with VGG's features of them computed once: a third of a step's work."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Generator, Tensor
from torch.nn import functional as F

from allaprima.functional.padding import MARGIN, MULTIPLE
from allaprima.nets.vgg import VGG19
from allaprima.train.batches import in_turn
from allaprima.train.codes import seen_by
from allaprima.train.crops import uniform
from allaprima.train.fit.settings import JITTER, FitObjective

MIDDLE, DEEPEST = "relu3_1", "relu4_1"
ROOM = MARGIN + MULTIPLE // 2  # pixels around what the losses see: the margin, moved by up to half a period


@dataclass(frozen=True, slots=True)
class Bank:
    """Crops (K, 3, S, S) uint8, ``ROOM`` wider on every side than what the losses see, and features of their insides.

    features: by layer, (K, C, H, W) in VGG's precision.
    """

    crops: Tensor
    features: dict[str, Tensor]

    def __len__(self) -> int:
        return self.crops.shape[0]


def fitting_crop(image: Tensor, side_px: int, lines: int, generator: Generator) -> Tensor:
    """A crop (3, side, side), uint8, of a picture (3, H, W) as it looks at about ``lines`` lines; half are mirrored."""
    height, width = image.shape[1:]
    shorter = min(height, width)
    scale = shorter / lines * JITTER ** uniform(-1, 1, generator)
    side = min(max(round(side_px * scale), 16), shorter)
    top = int(torch.randint(height - side + 1, (), generator=generator))
    left = int(torch.randint(width - side + 1, (), generator=generator))
    crop = image[None, :, top:top + side, left:left + side].float()
    if float(torch.rand((), generator=generator)) < 0.5:
        crop = crop.flip(3)
    if side != side_px:
        crop = F.interpolate(crop, (side_px, side_px), mode="bicubic", antialias=side > side_px)
    return crop[0].round().clamp(0, 255).byte()


@torch.no_grad()
def bank_of(images: Sequence[Tensor], vgg: VGG19, objective: FitObjective, seed: int) -> Bank:
    """The bank of a fit's crops, each picture in its turn."""
    generator = torch.Generator().manual_seed(seed)
    side = objective.crop_px + 2 * ROOM
    chosen = in_turn(len(images), 0, objective.bank, seed)
    crops = torch.stack([fitting_crop(images[index], side, objective.lines, generator) for index in chosen])
    features: dict[str, list[Tensor]] = {MIDDLE: [], DEEPEST: []}
    for crop in crops:
        inside = crop[None, :, ROOM:-ROOM, ROOM:-ROOM].float() / 255
        for layer, found in vgg(seen_by(vgg, inside), (MIDDLE, DEEPEST)).items():
            features[layer].append(found)
    return Bank(crops, {layer: torch.cat(found) for layer, found in features.items()})


def shifted(crops: Tensor, generator: Generator) -> tuple[Tensor, tuple[int, int]]:
    """Crops (N, 3, S, S) in [0, 1] as the network sees them, and where in them the losses look.

    The network's grid of eight pixels is laid elsewhere every time, so that it cannot learn to paint one.
    """
    top, left = (int(torch.randint(MULTIPLE, (), generator=generator)) for _ in range(2))
    side = crops.shape[2] - MULTIPLE
    window = crops[:, :, top:top + side, left:left + side].float() / 255
    return window, (ROOM - top, ROOM - left)
