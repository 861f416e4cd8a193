"""The task of the compact networks: batches of contents and codes, targets once, losses for every network."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import cache, partial

import torch
from torch import Tensor

from allaprima.nets.compact import CompactNetwork
from allaprima.nets.style_encoder import Whitening
from allaprima.nets.vgg import VGG19
from allaprima.train.batches import Batch, drawn_batch, repeated, step_generator
from allaprima.train.codes import CodeBank
from allaprima.train.imitation import imitation_losses
from allaprima.train.lessons import Lessons
from allaprima.train.objective import Losses, Targets, inside, losses_of, targets_of
from allaprima.train.paint import paint
from allaprima.train.pictures import Pictures
from allaprima.train.settings import Objective
from allaprima.train.steadiness import disturbed, drawn_motion, unsteadiness
from allaprima.train.teachers import Teacher
from allaprima.train.trainee import Trainee

STEADY_STEPS = 1 << 31  # past every step's own number: motions are drawn apart from the batch
PaintCall = Callable[[CompactNetwork, Tensor, Tensor, Tensor], Tensor]


@cache
def compiled_paint() -> PaintCall:
    """``paint`` through torch.compile: once for all networks, each by its own graph."""
    return torch.compile(paint, dynamic=False)


@dataclass(frozen=True, slots=True)
class PaintingTask:
    """Everything that a step needs but the weights being trained. ``vgg`` is in the precision that it is to work in."""

    trainees: Mapping[str, Trainee[CompactNetwork]]
    contents: Pictures
    bank: CodeBank
    whitening: Whitening
    vgg: VGG19
    teacher: Teacher | None
    lessons: Lessons | None
    objective: Objective
    seed: int
    compiled: bool = False

    def losses(self, step: int, progress: float) -> Mapping[str, Callable[[], Losses]]:
        """For every network a call that paints this step's batch and gives its losses; the targets are shared."""
        batch, taught = self._drawn(step, progress)
        if taught is not None and progress < self.objective.imitate:
            return {name: partial(self._imitation_of, trainee.network, batch, taught)
                    for name, trainee in self.trainees.items()}
        targets = targets_of(batch, self.vgg, self.objective.styles_per_content)
        if taught is not None:
            targets = replace(targets, taught=inside(taught))
        return {name: partial(self._losses_of, trainee.network, batch, targets, progress, step)
                for name, trainee in self.trainees.items()}

    def _drawn(self, step: int, progress: float) -> tuple[Batch, Tensor | None]:
        """The batch of a step, and the teacher's pictures of it as long as they count."""
        objective = self.objective
        counts = progress < objective.imitate or objective.teaching(progress) > 0
        if self.lessons is not None:
            batch, taught = self.lessons.drawn(objective, self.seed, step)
            return batch, taught if counts else None
        batch = drawn_batch(self.contents, self.bank, self.whitening, objective, self.seed, step)
        return batch, self.teacher(batch, objective.styles_per_content) if counts and self.teacher else None

    def _contents(self, batch: Batch) -> Tensor:
        return repeated(batch.content, self.objective.styles_per_content)

    def _imitation_of(self, network: CompactNetwork, batch: Batch, taught: Tensor) -> Losses:
        painter = compiled_paint() if self.compiled else paint
        painted = painter(network, self._contents(batch), batch.code, batch.strength)
        return imitation_losses(inside(painted), inside(taught), self.objective.teacher)

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
