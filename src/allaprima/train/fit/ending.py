"""What a fit needs beside its kernels: a row for the content itself, and how far its convolutions' inputs reach."""

from __future__ import annotations

import torch
from torch import Tensor

from allaprima.functional.padding import MARGIN
from allaprima.train.batches import in_turn
from allaprima.train.fit.network import FittedNetwork
from allaprima.train.ranges import Ranges, ranges_met
from allaprima.train.trainee import BETAS

NULL_STEPS = 50
NULL_SIDE_PX = 192  # of the crops' middles, which are enough for a row
NULL_RATE = 1e-2
RANGED = 6  # crops, painted in the style and in the null row


def middle(crops: Tensor, side_px: int) -> Tensor:
    """The middles of crops (N, C, S, S), at most so many pixels wide."""
    away = max(0, (crops.shape[2] - side_px) // 2)
    return crops[:, :, away:crops.shape[2] - away, away:crops.shape[3] - away]


def null_row(fitted: FittedNetwork, crops: Tensor, seed: int, steps: int | None = None) -> Tensor:
    """The row (2 M,) at which the fitted kernels give contents back as well as they can, from the base's null style.

    Kernels stay as they are, and VGG is not asked: L1 on crops (K, 3, S, S), uint8.
    """
    steps = NULL_STEPS if steps is None else steps
    null = fitted.null_row().clone().requires_grad_(True)
    optimiser = torch.optim.Adam([null], lr=NULL_RATE, betas=BETAS)
    for step in range(steps):
        optimiser.param_groups[0]["lr"] = NULL_RATE * (1 - step / steps)
        content = middle(crops[in_turn(len(crops), step, 1, seed)], NULL_SIDE_PX).float() / 255
        apart = (fitted(content, null).float() - content)[:, :, MARGIN:-MARGIN, MARGIN:-MARGIN].abs().mean()
        (null.grad,) = torch.autograd.grad(apart, [null])
        optimiser.step()
    return null.detach()


def ranges_of(fitted: FittedNetwork, null: Tensor, crops: Tensor) -> Ranges:
    """The lowest and the highest inputs of convolutions over crops (K, 3, S, S), in the style and half way to null."""
    rows = (fitted.row.detach(), (fitted.row.detach() + null) / 2)
    painted = ((content[None].float() / 255, row) for content in crops[:RANGED] for row in rows)
    return ranges_met(fitted.network, lambda content, row: fitted(content, row), painted)
