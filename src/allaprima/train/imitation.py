"""Imitation: a network learns another's pictures before it learns from VGG, at a tenth of a step's cost."""

from __future__ import annotations

from torch import Tensor

from allaprima.train.objective import Losses, inside

DETAIL = 2.0  # how much a wrong edge counts beside a wrong colour


def imitation_losses(painted: Tensor, taught: Tensor, weight: float) -> Losses:
    """The mean distance of pictures (N, 3, H, W) to the teacher's, and of their differences from pixel to pixel."""
    apart = inside(painted).float() - inside(taught).float()
    colour = apart.abs().mean()
    edges = (apart.diff(dim=2).abs().mean() + apart.diff(dim=3).abs().mean()) / 2
    return {"teacher": colour.detach(), "edges": edges.detach(), "total": weight * (colour + DETAIL * edges)}
