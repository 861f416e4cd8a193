"""What is optimised where a photograph is to stay one: the transforms of a bilateral grid, and no pixels."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional as F

from allaprima.functional.bilateral_grid import LEVELS, LUMA, cells_of

EVENNESS = 20.0  # weight of differences between neighbouring cells: with less, cells that few pixels see run away


@dataclass(frozen=True, slots=True)
class GridCanvas:
    """The unknowns, and the picture that they stand for; of a content of so many rows and columns of cells."""

    rows: int
    columns: int

    def unchanged(self, like: Tensor) -> Tensor:
        """The transforms (1, 12, LEVELS, rows, columns) that leave every colour: red, green, blue and 1 a colour."""
        identity = torch.eye(3, 4, dtype=like.dtype, device=like.device).flatten()
        return identity[None, :, None, None, None].repeat(1, 1, LEVELS, self.rows, self.columns)

    def shown(self, grid: Tensor, content: Tensor) -> Tensor:
        """The content (1, 3, H, W) changed by transforms, in [0, 1]; with gradients to these."""
        height, width = content.shape[2:]
        luma = (content * content.new_tensor(LUMA[0])[None, :, None, None]).sum(dim=1)
        across, down = ((2 * torch.arange(side, dtype=content.dtype, device=content.device) + 1) / side - 1
                        for side in (width, height))
        level = (2 * luma * (LEVELS - 1) + 1) / LEVELS - 1
        places = torch.stack([across.expand(1, height, width), down[:, None].expand(1, height, width), level], dim=3)
        found = F.grid_sample(grid, places[:, None], padding_mode="border", align_corners=False)[:, :, 0]
        found = found.reshape(1, 3, 4, height, width)
        return ((found[:, :, :3] * content[:, None]).sum(dim=2) + found[:, :, 3]).clamp(0, 1)

    def unevenness(self, grid: Tensor) -> Tensor:
        """The weighted mean square of differences between cells side by side."""
        return EVENNESS * torch.stack([grid.diff(dim=dim).square().mean() for dim in (2, 3, 4) if grid.shape[dim] > 1
                                       ]).sum()


def canvas_for(content: Tensor) -> GridCanvas:
    """The canvas of a content (1, 3, H, W)."""
    return GridCanvas(*cells_of(*content.shape[2:]))
