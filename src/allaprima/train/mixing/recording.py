"""A step's losses and their slopes recorded once as a CUDA graph and replayed: two thousand small calls become one.

Launching them takes a processor longer than a large GPU takes to work through them.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator, Mapping
from dataclasses import fields, is_dataclass
from typing import Any, Generic, TypeVar

import torch
from torch import Tensor, nn
from torch.autograd.function import Function, FunctionCtx, once_differentiable

from allaprima.train.objective import Losses

StepT = TypeVar("StepT")
WARMUPS = 3  # before recording: libraries choose their kernels, and allocate, in the first calls


def tensors_in(value: object) -> Iterator[Tensor]:
    """The tensors that a value is made of: itself, or those of its items or fields, always in the same order."""
    if isinstance(value, Tensor):
        yield value
    elif isinstance(value, Mapping):
        for own in value.values():
            yield from tensors_in(own)
    elif isinstance(value, tuple):
        for own in value:
            yield from tensors_in(own)
    elif is_dataclass(value):
        for part in fields(value):
            yield from tensors_in(getattr(value, part.name))


class _GivenSlopes(Function):
    """A value whose slopes with respect to parameters are known."""

    @staticmethod
    def forward(ctx: FunctionCtx, value: Tensor, slopes: list[Tensor], *parameters: Tensor) -> Tensor:
        ctx.slopes = slopes  # type: ignore[attr-defined]
        return value.clone()

    @staticmethod
    @once_differentiable
    def backward(ctx: FunctionCtx, gradient: Tensor) -> tuple[Any, ...]:
        slopes: list[Tensor] = ctx.slopes  # type: ignore[attr-defined]
        return None, None, *torch._foreach_mul(slopes, gradient)


def with_slopes(value: Tensor, slopes: list[Tensor], parameters: list[nn.Parameter]) -> Tensor:
    """The value, whose backward pass gives the parameters those slopes."""
    given: Tensor = _GivenSlopes.apply(value, slopes, *parameters)
    return given


class Recorded(Generic[StepT]):
    """The losses of steps of one shape, computed by replaying the first one's calls with another one's tensors.

    compute: from a step's tensors alone, without chance and without waiting for the device. parameters: what learns;
    those that the loss does not depend on get no slope.
    """

    def __init__(self, compute: Callable[[StepT], Losses], parameters: list[nn.Parameter]) -> None:
        self._compute, self._parameters = compute, parameters
        self._graph: torch.cuda.CUDAGraph | None = None
        self._held: list[Tensor] = []
        self._losses: Losses = {}
        self._slopes: list[Tensor] = []
        self._refused = False

    def __call__(self, step: StepT) -> Losses:
        """The step's losses; the total's backward pass is done already, and hands its slopes out.

        Where recording fails, every step is computed plainly, which is slower, and a warning says so.
        """
        if self._graph is None and not self._refused:
            try:
                self._record(step)
            except RuntimeError as problem:
                self._refused = True
                warnings.warn(f"steps are not recorded, and slower for that: {problem}", RuntimeWarning, stacklevel=2)
        if self._graph is None:
            return self._compute(step)
        torch._foreach_copy_(self._held, list(tensors_in(step)))
        self._graph.replay()
        losses = {name: value.clone() for name, value in self._losses.items()}
        return losses | {"total": with_slopes(losses["total"], self._slopes, self._parameters)}

    def _record(self, step: StepT) -> None:
        self._held = list(tensors_in(step))  # the first step's own tensors are what later ones are copied into
        beside = torch.cuda.Stream()  # type: ignore[no-untyped-call]
        beside.wait_stream(torch.cuda.current_stream())
        with torch.cuda.stream(beside):
            for _ in range(WARMUPS):
                slopes = self._forth_and_back(step)[1]
        torch.cuda.current_stream().wait_stream(beside)
        self._parameters = [own for own, slope in zip(self._parameters, slopes, strict=True) if slope is not None]
        graph = torch.cuda.CUDAGraph()
        with torch.cuda.graph(graph):
            losses, found = self._forth_and_back(step)
        self._losses = losses
        self._slopes = [slope for slope in found if slope is not None]
        self._graph = graph

    def _forth_and_back(self, step: StepT) -> tuple[Losses, tuple[Tensor | None, ...]]:
        losses = self._compute(step)
        slopes = torch.autograd.grad(losses["total"], self._parameters, allow_unused=True)
        return {name: value.detach() for name, value in losses.items()}, slopes
