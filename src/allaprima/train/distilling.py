"""The task of the style encoder: VGG's codes from pictures, by distillation."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional as F

from allaprima.nets.style_encoder import StyleEncoder
from allaprima.nets.vgg import STYLE_LAYERS, VGG19
from allaprima.runtimes.precision import working
from allaprima.train.batches import in_turn, step_generator
from allaprima.train.codes import code_of, seen_by, style_crops
from allaprima.train.loop import Losses
from allaprima.train.pictures import Pictures
from allaprima.train.settings import Objective
from allaprima.train.trainee import Trainee


@dataclass(frozen=True, slots=True)
class DistillingTask:
    """Everything that a step needs but the weights being trained. ``vgg`` is in the precision that it is to work in."""

    name: str
    trainee: Trainee[StyleEncoder]
    styles: Pictures
    vgg: VGG19
    objective: Objective
    seed: int

    def losses(self, step: int, progress: float) -> Mapping[str, Callable[[], Losses]]:
        """A call that encodes this step's crops and gives its losses."""
        batch = self.objective.batch
        chosen = in_turn(len(self.styles), step * batch, batch, self.seed)
        crops = style_crops(self.styles, chosen, self.objective.bold_share, step_generator(self.seed, step))
        with torch.no_grad():
            code = code_of(self.vgg(seen_by(self.vgg, crops), STYLE_LAYERS))
        return {self.name: lambda: self._losses_of(crops, code)}

    def _losses_of(self, crops: Tensor, code: Tensor) -> Losses:
        encoder = self.trainee.network
        wanted = encoder.whitening(code)
        with working(crops.device.type):
            predicted = encoder(crops.contiguous(memory_format=torch.channels_last))
        distance = F.smooth_l1_loss(predicted.float(), wanted)
        unexplained = (predicted.float() - wanted).square().mean() / wanted.square().mean()
        return {"code": distance.detach(), "unexplained": unexplained.detach(), "total": distance}
