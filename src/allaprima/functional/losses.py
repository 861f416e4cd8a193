"""Every loss of the project, one definition each: for training, for the optimiser and for measuring.

All give one number a picture, (N,), so that the caller decides how a batch is reduced. Features are VGG-19's in its
normalised form; pictures are RGB in [0, 1]. Sums are taken in float32 at least.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

import torch
from torch import Tensor
from torch.autograd.function import FunctionCtx, once_differentiable
from torch.nn import functional as F

from allaprima.functional.statistics import mean_and_deviation

NEWTON_SCHULZ_STEPS = 20
COVARIANCE_FLOOR = 1e-4  # added to every variance, so that flat channels have a root with a bounded gradient
GREY = (0.299, 0.587, 0.114)  # BT.601's luma
SSIM_WINDOW, SSIM_SIGMA = 11, 1.5

Root = Callable[[Tensor], tuple[Tensor, Tensor]]
"""Gives the root and the inverse root of each symmetric positive matrix of a batch."""


def wide(values: Tensor) -> Tensor:
    """The values in float32, or in float64 where they are."""
    return values if values.dtype == torch.float64 else values.float()


def mean_square(values: Tensor) -> Tensor:
    """The mean square of each sample: (N, ...) to (N,)."""
    return wide(values).square().flatten(1).mean(dim=1)


def content_loss(features: Tensor, target: Tensor) -> Tensor:
    """Mean squared error of features (N, C, H, W), one number a sample (Huang & Belongie 2017, equation 12)."""
    return mean_square(wide(features) - wide(target))


def statistics_row(features: Tensor) -> Tensor:
    """Channel means, then biased deviations, of features (N, C, H, W): a layer's share (N, 2 C) of a style code."""
    return torch.cat(mean_and_deviation(features), dim=1).flatten(1)


def style_loss(rows: Sequence[Tensor], targets: Sequence[Tensor]) -> Tensor:
    """Over layers, the sum of the MSE of channel means and the MSE of deviations (Huang & Belongie 2017, equation 13).

    rows, targets: for each layer a ``statistics_row`` (N, 2 C). Squared distances, where the paper's are their roots.
    """
    return torch.stack([2 * mean_square(row - target) for row, target in zip(rows, targets, strict=True)]).sum(dim=0)


def overshoot(pictures: Tensor) -> Tensor:
    """The mean amount by which pictures (N, 3, H, W) leave [0, 1]."""
    return wide(pictures - pictures.clamp(0, 1)).abs().flatten(1).mean(dim=1)


def channel_means(features: Tensor) -> Tensor:
    """Channel means (N, C) of features (N, C, H, W)."""
    return wide(features).mean(dim=(2, 3))


def gram(features: Tensor) -> Tensor:
    """Gram matrices (N, C, C) of features (N, C, H, W), over H W: the second raw moments (Gatys et al. 2016, eq. 3)."""
    flat = wide(features).flatten(2)
    return flat @ flat.transpose(1, 2) / flat.shape[2]


def masked_moments(features: Tensor, masks: Tensor) -> tuple[Tensor, Tensor]:
    """Channel means (R, C) and second raw moments (R, C, C) of features (1, C, H, W) under masks (R, 1, H, W).

    Every position counts as much as the mask says; masks cover something each.
    """
    flat = wide(features)[0].flatten(1)
    shares = wide(masks).flatten(1)
    shares = shares / shares.sum(dim=1, keepdim=True)
    weighted = flat[None] * shares[:, None]
    return weighted.sum(dim=2), weighted @ flat.T


def gram_loss(grams: Tensor, target: Tensor) -> Tensor:
    """Mean squared error of Gram matrices (N, C, C); equation 4 of the paper is a quarter of it."""
    return mean_square(grams - target)


def covariance(mean: Tensor, second: Tensor) -> Tensor:
    """Covariances (N, C, C) of means (N, C) and second raw moments (N, C, C), with a floor under every variance."""
    floor = COVARIANCE_FLOOR * torch.eye(mean.shape[1], dtype=mean.dtype, device=mean.device)
    return second - mean[:, :, None] * mean[:, None, :] + floor


def eigen_root(matrices: Tensor) -> tuple[Tensor, Tensor]:
    """Roots and inverse roots of symmetric positive matrices (N, C, C), by eigenvectors.

    Exact, and on a CPU several times faster than the iteration. Eigenvalues below the dtype's noise are held at it.
    """
    values, vectors = torch.linalg.eigh(matrices)
    noise = torch.finfo(matrices.dtype).eps * values[:, -1:]
    roots = values.clamp(min=noise).sqrt()[:, None, :]
    return (vectors * roots) @ vectors.transpose(1, 2), (vectors / roots) @ vectors.transpose(1, 2)


def newton_schulz_root(matrices: Tensor, steps: int = NEWTON_SCHULZ_STEPS) -> tuple[Tensor, Tensor]:
    """Roots and inverse roots of symmetric positive matrices (N, C, C), by matrix products only, for a GPU.

    The coupled iteration of Higham, Functions of Matrices (2008), equation 6.35, on the matrix scaled by its Frobenius
    norm. Each step brings the root of a small eigenvalue up by a half: those below (2/3)^(2 steps) of the norm are
    left too small, so that distances of VGG's features come out 5-10 % too large at 12 steps and 0.3 % at 20.
    """
    norm = torch.linalg.matrix_norm(matrices)[:, None, None]
    root = matrices / norm
    identity = torch.eye(matrices.shape[1], dtype=matrices.dtype, device=matrices.device)
    inverse = identity.expand_as(matrices)
    for _ in range(steps):
        correction = 1.5 * identity - 0.5 * (inverse @ root)
        root, inverse = root @ correction, correction @ inverse
    return root * norm.sqrt(), inverse / norm.sqrt()


class TraceOfRoot(torch.autograd.Function):
    """Traces (N,) of the roots of symmetric positive matrices; the inverse root, found on the way, is the gradient."""

    @staticmethod
    def forward(ctx: FunctionCtx, matrices: Tensor, root_of: Root) -> Tensor:
        root, inverse = root_of(matrices)
        ctx.save_for_backward(inverse)
        return root.diagonal(dim1=1, dim2=2).sum(dim=1)

    @staticmethod
    @once_differentiable
    def backward(ctx: FunctionCtx, gradient: Tensor) -> tuple[Tensor, None]:
        (inverse,) = ctx.saved_tensors  # type: ignore[attr-defined]
        return gradient[:, None, None] * inverse / 2, None


@dataclass(frozen=True, slots=True)
class Gaussian:
    """The Gaussian of a layer's features: what a Wasserstein distance is measured to, its root found once.

    mean: (N, C). covariance, root: (N, C, C).
    """

    mean: Tensor
    covariance: Tensor
    root: Tensor


def gaussian(mean: Tensor, second: Tensor, root_of: Root = eigen_root) -> Gaussian:
    """The Gaussian of means (N, C) and second raw moments (N, C, C), as ``gram`` gives them."""
    matrices = covariance(mean, second)
    return Gaussian(mean, matrices, root_of(matrices)[0])


def wasserstein_loss(mean: Tensor, second: Tensor, target: Gaussian, root_of: Root = eigen_root) -> Tensor:
    """Squared Wasserstein-2 distance between the Gaussians of a layer's features and a target, over its channels C.

    mean: (N, C); second: raw moments (N, C, C). |m - n|^2 + tr(S + T - 2 (T^.5 S T^.5)^.5) (Dowson & Landau 1982),
    divided by C, as the squared error of means is a mean over channels too.
    """
    ours = covariance(mean, second)
    cross = target.root @ ours @ target.root
    shared: Tensor = TraceOfRoot.apply((cross + cross.transpose(1, 2)) / 2, root_of)
    traces = (ours + target.covariance).diagonal(dim1=1, dim2=2).sum(dim=1)
    return mean_square(mean - target.mean) + (traces - 2 * shared) / mean.shape[1]


def total_variation(pictures: Tensor, border: Literal["replicate", "circular"] = "replicate") -> Tensor:
    """Mean squared difference to the neighbours of each pixel (N, C, H, W), by a nine-point stencil.

    Weights 2/3 for the neighbours right and below, 1/6 for the two diagonals below: its gradient is the nine-point
    Laplacian, the same in every direction. "circular" takes the picture for one that tiles.
    """
    x = F.pad(wide(pictures), (1, 1, 0, 1), mode=border)
    here, right, below = x[:, :, :-1, 1:-1], x[:, :, :-1, 2:], x[:, :, 1:, 1:-1]
    left_below, right_below = x[:, :, 1:, :-2], x[:, :, 1:, 2:]
    beside = mean_square(right - here) + mean_square(below - here)
    across = mean_square(left_below - here) + mean_square(right_below - here)
    return 2 / 3 * beside + 1 / 6 * across


def grey_levels(pictures: Tensor) -> Tensor:
    """Grey pictures (N, 1, H, W) of RGB ones in [0, 1], as the 8-bit levels 0 to 255 in float64."""
    levels = (pictures.double().clamp(0, 1) * 255).round()
    weights = levels.new_tensor(GREY)[None, :, None, None]
    return (levels * weights).sum(dim=1, keepdim=True).round()


def ssim(first: Tensor, second: Tensor) -> Tensor:
    """Structural similarity (N,) of RGB pictures (N, 3, H, W) in [0, 1], on grey 8-bit levels; 1 for equal ones.

    Wang et al. 2004: Gaussian window of 11 pixels and sigma 1.5, K1 = 0.01, K2 = 0.03, windows inside the picture only;
    both sides are at least 11 pixels long. In float64: variances are differences of large squares.
    """
    x, y = grey_levels(first), grey_levels(second)
    offsets = torch.arange(SSIM_WINDOW, dtype=x.dtype, device=x.device) - SSIM_WINDOW // 2
    line = (-offsets.square() / (2 * SSIM_SIGMA**2)).exp()
    line = (line / line.sum())[None, None, None]

    def blurred(levels: Tensor) -> Tensor:
        return F.conv2d(F.conv2d(levels, line), line.mT)

    mean_x, mean_y = blurred(x), blurred(y)
    variances = blurred(x * x) - mean_x.square() + blurred(y * y) - mean_y.square()
    covariances = blurred(x * y) - mean_x * mean_y
    c1, c2 = (0.01 * 255) ** 2, (0.03 * 255) ** 2
    similar = (2 * mean_x * mean_y + c1) * (2 * covariances + c2)
    return (similar / ((mean_x.square() + mean_y.square() + c1) * (variances + c2))).flatten(1).mean(dim=1)
