"""The stages of networks as OpenVINO graphs: maps in, maps and their moments out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from allaprima.frames import FULL_SCALE
from allaprima.nets.shape import Shape
from allaprima.nets.stages import Stage, computed
from allaprima.runtimes.calls import Ranges, Tensors
from allaprima.runtimes.graph_networks import NO_RANGES, range_of, vgg_features
from allaprima.runtimes.graph_normalisation import row
from allaprima.runtimes.graph_operations import (
    channels_first,
    channels_last,
    convolution,
    convolution_of_bytes,
    share,
    upsampled_convolution,
)
from allaprima.runtimes.openvino_package import Model, Node, Type, ops
from allaprima.runtimes.tiles import Tile

LARGEST_FP16 = 65504.0


@dataclass
class GraphOperations:
    """The operations of a compact network; ``inputs`` collects the rows of numbers that they ask for."""

    tensors: Tensors
    shape: Shape
    full: float
    ranges: Ranges
    inputs: dict[str, Node] = field(default_factory=dict)

    def halved(self, picture: Node) -> Node:
        """Squares of 2x2 as channels, or the picture itself where the next convolution reads bytes and steps by two."""
        content = channels_first(ops.convert(picture, "f32"))
        return content if "to_half" in self.ranges else ops.space_to_depth(content, "depth_first", 2)

    def reduced(self, name: str, x: Node, stride: int) -> Node:
        """A convolution, then ReLU; the first one takes the half off the picture and brings it to [0, 1]."""
        weights, bias = self.tensors[f"{name}.weight"], self.tensors[f"{name}.bias"]
        if name == "to_half":
            bias = bias - 0.5 * weights.sum((1, 2, 3))
            weights = weights / np.float32(self.full)
            if name in self.ranges:
                return ops.relu(convolution_of_bytes(x, weights, bias, self.full))
        return ops.relu(convolution(x, weights, bias, stride=stride,
                                    range_of_input=range_of(name, weights, self.ranges)))

    def convolved(self, name: str, x: Node) -> Node:
        """A normalised convolution, before it is normalised."""
        weights = self.tensors[f"{name}.convolution.weight"]
        convolved = upsampled_convolution if name.startswith("up_") else convolution
        return convolved(x, weights, range_of_input=range_of(name, weights, self.ranges))

    def normalised(self, name: str, x: Node) -> Node:
        """Its output by scale and bias."""
        for part in ("scale", "bias"):
            if part not in self.inputs:
                self.inputs[part] = row(part, self.shape.channels())
        channels = self.shape.normalised_layers()[name].channels
        scale, bias = (share(self.inputs[part], channels) for part in ("scale", "bias"))
        return ops.add(ops.multiply(x, scale), bias)

    def relu(self, x: Node) -> Node:
        """What is above zero."""
        return ops.relu(x)

    def added(self, x: Node, y: Node) -> Node:
        """Their sum."""
        return ops.add(x, y)


def compact_stage(tensors: Tensors, shape: Shape, stage: Stage, tile: Tile, ranges: Ranges) -> Model:
    """A stage of a compact network; in 8 bits where the network is."""
    operations = GraphOperations(tensors, shape, FULL_SCALE[tile.pixels],
                                 ranges if tile.pixels == "uint8" else NO_RANGES)
    maps = {name: map_input(name, shape, stage, tile) for name in stage.reads}
    values = computed(stage, operations, {name: read for name, (_, read) in maps.items()})
    return stage_model(stage, values, [given for given, _ in maps.values()] + [*operations.inputs.values()], tile)


def reference_stage(encoder: Tensors, stage: Stage, tile: Tile) -> Model:
    """The stage of the published network: VGG's features, measured."""
    picture = picture_input(tile)
    content = ops.multiply(channels_first(ops.convert(picture, "f32")), np.float32(1 / FULL_SCALE[tile.pixels]))
    return stage_model(stage, {stage.name: vgg_features(content, encoder)[-1]}, [picture], tile)


def picture_input(tile: Tile) -> Node:
    """The tile's picture (1, height, width, 3)."""
    return ops.parameter([1, tile.height, tile.width, 3], Type(np.dtype(tile.pixels)), name="picture")


def map_input(name: str, shape: Shape, stage: Stage, tile: Tile) -> tuple[Node, Node]:
    """A map as the graph is given it, and as it computes with it."""
    if name == "picture":
        picture = picture_input(tile)
        return picture, picture
    reduction = stage.reads[name]
    width = {2: shape.half, 4: shape.quarter, 8: shape.eighth}[reduction]
    given = ops.parameter([1, width, *tile.shape(reduction)], Type(np.dtype(tile.kept)), name=name)
    return given, ops.convert(given, "f32")


def stage_model(stage: Stage, values: Mapping[str, Node], inputs: list[Node], tile: Tile) -> Model:
    """The graph that gives the maps to keep, then the ``moments`` of every layer that it measures.

    Its further inputs ``inside_4`` and the like, (1, 1, positions), say by ones and zeros which positions count, and
    ``counted_4`` one over their number.
    """
    counting: dict[int, tuple[Node, Node]] = {}
    for reduction in sorted({layer.reduction for layer in stage.measures.values()}):
        rows, columns = tile.shape(reduction)
        counting[reduction] = (ops.parameter([1, 1, rows * columns], np.float32, name=f"inside_{reduction}"),
                               ops.parameter([1, 1, 1], np.float32, name=f"counted_{reduction}"))
    results = [kept(values[name], tile.kept) for name in stage.keeps]
    for name, layer in stage.measures.items():
        results += moments(values[name], *counting[layer.reduction])
    inputs = [*inputs, *(node for pair in counting.values() for node in pair)]
    return Model(results, inputs, f"stage {stage.name}")


def kept(x: Node, dtype: str) -> Node:
    """A map in the type that it is kept in."""
    if dtype == "float32":
        return x
    return ops.convert(ops.clamp(x, -LARGEST_FP16, LARGEST_FP16), Type(np.dtype(dtype)))


def moments(x: Node, inside: Node, counted: Node) -> list[Node]:
    """Channel means of the positions of x (1, C, H, W) that count, and what they miss; mean squares about them.

    All (1, 1, C). In bf16 a mean is rounded to eight bits, which of channels far from zero is much of their deviation:
    the mean of what is left, small, makes it good.
    """
    _, channels, height, width = (int(side) for side in list(x.get_output_shape(0)))
    flat = ops.reshape(channels_last(x), np.array([1, height * width, channels], np.int64), False)

    def mean_of(values: Node) -> Node:
        return ops.multiply(ops.matmul(inside, values, False, False), counted)

    mean = mean_of(flat)
    apart = ops.subtract(flat, mean)
    return [mean, mean_of(apart), mean_of(ops.multiply(apart, apart))]
