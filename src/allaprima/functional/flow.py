"""Optical flow: pictures warped by it, and where it can be trusted.

The masks are those of Lai et al. 2018 (arXiv:1808.00449, section 4), which takes them from Ruder et al. 2016
(arXiv:1604.08610) and Sundaram et al. 2010. Flows are (N, 2, H, W), x then y, in pixels.
"""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional as F

OCCLUSION_SHARE, OCCLUSION_OFFSET = 0.01, 0.5    # of Sundaram et al., section 3.1
BOUNDARY_SHARE, BOUNDARY_OFFSET = 0.01, 0.002


def warped(pictures: Tensor, flow: Tensor) -> Tensor:
    """The pictures (N, C, H, W), each sampled bilinearly where the flow points to; beyond its border, the border."""
    height, width = pictures.shape[2:]
    y, x = torch.meshgrid(torch.arange(height, device=flow.device, dtype=flow.dtype),
                          torch.arange(width, device=flow.device, dtype=flow.dtype), indexing="ij")
    across = (x + flow[:, 0]) * (2 / max(width - 1, 1)) - 1
    down = (y + flow[:, 1]) * (2 / max(height - 1, 1)) - 1
    places = torch.stack([across, down], dim=-1)
    return F.grid_sample(pictures, places, mode="bilinear", padding_mode="border", align_corners=True)


def inside(flow: Tensor) -> Tensor:
    """Where the flow points into the picture, (N, 1, H, W) bool."""
    height, width = flow.shape[2:]
    x = torch.arange(width, device=flow.device, dtype=flow.dtype) + flow[:, :1]
    y = torch.arange(height, device=flow.device, dtype=flow.dtype)[:, None] + flow[:, 1:]
    return (x >= 0) & (x <= width - 1) & (y >= 0) & (y <= height - 1)


def returns(flow: Tensor, opposite: Tensor) -> Tensor:
    """Where the opposite flow leads back to the start, (N, 1, H, W) bool: what it does not return to is occluded."""
    back = warped(opposite, flow)
    gap = (flow + back).square().sum(dim=1, keepdim=True)
    size = flow.square().sum(dim=1, keepdim=True) + back.square().sum(dim=1, keepdim=True)
    return (gap <= OCCLUSION_SHARE * size + OCCLUSION_OFFSET) & inside(flow)


def smooth(flow: Tensor) -> Tensor:
    """Where the flow has no motion boundary, (N, 1, H, W) bool."""
    along_x = F.pad(flow[:, :, :, 1:] - flow[:, :, :, :-1], (0, 1, 0, 0))
    along_y = F.pad(flow[:, :, 1:] - flow[:, :, :-1], (0, 0, 0, 1))
    gradient = (along_x.square() + along_y.square()).sum(dim=1, keepdim=True)
    return gradient <= BOUNDARY_SHARE * flow.square().sum(dim=1, keepdim=True) + BOUNDARY_OFFSET


def trusted(flow: Tensor, opposite: Tensor) -> Tensor:
    """Where the flow is neither occluded nor at a motion boundary, (N, 1, H, W) bool."""
    return returns(flow, opposite) & smooth(flow)


def warping_error(first: Tensor, second: Tensor, flow: Tensor, counted: Tensor) -> Tensor:
    """The mean squared difference (N,) of first pictures and the second ones warped back, over the counted pixels.

    Pictures are RGB in [0, 1], (N, 3, H, W); flow leads from the first to the second; counted is (N, 1, H, W) bool.
    Equation 11 of Lai et al.; zero where nothing is counted.
    """
    difference = (first - warped(second, flow)).square().sum(dim=1, keepdim=True) * counted
    return difference.sum(dim=(1, 2, 3)) / (3 * counted.sum(dim=(1, 2, 3)).clamp(min=1))
