"""What normalised convolutions do in an ONNX graph: measure moments, or mix them with given ones."""

from __future__ import annotations

import numpy as np

from allaprima.engines.export.graph import Graph
from allaprima.engines.export.operations import deviation, mean_and_variance
from allaprima.functional.padding import MARGIN

ROWS_AND_COLUMNS = (2, 3)


class Normalisation:
    """Called by every normalised convolution with its output, its place in the row and its reduction of the picture.

    sides: the picture's height and width, (2,) int64. carried: whether moments of the frames before come in and what
    was normalised by goes out, so that a film is held steady.
    """

    def __init__(self, graph: Graph, scale: str, bias: str, channels: int, sides: str, *, carried: bool) -> None:
        self.graph, self.scale, self.bias, self.channels, self.sides = graph, scale, bias, channels, sides
        self.carried = carried
        if carried:
            self.given = graph.input("given_mean", (1, channels)), graph.input("given_variance", (1, channels))
            self.own = graph.input("momentum", (1, 1))
            self.rest = graph.call("Sub", graph.exactly(np.ones((1, 1), np.float32)), self.own)
        self.means: list[str] = []
        self.variances: list[str] = []
        self._insides: dict[int, tuple[str, str]] = {}

    def __call__(self, features: str, channels: slice, reduction: int) -> str:
        graph = self.graph
        start, stop = self._inside(reduction)
        counted = graph.call("Slice", features, start, stop, graph.whole(*ROWS_AND_COLUMNS))
        mean, variance = mean_and_variance(graph, counted)
        if self.carried:
            mean, variance = self._mixture(mean, variance, channels)
            self.means.append(mean)
            self.variances.append(variance)
        scale = graph.call("Div", self._share(self.scale, channels), deviation(graph, variance))
        bias = graph.call("Sub", self._share(self.bias, channels), graph.call("Mul", mean, scale))
        return graph.call("Add", graph.call("Mul", features, graph.narrowed(scale)), graph.narrowed(bias))

    def _inside(self, reduction: int) -> tuple[str, str]:
        """Where a map at 1/``reduction`` holds picture, the margin left out: the first and the last place and one."""
        if reduction not in self._insides:
            graph = self.graph
            start = graph.whole(MARGIN // reduction, MARGIN // reduction)
            rounded = graph.call("Add", self.sides, graph.whole(reduction - 1))
            length = graph.call("Div", rounded, graph.whole(reduction))
            self._insides[reduction] = start, graph.call("Add", start, length)
        return self._insides[reduction]

    def _share(self, row: str, channels: slice) -> str:
        graph = self.graph
        part = graph.call("Slice", row, graph.whole(channels.start), graph.whole(channels.stop), graph.whole(1))
        return graph.call("Reshape", part, graph.whole(1, channels.stop - channels.start, 1, 1))

    def _mixture(self, mean: str, variance: str, channels: slice) -> tuple[str, str]:
        graph = self.graph
        given_mean, given_variance = (self._share(row, channels) for row in self.given)
        apart = graph.call("Sub", mean, given_mean)
        between = graph.call("Mul", graph.call("Mul", self.own, self.rest), graph.call("Mul", apart, apart))
        within = self._weighted(variance, given_variance)
        return self._weighted(mean, given_mean), graph.call("Add", within, between)

    def _weighted(self, own: str, given: str) -> str:
        graph = self.graph
        return graph.call("Add", graph.call("Mul", self.own, own), graph.call("Mul", self.rest, given))

    def finish(self) -> None:
        """Gives out what was normalised by, over all normalised channels."""
        if self.carried:
            for name, parts in (("mean", self.means), ("variance", self.variances)):
                row = self.graph.call("Concat", *parts, axis=1)
                self.graph.output(name, self.graph.call("Reshape", row, self.graph.whole(1, self.channels)),
                                  (1, self.channels))
