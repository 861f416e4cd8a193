"""The style encoder as ONNX: a picture in, its style code out; with a network's mapping its scales and biases too."""

from __future__ import annotations

import numpy as np

from allaprima.engines.adain import which_are_gains
from allaprima.engines.export.graph import Graph
from allaprima.engines.export.operations import (
    convolution,
    deviation,
    kernel_for_squares,
    mean_and_variance,
    squares_as_channels,
)
from allaprima.nets.shape import Shape
from allaprima.nets.style_encoder import CODE_LENGTH
from allaprima.runtimes.calls import Row, Tensors

LEVELS = 4


def add_encoder(graph: Graph, tensors: Tensors) -> str:
    """Puts the encoder into the graph; gives the whitened code (1, 1920) back, the raw one is the output ``code``.

    The picture (1, 3, H, W) is RGB in [0, 1], both sides even; at style scale 1 its shorter side has 256 pixels.
    """
    picture = graph.input("picture", (1, 3, "height", "width"))
    content = graph.narrowed(picture)
    collected = [*pooled(graph, content)]
    x = squares_as_channels(graph, graph.call("Add", content, graph.constant(np.full((1, 1, 1, 1), -0.5, np.float32))))
    for level in range(LEVELS):
        first, second = (f"levels.{level}.{part}" for part in ("first", "second"))
        kernel = tensors[f"{first}.weight"]
        x = graph.call("Relu", convolution(graph, x, first, kernel if level else kernel_for_squares(kernel),
                                           tensors[f"{first}.bias"], stride=2 if level else 1))
        collected += pooled(graph, x)
        after = convolution(graph, x, second, tensors[f"{second}.weight"], tensors[f"{second}.bias"])
        x = graph.call("Relu", graph.call("Add", x, after))
        collected += pooled(graph, x)
    row = graph.call("Reshape", graph.call("Concat", *collected, axis=1), graph.whole(1, -1))
    features = graph.narrowed(even(graph, row, tensors))
    hidden = graph.call("Relu", linear(graph, features, "head.0", tensors))
    whitened = graph.widened(graph.call("Add", linear(graph, hidden, "head.2", tensors),
                                        linear(graph, features, "linear", tensors)))
    raw = graph.call("Mul", whitened, graph.exactly(as_row(tensors["whitening.deviation"])))
    graph.output("code", graph.call("Add", raw, graph.exactly(as_row(tensors["whitening.mean"]))), (1, CODE_LENGTH))
    return whitened


def add_mapping(graph: Graph, whitened: str, tensors: Tensors, shape: Shape) -> None:
    """Adds what a compact network's mapping makes of a whitened code: ``scale`` and ``bias`` of its channels."""
    layers, gains = list(shape.normalised_layers()), which_are_gains(shape)
    weight = np.concatenate([tensors[f"{layer}.modulation.weight"] for layer in layers])
    bias = np.concatenate([tensors[f"{layer}.modulation.bias"] for layer in layers])
    x = graph.narrowed(whitened)
    for layer in ("mapping.0", "mapping.2"):
        x = graph.call("Relu", linear(graph, x, layer, tensors))
    for name, wanted, offset in (("scale", gains, 1.0), ("bias", ~gains, 0.0)):
        rows = {f"{name}.weight": weight[wanted], f"{name}.bias": bias[wanted] + np.float32(offset)}
        graph.output(name, graph.widened(linear(graph, x, name, rows)), (1, shape.channels()))


def pooled(graph: Graph, features: str) -> tuple[str, str]:
    """Channel means and biased deviations, (1, C, 1, 1) float32 each."""
    mean, variance = mean_and_variance(graph, features)
    return mean, deviation(graph, variance)


def even(graph: Graph, row: str, tensors: Tensors) -> str:
    """A row (1, C) of mean 0 and deviation 1, with the learnt scale and bias."""
    mean = graph.call("ReduceMean", row, axes=[1], keepdims=1)
    apart = graph.call("Sub", row, mean)
    variance = graph.call("ReduceMean", graph.call("Mul", apart, apart), axes=[1], keepdims=1)
    unit = graph.call("Div", apart, deviation(graph, variance))
    scaled = graph.call("Mul", unit, graph.exactly(as_row(tensors["norm.weight"])))
    return graph.call("Add", scaled, graph.exactly(as_row(tensors["norm.bias"])))


def linear(graph: Graph, x: str, name: str, tensors: Tensors) -> str:
    """A linear layer of rows."""
    return graph.call("Gemm", x, graph.constant(tensors[f"{name}.weight"], f"{name}.weight"),
                      graph.constant(tensors[f"{name}.bias"], f"{name}.bias"), transB=1)


def as_row(values: Row) -> Row:
    """Numbers as one row, (1, C) float32."""
    return np.asarray(values, np.float32)[None]
