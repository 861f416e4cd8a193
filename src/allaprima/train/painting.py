"""The task of the compact networks: batches of contents and codes, targets once, losses for every network."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import cache, partial

import torch
from torch import Tensor

from allaprima.nets.compact import CompactNetwork
from allaprima.nets.decoder import Decoder
from allaprima.nets.style_encoder import Whitening
from allaprima.nets.vgg import VGG19
from allaprima.train.batches import Batch, drawn_batch, step_generator
from allaprima.train.codes import CodeBank
from allaprima.train.imitation import imitation_losses
from allaprima.train.objective import (
    DEEPEST,
    TEACHER_GONE,
    Losses,
    Targets,
    inside,
    losses_of,
    paint,
    repeated,
    targets_of,
)
from allaprima.train.pictures import Pictures
from allaprima.train.settings import Objective
from allaprima.train.steadiness import disturbed, drawn_motion, unsteadiness
from allaprima.train.trainee import Trainee

STEADY_STEPS = 1 << 31  # past every step's own number: motions are drawn apart from the batch
Painter = Callable[[CompactNetwork, Tensor, Tensor, Tensor], Tensor]


@cache
def compiled_paint() -> Painter:
    """``paint`` through torch.compile: once for all networks, each by its own graph."""
    return torch.compile(paint, dynamic=False)


@torch.no_grad()
def decoded(decoder: Decoder, targets: Targets) -> Tensor:
    """The published decoder's pictures of the targets, at the contents' size."""
    precision = next(decoder.parameters()).dtype
    taught: Tensor = decoder(targets.features[DEEPEST].to(precision))
    height, width = targets.inside.shape[2:]
    return taught.float()[:, :, :height, :width]


@dataclass(frozen=True, slots=True)
class PaintingTask:
    """Everything that a step needs but the weights being trained. ``vgg`` is in the precision that it is to work in."""

    trainees: Mapping[str, Trainee[CompactNetwork]]
    contents: Pictures
    bank: CodeBank
    whitening: Whitening
    vgg: VGG19
    teacher: Decoder | CompactNetwork | None
    objective: Objective
    seed: int
    compiled: bool = False

    def losses(self, step: int, progress: float) -> Mapping[str, Callable[[], Losses]]:
        """For every network a call that paints this step's batch and gives its losses; the targets are shared."""
        batch = drawn_batch(self.contents, self.bank, self.whitening, self.objective, self.seed, step)
        if isinstance(self.teacher, CompactNetwork) and progress < self.objective.imitate:
            taught = self._shown(self.teacher, batch)
            return {name: partial(self._imitation_of, trainee.network, batch, taught)
                    for name, trainee in self.trainees.items()}
        targets = targets_of(batch, self.vgg, self.objective.styles_per_content)
        if self.teacher is not None and self.objective.teacher > 0 and progress < TEACHER_GONE:
            taught = (inside(self._shown(self.teacher, batch)).float() if isinstance(self.teacher, CompactNetwork)
                      else decoded(self.teacher, targets))
            targets = replace(targets, taught=taught)
        return {name: partial(self._losses_of, trainee.network, batch, targets, progress, step)
                for name, trainee in self.trainees.items()}

    @torch.no_grad()
    def _shown(self, teacher: CompactNetwork, batch: Batch) -> Tensor:
        return paint(teacher, self._contents(batch), batch.code, batch.strength)

    def _contents(self, batch: Batch) -> Tensor:
        return repeated(batch.content, self.objective.styles_per_content)

    def _imitation_of(self, network: CompactNetwork, batch: Batch, taught: Tensor) -> Losses:
        painter = compiled_paint() if self.compiled else paint
        painted = painter(network, self._contents(batch), batch.code, batch.strength)
        return imitation_losses(painted, taught, self.objective.teacher)

    def _losses_of(self, network: CompactNetwork, batch: Batch, targets: Targets, progress: float,
                   step: int) -> Losses:
        content = self._contents(batch)
        painter = compiled_paint() if self.compiled else paint
        painted = painter(network, content, batch.code, batch.strength)
        losses = losses_of(painted, targets, self.vgg, self.objective, progress)
        if self.objective.steady > 0 and progress >= self.objective.steady_from:
            generator = step_generator(self.seed, step + STEADY_STEPS)
            motion = drawn_motion(len(content), content.shape[-1], generator, content.device)
            repainted = painter(network, disturbed(content, motion, generator), batch.code, batch.strength)
            unsteady = unsteadiness(painted, repainted, motion, (batch.strength == 1).float())
            losses |= {"unsteady": unsteady.detach(), "total": losses["total"] + self.objective.steady * unsteady}
        return losses
