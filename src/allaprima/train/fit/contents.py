"""Crops that a fit learns from, with VGG's features of them computed once: a third of a step's work."""

from __future__ import annotations

from collections.abc import Sequence

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


class Bank:
    """Crops (K, 3, S, S) uint8, ``ROOM`` wider on every side than what the losses see, and features of their insides.

    Features are computed when a crop is first asked for, and kept: a fit of a few steps asks for few.
    """

    def __init__(self, crops: Tensor, vgg: VGG19) -> None:
        self.crops = crops
        self._vgg = vgg
        self._features: dict[int, dict[str, Tensor]] = {}

    def __len__(self) -> int:
        return self.crops.shape[0]

    def features(self, chosen: Sequence[int]) -> dict[str, Tensor]:
        """Features (N, C, H, W) of the chosen crops' insides at relu3_1 and relu4_1, in VGG's precision."""
        kept = [self._features[index] if index in self._features else self._computed(index) for index in chosen]
        return {layer: torch.cat([features[layer] for features in kept]) for layer in (MIDDLE, DEEPEST)}

    @torch.no_grad()
    def _computed(self, index: int) -> dict[str, Tensor]:
        inside = self.crops[index][None, :, ROOM:-ROOM, ROOM:-ROOM].float() / 255
        self._features[index] = self._vgg(seen_by(self._vgg, inside), (MIDDLE, DEEPEST))
        return self._features[index]


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


def bank_of(images: Sequence[Tensor], vgg: VGG19, objective: FitObjective, seed: int) -> Bank:
    """The bank of a fit's crops, each picture (3, H, W), uint8, in its turn."""
    generator = torch.Generator().manual_seed(seed)
    side = objective.crop_px + 2 * ROOM
    chosen = in_turn(len(images), 0, objective.bank, seed)
    return Bank(torch.stack([fitting_crop(images[index], side, objective.lines, generator) for index in chosen]), vgg)


def shifted(crops: Tensor, generator: Generator) -> tuple[Tensor, tuple[int, int]]:
    """Crops (N, 3, S, S) in [0, 1] as the network sees them, and where in them the losses look.

    The network's grid of eight pixels is laid elsewhere every time, so that it cannot learn to paint one.
    """
    top, left = (int(torch.randint(MULTIPLE, (), generator=generator)) for _ in range(2))
    side = crops.shape[2] - MULTIPLE
    window = crops[:, :, top:top + side, left:left + side].float() / 255
    return window, (ROOM - top, ROOM - left)
