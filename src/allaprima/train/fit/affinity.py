"""Affinity: neighbouring places of one colour in the content are painted in one colour, halos and blotches are not.

A network that sees far paints a rim around what is dark before a sky, and islands of the style's rarest colour into
faces: the style losses do not mind where colours stand. After the matting Laplacian of photographic style transfer
(Luan et al. 2017), which ties colours within a window; here it is means over small cells that are tied, so that
strokes stay free, and pairs of cells drawn anew in every step, so that it costs nothing.
"""

from __future__ import annotations

import torch
from torch import Generator, Tensor
from torch.nn import functional as F

CELL_PX = 8
REACH = 7          # cells: as far as halos reach
PAIRS = 12         # offsets a step
SIGMA = 0.05       # of colour differences in the content that count as the same colour


def affinity_loss(painted: Tensor, content: Tensor, generator: Generator) -> Tensor:
    """The mean absolute difference of painted cells whose contents are of one colour, crops (N, 3, S, S) in [0, 1]."""
    mine, theirs = F.avg_pool2d(painted, CELL_PX), F.avg_pool2d(content, CELL_PX)
    apart, weight = painted.new_zeros(()), painted.new_zeros(())
    height, width = mine.shape[2:]
    offsets = torch.randint(-REACH, REACH + 1, (PAIRS, 2), generator=generator).tolist()
    for down, right in offsets:
        one = (..., slice(max(down, 0), height + min(down, 0)), slice(max(right, 0), width + min(right, 0)))
        other = (..., slice(max(-down, 0), height + min(-down, 0)), slice(max(-right, 0), width + min(-right, 0)))
        alike = (-(theirs[one] - theirs[other]).square().sum(dim=1) / (2 * SIGMA**2)).exp()
        apart = apart + (alike * (mine[one] - mine[other]).abs().mean(dim=1)).sum()
        weight = weight + alike.sum()
    return apart / weight.clamp(min=1e-6)
