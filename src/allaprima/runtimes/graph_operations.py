"""The operations that our networks are made of, as OpenVINO graphs: no weights file, no device, no torch."""

from __future__ import annotations

from typing import Literal

import numpy as np
from numpy.typing import NDArray

from allaprima.functional.padding import Padding
from allaprima.runtimes.openvino_package import Node, ops

Array = NDArray[np.float32]
Border = Literal["edge", "reflect"]

HEIGHT_WIDTH = np.array([2, 3], np.int64)


def constant(values: Array) -> Node:
    """The values as a node, in memory order."""
    return ops.constant(np.ascontiguousarray(values, np.float32))


def bordered(x: Node, border: Border) -> Node:
    """Features (1, C, H, W) with one more pixel on every side."""
    one = np.array([0, 0, 1, 1], np.int64)
    return ops.pad(x, one, one, border)


def convolution(x: Node, weights: Array, bias: Array | None = None, *, stride: int = 1,
                border: Border = "edge", range_of_input: tuple[float, float] | None = None) -> Node:
    """A 3x3 convolution that keeps the size or, with stride 2, halves it; 1x1 weights need no border.

    Where its input's range is given it is computed in 8 bits.
    """
    x = x if range_of_input is None else in_bytes(x, *range_of_input)
    return unbordered(bordered(x, border) if weights.shape[2] == 3 else x, weights, bias, stride=stride,
                      in_8_bits=range_of_input is not None)


def in_bytes(x: Node, low: float, high: float) -> Node:
    """Features rounded to 256 values of which one is zero: from 0 up where none is negative, else on both sides."""
    low = 0.0 if low >= 0 else -max(-low, high * 128 / 127)
    high = high if low == 0 else -low * 127 / 128
    edges = np.float32(low), np.float32(high)
    return ops.fake_quantize(x, *edges, *edges, 256)


def kernels_in_bytes(weights: Array, outgoing: int = 0) -> Node:
    """Weights rounded to 8 bits, those of each output channel by their own largest; outgoing: the axis of these."""
    others = tuple(axis for axis in range(4) if axis != outgoing)
    largest = np.maximum(np.abs(weights).max(axis=others, keepdims=True), np.float32(1e-12))
    edges = constant(-largest * 128 / 127), constant(largest)
    return ops.fake_quantize(constant(weights), *edges, *edges, 256)


def unbordered(x: Node, weights: Array, bias: Array | None = None, *, stride: int = 1,
               in_8_bits: bool = False) -> Node:
    """A convolution of what lies under its weights: nothing is added at the border."""
    kernels = kernels_in_bytes(weights) if in_8_bits else constant(weights)
    y = ops.convolution(x, kernels, [stride, stride], [0, 0], [0, 0], [1, 1])
    return y if bias is None else ops.add(y, constant(bias.reshape(1, -1, 1, 1)))


def upsampled_convolution(x: Node, weights: Array, bias: Array | None = None, *,
                          range_of_input: tuple[float, float] | None = None) -> Node:
    """A 3x3 convolution of the nearest-upsampled features, as one transposed convolution of the small ones.

    Each result needs four products a channel in place of nine, and the upsampled features are never written. Edge
    padding of the small map is edge padding of the large one, and reflection too, as nearest values come in pairs.
    """
    kernel = transposed_kernel(weights)
    kernels = constant(kernel) if range_of_input is None else kernels_in_bytes(kernel, outgoing=1)
    x = x if range_of_input is None else in_bytes(x, *range_of_input)
    y = ops.convolution_backprop_data(bordered(x, "edge"), kernels, [2, 2], None, [3, 3], [3, 3])
    return y if bias is None else ops.add(y, constant(bias.reshape(1, -1, 1, 1)))


def transposed_kernel(weights: Array) -> Array:
    """The 4x4 kernel (I, O, 4, 4) that equals nearest upsampling and then those 3x3 weights (O, I, 3, 3)."""
    kernel = np.zeros((*weights.shape[:2], 4, 4), np.float32)
    for row in range(2):
        for column in range(2):
            kernel[:, :, row:row + 3, column:column + 3] += weights[:, :, ::-1, ::-1]
    return kernel.transpose(1, 0, 2, 3)


def convolution_of_bytes(content: Node, weights: Array, bias: Array, full: float) -> Node:
    """Those 3x3 weights (O, 12, 3, 3) over the 2x2 squares of a picture (1, 3, H, W) of bytes, 0 to ``full``.

    In 8 bits, which lose nothing of the picture: only the weights are rounded.
    """
    two = np.array([0, 0, 2, 2], np.int64)
    picture = in_bytes(ops.pad(content, two, two, "edge"), 0.0, full)
    return unbordered(picture, kernel_of_squares(weights), bias, stride=2, in_8_bits=True)


def kernel_of_squares(weights: Array) -> Array:
    """The 6x6 kernel (O, 3, 6, 6) that does with stride 2 on a picture what those 3x3 (O, 12, 3, 3) do on its squares.

    Squares of 2x2 as channels, red's four first, are how the network is defined; a picture of bytes is read as it lies.
    """
    outgoing = weights.shape[0]
    rows_and_columns = weights.reshape(outgoing, 3, 2, 2, 3, 3).transpose(0, 1, 4, 2, 5, 3)
    return np.ascontiguousarray(rows_and_columns.reshape(outgoing, 3, 6, 6))


def phase_kernels(weights: Array) -> Array:
    """2x2 weights (4 O, I, 2, 2) that do for the small map what those 3x3 (O, I, 3, 3) do for the upsampled one.

    Among four neighbouring small pixels lie the centres of four large ones: the phases, by row and column. Over a map
    with a border of one they give the large map with a border of one, and that border is what edge padding would give.
    """
    phases = np.zeros((2, 2, *weights.shape[:2], 2, 2), np.float32)
    taps = ((0, 0, 1), (0, 1, 1))  # which small row each of the three large rows about a phase's centre lies in
    for row, column in np.ndindex(2, 2):
        for y, x in np.ndindex(3, 3):
            phases[row, column, :, :, taps[row][y], taps[column][x]] += weights[:, :, y, x]
    return phases.reshape(-1, weights.shape[1], 2, 2)


def pictures_of_phases(x: Node, height: int, width: int) -> Node:
    """Pictures (1, 2 H, 2 W, 3) of phases (1, 12, H, W) as ``phase_kernels`` orders them."""
    rows = ops.reshape(channels_last(x), np.array([1, height, width, 2, 6], np.int64), False)
    woven = ops.transpose(rows, np.array([0, 1, 3, 2, 4], np.int64))
    return ops.reshape(woven, np.array([1, 2 * height, 2 * width, 3], np.int64), False)


def channels_first(pictures: Node) -> Node:
    """Pictures (1, H, W, C) as features (1, C, H, W)."""
    return ops.transpose(pictures, np.array([0, 3, 1, 2], np.int64))


def channels_last(features: Node) -> Node:
    """Features (1, C, H, W) as pictures (1, H, W, C)."""
    return ops.transpose(features, np.array([0, 2, 3, 1], np.int64))


def reflected(pictures: Node, place: Padding) -> Node:
    """Pictures (1, H, W, 3) with their padding, reflected."""
    before = np.array([0, place.top, place.left, 0], np.int64)
    after = np.array([0, place.bottom, place.right, 0], np.int64)
    return ops.pad(pictures, before, after, "reflect")


def cut(x: Node, rows: slice, columns: slice, axes: tuple[int, int]) -> Node:
    """Those rows and columns, which stand in those axes."""
    start, stop = np.array([rows.start, columns.start], np.int64), np.array([rows.stop, columns.stop], np.int64)
    return ops.slice(x, start, stop, np.array([1, 1], np.int64), np.array(axes, np.int64))


def share(row: Node, channels: slice) -> Node:
    """Those channels of a row (1, M), shaped to meet features: (1, C, 1, 1)."""
    part = ops.slice(row, np.array([channels.start], np.int64), np.array([channels.stop], np.int64),
                     np.array([1], np.int64), np.array([1], np.int64))
    return ops.reshape(part, np.array([1, channels.stop - channels.start, 1, 1], np.int64), False)


def mean_and_variance_inside(x: Node, rows: slice, columns: slice) -> tuple[Node, Node]:
    """Channel means and biased variances of those rows and columns of features (1, C, H, W), each (1, C, 1, 1).

    Sums as products with a row of ones and zeros: the processor then neither copies the inside out nor turns the whole
    map into fp32, as it does for reductions, and sums in fp32 all the same.
    """
    _, channels, height, width = (int(side) for side in list(x.get_output_shape(0)))
    inside = np.zeros((height, width), np.float32)
    inside[rows, columns] = 1
    count = np.float32(inside.sum())

    def mean_of(values: Node) -> Node:
        flat = ops.reshape(channels_last(values), np.array([1, height * width, channels], np.int64), False)
        total = ops.matmul(constant(inside.reshape(1, 1, -1)), flat, False, False)
        return ops.reshape(ops.multiply(total, 1 / count), np.array([1, channels, 1, 1], np.int64), False)

    mean = mean_of(x)
    apart = ops.subtract(x, mean)
    return mean, mean_of(ops.multiply(apart, apart))


def mean_and_variance(x: Node) -> tuple[Node, Node]:
    """Channel means and biased variances of features (1, C, H, W), each (1, C, 1, 1)."""
    mean = ops.reduce_mean(x, HEIGHT_WIDTH, True)
    apart = ops.subtract(x, mean)
    return mean, ops.reduce_mean(ops.multiply(apart, apart), HEIGHT_WIDTH, True)
