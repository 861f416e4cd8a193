"""Our networks as OpenVINO graphs, built from the tensors of their weights files: conversion, padding, clamping inside.

The same arithmetic as ``nets``, arranged so that a processor does less of it: the scale of integers folded into the
first and the last convolution, upsampling folded into the convolution that follows it.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from allaprima.frames import FULL_SCALE
from allaprima.functional.padding import MARGIN, padding_for
from allaprima.nets.shape import Shape
from allaprima.runtimes.calls import EPSILON, Ranges, Tensors
from allaprima.runtimes.graph_normalisation import ONE_NUMBER, Mode, Normalisation, normalisation, row
from allaprima.runtimes.graph_operations import (
    Array,
    bordered,
    channels_first,
    channels_last,
    constant,
    convolution,
    convolution_of_bytes,
    cut,
    mean_and_variance,
    phase_kernels,
    pictures_of_phases,
    reflected,
    unbordered,
    upsampled_convolution,
)
from allaprima.runtimes.openvino_package import Model, Node, Type, ops

VGG_LAYERS = ("relu1_1", "relu1_2", "relu2_1", "relu2_2", "relu3_1", "relu3_2", "relu3_3", "relu3_4", "relu4_1")
VGG_WIDTH = 512
VGG_PARTS = ("to_bgr.", *(f"convolutions.{name}." for name in VGG_LAYERS))
DECODER_CONVOLUTIONS = 9
UPSAMPLED_AFTER = (0, 4, 6)
WIDE = 32        # channels in from which 8 bits repay the rounding
WIDER = 64       # the same where a convolution upsamples: it is rounded on its way to the picture's finest maps
NO_RANGES: Ranges = {}


@dataclass(frozen=True, slots=True)
class Call:
    """What a graph is compiled for: a picture (1, height, width, 3) of a numpy type, and how it is normalised."""

    mode: Mode
    pixels: str
    height: int
    width: int

    def inputs(self) -> tuple[Node, Node]:
        """The graph's picture, and the network's share in the result."""
        pictures = ops.parameter([1, self.height, self.width, 3], Type(np.dtype(self.pixels)), name="images")
        return pictures, row("mix", 1)

    def results(self, pictures: Node, painted: Node, mix: Node) -> Node:
        """Painted pictures (1, H, W, 3) in the scale of their type, mixed with the content, as what came in."""
        share = ops.reshape(mix, ONE_NUMBER, False)
        content = ops.multiply(ops.convert(pictures, "f32"), ops.subtract(np.float32(1), share))
        mixed = ops.clamp(ops.add(ops.multiply(painted, share), content), 0.0, FULL_SCALE[self.pixels])
        if self.pixels == "float32":
            return mixed
        return ops.convert(ops.round(mixed, "half_to_even"), Type(np.dtype(self.pixels)))


def compact(tensors: Tensors, shape: Shape, call: Call, ranges: Ranges = NO_RANGES) -> Model:
    """A compact network: pictures in a margin of their own reflection, which is cut off at the end.

    Of an 8-bit picture, wide convolutions whose input's range is known are computed in 8 bits.
    """
    place = padding_for(call.height, call.width, MARGIN)
    pictures, mix = call.inputs()
    normalise = normalisation(call.mode, shape.channels(), place)
    content = channels_first(ops.convert(reflected(pictures, place), "f32"))
    phases = compact_phases(content, tensors, shape, normalise, FULL_SCALE[call.pixels],
                            ranges if call.pixels == "uint8" else NO_RANGES)
    painted = pictures_of_phases(phases, place.padded_height // 2 + 1, place.padded_width // 2 + 1)
    top, left = place.top + 1, place.left + 1
    painted = cut(painted, slice(top, top + call.height), slice(left, left + call.width), axes=(1, 2))
    return Model([call.results(pictures, painted, mix), *normalise.results()], [pictures, mix, *normalise.inputs],
                 "compact")


def compact_phases(content: Node, tensors: Tensors, shape: Shape, normalise: Normalisation, full: float,
                   ranges: Ranges) -> Node:
    """The network's picture with a border of one, as phases (1, 12, H / 2 + 1, W / 2 + 1).

    content: (1, 3, H, W). Both are in 0 .. ``full``.
    """
    places = shape.normalised_layers()

    def modulated(name: str, x: Node, *, up: bool = False) -> Node:
        weights = tensors[f"{name}.convolution.weight"]
        y = (upsampled_convolution if up else convolution)(x, weights, range_of_input=range_of(name, weights, ranges))
        return normalise(y, places[name].channels, places[name].reduction)

    def block(name: str, x: Node) -> Node:
        return ops.add(x, modulated(f"{name}.second", ops.relu(modulated(f"{name}.first", x))))

    def reduced(name: str, x: Node, stride: int) -> Node:
        weights = tensors[f"{name}.weight"]
        return ops.relu(convolution(x, weights, tensors[f"{name}.bias"], stride=stride,
                                    range_of_input=range_of(name, weights, ranges)))

    weights, bias = tensors["to_half.weight"], tensors["to_half.bias"]
    bias = bias - 0.5 * weights.sum((1, 2, 3))  # the network sees content - 0.5
    weights = weights / full
    at_half = ops.relu(convolution_of_bytes(content, weights, bias, full) if "to_half" in ranges else
                       convolution(ops.space_to_depth(content, "depth_first", 2), weights, bias))
    at_quarter = reduced("to_quarter", at_half, 2)
    x = reduced("to_eighth", at_quarter, 2)
    for index in range(shape.eighth_blocks):
        x = block(f"eighth.{index}", x)
    x = ops.relu(ops.add(modulated("up_to_quarter", x, up=True), modulated("skip_quarter", at_quarter)))
    for index in range(shape.quarter_blocks):
        x = block(f"quarter.{index}", x)
    x = modulated("up_to_half", x, up=True)
    if shape.skip_half:
        x = ops.add(x, modulated("skip_half", at_half))
    bias = np.tile(tensors["to_rgb.bias"] + 0.5, 4)
    x = bordered(ops.relu(x), "edge")
    return unbordered(x, phase_kernels(tensors["to_rgb.weight"]) * full, bias * full)


def range_of(name: str, weights: Array, ranges: Ranges) -> tuple[float, float] | None:
    """The range of a convolution's input where 8 bits repay it, else None."""
    least = WIDER if name.startswith("up_") else WIDE
    return ranges.get(name) if weights.shape[1] >= least and weights.shape[2] == 3 else None


def reference(encoder: Tensors, decoder: Tensors, call: Call) -> Model:
    """The published AdaIN network: unbiased variances, reflected borders, no padding of the picture."""
    full = np.float32(FULL_SCALE[call.pixels])
    pictures, mix = call.inputs()
    normalise = normalisation(call.mode, VGG_WIDTH, None, unbiased=True)
    content = ops.multiply(channels_first(ops.convert(pictures, "f32")), 1 / full)
    x = normalise(vgg_features(content, encoder)[-1], slice(0, VGG_WIDTH), 8)
    for index in range(DECODER_CONVOLUTIONS):
        weights, bias = decoder[f"convolutions.{index}.weight"], decoder[f"convolutions.{index}.bias"]
        if index - 1 in UPSAMPLED_AFTER:
            x = upsampled_convolution(x, weights, bias)
        else:
            x = convolution(x, weights, bias, border="reflect")
        x = ops.relu(x) if index < DECODER_CONVOLUTIONS - 1 else ops.multiply(x, full)
    painted = channels_last(cut(x, slice(0, call.height), slice(0, call.width), axes=(2, 3)))
    return Model([call.results(pictures, painted, mix), *normalise.results()], [pictures, mix, *normalise.inputs],
                 "reference")


def vgg_tensors(tensors: Tensors) -> Tensors:
    """Of VGG-19's tensors those to relu4_1."""
    return {name: tensor for name, tensor in tensors.items() if name.startswith(VGG_PARTS)}


def vgg_features(content: Node, tensors: Tensors) -> list[Node]:
    """VGG-19's features at relu1_1, 2_1, 3_1 and 4_1 for content (1, 3, H, W), RGB in [0, 1]; it may be in low rank."""
    features = []
    x = content
    for name in VGG_LAYERS:
        own = f"convolutions.{name}"
        low_rank = f"{own}.0.weight" in tensors
        last = f"{own}.2" if low_rank else own
        weights, bias = tensors[f"{last}.weight"], tensors[f"{last}.bias"]
        if name == "relu1_1":  # a 1x1 convolution to BGR less the mean stands before it, and folds in
            to_bgr, mean = tensors["to_bgr.weight"][:, :, 0, 0], tensors["to_bgr.bias"]
            bias = bias + np.einsum("oiyx,i->o", weights, mean)
            weights = np.einsum("oiyx,ic->ocyx", weights, to_bgr)
        elif name.endswith("_1"):
            x = ops.max_pool(x, [2, 2], [1, 1], [0, 0], [0, 0], [2, 2], "ceil").output(0)
        if low_rank:
            for place in range(2):
                x = convolution(x, tensors[f"{own}.{place}.weight"], border="reflect")
        x = ops.relu(convolution(x, weights, bias, border="reflect"))
        if name.endswith("_1"):
            features.append(x)
    return features


def picture_input() -> tuple[Node, Node]:
    """A picture (1, H, W, 3) of any size, RGB in [0, 1], and the same as features."""
    picture = ops.parameter([1, -1, -1, 3], np.float32, name="picture")
    return picture, channels_first(picture)


def vgg_code(tensors: Tensors) -> Model:
    """VGG-19's style code (1, 1920) of a picture."""
    picture, content = picture_input()
    parts = [part for features in vgg_features(content, tensors) for part in pooled(features)]
    return Model([ops.reshape(ops.concat(parts, 1), np.array([1, -1], np.int64), False)], [picture], "vgg_code")


def pooled(features: Node) -> tuple[Node, Node]:
    """Channel means and biased deviations, (1, C, 1, 1) each."""
    mean, variance = mean_and_variance(features)
    return mean, ops.sqrt(ops.add(variance, np.float32(EPSILON)))


def style_encoder(tensors: Tensors) -> Model:
    """The style encoder's code (1, 1920) of a picture with even sides; raw, the whitening undone."""
    picture, content = picture_input()
    parts = [*pooled(content)]
    x = ops.space_to_depth(ops.subtract(content, np.float32(0.5)), "depth_first", 2)
    for level in range(sum(name.endswith("first.weight") for name in tensors)):
        weights, biases = ([tensors[f"levels.{level}.{part}.{kind}"] for part in ("first", "second")]
                           for kind in ("weight", "bias"))
        x = ops.relu(convolution(x, weights[0], biases[0], stride=2 if level else 1))
        parts += pooled(x)
        x = ops.relu(ops.add(x, convolution(x, weights[1], biases[1])))
        parts += pooled(x)
    collected = ops.reshape(ops.concat(parts, 1), np.array([1, -1], np.int64), False)
    even = ops.mvn(collected, np.array([1], np.int64), True, EPSILON, "inside_sqrt")
    features = ops.add(ops.multiply(even, constant(tensors["norm.weight"])), constant(tensors["norm.bias"]))
    hidden = ops.relu(linear(features, tensors["head.0.weight"], tensors["head.0.bias"]))
    whitened = ops.add(linear(hidden, tensors["head.2.weight"], tensors["head.2.bias"]),
                       linear(features, tensors["linear.weight"], tensors["linear.bias"]))
    code = ops.add(ops.multiply(whitened, constant(tensors["whitening.deviation"])),
                   constant(tensors["whitening.mean"]))
    return Model([code], [picture], "style_encoder")


def linear(x: Node, weights: Array, bias: Array) -> Node:
    """A linear layer of rows."""
    return ops.add(ops.matmul(x, constant(weights), False, True), constant(bias))
