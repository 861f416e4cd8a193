"""Affinity: neighbouring places of one colour in the content are painted in one colour, halos and blotches are not.

A network that sees far paints a rim around what is dark before a sky, and islands of the style's rarest colour into
faces: the style losses do not mind where colours stand. After the matting Laplacian of photographic style transfer
(Luan et al. 2017), which ties colours within a window; here it is means over small cells that are tied, so that
strokes stay free, and pairs of cells drawn anew in every step, so that it costs nothing.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Generator, Tensor
from torch.nn import functional as F

CELL_PX = 8
REACH = 7          # cells: as far as halos reach
PAIRS = 12         # offsets a step
SIGMA = 0.05       # of colour differences in the content that count as the same colour


@dataclass(frozen=True, slots=True)
class Pairs:
    """Which cells are compared: for every offset and cell the other one's number (P, H W), and 1 where it exists."""

    others: Tensor
    exist: Tensor


def drawn_pairs(side_px: int, generator: Generator, device: torch.device | str = "cpu") -> Pairs:
    """Pairs of the cells of square crops, at offsets drawn anew."""
    side = side_px // CELL_PX
    down, right = torch.randint(-REACH, REACH + 1, (PAIRS, 2), generator=generator).T[:, :, None, None]
    line = torch.arange(side)
    rows, columns = line[None, :, None] + down, line[None, None] + right
    exist = (rows >= 0) & (rows < side) & (columns >= 0) & (columns < side)
    others = rows.clamp(0, side - 1) * side + columns.clamp(0, side - 1)
    return Pairs(others.flatten(1).to(device), exist.flatten(1).float().to(device))


def affinity_loss(painted: Tensor, content: Tensor, pairs: Pairs) -> Tensor:
    """The mean absolute difference of painted cells whose contents are of one colour, crops (N, 3, S, S) in [0, 1]."""
    mine, theirs = (F.avg_pool2d(picture, CELL_PX).flatten(2) for picture in (painted, content))
    count = len(pairs.others)

    def apart(cells: Tensor) -> Tensor:
        others = cells.index_select(2, pairs.others.flatten()).unflatten(2, (count, -1))  # type: ignore[no-untyped-call]
        difference: Tensor = cells[:, :, None] - others
        return difference

    alike = (-apart(theirs).square().sum(dim=1) / (2 * SIGMA**2)).exp() * pairs.exist
    return (alike * apart(mine).abs().mean(dim=1)).sum() / alike.sum().clamp(min=1e-6)
