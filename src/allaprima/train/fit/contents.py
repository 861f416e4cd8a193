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
from allaprima.train.fit.moving import Moving
from allaprima.train.fit.settings import JITTER, FitObjective

MIDDLE, DEEPEST = "relu3_1", "relu4_1"
ROOM = MARGIN + MULTIPLE // 2  # pixels around what the losses see: the margin, moved by up to half a period


def blocks_of(missing: list[int], device: torch.device) -> list[list[int]]:
    """What is measured together: all at once on a GPU, one by one on a processor.

    Last bits depend on the batch that a number was computed in, and a run that is taken up again has other batches.
    """
    return [missing] if device.type == "cuda" and missing else [[index] for index in missing]


class Bank:
    """Crops (K, 3, S, S) uint8, ``ROOM`` wider on every side than what the losses see, and features of their insides.

    moving: the same crops of the frames before, and the motion between, (K, ...) each; None for pictures that stand
    alone. Features are computed when a crop is first asked for, and kept: a fit of a few steps asks for few.
    """

    def __init__(self, crops: Tensor, vgg: VGG19, moving: Moving | None = None) -> None:
        self.crops, self.moving = crops, moving
        self._vgg = vgg
        self._features: dict[int, dict[str, Tensor]] = {}

    def __len__(self) -> int:
        return self.crops.shape[0]

    def features(self, chosen: Sequence[int]) -> dict[str, Tensor]:
        """Features (N, C, H, W) of the chosen crops' insides at relu3_1 and relu4_1, in VGG's precision."""
        for block in blocks_of([index for index in dict.fromkeys(chosen) if index not in self._features],
                               self.crops.device):
            self._compute(block)
        return {layer: torch.cat([self._features[index][layer] for index in chosen]) for layer in (MIDDLE, DEEPEST)}

    @torch.no_grad()
    def _compute(self, block: list[int]) -> None:
        inside = self.crops[block][:, :, ROOM:-ROOM, ROOM:-ROOM].float() / 255
        found = self._vgg(seen_by(self._vgg, inside), (MIDDLE, DEEPEST))
        for place, index in enumerate(block):
            self._features[index] = {layer: features[place:place + 1].clone(memory_format=torch.channels_last)
                                     for layer, features in found.items()}


@dataclass(frozen=True, slots=True)
class Crop:
    """A square of a picture, scaled to ``side_px``, mirrored or not."""

    top: int
    left: int
    side: int
    side_px: int
    mirrored: bool

    def values(self, field: Tensor) -> Tensor:
        """What a picture or field (C, H, W) has there: (C, side_px, side_px), float32."""
        crop = field[None, :, self.top:self.top + self.side, self.left:self.left + self.side].float()
        if self.mirrored:
            crop = crop.flip(3)
        if self.side != self.side_px:
            crop = F.interpolate(crop, (self.side_px, self.side_px), mode="bicubic", antialias=self.side > self.side_px)
        return crop[0]

    def picture(self, image: Tensor) -> Tensor:
        """What a picture (3, H, W), uint8, shows there, alike."""
        return self.values(image).round().clamp(0, 255).byte()

    def moving(self, frames: Moving) -> Moving:
        """What frames in motion show there; motion is in the crop's own pixels."""
        scale = self.values(frames.backward).new_tensor([-1.0 if self.mirrored else 1.0, 1.0])[:, None, None]
        return Moving(self.picture(frames.now), self.picture(frames.before),
                      self.values(frames.backward) * scale * (self.side_px / self.side),
                      self.values(frames.trust).clamp(0, 1))


def drawn_crop(size: tuple[int, int], side_px: int, lines: int, generator: Generator) -> Crop:
    """A crop of a picture of that height and width as it looks at about ``lines`` lines; half are mirrored."""
    shorter = min(size)
    scale = shorter / lines * JITTER ** uniform(-1, 1, generator)
    side = min(max(round(side_px * scale), 16), shorter)
    top, left = (int(torch.randint(length - side + 1, (), generator=generator)) for length in size)
    return Crop(top, left, side, side_px, float(torch.rand((), generator=generator)) < 0.5)


def bank_of(images: Sequence[Tensor], vgg: VGG19, objective: FitObjective, seed: int,
            moving: Sequence[Moving] = ()) -> Bank:
    """The bank of a fit's crops, each picture (3, H, W), uint8, in its turn, or each of the frames in motion."""
    generator = torch.Generator().manual_seed(seed)
    side = objective.crop_px + 2 * ROOM
    shown = [frames.now for frames in moving] or images
    crops = [(index, drawn_crop((shown[index].shape[1], shown[index].shape[2]), side, objective.lines, generator))
             for index in in_turn(len(shown), 0, objective.bank, seed)]
    pictures = torch.stack([crop.picture(shown[index]) for index, crop in crops])
    if not moving:
        return Bank(pictures, vgg)
    found = [crop.moving(moving[index]) for index, crop in crops]
    return Bank(pictures, vgg, Moving(pictures, *(torch.stack([getattr(one, name) for one in found])
                                                  for name in ("before", "backward", "trust"))))


@dataclass(frozen=True, slots=True)
class Window:
    """Where the network looks in crops: ``top`` and ``left`` of it, in pixels of the crops."""

    top: int
    left: int

    def of(self, crops: Tensor) -> Tensor:
        """What crops (N, C, S, S) have there."""
        side = crops.shape[2] - MULTIPLE
        return crops[:, :, self.top:self.top + side, self.left:self.left + side]

    def inside(self, pictures: Tensor, side_px: int) -> Tensor:
        """What the losses see of pictures (N, C, S - 8, S - 8) painted there: the same wherever the window is."""
        top, left = ROOM - self.top, ROOM - self.left
        return pictures[:, :, top:top + side_px, left:left + side_px]


def drawn_window(generator: Generator) -> Window:
    """The network's grid of eight pixels is laid elsewhere every time, so that it cannot learn to paint one."""
    return Window(*(int(torch.randint(MULTIPLE, (), generator=generator)) for _ in range(2)))
