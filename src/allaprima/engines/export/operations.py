"""The operations that our networks are made of, as ONNX: the counterpart of ``runtimes.graph_operations``.

An upsampling convolution is one over the small map that gives four phases, woven by DepthToSpace: the same products as
a transposed convolution, and fast in every runtime.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from allaprima.engines.export.graph import Graph
from allaprima.runtimes.calls import EPSILON
from allaprima.runtimes.graph_operations import phase_kernels

Kernel = NDArray[np.float32]
LEVELS = 127  # of a kernel in 8 bits, to either side

EDGES = (0, 0, 1, 1, 0, 0, 1, 1)


class Range(NamedTuple):
    """The lowest and the highest input of a convolution that is to be computed in 8 bits."""

    low: float
    high: float


def bordered(graph: Graph, x: str) -> str:
    """Features (1, C, H, W) with one more pixel on every side, the border replicated."""
    return graph.call("Pad", x, graph.whole(*EDGES), mode="edge")


def convolution(graph: Graph, x: str, name: str, kernel: Kernel, bias: Kernel | None = None, *, stride: int = 1,
                within: Range | None = None) -> str:
    """A convolution that keeps the size or, with stride 2, halves it; 1x1 kernels need no border."""
    x = x if within is None else in_bytes(graph, x, within)
    sides = kernel.shape[2:]
    x = x if sides == (1, 1) else bordered(graph, x)
    return unbordered(graph, x, name, kernel, bias, stride=stride, in_8_bits=within is not None)


def unbordered(graph: Graph, x: str, name: str, kernel: Kernel, bias: Kernel | None = None, *, stride: int = 1,
               in_8_bits: bool = False) -> str:
    """A convolution of what lies under its kernel: nothing is added at the border."""
    weights = kernel_in_bytes(graph, kernel) if in_8_bits else graph.constant(kernel, f"{name}.weight")
    added = [] if bias is None else [graph.constant(bias, f"{name}.bias")]
    return graph.call("Conv", x, weights, *added, kernel_shape=list(kernel.shape[2:]), strides=[stride, stride])


def upsampled_convolution(graph: Graph, x: str, name: str, kernel: Kernel, within: Range | None = None) -> str:
    """A 3x3 convolution of the nearest-upsampled features."""
    x = x if within is None else in_bytes(graph, x, within)
    phases = unbordered(graph, bordered(graph, x), name, phase_kernels(kernel), in_8_bits=within is not None)
    woven = graph.call("DepthToSpace", phases, blocksize=2, mode="DCR")
    return graph.call("Slice", woven, graph.whole(1, 1), graph.whole(-1, -1), graph.whole(2, 3))


def in_bytes(graph: Graph, x: str, within: Range) -> str:
    """Features rounded to 256 values of which one is zero."""
    if within.low >= 0:
        scale, zero = within.high / 255, np.zeros((), np.uint8)
    else:
        scale, zero = max(-within.low / 128, within.high / 127), np.full((), 128, np.uint8)
    step = graph.exactly(np.array(scale, np.float32))
    coded = graph.call("QuantizeLinear", graph.widened(x), step, graph.exactly(zero))
    return graph.narrowed(graph.call("DequantizeLinear", coded, step, graph.exactly(zero)))


def kernel_in_bytes(graph: Graph, kernel: Kernel) -> str:
    """Weights rounded to 8 bits, those of each output channel by their own largest."""
    largest = np.maximum(np.abs(kernel).max(axis=(1, 2, 3)), np.float32(1e-12))
    scale = (largest / LEVELS).astype(np.float32)
    steps = np.clip(np.rint(kernel / scale.reshape(-1, 1, 1, 1)), -LEVELS, LEVELS).astype(np.int8)
    zeros = np.zeros(len(kernel), np.int8)
    return graph.narrowed(graph.call("DequantizeLinear", graph.exactly(steps), graph.exactly(scale),
                                     graph.exactly(zeros), axis=0))


def mean_and_variance(graph: Graph, x: str) -> tuple[str, str]:
    """Channel means and biased variances of features (1, C, H, W), each (1, C, 1, 1) float32."""
    wide = graph.widened(x)
    mean = graph.call("ReduceMean", wide, axes=[2, 3], keepdims=1)
    apart = graph.call("Sub", wide, mean)
    return mean, graph.call("ReduceMean", graph.call("Mul", apart, apart), axes=[2, 3], keepdims=1)


def deviation(graph: Graph, variance: str) -> str:
    """The square root of a float32 variance, never zero."""
    return graph.call("Sqrt", graph.call("Add", variance, graph.exactly(np.array(EPSILON, np.float32))))


def squares_as_channels(graph: Graph, x: str) -> str:
    """A picture (1, 3, H, W) as features (1, 12, H / 2, W / 2): the places of 2x2 squares, each with its channels."""
    return graph.call("SpaceToDepth", x, blocksize=2)


def kernel_for_squares(kernel: Kernel) -> Kernel:
    """A kernel (O, 12, 3, 3) for squares whose channels are ordered by color, then place, for ONNX's order."""
    outgoing = kernel.shape[0]
    ordered = kernel.reshape(outgoing, 3, 4, *kernel.shape[2:]).transpose(0, 2, 1, 3, 4)
    return np.ascontiguousarray(ordered.reshape(kernel.shape))
