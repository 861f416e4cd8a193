"""A picture moved until VGG-19 sees the content's features in it and the style's statistics (Gatys et al. 2016).

Where we differ from the paper unless asked otherwise: coarse to fine, started from the content, the style's distance is
Wasserstein's, shallow layers weigh more, edges replicate, Adam keeps its memory from size to size, and what comes out
is the average of the last iterates. That is the recipe of style-transfer-pytorch, refitted to the normalised VGG-19.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from allaprima.config import Layers, OptimiserOptions
from allaprima.engines.descent import Evaluate, adam, lbfgs
from allaprima.functional import losses

SMALLEST_SIDE = 16
GAIN = 0.995          # of the mean loss: less than half a percent is no gain
NOISE = (0.45, 0.55)  # grey with a little of everything, where noise is the start

Moments = tuple[Tensor, Tensor]
"""Channel means (1, C) and second raw moments (1, C, C) of a layer: styles combine linearly in them."""


@dataclass(frozen=True, slots=True, eq=False)
class Targets:
    """What a picture is moved towards at one size, by layer."""

    content: dict[str, Tensor]
    moments: dict[str, Moments]
    gaussians: dict[str, losses.Gaussian]


@dataclass(frozen=True, slots=True, eq=False)
class Step:
    """Where an optimisation is: ``number`` of ``count`` steps that may come; weighted terms of the loss by name.

    picture: (1, 3, H, W) in [0, 1], the best guess so far, at this step's size.
    """

    number: int
    count: int
    terms: dict[str, float]
    picture: Tensor

    @property
    def loss(self) -> float:
        """The sum of the terms."""
        return sum(self.terms.values())


class Network(nn.Module):
    """VGG-19 called in its own precision with pictures of any."""

    def __init__(self, vgg: nn.Module, dtype: torch.dtype) -> None:
        super().__init__()
        self.dtype = dtype
        self.vgg = vgg.requires_grad_(False).eval().to(dtype).to(memory_format=torch.channels_last)

    def forward(self, picture: Tensor, layers: Sequence[str]) -> dict[str, Tensor]:
        features: dict[str, Tensor] = self.vgg(
            picture.to(self.dtype).contiguous(memory_format=torch.channels_last), layers)
        return features


def optimised(network: nn.Module, content: Tensor, styles: Sequence[tuple[Tensor, float]], strength: float,
              options: OptimiserOptions, steps: tuple[int, int], start: Tensor | None = None) -> Iterator[Step]:
    """Every step of an optimisation, the last one with the result.

    content: (1, 3, H, W), RGB in [0, 1]. styles: pictures, sized as they are to be seen beside the content, and their
    shares. strength: moves the target from the content's own moments to the style's. steps: at the first size, and at
    each later one. start: a picture to go on from, at the last size alone.
    """
    height, width = content.shape[2:]
    sizes = sizes_to(height, width, options.smallest)[-1 if start is not None else 0:]
    counts = [steps[0] if size == sizes[0] and start is None else steps[1] for size in sizes]
    picture = started(content, options, sizes[0]) if start is None else start
    memory = None
    number = 0
    for size, most in zip(sizes, counts, strict=True):
        targets = targets_at(network, resized(content, size), scaled(styles, size, content), strength, options)
        told: list[dict[str, Tensor]] = []
        evaluate = evaluation(network, targets, options, told)
        walk = (adam(resized(picture, size), evaluate, options.rate, memory) if options.optimiser == "adam"
                else lbfgs(resized(picture, size), evaluate))
        seen: list[float] = []
        for index in range(most):
            picture, memory = next(walk)
            number += 1
            step = Step(number, sum(counts), {name: term.item() for name, term in told[-1].items()}, picture)
            told.clear()
            seen.append(step.loss)
            yield step
            if index >= 2 * options.patience and not gains(seen, options.patience):
                break


def gains(seen: Sequence[float], patience: int) -> bool:
    """Whether the mean loss of the last ``patience`` steps is lower than that of those before by half a percent."""
    return sum(seen[-patience:]) < GAIN * sum(seen[-2 * patience:-patience])


def started(content: Tensor, options: OptimiserOptions, size: tuple[int, int]) -> Tensor:
    """The first picture: the content, or noise drawn from the seed."""
    if options.start == "content":
        return resized(content, size)
    generator = torch.Generator().manual_seed(options.seed)
    low, high = NOISE
    noise = low + (high - low) * torch.rand((1, 3, *size), generator=generator)
    return noise.to(content)


def evaluation(network: nn.Module, targets: Targets, options: OptimiserOptions,
               told: list[dict[str, Tensor]]) -> Evaluate:
    """A function that gives a picture's loss and its gradient, and tells each time what the loss is made of."""

    def evaluate(picture: Tensor) -> tuple[Tensor, Tensor]:
        free = picture.detach().requires_grad_()
        terms = weighted_terms(network, free, targets, options)
        told.append({name: term.detach() for name, term in terms.items()})
        loss = torch.stack(list(terms.values())).sum()
        (gradient,) = torch.autograd.grad(loss, free)
        return loss.detach(), gradient

    return evaluate


def targets_at(network: nn.Module, content: Tensor, styles: Sequence[tuple[Tensor, float]], strength: float,
               options: OptimiserOptions) -> Targets:
    """What the picture is moved towards, for a content (1, 3, H, W) and styles at their sizes."""
    with torch.no_grad():
        features = network(content, names(options.content)) if options.content else {}
        parts = [(moments_of(network, picture, options.style), strength * share) for picture, share in styles]
        if strength < 1:
            parts.append((moments_of(network, content, options.style), 1 - strength))
        moments = {layer: (torch.stack([share * part[layer][0] for part, share in parts]).sum(dim=0),
                           torch.stack([share * part[layer][1] for part, share in parts]).sum(dim=0))
                   for layer in names(options.style)}
        gaussians = {layer: losses.gaussian(*pair) for layer, pair in moments.items()}
        return Targets({layer: x.float() for layer, x in features.items()}, moments,
                       gaussians if options.distance == "wasserstein" else {})


def moments_of(network: nn.Module, picture: Tensor, layers: Layers) -> dict[str, Moments]:
    """The moments of a picture (1, 3, H, W) at those layers."""
    features: Mapping[str, Tensor] = network(picture, names(layers))
    return {layer: (losses.channel_means(x), losses.gram(x)) for layer, x in features.items()}


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
        terms[f"style {layer}"] = options.style_weight * weight / total * style_distance(
            features[layer], layer, targets).squeeze()
    border: Literal["circular", "replicate"] = "circular" if options.seamless else "replicate"
    terms["variation"] = options.variation * losses.total_variation(picture, border).squeeze()
    return terms


def style_distance(features: Tensor, layer: str, targets: Targets) -> Tensor:
    """The distance of one layer's features from the style's: Wasserstein's where there are Gaussians, else Gram's."""
    second = losses.gram(features)
    if layer in targets.gaussians:
        return losses.wasserstein_loss(losses.channel_means(features), second, targets.gaussians[layer])
    return losses.gram_loss(second, targets.moments[layer][1])


def names(layers: Layers) -> list[str]:
    """The layers without their weights."""
    return [layer for layer, _ in layers]


def sizes_to(height: int, width: int, smallest: int) -> list[tuple[int, int]]:
    """Heights and widths from coarse to fine, each longer by the square root of two, the last one as asked."""
    sizes = [(height, width)]
    scale = 0.5**0.5
    while max(height, width) * scale >= smallest and min(height, width) * scale >= SMALLEST_SIDE:
        sizes.append((round(height * scale), round(width * scale)))
        scale *= 0.5**0.5
    return sizes[::-1]


def scaled(styles: Sequence[tuple[Tensor, float]], size: tuple[int, int],
           content: Tensor) -> list[tuple[Tensor, float]]:
    """The styles made smaller as much as the content (1, 3, H, W) is at ``size``."""
    scale = size[0] / content.shape[2]
    return [(resized(picture, (max(SMALLEST_SIDE, round(picture.shape[2] * scale)),
                               max(SMALLEST_SIDE, round(picture.shape[3] * scale)))), share)
            for picture, share in styles]


def resized(picture: Tensor, size: tuple[int, int]) -> Tensor:
    """A picture (1, 3, H, W) at another size, by antialiased bicubic interpolation, in [0, 1]."""
    if tuple(picture.shape[2:]) == size:
        return picture
    return F.interpolate(picture, size, mode="bicubic", align_corners=False, antialias=True).clamp(0, 1)
