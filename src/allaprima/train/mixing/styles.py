"""Styles that a run comes back to: their codes, and what painted crops are held against, measured once and kept."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

import torch
from torch import Tensor
from torch.nn import functional as F

from allaprima.nets.measured_codes import MeasuredCodes
from allaprima.nets.vgg import VGG19
from allaprima.train.batches import in_turn, step_generator
from allaprima.train.codes import moments_of
from allaprima.train.crops import bold_colours, uniform
from allaprima.train.fit.contents import blocks_of
from allaprima.train.fit.losses import StyleTarget, targets_of_each
from allaprima.train.mixing.settings import MixingObjective
from allaprima.train.moments import Moments
from allaprima.train.pictures import Pictures
from allaprima.train.prints import printed

CODES = 800            # that say what codes are like
EACH = 4               # of a picture's looks, where pictures are few
STYLE_DRAWS = 1 << 31  # past every step's own number: styles are drawn apart from steps


@dataclass(frozen=True, slots=True)
class KnownStyles:
    """Raw codes (N, 1920), and what the losses' VGG measured of the same pictures."""

    codes: Tensor
    target: StyleTarget

    def with_parts_of(self, others: KnownStyles, shares: Tensor) -> KnownStyles:
        """Styles of pictures of which such shares (N,) are others and the rest is these: what is pooled is means."""
        def mean(own: Tensor, other: Tensor) -> Tensor:
            return torch.lerp(own, other, shares.to(own).view(-1, *[1] * (own.ndim - 1)))

        def both(own: Moments, other: Moments) -> Moments:
            middle = mean(own[0], other[0])
            square = mean(own[0].square() + own[1].square(), other[0].square() + other[1].square())
            return middle, (square - middle.square()).clamp(min=0).sqrt()

        ours, theirs = self.target, others.target
        moments = {layer: both(own, theirs.moments[layer]) for layer, own in ours.moments.items()}
        grams = {layer: mean(own, theirs.grams[layer]) for layer, own in ours.grams.items()}
        coded = moments_of(others.codes)
        codes = [part for layer, own in moments_of(self.codes).items() for part in both(own, coded[layer])]
        weave = mean(ours.weave, theirs.weave)
        return KnownStyles(torch.cat(codes, dim=1).flatten(1), StyleTarget(moments, grams, weave))

    def mapped(self, change: Callable[[Tensor], Tensor]) -> KnownStyles:
        """The same of all its tensors changed."""
        target = self.target
        moments = {layer: (change(mean), change(deviation)) for layer, (mean, deviation) in target.moments.items()}
        grams = {layer: change(gram) for layer, gram in target.grams.items()}
        return KnownStyles(change(self.codes), StyleTarget(moments, grams, change(target.weave)))

    def repeated(self, times: int) -> KnownStyles:
        """Every style ``times`` times, one after the other."""
        return self.mapped(lambda part: part.repeat_interleave(times, dim=0)) if times > 1 else self


def joined(styles: Sequence[KnownStyles]) -> KnownStyles:
    """Several as one batch, their Gram matrices in full precision again."""
    targets = [style.target for style in styles]
    moments = {layer: (torch.cat([target.moments[layer][0] for target in targets]),
                       torch.cat([target.moments[layer][1] for target in targets])) for layer in targets[0].moments}
    grams = {layer: torch.cat([target.grams[layer] for target in targets]).float() for layer in targets[0].grams}
    weave = torch.cat([target.weave for target in targets])
    return KnownStyles(torch.cat([style.codes for style in styles]), StyleTarget(moments, grams, weave))


def one_of(place: int, part: Tensor) -> Tensor:
    """That sample of a batch by itself, as a batch of one."""
    return part[place:place + 1].clone()


class Looks:
    """An endless row of looks at pictures of styles, each picture in its turn, another way each time."""

    def __init__(self, pictures: Pictures, objective: MixingObjective, seed: int) -> None:
        self._pictures, self._objective, self._seed = pictures, objective, seed

    def picture(self, index: int) -> Tensor:
        """The style of that number as it is looked at, (1, 3, S, S) in [0, 1]."""
        [chosen] = in_turn(len(self._pictures), index, 1, self._seed)
        return looked_at(self._pictures.images[chosen], self._objective,
                         step_generator(self._seed, STYLE_DRAWS + index))

    @torch.no_grad()
    def codes(self, measure: MeasuredCodes, most: int = CODES) -> Tensor:
        """Whitened codes (N, 1920) of the first looks, which say what codes are like; a few of every picture."""
        return torch.cat([measure(self.picture(index)) for index in range(min(most, EACH * len(self._pictures)))])


class StyleBank:
    """Looks at styles, measured when they are first asked for.

    Codes are measured as they are when the network is at work. Gram matrices, most of what is kept, are kept in half
    precision. A run comes back to so many looks for some turns, then to as many others: looks that it came back to for
    ever are what it would learn.
    """

    def __init__(self, looks: Looks, vgg: VGG19, measure: MeasuredCodes, objective: MixingObjective,
                 seed: int) -> None:
        self._looks, self._vgg, self._measure = looks, vgg, measure
        self._count, self._visits, self._seed = objective.styles, objective.styles * objective.turns, seed
        self._kept: dict[int, KnownStyles] = {}

    def look(self, visit: int) -> int:
        """Which look the run has at that visit, counted from its beginning."""
        generation, within = divmod(visit, self._visits)
        return generation * self._count + in_turn(self._count, within, 1, self._seed)[0]

    def since(self, visit: int) -> int:
        """The first of the visits that have the same looks in turns."""
        return visit // self._visits * self._visits

    def styles(self, chosen: Sequence[int]) -> KnownStyles:
        """The styles of those looks; ones that had their turns before all of these are forgotten."""
        oldest = min(chosen) // self._count * self._count
        self._kept = {index: known for index, known in self._kept.items() if index >= oldest}
        missing = [index for index in dict.fromkeys(chosen) if index not in self._kept]
        for block in blocks_of(missing, next(self._vgg.parameters()).device):
            self._keep(block)
        return joined([self._kept[index] for index in chosen])

    def whitened(self, styles: KnownStyles) -> Tensor:
        """The codes (N, 1920) of styles as networks are given them."""
        return self._measure.whitened(styles.codes)

    @torch.no_grad()
    def _keep(self, chosen: Sequence[int]) -> None:
        pictures = torch.cat([self._looks.picture(index) for index in chosen])
        target = targets_of_each(pictures, self._vgg)
        grams = {layer: gram.half() for layer, gram in target.grams.items()}
        found = KnownStyles(self._measure.measured(pictures), StyleTarget(target.moments, grams, target.weave))
        for place, index in enumerate(chosen):
            self._kept[index] = found.mapped(partial(one_of, place))


def looked_at(image: Tensor, objective: MixingObjective, generator: torch.Generator) -> Tensor:
    """A square of a style picture (3, H, W), uint8, as (1, 3, S, S) in [0, 1], seen at a height drawn for it.

    The square's side is the fewest lines at which styles are seen, so that half of them are seen nearly whole.
    """
    lines, side = objective.fewest_lines, objective.fewest_lines // 2 * 2
    if uniform(0, 1, generator) >= 0.5:
        lines = round(math.exp(uniform(math.log(lines), math.log(objective.most_lines), generator)))
    scale = max(lines, side) / min(image.shape[1:])
    size = [max(round(length * scale), side) for length in image.shape[1:]]
    whole = F.interpolate(image[None].float() / 255, size, mode="bicubic", antialias=scale < 1).clamp(0, 1)
    top, left = (int(torch.randint(length - side + 1, (), generator=generator)) for length in size)
    seen = bold_colours(whole[:, :, top:top + side, left:left + side], objective.bold_share, generator)
    return printed(seen, generator) if uniform(0, 1, generator) < objective.printed_share else seen
