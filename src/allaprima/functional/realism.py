"""How much a painted photograph is still one: what of its change is no change of colour, and what became of its edges.

No network here was trained by any of it. Pictures are (1, 3, H, W), RGB in [0, 1].
"""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional as F

from allaprima.functional import losses
from allaprima.functional.artefacts import grey_of

WINDOW = 7         # pixels: strokes are longer, and an edge in one is still one map of colours
EVEN = 1e-6        # variance added to the content's, so that even windows have a fit: less than a level squared, 1.5e-5


def affine_residual(painted: Tensor, content: Tensor) -> float:
    """What of a painting is no local affine function of the content's colours: levels of 8 bits, 0 for nothing.

    The root of the mean square left by a fit of its own in every window of 7 x 7 pixels: what the matting Laplacian of
    Levin et al. (2008) adds up in windows of 3 x 3, by which Luan et al. (2017) keep photographs real.
    """
    colors, made = content.double(), painted.double()

    def mean(values: Tensor) -> Tensor:
        return F.avg_pool2d(values, WINDOW, stride=1)

    def covariances(first: Tensor, second: Tensor) -> Tensor:
        products = (first[:, :, None] * second[:, None]).flatten(1, 2)
        own, other = mean(first), mean(second)
        found = mean(products) - (own[:, :, None] * other[:, None]).flatten(1, 2)
        return found.flatten(2)[0].T.reshape(-1, 3, 3)

    within = covariances(colors, colors) + EVEN * torch.eye(3, dtype=torch.float64, device=colors.device)
    across = covariances(colors, made)
    explained = (across * torch.linalg.solve(within, across)).sum(dim=1)
    left = (covariances(made, made).diagonal(dim1=1, dim2=2) - explained).clamp(min=0)
    return 255 * float(left.mean().sqrt())


def edge_similarity(painted: Tensor, content: Tensor) -> float:
    """Structural similarity of the two pictures' edges (lengths of Sobel's gradients of grey), 1 where all stay."""
    return float(losses.ssim(*(edge_strength(picture).expand(-1, 3, -1, -1) for picture in (painted, content))))


def edge_strength(pictures: Tensor) -> Tensor:
    """The lengths of the gradients of grey, (N, 1, H - 2, W - 2), 1 for the step from black to white."""
    across = pictures.new_tensor([[1.0, 0.0, -1.0], [2.0, 0.0, -2.0], [1.0, 0.0, -1.0]])[None, None] / 4
    grey = grey_of(pictures)
    return (F.conv2d(grey, across).square() + F.conv2d(grey, across.mT).square()).sqrt()
