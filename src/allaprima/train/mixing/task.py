"""The steps of a run that teaches a base network's styles to mix kernels: each style paints crops with its own."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial

import torch
from torch import Generator, Tensor

from allaprima.functional.padding import MARGIN
from allaprima.nets.mixed import MixedNetwork, MixedStyles
from allaprima.nets.vgg import VGG19
from allaprima.train.batches import in_turn, step_generator
from allaprima.train.crops import uniform
from allaprima.train.fit.contents import ROOM, Bank, drawn_crop, drawn_window
from allaprima.train.fit.losses import fit_losses
from allaprima.train.mixing.settings import MixingObjective
from allaprima.train.mixing.styles import KnownStyles, StyleBank
from allaprima.train.objective import Losses
from allaprima.train.pictures import Pictures
from allaprima.train.precision import working
from allaprima.train.steadiness import lit_and_noisy
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


def painted_by(network: MixedNetwork, contents: Tensor, styles: MixedStyles) -> Tensor:
    """Contents (S x C, 3, H, W), C in each style, painted in the device's working precision."""
    with working(contents.device.type):
        return network.paint_each(contents.contiguous(memory_format=torch.channels_last), styles)


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
        count, crops = objective.styles_a_step, objective.styles_a_step * objective.contents_a_style
        styles = self.styles.styles(in_turn(len(self.styles), step * count, count, self.seed))
        chosen = in_turn(len(self.contents), step * crops, crops, self.seed + 1)
        return {name: partial(self._losses_of, trainee.network, styles, chosen, step_generator(self.seed, step))
                for name, trainee in self.trainees.items()}

    def _losses_of(self, network: MixedNetwork, known: KnownStyles, chosen: list[int], generator: Generator) -> Losses:
        objective, side = self.objective, self.objective.crop_px
        with working(known.codes.device.type):
            styles = network.styles(known.codes)
        place = drawn_window(generator)
        window = place.of(self.contents.crops[chosen]).float() / 255
        painted = painted_by(network, window, styles)
        picture, content = (place.inside(whole, side) for whole in (painted, window))
        target = known.repeated(objective.contents_a_style).target
        losses = fit_losses(picture, content, self.contents.features(chosen), target, self.vgg, objective.of_a_fit(),
                            generator)
        also = {"null": (objective.null, null_distance(network, window, styles, objective))}
        if objective.steady > 0:
            apart = self._unsteadiness(network, chosen, styles, picture, generator)
            also["steady"] = objective.steady, apart
        for name, (weight, value) in also.items():
            losses |= {name: value.detach(), "total": losses["total"] + weight * value}
        return losses

    def _unsteadiness(self, network: MixedNetwork, chosen: list[int], styles: MixedStyles, picture: Tensor,
                      generator: Generator) -> Tensor:
        """How else some of the crops are painted where the network's grid lies elsewhere, in other light and noise."""
        some = again(styles, self.objective)
        count = len(some) * self.objective.contents_a_style
        place = drawn_window(generator)
        window = lit_and_noisy(place.of(self.contents.crops[chosen[:count]]).float() / 255, generator)
        repainted = place.inside(painted_by(network, window, some), self.objective.crop_px)
        return (repainted.float() - picture[:count].float()).abs().mean()


def again(styles: MixedStyles, objective: MixingObjective) -> MixedStyles:
    """Those of a step's styles in which a part of the crops is painted once more."""
    return styles.first(max(1, round(len(styles) * objective.again_share)))


def null_distance(network: MixedNetwork, contents: Tensor, styles: MixedStyles, objective: MixingObjective) -> Tensor:
    """How far some contents (N, 3, H, W) are from being given back by their styles' null rows; kernels are given."""
    some = again(styles, objective)
    count = len(some) * objective.contents_a_style
    content = contents[:count, :, :NULL_SIDE_PX, :NULL_SIDE_PX]
    back = painted_by(network, content, some.of_the_content())
    return (back.float() - content)[:, :, MARGIN:-MARGIN, MARGIN:-MARGIN].abs().mean()
