"""What normalised convolutions do in an OpenVINO graph: measure and mix moments, or apply scales and biases.

The counterpart of ``nets.normalisation``: rows of numbers are inputs of the graph, so that one compiled graph serves
every style and strength.
"""

from __future__ import annotations

from typing import Literal, Protocol

import numpy as np

from allaprima.functional.padding import Padding
from allaprima.runtimes.calls import EPSILON
from allaprima.runtimes.graph_operations import mean_and_variance_inside, share
from allaprima.runtimes.openvino_package import Node, ops

Mode = Literal["measure", "mixed", "frozen"]
"""Own moments; own moments mixed with given ones; moments folded into scales and biases beforehand.

Own moments alone are a graph of their own since OpenVINO computes some of the mixing one's convolutions in fp32.
"""

ONE_NUMBER = np.array([1, 1, 1, 1], np.int64)


class Normalisation(Protocol):
    """Called by every normalised convolution with its output, its place in the row and its reduction of the picture."""

    @property
    def inputs(self) -> list[Node]: ...

    def __call__(self, features: Node, channels: slice, reduction: int) -> Node: ...

    def results(self) -> list[Node]: ...


class Frozen:
    """One scale and one bias a channel, (1, M) each: moments are already in them."""

    def __init__(self, channels: int) -> None:
        self.scale, self.bias = row("scale", channels), row("bias", channels)
        self.inputs = [self.scale, self.bias]

    def __call__(self, features: Node, channels: slice, reduction: int) -> Node:
        scale, bias = share(self.scale, channels), share(self.bias, channels)
        return ops.add(ops.multiply(features, scale), bias)

    def results(self) -> list[Node]:
        """Nothing beside the pictures."""
        return []


class Measure:
    """Normalises by own moments, or by a mixture of them and given ones, and gives back what it normalised by.

    place: what of the picture is not to be counted, or None. unbiased: variances divide by count - 1.
    """

    def __init__(self, channels: int, place: Padding | None, *, mixed: bool, unbiased: bool) -> None:
        self.place, self.mixed, self.unbiased = place, mixed, unbiased
        self.scale, self.bias = row("scale", channels), row("bias", channels)
        self.keep = row("keep", 1)
        self.inputs = [self.scale, self.bias, self.keep]
        if mixed:
            self.given_mean, self.given_variance = row("given_mean", channels), row("given_variance", channels)
            self.momentum = row("momentum", 1)
            self.inputs += [self.given_mean, self.given_variance, self.momentum]
        self.means: list[Node] = []
        self.variances: list[Node] = []

    def __call__(self, features: Node, channels: slice, reduction: int) -> Node:
        mean, variance = self._own(features, reduction)
        if self.mixed:
            mean, variance = self._mixture(mean, variance, channels)
        self.means.append(mean)
        self.variances.append(variance)
        scale = ops.divide(share(self.scale, channels), ops.sqrt(ops.add(variance, np.float32(EPSILON))))
        bias = ops.subtract(share(self.bias, channels), ops.multiply(mean, scale))
        kept = ops.add(scale, ops.reshape(self.keep, ONE_NUMBER, False))
        return ops.add(ops.multiply(features, kept), bias)

    def _own(self, features: Node, reduction: int) -> tuple[Node, Node]:
        height, width = (int(side) for side in list(features.get_output_shape(0))[2:])
        whole = slice(0, height), slice(0, width)
        rows, columns = whole if self.place is None else self.place.inside(reduction)
        mean, variance = mean_and_variance_inside(features, rows, columns)
        if self.unbiased:
            count = (rows.stop - rows.start) * (columns.stop - columns.start)
            variance = ops.multiply(variance, np.float32(count / max(count - 1, 1)))
        return mean, variance

    def _mixture(self, mean: Node, variance: Node, channels: slice) -> tuple[Node, Node]:
        given_mean, given_variance = share(self.given_mean, channels), share(self.given_variance, channels)
        own = ops.reshape(self.momentum, ONE_NUMBER, False)
        rest = ops.subtract(np.float32(1), own)
        apart = ops.subtract(mean, given_mean)
        between = ops.multiply(ops.multiply(own, rest), ops.multiply(apart, apart))
        within = ops.add(ops.multiply(own, variance), ops.multiply(rest, given_variance))
        return ops.add(ops.multiply(own, mean), ops.multiply(rest, given_mean)), ops.add(within, between)

    def results(self) -> list[Node]:
        """Means and variances that were normalised by, over all normalised channels, (1, M) each."""
        shape = np.array([1, -1], np.int64)
        return [ops.reshape(ops.concat(parts, 1), shape, False) for parts in (self.means, self.variances)]


def row(name: str, length: int) -> Node:
    """An input of the graph: a row of numbers."""
    return ops.parameter([1, length], np.float32, name=name)


def normalisation(mode: Mode, channels: int, place: Padding | None, *, unbiased: bool = False) -> Normalisation:
    """What the normalised convolutions of a graph of that mode share."""
    if mode == "frozen":
        return Frozen(channels)
    return Measure(channels, place, mixed=mode == "mixed", unbiased=unbiased)
