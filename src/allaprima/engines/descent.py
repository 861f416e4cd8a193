"""Ways downhill for a picture: Adam whose memory survives a change of size, and L-BFGS. Each is an endless walk."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import torch
from torch import Tensor
from torch.nn import functional as F

Evaluate = Callable[[Tensor], tuple[Tensor, Tensor]]
"""Gives a picture's loss and its gradient."""

EPSILON = 1e-8
BETAS = (0.9, 0.99)
DECAY = 0.99   # of the running average of pictures
HISTORY = 20   # steps that L-BFGS remembers
REMEMBERED_BYTES = 2 * 3 * 4 * HISTORY  # a pixel: a step and a change of gradient each, three channels of float32
LOOKS = 25     # at most, of a line search; torch's default for single steps is one, which a quartic loss gets stuck by

Memory = tuple[Tensor, Tensor, int]
"""Adam's moments of the gradient, and the steps they were gathered in."""


def adam(picture: Tensor, evaluate: Evaluate, rate: float,
         memory: Memory | None = None) -> Iterator[tuple[Tensor, Memory]]:
    """Averages of the pictures in [0, 1] that Adam (Kingma & Ba 2015) comes by, each with Adam's memory so far.

    The running average is less noisy than the last picture. memory: of an earlier walk, at whatever size.
    """
    first, second, steps = started(picture, memory)
    average, weight = torch.zeros_like(picture), 0.0
    while True:
        _, gradient = evaluate(picture)
        steps += 1
        first = torch.lerp(gradient, first, BETAS[0])
        second = torch.lerp(gradient.square(), second, BETAS[1])
        way = first / (1 - BETAS[0] ** steps) / ((second / (1 - BETAS[1] ** steps)).sqrt() + EPSILON)
        picture = (picture - rate * way).clamp(0, 1)
        average, weight = torch.lerp(picture, average, DECAY), 1 - DECAY * (1 - weight)
        yield average / weight, (first, second, steps)


def started(picture: Tensor, memory: Memory | None) -> Memory:
    """Nothing remembered yet, or the memory of another size carried to the picture's."""
    if memory is None:
        return torch.zeros_like(picture), torch.zeros_like(picture), 0
    first, second, steps = memory
    size = picture.shape[2:]
    return (F.interpolate(first, size, mode="bicubic", align_corners=False),
            F.interpolate(second, size, mode="bilinear", align_corners=False), steps)


def lbfgs(picture: Tensor, evaluate: Evaluate, *, limited: bool = True) -> Iterator[tuple[Tensor, None]]:
    """The pictures in [0, 1] that L-BFGS (Nocedal 1980) comes by; it remembers nothing that another size could use.

    limited: whether values are cut off at 0 and 1; other unknowns than pixels are not.
    """
    free = picture.clone().requires_grad_()
    optimiser = torch.optim.LBFGS([free], max_iter=1, max_eval=LOOKS, history_size=HISTORY,
                                  line_search_fn="strong_wolfe", tolerance_grad=0.0, tolerance_change=0.0)

    last: tuple[Tensor, float, Tensor] | None = None

    def closure() -> float:
        # A step begins where the search of the one before ended: what was found there need not be found again.
        nonlocal last
        if last is None or not torch.equal(last[0], free):
            loss, gradient = evaluate(free)
            last = free.detach().clone(), loss.item(), gradient
        free.grad = last[2].clone()
        return last[1]

    while True:
        optimiser.step(closure)  # type: ignore[no-untyped-call]
        yield free.detach().clamp(0, 1) if limited else free.detach().clone(), None
