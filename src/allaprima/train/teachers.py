"""Whose pictures a network learns from: the published AdaIN's, or another compact network's."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor

from allaprima.nets.compact import CompactNetwork
from allaprima.nets.decoder import Decoder
from allaprima.nets.vgg import VGG19
from allaprima.train.batches import Batch, repeated
from allaprima.train.codes import moments_of, seen_by
from allaprima.train.moments import mean_and_deviation
from allaprima.train.objective import DEEPEST
from allaprima.train.paint import paint

Teacher = Callable[[Batch, int], Tensor]
"""Gives the pictures (N, 3, S, S), about [0, 1], of a batch whose contents have so many styles each."""


def compact_teacher(network: CompactNetwork) -> Teacher:
    """A teacher that paints as that network does."""

    @torch.no_grad()
    def pictures(batch: Batch, styles_per_content: int) -> Tensor:
        return paint(network, repeated(batch.content, styles_per_content), batch.code, batch.strength).float()

    return pictures


def reference_teacher(vgg: VGG19, decoder: Decoder) -> Teacher:
    """A teacher that paints as AdaIN was published (Huang & Belongie 2017); at strength 0 it shows the content itself.

    vgg, decoder: with the padding that pictures are to have at their borders.
    """

    @torch.no_grad()
    def pictures(batch: Batch, styles_per_content: int) -> Tensor:
        own = vgg(seen_by(vgg, batch.content), [DEEPEST])[DEEPEST]
        share = batch.strength[:, None, None, None]
        style_mean, style_deviation = moments_of(batch.target)[DEEPEST]
        mean, deviation = (repeated(part, styles_per_content) for part in mean_and_deviation(own))
        scale = torch.lerp(deviation, style_deviation, share) / deviation
        shift = torch.lerp(mean, style_mean, share) - mean * scale
        features = torch.addcmul(shift, repeated(own, styles_per_content).float(), scale).to(own.dtype)
        height, width = batch.content.shape[2:]
        painted: Tensor = decoder(features).float()[:, :, :height, :width].clamp(0, 1)
        return torch.where(share == 0, repeated(batch.content, styles_per_content), painted)

    return pictures
