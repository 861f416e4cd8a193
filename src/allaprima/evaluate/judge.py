"""The judge: how far a picture is from a content and from a style, by VGG-19's features.

``content`` and ``style`` are AdaIN's two losses as training uses them; Gram and Wasserstein distances, to relu5_1, are
of other definitions than any network here was trained by.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from allaprima import weights
from allaprima.fetching import FetchProgress
from allaprima.functional import artefacts, losses, realism
from allaprima.nets.vgg import STYLE_LAYERS, VGG19

LAYERS = (*STYLE_LAYERS, "relu5_1")
CONTENT_LAYER = "relu4_1"


@dataclass(frozen=True, slots=True)
class Measures:
    """What was measured of one picture against its content and its style.

    content: mean squared error at relu4_1. style: over relu1_1 to relu4_1, MSE of means plus MSE of deviations; its
    parts in ``style_layers``. gram, wasserstein: by layer, relu1_1 to relu5_1; the latter squared, over its channels.
    ssim: on grey 8-bit levels, to the content. weave (by period), shift, halo: see ``functional.artefacts``; NaN where
    a picture does not tell. residual, edges: see ``functional.realism``. seconds: of painting.
    """

    content: float
    style: float
    style_layers: tuple[float, ...]
    gram: tuple[float, ...]
    wasserstein: tuple[float, ...]
    ssim: float
    weave: tuple[float, ...] = (math.nan,) * len(artefacts.PERIODS)
    shift: float = math.nan
    halo: float = math.nan
    residual: float = math.nan
    edges: float = math.nan
    seconds: float = 0.0


@dataclass(frozen=True, slots=True, eq=False)
class Seen:
    """What the judge sees in a picture (1, 3, H, W): the one pass through VGG-19 that all measures are taken from.

    content: features at the judge's content layer. rows: means and deviations, relu1_1 to relu4_1. means, grams:
    relu1_1 to relu5_1.
    """

    picture: Tensor
    content: Tensor
    rows: tuple[Tensor, ...]
    means: tuple[Tensor, ...]
    grams: tuple[Tensor, ...]


@dataclass(frozen=True, slots=True, eq=False)
class StyleTarget:
    """A style to be measured to: what was seen in it, and its Gaussians, whose roots are found once.

    weave: what its calm places have of it themselves, a period.
    """

    seen: Seen
    gaussians: tuple[losses.Gaussian, ...]
    weave: Tensor


class Judge:
    """Sees with VGG-19, built to relu5_1 at least, reflection padding as published; ``device`` is torch's.

    content_layer: where the content is looked at, not deeper than relu5_1.
    """

    def __init__(self, network: VGG19, device: str = "cpu", content_layer: str = CONTENT_LAYER) -> None:
        self.device = torch.device(device)
        self.content_layer = content_layer
        self._network = network.requires_grad_(False).eval().to(self.device)

    def features(self, picture: NDArray[np.float32]) -> Seen:
        """What is seen in a picture (H, W, 3), RGB, clamped to [0, 1]."""
        with torch.inference_mode():
            batch = self._batch(picture)
            features = self._network(batch, {*LAYERS, self.content_layer})
            return Seen(batch, features[self.content_layer],
                        tuple(losses.statistics_row(features[layer]) for layer in STYLE_LAYERS),
                        tuple(losses.channel_means(features[layer]) for layer in LAYERS),
                        tuple(losses.gram(features[layer]) for layer in LAYERS))

    def rows(self, picture: NDArray[np.float32]) -> tuple[Tensor, ...]:
        """The rows of what is seen in a picture, alone: all that the style loss needs, in two thirds of the time."""
        with torch.inference_mode():
            features = self._network(self._batch(picture), STYLE_LAYERS)
            return tuple(losses.statistics_row(features[layer]) for layer in STYLE_LAYERS)

    def _batch(self, picture: NDArray[np.float32]) -> Tensor:
        batch = torch.from_numpy(np.array(picture, dtype=np.float32)).permute(2, 0, 1)[None].to(self.device)
        return batch.clamp(0, 1)

    def style_target(self, seen: Seen) -> StyleTarget:
        """A style to be measured to. In float64: a distance is a small difference of large traces."""
        pairs = zip(seen.means, seen.grams, strict=True)
        gaussians = tuple(losses.gaussian(mean.double(), gram.double()) for mean, gram in pairs)
        return StyleTarget(seen, gaussians, artefacts.own_repetition(seen.picture))

    def measure(self, result: Seen, content: Seen, style: StyleTarget, seconds: float = 0.0) -> Measures:
        """The measures of a result against its content and its style; ``seconds`` is handed through."""
        layers = [losses.style_loss([row], [target]).item()
                  for row, target in zip(result.rows, style.seen.rows, strict=True)]
        distances = [losses.wasserstein_loss(mean.double(), gram.double(), gaussian).item()
                     for mean, gram, gaussian in zip(result.means, result.grams, style.gaussians, strict=True)]
        return Measures(
            content=losses.content_loss(result.content, content.content).item(),
            style=sum(layers), style_layers=tuple(layers),
            gram=tuple(losses.gram_loss(gram, target).item()
                       for gram, target in zip(result.grams, style.seen.grams, strict=True)),
            wasserstein=tuple(distances), ssim=losses.ssim(result.picture, content.picture).item(),
            weave=artefacts.weave(result.picture, content.picture, style.weave),
            halo=artefacts.halo(result.picture, content.picture),
            residual=realism.affine_residual(result.picture, content.picture),
            edges=realism.edge_similarity(result.picture, content.picture), seconds=seconds)


def open_judge(device: str = "cpu", progress: FetchProgress | None = None,
               content_layer: str = CONTENT_LAYER) -> Judge:
    """A judge with the published weights, which are fetched on first use."""
    network = VGG19(last=LAYERS[-1])
    tensors = {name: torch.from_numpy(array) for name, array in weights.load("vgg19", progress).items()}
    network.load_state_dict(tensors, strict=False)
    return Judge(network, device, content_layer)
