"""Units refined: the numbers that mix a style's kernels, moved until what these paint measures like the style.

A mapping knows the paintings that it was taught; of one that it never saw it misses a good part. So a few photographs
are painted, VGG-19 in low rank looks at them, and by gradient descent the units become those that paint more of the
style and lose less of the photographs.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache
from typing import cast

import cv2
import numpy as np
import torch
from torch import Tensor

from allaprima import weights
from allaprima.engines.encoding import UnitPicture, positions, scaled, together
from allaprima.engines.looks import LAYER_CHANNELS
from allaprima.engines.moves import SWITCH
from allaprima.errors import WeightsError
from allaprima.frames import Pixels
from allaprima.functional.affinity import Pairs, affinity_loss, drawn_pairs
from allaprima.functional.padding import MARGIN
from allaprima.functional.statistics import mean_and_deviation
from allaprima.nets.compact import CompactNetwork
from allaprima.nets.measured_codes import code_of
from allaprima.nets.mixed import MixedNetwork
from allaprima.nets.shape import Shape
from allaprima.nets.vgg import STYLE_LAYERS, VGG19, ranks_of
from allaprima.packs import packed_pictures
from allaprima.runtimes.calls import Row, Tensors
from allaprima.runtimes.precision import working
from allaprima.runtimes.torch_errors import memory_named

CONTENTS = "contents.pack.safetensors"
BEYOND = 0.05    # that pictures may leave [0, 1] before it no longer counts: they are clamped there at work
LEAST = 1e-6     # of a loss whose logarithm is taken
LEAST_APART = 1e-4
DECODED = 1.0           # at relu4_1: what AdaIN's pictures are farther from contents than its targets, as fits take it
STEEP = 4.0             # power of the departure, as a multiple of AdaIN's, that content's worth goes by
WORTHS = (0.25, 2.0)    # multiples of content's worth: the least and the largest
WITHOUT = f"close other programs, or paint by the style's code alone: {SWITCH}=off in the environment"
BETAS = (0.8, 0.95)
JUDGED = 3       # photographs by which it is judged whether units have become better
PARTS = [width for width in LAYER_CHANNELS for _ in range(2)]


@dataclass(frozen=True, slots=True)
class Refinement:
    """How units are moved.

    steps: each on one photograph. rate: the first step's, of the mean size of a unit. content: how many parts of style
    loss a part of content loss is worth where a photograph is as far from itself as published AdaIN's picture of it
    would be, see ``held``. affinity: the same of how far places of one colour come apart, see ``functional.affinity``.
    crop_px: of photographs that are reduced to so many ``lines`` first. contents: of how many of those that come along.
    """

    steps: int = 16
    rate: float = 0.6
    content: float = 1.2
    affinity: float = 0.5
    crop_px: int = 256
    lines: int = 380
    contents: int = 8


@dataclass(frozen=True, slots=True, eq=False)
class Content:
    """A photograph (1, 3, S, S) with a margin; of what lies within it VGG's features at relu4_1, and pairs of cells."""

    picture: Tensor
    features: Tensor
    pairs: Pairs

    @property
    def inside(self) -> Tensor:
        """The photograph without its margin."""
        return self.picture[:, :, MARGIN:-MARGIN, MARGIN:-MARGIN].contiguous(memory_format=torch.channels_last)


class Refiner:
    """Moves the units of one network's styles, on a device of torch's.

    base, shape: the network. kernels: its file of kernels, in float32, with ``count`` differences.
    """

    def __init__(self, base: Tensors, shape: Shape, kernels: Tensors, count: int, device: str,
                 asked: Refinement = Refinement()) -> None:
        self._asked, self._device = asked, torch.device(device)
        self._network = mixed_network(base, shape, kernels, count).to(self._device)
        self._eye = eye_on(self._device)

    def move(self, pieces: Sequence[UnitPicture], units: Row) -> Row:
        """By what (256,) units are to be moved to paint the style of a picture, given in parts; nothing is no worse.

        Raises OutOfMemory.
        """
        with memory_named("look at what a style paints", WITHOUT), torch.enable_grad():
            return self._descended(self.target(pieces), units)

    @torch.no_grad()
    def target(self, pieces: Sequence[UnitPicture]) -> Tensor:
        """The raw code (1, 1920) of a picture in parts, as the eye measures it."""
        codes = [code_of(self._eye(as_input(piece, self._device), STYLE_LAYERS))[0].cpu().numpy() for piece in pieces]
        counts = [positions(*piece.shape[:2]) for piece in pieces]
        return torch.from_numpy(together(codes, counts))[None].to(self._device)

    def _descended(self, target: Tensor, units: Row) -> Row:
        asked = self._asked
        start = torch.from_numpy(units)[None].to(self._device)
        rate = asked.rate * float(start.abs().mean())
        contents = contents_for(asked, self._device)
        found, mean, square = start.clone(), torch.zeros_like(start), torch.zeros_like(start)
        for step in range(asked.steps):  # Adam, by hand: torch.optim takes two seconds to be loaded
            free = found.requires_grad_(True)
            [slope] = torch.autograd.grad(self.loss(free, contents[step % len(contents)], target), free)
            with torch.no_grad():
                mean.lerp_(slope, 1 - BETAS[0])
                square.lerp_(slope.square(), 1 - BETAS[1])
                due = [1 - beta ** (step + 1) for beta in BETAS]
                way = (mean / due[0]) / ((square / due[1]).sqrt() + LEAST)
                found = free.detach() - rate * (1 - step / asked.steps) ** 0.7 * way
        better = self._judged(found, target) < self._judged(start, target)
        return np.asarray((found - start)[0].cpu().numpy() if better else np.zeros_like(units), np.float32)

    @torch.no_grad()
    def _judged(self, units: Tensor, target: Tensor) -> float:
        contents = contents_for(self._asked, self._device)[:JUDGED]
        return sum(float(self.loss(units, content, target)) for content in contents)

    def loss(self, units: Tensor, content: Content, target: Tensor) -> Tensor:
        """The logarithms of the losses of a content painted by those units, as they count.

        units: (1, 256). target: (1, 1920). All are as in training: style of means and deviations, content of relu4_1.
        """
        network = self._network
        style = network.mixed(network.styles_of_units(units), 0)
        with working(self._device.type):
            painted = network.paint(content.picture, style)[:, :, MARGIN:-MARGIN, MARGIN:-MARGIN]
            seen = self._eye(painted.clamp(-BEYOND, 1 + BEYOND).contiguous(memory_format=torch.channels_last),
                             STYLE_LAYERS)
        apart = (code_of(seen) - target).square()
        style_loss = torch.stack([part.mean() for part in torch.split_with_sizes(apart, PARTS, dim=1)]).sum()
        content_loss = (seen[STYLE_LAYERS[-1]].float() - content.features).square().mean()
        apart_loss = affinity_loss(painted.float(), content.inside, content.pairs)
        departure = (content_loss + LEAST) / usual_departure(content, target)
        loss: Tensor = ((style_loss + LEAST).log() + self._asked.content * held(departure.log())
                        + self._asked.affinity * (apart_loss + LEAST_APART).log())
        return loss


def held(departure: Tensor) -> Tensor:
    """What it costs to be so far from a content, by the logarithm of the distance as a multiple of the usual one.

    Its slope is the multiple to the power ``STEEP`` within ``WORTHS``: bold styles are painted boldly, calm ones keep
    what there is.
    """
    least, most = (math.log(worth) / STEEP for worth in WORTHS)
    within = departure.clamp(least, most)
    beyond = departure - within
    return ((STEEP * within).exp() / STEEP + WORTHS[0] * beyond.clamp(max=0) + WORTHS[1] * beyond.clamp(min=0))


@torch.no_grad()
def usual_departure(content: Content, target: Tensor) -> Tensor:
    """How far published AdaIN's picture of a content is from it at relu4_1: as far as AdaIN's target, and a decoder's.

    target: the raw code (1, 1920), the last 1024 of which are AdaIN's.
    """
    mean, deviation = mean_and_deviation(content.features)
    wanted_mean, wanted_deviation = target[:, -2 * mean.shape[1]:, None, None].chunk(2, dim=1)
    aim = (content.features - mean) / deviation * wanted_deviation + wanted_mean
    return (aim - content.features).square().mean() + DECODED


def mixed_network(base: Tensors, shape: Shape, kernels: Tensors, count: int) -> MixedNetwork:
    """The network whose styles mix those kernels, nothing of it free."""
    network = CompactNetwork(shape)
    network.load_state_dict({name: torch.from_numpy(base[name]) for name in network.state_dict()})
    mixed = MixedNetwork(network, count)
    with torch.no_grad():
        for name, parameter in mixed.learnt().items():
            parameter.copy_(torch.from_numpy(kernels[name]))
    return mixed.requires_grad_(False).eval()


@cache
def eye_on(device: torch.device) -> VGG19:
    """VGG-19 in low rank on a device."""
    tensors = weights.load(weights.SLIM_VGG)
    eye = VGG19(last=STYLE_LAYERS[-1], ranks=ranks_of(tensors))
    eye.load_state_dict({name: torch.from_numpy(tensors[name]) for name in eye.state_dict()})
    eye.requires_grad_(False).eval().to(device)
    return eye.to(memory_format=torch.channels_last)


@cache
def contents_for(asked: Refinement, device: torch.device) -> tuple[Content, ...]:
    """Squares of the photographs that come along, always the same."""
    eye, held = eye_on(device), list(packed_pictures(weights.shipped_folder() / CONTENTS))
    found = []
    for place in np.linspace(0, len(held) - 1, asked.contents).round().astype(int):
        picture = decoded(held[place][1])
        small = scaled(picture, asked.lines / min(picture.shape[:2]))
        side = asked.crop_px + 2 * MARGIN
        top, left = ((length - side) // 2 for length in small.shape[:2])
        square = as_input(small[top:top + side, left:left + side], device)
        pairs = drawn_pairs(asked.crop_px, torch.Generator().manual_seed(int(place)), device)
        content = Content(square, square, pairs)
        with torch.no_grad(), working(device.type):
            features = eye(content.inside, STYLE_LAYERS[-1:])[STYLE_LAYERS[-1]]
        found.append(replace(content, features=features.float()))
    return tuple(found)


def decoded(content: bytes) -> Pixels:
    """The picture (H, W, 3) in a file's content; raises WeightsError where there is none."""
    picture = cv2.imdecode(np.frombuffer(content, np.uint8), cv2.IMREAD_COLOR)
    if picture is None:
        raise WeightsError(f"{CONTENTS} holds what is no picture", "reinstall allaprima")
    return cast(Pixels, np.ascontiguousarray(picture[:, :, ::-1]))


def as_input(picture: UnitPicture, device: torch.device) -> Tensor:
    """A picture (H, W, 3) as networks take it, (1, 3, H, W)."""
    return torch.from_numpy(np.ascontiguousarray(picture)).permute(2, 0, 1)[None].to(
        device, memory_format=torch.channels_last)
