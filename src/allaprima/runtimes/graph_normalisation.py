"""What normalised convolutions do in an OpenVINO graph: measure and mix moments, or apply scales and biases.

The counterpart of ``nets.normalisation``: rows of numbers are inputs of the graph, so that one compiled graph serves
every style and strength.
"""

from __future__ import annotations

from typing import Literal, Protocol

import numpy as np
from openvino import Node
from openvino import opset15 as ops

from allaprima.functional.padding import Padding
from allaprima.runtimes.calls import EPSILON
from allaprima.runtimes.graph_operations import mean_and_variance_inside, share

Mode = Literal["measure", "frozen"]


class Normalisation(Protocol):
    """Called by every normalised convolution with its output, its place in the row and its reduction of the picture."""

    inputs: list[Node]

    def __call__(self, features: Node, channels: slice, reduction: int) -> Node: ...

    def results(self) -> list[Node]: ...


class Frozen:
    """One scale and one bias a channel, (N, M) each: moments are already in them."""

    def __init__(self, batch: int, channels: int) -> None:
        self.batch = batch
        self.scale, self.bias = row("scale", batch, channels), row("bias", batch, channels)
        self.inputs = [self.scale, self.bias]

    def __call__(self, features: Node, channels: slice, reduction: int) -> Node:
        scale, bias = share(self.scale, channels, self.batch), share(self.bias, channels, self.batch)
        return ops.add(ops.multiply(features, scale), bias)

    def results(self) -> list[Node]:
        """Nothing beside the pictures."""
        return []


class Measure:
    """Normalises by a mixture of own and given moments, and gives the mixture back.

    place: what of the picture is not to be counted, or None. unbiased: variances divide by count - 1.
    """

    def __init__(self, batch: int, channels: int, place: Padding | None, *, unbiased: bool = False) -> None:
        self.batch, self.place, self.unbiased = batch, place, unbiased
        self.scale, self.bias = row("scale", batch, channels), row("bias", batch, channels)
        self.keep = row("keep", batch, 1)
        self.given_mean = row("given_mean", batch, channels)
        self.given_variance = row("given_variance", batch, channels)
        self.momentum = row("momentum", 1, 1)
        self.inputs = [self.scale, self.bias, self.keep, self.given_mean, self.given_variance, self.momentum]
        self.means: list[Node] = []
        self.variances: list[Node] = []

    def __call__(self, features: Node, channels: slice, reduction: int) -> Node:
        mean, variance = self._mixture(features, channels, reduction)
        self.means.append(mean)
        self.variances.append(variance)
        deviation = ops.sqrt(ops.add(variance, np.float32(EPSILON)))
        scale = ops.divide(share(self.scale, channels, self.batch), deviation)
        bias = ops.subtract(share(self.bias, channels, self.batch), ops.multiply(mean, scale))
        kept = ops.reshape(self.keep, np.array([self.batch, 1, 1, 1], np.int64), False)
        return ops.add(ops.multiply(features, ops.add(scale, kept)), bias)

    def _mixture(self, features: Node, channels: slice, reduction: int) -> tuple[Node, Node]:
        height, width = (int(side) for side in list(features.get_output_shape(0))[2:])
        whole = slice(0, height), slice(0, width)
        rows, columns = whole if self.place is None else self.place.inside(reduction)
        mean, variance = mean_and_variance_inside(features, rows, columns)
        if self.unbiased:
            count = (rows.stop - rows.start) * (columns.stop - columns.start)
            variance = ops.multiply(variance, np.float32(count / max(count - 1, 1)))
        given_mean = share(self.given_mean, channels, self.batch)
        given_variance = share(self.given_variance, channels, self.batch)
        own = ops.reshape(self.momentum, np.array([1, 1, 1, 1], np.int64), False)
        rest = ops.subtract(np.float32(1), own)
        apart = ops.subtract(mean, given_mean)
        between = ops.multiply(ops.multiply(own, rest), ops.multiply(apart, apart))
        within = ops.add(ops.multiply(own, variance), ops.multiply(rest, given_variance))
        return ops.add(ops.multiply(own, mean), ops.multiply(rest, given_mean)), ops.add(within, between)

    def results(self) -> list[Node]:
        """The mixture's means and variances over all normalised channels, (N, M) each."""
        shape = np.array([self.batch, -1], np.int64)
        return [ops.reshape(ops.concat(parts, 1), shape, False) for parts in (self.means, self.variances)]


def row(name: str, batch: int, length: int) -> Node:
    """An input of the graph: a row of numbers for each picture."""
    return ops.parameter([batch, length], np.float32, name=name)


def normalisation(mode: Mode, batch: int, channels: int, place: Padding | None, *,
                  unbiased: bool = False) -> Normalisation:
    """What the normalised convolutions of a graph of that mode share."""
    if mode == "frozen":
        return Frozen(batch, channels)
    return Measure(batch, channels, place, unbiased=unbiased)
