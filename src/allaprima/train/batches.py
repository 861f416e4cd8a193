"""One step's batch: crops, style codes and strengths, all drawn from the run's seed and the step's number.

A step's choices depend on nothing that happened before it, so a run taken up at any step goes on as it would have.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from allaprima.nets.style_encoder import Whitening
from allaprima.train.codes import CodeBank
from allaprima.train.crops import random_crops, uniform
from allaprima.train.pictures import Pictures
from allaprima.train.settings import Objective


@dataclass(frozen=True, slots=True)
class Batch:
    """Contents (n, 3, S, S); for N = n x styles a content: codes in and aimed at (N, 1920), strengths (N,) in [0, 1].

    ``code`` is whitened and may be the style encoder's prediction; ``target`` is raw and as VGG measured it.
    """

    content: Tensor
    code: Tensor
    target: Tensor
    strength: Tensor


def step_generator(seed: int, step: int) -> torch.Generator:
    """The source of all of a step's random choices."""
    return torch.Generator().manual_seed((seed << 32) + step)


def in_turn(count: int, start: int, length: int, seed: int) -> list[int]:
    """``length`` numbers below ``count``, from place ``start`` of an endless row of shuffled passes."""
    numbers: list[int] = []
    while len(numbers) < length:
        turn, place = divmod(start + len(numbers), count)
        shuffled = torch.randperm(count, generator=torch.Generator().manual_seed((seed << 32) + turn)).tolist()
        numbers += shuffled[place:place + length - len(numbers)]
    return numbers


def drawn_codes(bank: CodeBank, count: int, objective: Objective, generator: torch.Generator) -> tuple[Tensor, Tensor]:
    """Whitened codes in and aimed at, (N, 1920) each: single styles and blends of two."""
    def draw() -> Tensor:
        return torch.rand(count, 1, generator=generator)

    pair = torch.randint(len(bank), (2, count), generator=generator)
    share = torch.where(draw() < objective.blend_share, draw(), torch.ones(count, 1))
    device = bank.measured.device
    predicted = (draw() < objective.predicted_share).to(device)
    pair, share = pair.to(device), share.to(device)

    def blended(codes: Tensor) -> Tensor:
        return share * codes[pair[0]].float() + (1 - share) * codes[pair[1]].float()

    aimed = blended(bank.measured)
    return torch.where(predicted, blended(bank.predicted), aimed), aimed


def drawn_strengths(count: int, objective: Objective, generator: torch.Generator) -> Tensor:
    """Strengths (N,): most are 1, some 0 (the null style), some between."""
    choice, between = torch.rand(count, generator=generator), torch.rand(count, generator=generator)
    full = torch.where(choice < objective.null_share + objective.partial_share, between, torch.ones(count))
    return torch.where(choice < objective.null_share, torch.zeros(count), full)


def drawn_batch(contents: Pictures, bank: CodeBank, whitening: Whitening, objective: Objective, seed: int,
                step: int) -> Batch:
    """The batch of one step."""
    generator = step_generator(seed, step)
    per_content = objective.styles_per_content
    distinct = objective.batch // per_content
    chosen = in_turn(len(contents), step * distinct, distinct, seed)
    scale = uniform(objective.finest_scale, objective.coarsest_scale, generator)
    content = random_crops([contents.images[index] for index in chosen], objective.crop_px, scale, generator)
    code, aimed = drawn_codes(bank, objective.batch, objective, generator)
    strength = drawn_strengths(objective.batch, objective, generator).to(content.device)
    return Batch(content, code, whitening.inverse(aimed), strength)


def repeated(values: Tensor, times: int) -> Tensor:
    """Every sample ``times`` times, one after the other."""
    return values.repeat_interleave(times, dim=0) if times > 1 else values
