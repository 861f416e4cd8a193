"""Imitation: how far pictures are from a teacher's. Before VGG looks, a step costs a tenth of the others."""

from __future__ import annotations

from torch import Tensor

DETAIL = 2.0  # how much a wrong edge counts beside a wrong colour


def distances(painted: Tensor, taught: Tensor) -> tuple[Tensor, Tensor]:
    """The mean distance of pictures (N, 3, H, W) to the teacher's, and of their differences from pixel to pixel."""
    apart = painted.float() - taught.float()
    edges = (apart.diff(dim=2).abs().mean() + apart.diff(dim=3).abs().mean()) / 2
    return apart.abs().mean(), edges


def imitation_losses(painted: Tensor, taught: Tensor, weight: float) -> dict[str, Tensor]:
    """The losses of a step in which the teacher's pictures are all that counts."""
    colour, edges = distances(painted, taught)
    return {"teacher": colour.detach(), "edges": edges.detach(), "total": weight * (colour + DETAIL * edges)}
