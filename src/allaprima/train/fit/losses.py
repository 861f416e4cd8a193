"""The losses of a fit: AdaIN's content target, the style's moments and Gram matrices, and no weave.

Content as in training (Huang & Belongie 2017), with one style's moments as the target. Style twice: the root of the
distance of means and deviations, and the root of the relative distance of Gram matrices (Gatys et al. 2016), which
see what goes together with what and so tell strokes from grain.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from allaprima.functional.affinity import Pairs, affinity_loss
from allaprima.nets.vgg import STYLE_LAYERS, VGG19
from allaprima.train.codes import seen_by
from allaprima.train.fit.contents import DEEPEST, MIDDLE
from allaprima.train.fit.settings import FitObjective
from allaprima.train.fit.weave import energy_of_each, weave_loss
from allaprima.train.grams import grams_of
from allaprima.train.moments import Moments, mean_and_deviation
from allaprima.train.objective import ROOT_FLOOR, Losses, style_losses

DECODED = 1.0      # at relu4_1: what published AdaIN's pictures are farther from contents than its targets, 0.6 to 1.6
GRAM_FLOOR = 1e-4  # of the squared relative distance: keeps the root's slope finite


@dataclass(frozen=True, slots=True)
class StyleTarget:
    """What pictures are to have: moments and Gram matrices (1, C, C) a layer, energy at short periods (1, BANDS).

    For pictures in several styles, a target each: moments (N, C, 1, 1), Gram matrices (N, C, C), energies (N, BANDS).
    """

    moments: dict[str, Moments]
    grams: dict[str, Tensor]
    weave: Tensor


@torch.no_grad()
def style_target(pictures: Sequence[Tensor], vgg: VGG19, energy: Tensor) -> StyleTarget:
    """The target that several pictures (1, 3, H, W) make together: the means of their first and second moments."""
    moments: dict[str, Moments] = {}
    grams: dict[str, Tensor] = {}
    seen = [vgg(seen_by(vgg, picture), STYLE_LAYERS) for picture in pictures]
    for layer in STYLE_LAYERS:
        own = [features[layer].float() for features in seen]
        mean = torch.stack([part.mean(dim=(2, 3), keepdim=True) for part in own]).mean(dim=0)
        square = torch.stack([part.square().mean(dim=(2, 3), keepdim=True) for part in own]).mean(dim=0)
        moments[layer] = mean, (square - mean.square()).clamp(min=0).add(1e-5).sqrt()
        grams[layer] = torch.stack([grams_of(part) for part in own]).mean(dim=0)
    return StyleTarget(moments, grams, energy)


@torch.no_grad()
def targets_of_each(pictures: Tensor, vgg: VGG19) -> StyleTarget:
    """The targets of pictures (N, 3, H, W) that are a style each."""
    features = vgg(seen_by(vgg, pictures), STYLE_LAYERS)
    return StyleTarget({layer: mean_and_deviation(features[layer]) for layer in STYLE_LAYERS},
                       {layer: grams_of(features[layer]) for layer in STYLE_LAYERS}, energy_of_each(pictures))


def aimed(features: Tensor, moments: Moments) -> Tensor:
    """AdaIN's target: a content's features (N, C, H, W) with the style's moments."""
    own_mean, own_deviation = mean_and_deviation(features)
    mean, deviation = moments
    scale = deviation / own_deviation
    return torch.addcmul(mean - own_mean * scale, features.float(), scale)


def gram_losses(features: dict[str, Tensor], grams: dict[str, Tensor]) -> Tensor:
    """The sum over layers of the relative root distance of Gram matrices, a sample: (N,)."""
    parts = []
    for layer, wanted in grams.items():
        apart = (grams_of(features[layer]) - wanted).square().sum(dim=(1, 2))
        parts.append((apart / wanted.square().sum(dim=(1, 2)) + GRAM_FLOOR).sqrt())
    return torch.stack(parts).sum(dim=0)


def fit_losses(picture: Tensor, content: Tensor, kept: dict[str, Tensor], target: StyleTarget, vgg: VGG19,
               objective: FitObjective, pairs: Pairs, hold: float = 1.0) -> Losses:
    """Every loss of painted crops (N, 3, S, S), and ``total``, their weighted sum.

    content: the crops themselves. kept: VGG's features of them. pairs: of cells whose colours are compared. hold: what
    the content's weights are multiplied by.
    ``departure``, which is no part of the sum, is how far the picture is from its content, as a multiple of how far
    AdaIN's target is and its decoder goes besides.
    """
    picture = picture.float()
    features = vgg(seen_by(vgg, picture), STYLE_LAYERS)
    aim, found, own = (part.float() for part in (
        aimed(kept[DEEPEST], target.moments[DEEPEST]), features[DEEPEST], kept[DEEPEST]))
    deep = (found - aim).square().mean()
    middle = (features[MIDDLE].float() - aimed(kept[MIDDLE], target.moments[MIDDLE])).square().mean()
    style = style_losses(features, target.moments)
    gram = gram_losses(features, target.grams).mean()
    outside = (picture - picture.clamp(0, 1)).abs().mean()
    total = (hold * (objective.content * deep + objective.content_middle * middle) + objective.outside * outside
             + objective.style * (style + ROOT_FLOOR).sqrt().mean() + objective.gram * gram)
    losses = {"content": deep, "middle": middle, "style": style.mean(), "gram": gram, "outside": outside,
              "departure": (found - own).square().mean() / ((aim - own).square().mean() + DECODED)}
    if objective.affinity > 0:
        losses["affinity"] = affinity_loss(picture, content, pairs)
        total = total + objective.affinity * losses["affinity"]
    if objective.weave > 0:
        losses["weave"] = weave_loss(picture, content, target.weave)
        total = total + objective.weave * losses["weave"]
    return {name: value.detach() for name, value in losses.items()} | {"total": total}
