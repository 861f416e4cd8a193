"""A picture moved until VGG-19 sees the content's features in it and the style's statistics (Gatys et al. 2016).

Where we differ from the paper unless asked otherwise: coarse to fine, started from the content, the style's distance is
half Wasserstein's and half Gram's, and edges replicate. With Wasserstein's alone, shallow layers that weigh more, and
Adam, which keeps its memory from size to size and gives the average of its iterates, that is the recipe of
style-transfer-pytorch, refitted to the normalised VGG-19. The paper's Gram is mixed in since Wasserstein's distance
leaves the strongest correlations of the deepest layer to the last. Its layers weigh alike, since shallow-heavy ones
leave the deepest as the content has it where the content weighs much. Its L-BFGS stays the default since in the tens of
evaluations a size that a CPU has time for it comes nearer to content and style both.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from allaprima.config import OptimiserOptions
from allaprima.engines.descent import Evaluate, adam, lbfgs
from allaprima.engines.grid_canvas import GridCanvas, canvas_for
from allaprima.engines.targets import Part, Targets, targets_at, weighted_terms
from allaprima.runtimes.convolutions import convolutions

SMALLEST_SIDE = 16
GAIN = 0.995          # of the mean loss: less than half a percent is no gain
NOISE = (0.45, 0.55)  # grey with a little of everything, where noise is the start

@dataclass(frozen=True, slots=True, eq=False)
class Step:
    """Where an optimisation is: its ``number``-th step; weighted terms of the loss by name.

    picture: (1, 3, H, W) in [0, 1], the best guess so far, at this step's size. evaluations: of the loss and its
    gradient, up to this step, of ``count`` that may be made: L-BFGS may want several a step. done: the share of all
    work that is done, by pixels. last: no step comes after.
    """

    number: int
    count: int
    terms: dict[str, float]
    picture: Tensor
    evaluations: int
    done: float
    last: bool

    @property
    def loss(self) -> float:
        """The sum of the terms."""
        return sum(self.terms.values())


class FeatureNetwork(nn.Module):
    """VGG-19 called in its own precision with pictures of any."""

    def __init__(self, vgg: nn.Module, dtype: torch.dtype) -> None:
        super().__init__()
        self.dtype = dtype
        self.vgg = vgg.requires_grad_(False).eval().to(dtype).to(memory_format=torch.channels_last)

    def forward(self, picture: Tensor, layers: Sequence[str]) -> dict[str, Tensor]:
        features: dict[str, Tensor] = self.vgg(
            picture.to(self.dtype).contiguous(memory_format=torch.channels_last), layers)
        return features


def optimised(network: nn.Module, content: Tensor, parts: Sequence[Part], options: OptimiserOptions,
              steps: tuple[int, int], start: Tensor | None = None, painted: Tensor | None = None) -> Iterator[Step]:
    """Every step of an optimisation, the last one with the result.

    content: (1, 3, H, W), RGB in [0, 1]. parts: with styles sized as they are to be seen beside the content, and masks
    of its size. steps: evaluations of the loss at each coarser size, and at the full one. start: a picture to go on
    from, at the full size alone. painted: (1, 1, H, W), where the content may change at all; None for everywhere.
    What stays a photograph begins with the content; its unknowns are the same at every size.
    """
    height, width = content.shape[2:]
    sizes = sizes_to(height, width, options.smallest)[-1 if start is not None else 0:]
    counts = [*[steps[0]] * (len(sizes) - 1), steps[1]]
    canvas = canvas_for(content) if options.photoreal else None
    picture = started(content, options, sizes[0]) if start is None else start
    if canvas is not None:
        picture = canvas.unchanged(content)
    memory = None
    number = evaluations = 0
    work = [most * at[0] * at[1] for at, most in zip(sizes, counts, strict=True)]
    for place, (size, most) in enumerate(zip(sizes, counts, strict=True)):
        at_this = resized(content, size)
        with convolutions(content.device):
            targets = targets_at(network, at_this, [part_at_size(part, size, content) for part in parts], options)
        within = shown_within(at_this, None if painted is None else covering(painted, size), canvas)
        told: list[dict[str, Tensor]] = []
        evaluate = evaluation(network, targets, options, told, within, canvas)
        beginning = resized(picture, size) if canvas is None else picture
        walk = (adam(beginning, evaluate, options.rate, memory) if options.optimiser == "adam"
                else lbfgs(beginning, evaluate, limited=canvas is None))
        seen: list[float] = []
        for index in range(most):
            picture, memory = next(walk)
            number += 1
            terms = {name: term.item() for name, term in told[-1].items()}
            seen.append(sum(terms.values()))
            ends = (max(len(told), index + 1) >= most
                    or (index >= 2 * options.patience and not gains(seen, options.patience)))
            share = 1.0 if ends else max(len(told), index + 1) / most
            yield Step(number, sum(counts), terms, within(picture), evaluations + len(told),
                       (sum(work[:place]) + share * work[place]) / sum(work), ends and size == sizes[-1])
            if ends:
                break
        evaluations += len(told)


def shown_within(content: Tensor, painted: Tensor | None, canvas: GridCanvas | None) -> Callable[[Tensor], Tensor]:
    """A function that lays a picture over the content where it is to be ``painted``; everywhere where that is None.

    canvas: makes the picture of unknowns that are no pixels.
    """
    def shown(free: Tensor) -> Tensor:
        picture = free if canvas is None else canvas.shown(free, content)
        return picture if painted is None else content + painted * (picture - content)

    return shown


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


def evaluation(network: nn.Module, targets: Targets, options: OptimiserOptions, told: list[dict[str, Tensor]],
               within: Callable[[Tensor], Tensor], canvas: GridCanvas | None) -> Evaluate:
    """A function that gives a picture's loss and its gradient, and tells each time what the loss is made of."""

    def evaluate(picture: Tensor) -> tuple[Tensor, Tensor]:
        free = picture.detach().requires_grad_()
        with convolutions(picture.device):
            terms = weighted_terms(network, within(free), targets, options)
            if canvas is not None:
                terms["evenness"] = canvas.unevenness(free)
            told.append({name: term.detach() for name, term in terms.items()})
            loss = torch.stack(list(terms.values())).sum()
            (gradient,) = torch.autograd.grad(loss, free)
        return loss.detach(), gradient

    return evaluate


def sizes_to(height: int, width: int, smallest: int) -> list[tuple[int, int]]:
    """Heights and widths from coarse to fine, each longer by the square root of two, the last one as asked."""
    sizes = [(height, width)]
    scale = 0.5**0.5
    while max(height, width) * scale >= smallest and min(height, width) * scale >= SMALLEST_SIDE:
        sizes.append((round(height * scale), round(width * scale)))
        scale *= 0.5**0.5
    return sizes[::-1]


def part_at_size(part: Part, size: tuple[int, int], content: Tensor) -> Part:
    """The part's styles made smaller as much as the content (1, 3, H, W) is at ``size``, its mask made that size."""
    scale = size[0] / content.shape[2]
    styles = [(resized(picture, (max(SMALLEST_SIDE, round(picture.shape[2] * scale)),
                                 max(SMALLEST_SIDE, round(picture.shape[3] * scale)))), share)
              for picture, share in part.styles]
    return Part(styles, part.strength, None if part.cover is None else covering(part.cover, size))


def covering(mask: Tensor, size: tuple[int, int]) -> Tensor:
    """A mask (1, 1, H, W) made smaller to that size, by area."""
    return mask if tuple(mask.shape[2:]) == size else F.interpolate(mask, size, mode="area")


def resized(picture: Tensor, size: tuple[int, int]) -> Tensor:
    """A picture (1, 3, H, W) at another size, by antialiased bicubic interpolation, in [0, 1]."""
    if tuple(picture.shape[2:]) == size:
        return picture
    return F.interpolate(picture, size, mode="bicubic", align_corners=False, antialias=True).clamp(0, 1)
