"""Styles that a run comes back to: their codes, and what painted crops are held against, measured once and kept."""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional as F

from allaprima.nets.style_encoder import StyleEncoder
from allaprima.nets.vgg import VGG19
from allaprima.train.batches import in_turn, step_generator
from allaprima.train.crops import bold_colours, uniform
from allaprima.train.fit.losses import StyleTarget, style_target
from allaprima.train.fit.weave import own_energy
from allaprima.train.mixing.settings import MixingObjective
from allaprima.train.pictures import Pictures

LARGEST_PX = 304  # of a side at which a style is looked at
STYLE_DRAWS = 1 << 31  # past every step's own number: styles are drawn apart from steps


@dataclass(frozen=True, slots=True)
class KnownStyle:
    """A whitened code (1920,) as the style encoder gives it, and what VGG measured of the same picture."""

    code: Tensor
    target: StyleTarget


class StyleBank:
    """Pictures of styles, each looked at in one way for the whole run, measured when it is first asked for.

    Codes are the style encoder's, which is what the network is given when it is at work.
    """

    def __init__(self, pictures: Pictures, vgg: VGG19, encoder: StyleEncoder, objective: MixingObjective,
                 seed: int) -> None:
        self._pictures, self._vgg, self._encoder = pictures, vgg, encoder
        self._objective, self._seed = objective, seed
        self._chosen = in_turn(len(pictures), 0, min(objective.styles, len(pictures)), seed)
        self._kept: dict[int, tuple[Tensor, StyleTarget]] = {}

    def __len__(self) -> int:
        return len(self._chosen)

    def style(self, index: int) -> KnownStyle:
        """The style of that number. Gram matrices are kept in half precision: they are most of what is kept."""
        if index not in self._kept:
            self._kept[index] = self._measured(index)
        code, target = self._kept[index]
        return KnownStyle(code, StyleTarget(target.moments, {layer: gram.float() for layer, gram
                                                             in target.grams.items()}, target.weave))

    @torch.no_grad()
    def _measured(self, index: int) -> tuple[Tensor, StyleTarget]:
        picture = looked_at(self._pictures.images[self._chosen[index]], self._objective,
                            step_generator(self._seed, STYLE_DRAWS + index))
        target = style_target([picture], self._vgg, own_energy([picture]))
        grams = {layer: gram.half() for layer, gram in target.grams.items()}
        return self._encoder(picture)[0], StyleTarget(target.moments, grams, target.weave)


def looked_at(image: Tensor, objective: MixingObjective, generator: torch.Generator) -> Tensor:
    """A style picture (3, H, W), uint8, as (1, 3, h, w) in [0, 1], at a height drawn for it, both sides even."""
    lines = objective.fewest_lines
    if uniform(0, 1, generator) >= 0.5:
        lines = round(math.exp(uniform(math.log(lines), math.log(objective.most_lines), generator)))
    scale = lines / min(image.shape[1:])
    size = [round(side * scale) for side in image.shape[1:]]
    whole = F.interpolate(image[None].float() / 255, size, mode="bicubic", antialias=scale < 1).clamp(0, 1)
    height, width = (min(side, LARGEST_PX) // 2 * 2 for side in size)
    top = int(torch.randint(size[0] - height + 1, (), generator=generator))
    left = int(torch.randint(size[1] - width + 1, (), generator=generator))
    return bold_colours(whole[:, :, top:top + height, left:left + width], objective.bold_share, generator)
