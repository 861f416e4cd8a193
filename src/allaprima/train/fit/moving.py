"""Frames in motion: what a film's own frames show of where things were before, for painting them steadily.

Made-up motion, as in training, knows neither a film's noise nor what moves before what; two frames of the film do.
Crops of both are taken at one place, with the motion between them, and what is painted of the one is moved along.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional as F

from allaprima.functional.padding import MARGIN
from allaprima.train.steadiness import Motion


@dataclass(frozen=True, slots=True, eq=False)
class Moving:
    """A frame, the one before it, and where its points were there.

    now, before: (3, H, W), uint8. backward: (2, H, W), float32, x then y, in pixels from a point of ``now`` to the same
    in ``before``. trust: (1, H, W), float32, 0 to 1.
    """

    now: Tensor
    before: Tensor
    backward: Tensor
    trust: Tensor

    def on(self, device: torch.device) -> Moving:
        """The same on a device."""
        return Moving(*(part.to(device) for part in (self.now, self.before, self.backward, self.trust)))

    def resized(self, height: int, width: int) -> Moving:
        """The same at another size of about the same shape."""
        def scaled(field: Tensor) -> Tensor:
            smaller = height < field.shape[1]
            mode = "bicubic" if smaller else "bilinear"
            return F.interpolate(field[None].float(), (height, width), mode=mode, antialias=smaller)[0]

        now, before = (scaled(frame).round().clamp(0, 255).byte() for frame in (self.now, self.before))
        shape = self.backward.new_tensor([width / self.now.shape[2], height / self.now.shape[1]])
        return Moving(now, before, scaled(self.backward) * shape[:, None, None], scaled(self.trust).clamp(0, 1))


def along(backward: Tensor, trust: Tensor) -> Motion:
    """The motion of pictures (N, 3, H, W) whose points come from ``backward`` (N, 2, H, W), trusted (N, 1, H, W)."""
    height, width = backward.shape[2:]
    lines = [torch.arange(side, device=backward.device, dtype=torch.float32) for side in (width, height)]
    source = torch.stack(torch.meshgrid(*lines, indexing="xy")) + backward
    size = torch.tensor([width, height], device=backward.device, dtype=torch.float32)[None, :, None, None]
    inner = (source >= MARGIN) & (source <= size - 1 - MARGIN)
    grid = ((2 * source + 1) / size - 1).permute(0, 2, 3, 1)
    return Motion(grid, inner.all(dim=1, keepdim=True) * trust)
