"""Painted frames: what a painter made of a frame or two is learnt place by place, and holds for the frames between.

After Texler et al. 2020 (Interactive video stylization using few-shot patch-based training) and STALP (Futschik et al.
2021): L1 and VGG's early layers where a painted frame is known, the painted frames' statistics where none is. We differ
in painting whole frames in every step, for the network's normalisations look at whole pictures, and in choosing by
residual error the crops that VGG sees, in one step of four. Against flicker they denoise the input along its flow; here
the frames between are taught to go on from the ones before them. Their Gaussian guides, which follow the motion of what
they lie on, stand still in the frame here, and in the picture itself: see ``functional.guides``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import torch
from torch import Generator, Tensor
from torch.nn import functional as F

from allaprima.functional.padding import MARGIN, MULTIPLE
from allaprima.nets.vgg import STYLE_LAYERS, VGG19
from allaprima.train.batches import in_turn, step_generator
from allaprima.train.checkpoint import restored
from allaprima.train.codes import seen_by
from allaprima.train.fit.guiding import field_for
from allaprima.train.fit.losses import StyleTarget, gram_losses
from allaprima.train.fit.moving import Moving, along
from allaprima.train.fit.network import FittedNetwork
from allaprima.train.fit.run import Descent
from allaprima.train.fit.settings import FitObjective
from allaprima.train.objective import ROOT_FLOOR, Losses, style_losses
from allaprima.train.steadiness import unsteadiness

EARLY = ("relu1_1", "relu2_1", "relu3_1")
CELL_PX = 32        # in which residual errors are remembered
VGG_STEPS = 4       # of which one asks VGG: a step of pixels alone costs a fifth
KEPT_ERROR = 0.5    # of a cell's error, when it is seen again
PIXELS = 60.0       # weight of L1
FEATURES = 1.0      # of the early layers' squared distances, each relative to the painted frame's own

Pair = tuple[Tensor, Tensor]
"""A frame and the same frame painted, (3, H, W) uint8 each, of one size."""


class PairFit(Descent):
    """A network in fitting to painted frames.

    frames: unpainted ones, (3, H, W), uint8. moving: of the same frames, how they move, or nothing. target: the painted
    frames' statistics.
    """

    def __init__(self, network: FittedNetwork, base: Mapping[str, Tensor], pairs: Sequence[Pair],
                 frames: Sequence[Tensor], moving: Sequence[Moving], target: StyleTarget, vgg: VGG19,
                 objective: FitObjective, seed: int) -> None:
        super().__init__(network, base, objective, seed)
        self.pairs, self.frames, self.moving, self.target, self.vgg = pairs, frames, moving, target, vgg
        self.errors = [torch.ones(-(-frame.shape[1] // CELL_PX), -(-frame.shape[2] // CELL_PX)) for frame, _ in pairs]

    def losses(self) -> Losses:
        """The losses of the next step: one pair as a whole, and one unpainted frame's statistics."""
        generator = step_generator(self.seed, self.step)
        index = in_turn(len(self.pairs), self.step, 1, self.seed)[0]
        frame, truth = (part[None].float() / 255 for part in self.pairs[index])
        painted = self.painted(frame, drawn_offset(generator))
        apart = (painted - truth).abs().mean(dim=1, keepdim=True)
        place = self._worst(index, apart.detach(), generator)
        outside = (painted - painted.clamp(0, 1)).abs().mean()
        losses = {"pixels": apart.mean(), "outside": outside}
        total = PIXELS * losses["pixels"] + self.objective.outside * outside
        if self.step % VGG_STEPS == 0:
            losses["features"] = self._early(painted[place], truth[place])
            total = total + FEATURES * losses["features"]
            if self.frames:
                losses |= self._between(generator)
                total = total + self.objective.gram * losses["gram"] / 2
                total = total + self.objective.style * (losses["style"] + ROOT_FLOOR).sqrt() / 2
                total = total + self.objective.steady * losses.get("steady", 0)
        return {name: value.detach() for name, value in losses.items()} | {"total": total}

    def tensors(self) -> dict[str, Tensor]:
        """Everything that a checkpoint has to hold, by name: the residual errors too."""
        return super().tensors() | {f"errors.{index}": cells for index, cells in enumerate(self.errors)}

    def restore(self, held: Mapping[str, Tensor], step: int) -> None:
        """Takes up where a checkpoint of ``step`` steps stopped."""
        super().restore(held, step)
        self.errors = [restored(held, f"errors.{index}", cells) for index, cells in enumerate(self.errors)]

    def painted(self, frame: Tensor, offset: tuple[int, int]) -> Tensor:
        """A frame (1, 3, H, W) painted whole, the network's grid laid off by ``offset``; about [0, 1]."""
        height, width = frame.shape[2:]
        top, left = (MARGIN + off for off in offset)
        bottom, right = MARGIN + -(top + height + MARGIN) % MULTIPLE, MARGIN + -(left + width + MARGIN) % MULTIPLE
        around, guides = (left, right, top, bottom), self.network.guides
        field = None if guides is None else F.pad(field_for(guides, frame), around, mode="reflect")
        whole: Tensor = self.network(F.pad(frame, around, mode="reflect"), field=field)
        return whole[:, :, top:top + height, left:left + width].float()

    def _worst(self, index: int, apart: Tensor, generator: Generator) -> tuple[slice, slice, slice, slice]:
        """A crop of the pair, drawn by how far its cells have been off."""
        cells = F.avg_pool2d(apart.cpu(), CELL_PX, ceil_mode=True, count_include_pad=False)[0, 0]
        self.errors[index] = KEPT_ERROR * self.errors[index] + (1 - KEPT_ERROR) * cells
        drawn = int(torch.multinomial(self.errors[index].flatten(), 1, generator=generator))
        row, column = divmod(drawn, self.errors[index].shape[1])
        return self._around(apart.shape[2:], (row + 0.5) * CELL_PX, (column + 0.5) * CELL_PX)

    def _around(self, size: torch.Size, y: float, x: float) -> tuple[slice, slice, slice, slice]:
        side = [min(self.objective.crop_px, length) for length in size]
        top, left = (min(max(round(at - length / 2), 0), whole - length)
                     for at, length, whole in zip((y, x), side, size, strict=True))
        return slice(None), slice(None), slice(top, top + side[0]), slice(left, left + side[1])

    def _early(self, painted: Tensor, truth: Tensor) -> Tensor:
        with torch.no_grad():
            wanted = self.vgg(seen_by(self.vgg, truth), EARLY)
        found = self.vgg(seen_by(self.vgg, painted), EARLY)
        parts = [(found[layer].float() - wanted[layer].float()).square().mean()
                 / wanted[layer].float().var().clamp(min=1e-3) for layer in EARLY]
        return torch.stack(parts).sum()

    def _between(self, generator: Generator) -> Losses:
        """The losses of a frame that nobody painted: its statistics, and how it goes on from the frame before it."""
        index = in_turn(len(self.frames), self.step, 1, self.seed)[0]
        offset = drawn_offset(generator)
        painted = self.painted(self.frames[index][None].float() / 255, offset)
        y, x = (float(torch.rand((), generator=generator)) * length for length in painted.shape[2:])
        features = self.vgg(seen_by(self.vgg, painted[self._around(painted.shape[2:], y, x)]), STYLE_LAYERS)
        losses = {"style": style_losses(features, self.target.moments).mean(),
                  "gram": gram_losses(features, self.target.grams).mean()}
        if self.moving and self.objective.steady > 0:
            moves = self.moving[index]
            before = self.painted(moves.before[None].float() / 255, offset)
            motion = along(moves.backward[None], moves.trust[None])
            losses["steady"] = unsteadiness(before, painted, motion, painted.new_ones(1))
        return losses


def drawn_offset(generator: Generator) -> tuple[int, int]:
    """How far the network's grid is laid off, down and right, in pixels: elsewhere every time, so that none is seen."""
    down, right = (int(torch.randint(MULTIPLE, (), generator=generator)) for _ in range(2))
    return down, right
