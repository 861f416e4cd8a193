"""The losses of the compact networks: AdaIN's (Huang & Belongie 2017, section 6.1), for every strength.

At strength a the target is the blend that AdaIN's own strength means: a of the style's statistics and 1 - a of
the content's own. We differ from the paper in taking the mean root of the samples' style losses, in a second content
term at relu3_1, and in the null style, which at strength 0 has to give back the content itself.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from allaprima.functional.padding import MARGIN
from allaprima.nets.vgg import STYLE_LAYERS, VGG19
from allaprima.train.batches import Batch, repeated
from allaprima.train.codes import moments_of, seen_by
from allaprima.train.imitation import DETAIL, distances
from allaprima.train.moments import Moments, mean_and_deviation
from allaprima.train.settings import Objective

MIDDLE, DEEPEST = "relu3_1", "relu4_1"
ROOT_FLOOR = 1e-2  # keeps the root's slope finite where the statistics already agree

Losses = dict[str, Tensor]


@dataclass(frozen=True, slots=True)
class Targets:
    """What every network of a run aims at in one step: computed once for all of them.

    features: AdaIN's at relu3_1 and relu4_1. moments: at the four layers. strength: (N,). inside: the contents as the
    losses see them, (N, 3, S, S). taught: a teacher's pictures, as the losses see them, or None.
    """

    features: dict[str, Tensor]
    moments: dict[str, Moments]
    strength: Tensor
    inside: Tensor
    taught: Tensor | None


def inside(crops: Tensor) -> Tensor:
    """Crops without their margins."""
    return crops[:, :, MARGIN:-MARGIN, MARGIN:-MARGIN]


@torch.no_grad()
def targets_of(batch: Batch, vgg: VGG19, styles_per_content: int) -> Targets:
    """The targets of one batch."""
    content = inside(batch.content)
    own_features = vgg(seen_by(vgg, content), STYLE_LAYERS)
    share = batch.strength[:, None, None, None]
    features: dict[str, Tensor] = {}
    moments: dict[str, Moments] = {}
    for layer, (style_mean, style_deviation) in moments_of(batch.target).items():
        own = own_features[layer].float()
        own_mean, own_deviation = (repeated(part, styles_per_content) for part in mean_and_deviation(own))
        mean, deviation = torch.lerp(own_mean, style_mean, share), torch.lerp(own_deviation, style_deviation, share)
        moments[layer] = mean, deviation
        if layer in (MIDDLE, DEEPEST):
            scale = deviation / own_deviation
            features[layer] = torch.addcmul(mean - own_mean * scale, repeated(own, styles_per_content), scale)
    return Targets(features, moments, batch.strength, repeated(content, styles_per_content), None)


def style_losses(features: dict[str, Tensor], moments: dict[str, Moments]) -> Tensor:
    """Sum over the style layers of the squared distances of means and of deviations, a sample: (N,)."""
    parts = []
    for layer in STYLE_LAYERS:
        mean, deviation = mean_and_deviation(features[layer])
        wanted_mean, wanted_deviation = moments[layer]
        apart = (mean - wanted_mean).square() + (deviation - wanted_deviation).square()
        parts.append(apart.mean(dim=(1, 2, 3)))
    return torch.stack(parts).sum(dim=0)


def losses_of(painted: Tensor, targets: Targets, vgg: VGG19, objective: Objective, progress: float) -> Losses:
    """Every loss of painted crops (N, 3, H, W), and ``total``, their weighted sum; scalars in float32.

    ``style`` is the plain mean over the samples at full strength, for the log; the sum takes the mean root of all.
    """
    picture = inside(painted).float()
    features = vgg(seen_by(vgg, picture), STYLE_LAYERS)
    content = (features[DEEPEST].float() - targets.features[DEEPEST]).square().mean()
    middle = (features[MIDDLE].float() - targets.features[MIDDLE]).square().mean()
    style = style_losses(features, targets.moments)
    outside = (picture - picture.clamp(0, 1)).abs().mean()
    full, null = (targets.strength == 1).float(), (targets.strength == 0).float()
    distance = (picture - targets.inside).abs().mean(dim=(1, 2, 3))
    null_distance = (distance * null).sum() / null.sum().clamp(min=1)
    total = (objective.content * content + objective.content_middle * middle
             + objective.style * (style + ROOT_FLOOR).sqrt().mean() + objective.outside * outside
             + objective.null * (distance * null).mean())
    losses = {"content": content.detach(), "middle": middle.detach(), "outside": outside.detach(),
              "style": ((style * full).sum() / full.sum().clamp(min=1)).detach(), "null": null_distance.detach()}
    if targets.taught is not None:
        colour, edges = distances(picture, targets.taught)
        losses |= {"teacher": colour.detach(), "edges": edges.detach()}
        total = total + objective.teacher * objective.teaching(progress) * (colour + DETAIL * edges)
    return losses | {"total": total}
