"""The steps of a run that teaches a base network's styles to mix kernels: each style paints crops with its own."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import partial

import torch
from torch import Generator, Tensor

from allaprima.functional.padding import MARGIN
from allaprima.nets.mixed import MixedNetwork, MixedStyle
from allaprima.nets.vgg import VGG19
from allaprima.train.batches import in_turn, step_generator
from allaprima.train.crops import uniform
from allaprima.train.fit.contents import ROOM, Bank, drawn_crop, drawn_window
from allaprima.train.fit.losses import fit_losses
from allaprima.train.mixing.settings import MixingObjective
from allaprima.train.mixing.styles import KnownStyle, StyleBank
from allaprima.train.objective import Losses
from allaprima.train.pictures import Pictures
from allaprima.train.precision import working
from allaprima.train.trainee import Trainee

NULL_SIDE_PX = 136  # of the crops: giving the content back is learnt fast, and without VGG


def content_bank(pictures: Pictures, vgg: VGG19, objective: MixingObjective, seed: int) -> Bank:
    """Crops of contents, each picture in its turn, as they look at heights from the fewest lines to the most."""
    generator = torch.Generator().manual_seed(seed)
    fewest, most = math.log(objective.fewest_lines), math.log(objective.most_lines)
    side = objective.crop_px + 2 * ROOM
    crops = []
    for index in in_turn(len(pictures), 0, objective.contents, seed):
        lines = round(math.exp(uniform(fewest, most, generator)))
        image = pictures.images[index]
        crops.append(drawn_crop((image.shape[1], image.shape[2]), side, lines, generator).picture(image))
    return Bank(torch.stack(crops), vgg)


def painted_in(network: MixedNetwork, content: Tensor, style: MixedStyle, row: Tensor | None = None) -> Tensor:
    """Contents (N, 3, H, W) painted in the device's working precision."""
    with working(content.device.type):
        return network.paint(content.contiguous(memory_format=torch.channels_last), style, row)


@dataclass(frozen=True, slots=True)
class MixingTask:
    """Everything that a step needs but the weights being trained. ``vgg`` is in the precision that it is to work in."""

    trainees: Mapping[str, Trainee[MixedNetwork]]
    contents: Bank
    styles: StyleBank
    vgg: VGG19
    objective: MixingObjective
    seed: int

    def losses(self, step: int, progress: float) -> Mapping[str, Callable[[], Losses]]:
        """For the network a call that paints this step's crops in this step's styles and gives the mean losses."""
        objective = self.objective
        per_style = objective.contents_a_style
        count = objective.styles_a_step
        styles = [self.styles.style(index) for index in in_turn(len(self.styles), step * count, count, self.seed)]
        chosen = in_turn(len(self.contents), step * count * per_style, count * per_style, self.seed + 1)
        groups = [chosen[start:start + per_style] for start in range(0, len(chosen), per_style)]
        return {name: partial(self._losses_of, trainee.network, styles, groups, step)
                for name, trainee in self.trainees.items()}

    def _losses_of(self, network: MixedNetwork, styles: list[KnownStyle], groups: list[list[int]],
                   step: int) -> Losses:
        generator = step_generator(self.seed, step)
        found = [self._in_one_style(network, style, chosen, generator)
                 for style, chosen in zip(styles, groups, strict=True)]
        return {name: torch.stack([losses[name] for losses in found]).mean() for name in found[0]}

    def _in_one_style(self, network: MixedNetwork, style: KnownStyle, chosen: list[int],
                      generator: Generator) -> Losses:
        objective, side = self.objective, self.objective.crop_px
        mixed = network.mixture(style.code)
        place = drawn_window(generator)
        window = place.of(self.contents.crops[chosen]).float() / 255
        painted = painted_in(network, window, mixed)
        picture, content = (place.inside(whole, side) for whole in (painted, window))
        losses = fit_losses(picture, content, self.contents.features(chosen), style.target, self.vgg,
                            objective.of_a_fit(), generator)
        null = null_distance(network, window[:, :, :NULL_SIDE_PX, :NULL_SIDE_PX], mixed)
        return losses | {"null": null.detach(), "total": losses["total"] + objective.null * null}


def null_distance(network: MixedNetwork, content: Tensor, style: MixedStyle) -> Tensor:
    """How far contents (N, 3, H, W) are from being given back by a style's null row; its kernels are taken as given."""
    kernels = {name: difference.detach() for name, difference in style.kernels.items()}
    back = painted_in(network, content, replace(style, kernels=kernels), style.null)
    return (back.float() - content)[:, :, MARGIN:-MARGIN, MARGIN:-MARGIN].abs().mean()
