"""The steps of a run that teaches a base network's styles to mix kernels: each style paints crops with its own."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial

import torch
from torch import Tensor

from allaprima.functional.affinity import Pairs, drawn_pairs
from allaprima.functional.padding import MARGIN
from allaprima.nets.mixed import MixedNetwork, MixedStyles
from allaprima.nets.vgg import VGG19
from allaprima.runtimes.precision import working
from allaprima.train.batches import in_turn, step_generator
from allaprima.train.crops import uniform
from allaprima.train.fit.contents import ROOM, Bank, Window, drawn_crop, drawn_window
from allaprima.train.fit.losses import fit_losses
from allaprima.train.mixing.recording import Recorded
from allaprima.train.mixing.settings import MixingObjective
from allaprima.train.mixing.styles import KnownStyles, StyleBank
from allaprima.train.objective import Losses
from allaprima.train.pictures import Pictures
from allaprima.train.steadiness import lit_and_noisy
from allaprima.train.trainee import Trainee

NULL_SIDE_PX = 136  # of the crops: giving the content back is learnt fast, and without VGG


def content_bank(pictures: Pictures, vgg: VGG19, objective: MixingObjective, seed: int) -> Bank:
    """Crops of contents, each picture in its turn, as they look at heights from the fewest lines to the most."""
    generator = torch.Generator().manual_seed(seed)
    fewest, most = math.log(objective.fewest_lines), math.log(objective.most_lines)
    side = objective.crop_px + 2 * ROOM
    crops = []
    for index in in_turn(len(pictures), 0, objective.contents, seed):
        lines = round(math.exp(uniform(fewest, most, generator)))
        image = pictures.images[index]
        crops.append(drawn_crop((image.shape[1], image.shape[2]), side, lines, generator).picture(image))
    return Bank(torch.stack(crops), vgg)


def painted_by(network: MixedNetwork, contents: Tensor, styles: MixedStyles) -> Tensor:
    """Contents (S x C, 3, H, W), C in each style, painted in the device's working precision."""
    with working(contents.device.type):
        return network.paint_each(contents.contiguous(memory_format=torch.channels_last), styles)


@dataclass(frozen=True, slots=True)
class Place:
    """Where the insides of crops lie in the window that the network sees: rows and columns, (S,) each."""

    rows: Tensor
    columns: Tensor

    def inside(self, pictures: Tensor) -> Tensor:
        """What the losses see of pictures (N, C, H, W)."""
        return pictures.index_select(2, self.rows).index_select(3, self.columns)


def place_of(window: Window, side_px: int, device: torch.device) -> Place:
    """The place of the inside in a window; numbers, not slices: what is recorded may not depend on them."""
    line = torch.arange(side_px, device=device)
    return Place(line + (ROOM - window.top), line + (ROOM - window.left))


@dataclass(frozen=True, slots=True)
class Step:
    """Everything that one step's losses are computed from, as tensors.

    codes: the styles', whitened (S, 1920). window, place: what the network sees of each crop, and what the losses see
    of that. again, again_place: some of the crops in other light and noise, with the network's grid laid elsewhere.
    """

    known: KnownStyles
    codes: Tensor
    window: Tensor
    place: Place
    features: dict[str, Tensor]
    pairs: Pairs
    again: Tensor
    again_place: Place


@dataclass(frozen=True, slots=True)
class MixingTask:
    """Everything that a step needs but the weights being trained. ``vgg`` is in the precision that it is to work in.

    recorded: by network, what replays its steps; on a GPU.
    """

    trainees: Mapping[str, Trainee[MixedNetwork]]
    contents: Bank
    styles: StyleBank
    vgg: VGG19
    objective: MixingObjective
    seed: int
    recorded: dict[str, Recorded[Step]] = field(default_factory=dict)

    def losses(self, step: int, progress: float) -> Mapping[str, Callable[[], Losses]]:
        """For the network a call that paints this step's crops in this step's styles and gives the mean losses."""
        drawn = self.drawn(step)
        return {name: partial(self._computed(name, trainee), drawn) for name, trainee in self.trainees.items()}

    def _computed(self, name: str, trainee: Trainee[MixedNetwork]) -> Callable[[Step], Losses]:
        compute = partial(self.losses_of, trainee.network)
        if not self.contents.crops.is_cuda:
            return compute
        if name not in self.recorded:
            self.recorded[name] = Recorded(compute, list(trainee.free.values()))
        return self.recorded[name]

    def drawn(self, step: int) -> Step:
        """What that step is made of."""
        objective, device = self.objective, self.contents.crops.device
        generator = step_generator(self.seed, step)
        crops = objective.styles_a_step * objective.contents_a_style
        known = self.known(step, generator)
        chosen = in_turn(len(self.contents), step * crops, crops, self.seed + 1)
        window, again = drawn_window(generator), drawn_window(generator)
        shown = window.of(self.contents.crops[chosen]).float() / 255
        some = chosen[:again_count(objective) * objective.contents_a_style]
        other = lit_and_noisy(again.of(self.contents.crops[some]).float() / 255, generator)
        places = [place_of(one, objective.crop_px, device) for one in (window, again)]
        return Step(known, self.styles.whitened(known), shown, places[0], self.contents.features(chosen),
                    drawn_pairs(objective.crop_px, generator, device), other, places[1])

    def known(self, step: int, generator: torch.Generator) -> KnownStyles:
        """That step's styles, some of them with a part of another, which a step before this one was shown."""
        count, joined, bank = self.objective.styles_a_step, self.objective.joined_share, self.styles
        visits = range(step * count, (step + 1) * count)
        own = bank.styles([bank.look(visit) for visit in visits])
        earlier = visits.start - bank.since(visits.start)
        if joined == 0 or earlier == 0:
            return own
        drawn, shares = torch.rand(2, count, generator=generator)
        others = visits.start - 1 - torch.randint(earlier, (count,), generator=generator)
        parts = bank.styles([bank.look(visit) for visit in others.tolist()])
        return own.with_parts_of(parts, torch.where(drawn < joined, shares, 0).to(own.codes))

    def losses_of(self, network: MixedNetwork, step: Step) -> Losses:
        """Every mean loss of a step, and ``total``, their weighted sum."""
        objective = self.objective
        with working(step.window.device.type):
            styles = network.styles(step.codes)
        painted, again, back = painted_thrice(network, step, styles, objective)
        picture, content = (step.place.inside(whole) for whole in (painted, step.window))
        target = step.known.repeated(objective.contents_a_style).target
        losses = fit_losses(picture, content, step.features, target, self.vgg, objective.of_a_fit(), step.pairs)
        also = {"null": (objective.null, null_distance(back, step.window))}
        if again is not None:
            repainted = step.again_place.inside(again)
            apart = (repainted.float() - picture[:len(repainted)].float()).abs().mean()
            also["steady"] = objective.steady, apart
        for name, (weight, value) in also.items():
            losses |= {name: value.detach(), "total": losses["total"] + weight * value}
        return losses


def painted_thrice(network: MixedNetwork, step: Step, styles: MixedStyles,
                   objective: MixingObjective) -> tuple[Tensor, Tensor | None, Tensor]:
    """A step's windows in its styles; some of them in other light, if that is looked at; and given back.

    Given back, by their null rows, is a part of each of some, which is enough; on a GPU, where calls cost more than
    pixels, all of it, and everything is painted as one batch.
    """
    some = styles.first(again_count(objective))
    own = step.window[:len(some) * objective.contents_a_style]
    if step.window.is_cuda:
        painted, again, back = painted_at_once(network, step, styles, some, own)
        return painted, again if objective.steady > 0 else None, back
    other = painted_by(network, step.again, some) if objective.steady > 0 else None
    back = painted_by(network, own[:, :, :NULL_SIDE_PX, :NULL_SIDE_PX], some.of_the_content())
    return painted_by(network, step.window, styles), other, back


def painted_at_once(network: MixedNetwork, step: Step, styles: MixedStyles, some: MixedStyles,
                    own: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """A step's windows, those in other light, and some given back whole: one batch."""
    every = styles.and_then(some, some.of_the_content())
    whole = painted_by(network, torch.cat([step.window, step.again, own]), every)
    painted, again, back = whole.split_with_sizes([len(step.window), len(step.again), len(own)])
    return painted, again, back


def again_count(objective: MixingObjective) -> int:
    """In how many of a step's styles crops are painted once more."""
    return max(1, round(objective.styles_a_step * objective.again_share))


def null_distance(back: Tensor, contents: Tensor) -> Tensor:
    """How far the corners of contents (N, 3, H, W), the first of them, are from being given back (M, 3, h, w)."""
    content = contents[:len(back), :, :back.shape[2], :back.shape[3]]
    return (back.float() - content)[:, :, MARGIN:-MARGIN, MARGIN:-MARGIN].abs().mean()
