"""What an optimised picture is moved towards, and how far from it a picture is: the terms of the loss.

Parts of a picture have styles of their own: moments of features under a soft mask against the part's style, each part
weighing as much as it covers (Gatys et al. 2017, arXiv:1611.07865, section 4).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from allaprima.config import Distance, Layers, OptimiserOptions
from allaprima.functional import losses

LEAST_COVER = 1e-4  # of the picture: what covers less is not looked at

Moments = tuple[Tensor, Tensor]
"""Channel means (R, C) and second raw moments (R, C, C) of a layer: styles combine linearly in them."""


@dataclass(frozen=True, slots=True, eq=False)
class Part:
    """Styles, as pictures (1, 3, h, w) and their shares, for the part of the picture that ``cover`` is a mask of.

    strength: moves the target from the content's own moments to the styles'. cover: (1, 1, H, W), 0 to 1; None for the
    whole picture.
    """

    styles: Sequence[tuple[Tensor, float]]
    strength: float = 1.0
    cover: Tensor | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Targets:
    """What a picture is moved towards at one size, by layer.

    moments, gaussians: a row for each part. covers: (R, 1, H, W) and None for one part that is the whole picture.
    """

    content: dict[str, Tensor]
    moments: dict[str, Moments]
    gaussians: dict[str, losses.Gaussian]
    covers: Tensor | None = None


def targets_at(network: nn.Module, content: Tensor, parts: Sequence[Part], options: OptimiserOptions) -> Targets:
    """What the picture is moved towards, for a content (1, 3, H, W), and styles and masks at their sizes."""
    with torch.no_grad():
        features = network(content, names((*options.content, *options.style)))
        seen = [part for part in parts if part.cover is None or part.cover.mean() > LEAST_COVER]
        own = [target_of(network, features, part, options.style) for part in seen]
        moments = {layer: (torch.cat([each[layer][0] for each in own]), torch.cat([each[layer][1] for each in own]))
                   for layer in names(options.style)} if own else {}
        root_of = root_on(content.device.type)
        gaussians = {layer: losses.gaussian(*pair, root_of) for layer, pair in moments.items()}
        covers = [part.cover for part in seen if part.cover is not None]
        return Targets({layer: features[layer].float() for layer, _ in options.content}, moments,
                       gaussians if options.distance != "gram" else {}, torch.cat(covers) if covers else None)


def target_of(network: nn.Module, content: Mapping[str, Tensor], part: Part, layers: Layers) -> dict[str, Moments]:
    """The moments that a part is moved towards, for a content's features."""
    shares = [(moments_of(network(picture, names(layers)), layers), part.strength * share)
              for picture, share in part.styles]
    if part.strength < 1:
        shares.append((moments_of(content, layers, part.cover), 1 - part.strength))
    return {layer: (torch.stack([share * moments[layer][0] for moments, share in shares]).sum(dim=0),
                    torch.stack([share * moments[layer][1] for moments, share in shares]).sum(dim=0))
            for layer in names(layers)}


def moments_of(features: Mapping[str, Tensor], layers: Layers, covers: Tensor | None = None) -> dict[str, Moments]:
    """The moments of features (1, C, H, W) at those layers, under each of the covers."""
    return {layer: moments_under(features[layer], covers) for layer in names(layers)}


def moments_under(features: Tensor, covers: Tensor | None) -> Moments:
    """Channel means and second raw moments of features (1, C, H, W) under each of the covers (R, 1, h, w)."""
    if covers is None:
        return losses.channel_means(features), losses.gram(features)
    height, width = features.shape[2:]
    masks = F.interpolate(covers, (height, width), mode="area")
    return losses.masked_moments(features, masks)


def weighted_terms(network: nn.Module, picture: Tensor, targets: Targets,
                   options: OptimiserOptions) -> dict[str, Tensor]:
    """The terms of the loss of a picture (1, 3, H, W) by name, each with its weight."""
    features = network(picture, names((*options.content, *options.style)))
    terms: dict[str, Tensor] = {}
    for layer, weight in options.content:
        loss = losses.content_loss(features[layer], targets.content[layer])
        terms[f"content {layer}"] = options.content_weight * weight * loss.squeeze()
    total = sum(weight for _, weight in options.style)
    for layer, weight in options.style:
        if layer in targets.moments:
            distance = style_distance(features[layer], layer, targets, options.distance)
            terms[f"style {layer}"] = options.style_weight * weight / total * distance
    border: Literal["circular", "replicate"] = "circular" if options.seamless else "replicate"
    terms["variation"] = options.variation * losses.total_variation(picture, border).squeeze()
    return terms


def style_distance(features: Tensor, layer: str, targets: Targets, distance: Distance) -> Tensor:
    """The distance of one layer's features from the styles'; "both" is the mean of Wasserstein's and Gram's.

    Each part weighs as much as it covers.
    """
    mean, second = moments_under(features, targets.covers)
    found = []
    if distance != "gram":
        found.append(losses.wasserstein_loss(mean, second, targets.gaussians[layer], root_on(features.device.type)))
    if distance != "wasserstein":
        found.append(losses.gram_loss(second, targets.moments[layer][1]))
    distances = torch.stack(found).mean(dim=0)
    return distances.squeeze() if targets.covers is None else distances @ targets.covers.mean(dim=(1, 2, 3))


def root_on(device: str) -> losses.Root:
    """How roots of covariances are found on a kind of device: eigenvectors on a CPU, matrix products elsewhere."""
    return losses.eigen_root if device == "cpu" else losses.newton_schulz_root


def names(layers: Layers) -> list[str]:
    """The layers without their weights."""
    return [layer for layer, _ in layers]
