"""How far a network looks: over how many pixels a pixel of its result depends on the picture, read from its graph.

A network that takes statistics over the whole picture (instance normalisation, global pooling, attention) sees all of
it at once and cannot be painted in tiles; every other one can, with an overlap of its reach, to the same result.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from allaprima.runtimes.network_files import constant_of
from allaprima.runtimes.openvino_package import Model, Node

POINTWISE = frozenset((
    "Abs", "Add", "BatchNormInference", "Ceiling", "Clamp", "Convert", "Divide", "Elu", "Erf", "Exp", "FakeQuantize",
    "Floor", "Gelu", "HardSigmoid", "HSigmoid", "HSwish", "Log", "Maximum", "Minimum", "Mish", "Mod", "Multiply",
    "Negative", "PRelu", "Power", "Relu", "Round", "Select", "Selu", "Sigmoid", "Sin", "SoftPlus", "Sqrt",
    "SquaredDifference", "Subtract", "Swish", "Tanh", "Pad", "Result"))
CONVOLUTIONS = {"Convolution": 2, "GroupConvolution": 3}              # where a kernel's sides begin in its shape
TRANSPOSED = {"ConvolutionBackpropData": 2, "GroupConvolutionBackpropData": 3}
POOLING = frozenset(("AvgPool", "MaxPool"))
OVER_CHANNELS = frozenset(("ReduceMean", "ReduceSum", "ReduceMax", "ReduceL2", "NormalizeL2", "MVN"))


@dataclass(frozen=True, slots=True)
class Seen:
    """What is known of a map: how many pixels it reaches to each side, and how many pixels a step in it is."""

    reach: Fraction
    step: Fraction


@dataclass(frozen=True, slots=True)
class Reach:
    """How far a network looks.

    pixels: to each side; None where it looks at the whole picture, as by the operator ``over_all``. multiple: what the
    sides of a picture must be multiples of.
    """

    pixels: int | None
    multiple: int
    over_all: str = ""


def reach_of(model: Model) -> Reach:
    """How far a network with known shapes looks; what is not understood is taken to look everywhere."""
    seen: dict[str, Seen | None] = {}
    largest, over_all = Fraction(1), ""
    for node in model.get_ordered_ops():
        name = node.get_friendly_name()
        kind = node.get_type_name()
        if kind == "Parameter":
            seen[name] = Seen(Fraction(0), Fraction(1)) if len(node.get_output_shape(0)) >= 3 else None
            continue
        sources = [found for index in range(node.get_input_size())
                   if (found := seen.get(node.input_value(index).get_node().get_friendly_name())) is not None]
        if not sources:
            seen[name] = None
            continue
        whole = Seen(max(one.reach for one in sources), max(one.step for one in sources))
        found = widened(node, whole)
        if found is None:
            over_all = over_all or kind
            found = whole
        seen[name] = found
        largest = max(largest, found.step)
    last = seen.get(model.outputs[0].get_node().get_friendly_name())
    multiple = int(np.ceil(float(largest)))
    if over_all or last is None:
        return Reach(None, multiple, over_all or "a result without a picture")
    return Reach(int(np.ceil(float(last.reach))), multiple)


def widened(node: Node, seen: Seen) -> Seen | None:
    """What a node's result sees; None where that is everything."""
    kind = node.get_type_name()
    if kind in POINTWISE:
        return seen
    if kind in CONVOLUTIONS or kind in POOLING:
        said = node.get_attributes()
        sides = said["kernel"] if kind in POOLING else node.input_value(1).get_shape()[CONVOLUTIONS[kind]:]
        dilations = said.get("dilations") or [1] * len(sides)
        spans = [(int(side) - 1) * int(dilation) for side, dilation in zip(sides, dilations, strict=True)]
        return Seen(seen.reach + max(spans) * seen.step, seen.step * max(map(int, said["strides"])))
    if kind in TRANSPOSED:
        stride = max(map(int, node.get_attributes()["strides"]))
        side = max(map(int, node.input_value(1).get_shape()[TRANSPOSED[kind]:]))
        return Seen(seen.reach + -(-side // stride) * seen.step, seen.step / stride)
    if kind == "Interpolate":
        return resized(node, seen)
    if kind in ("DepthToSpace", "SpaceToDepth"):
        factor = int(node.get_attributes()["block_size"])
        return Seen(seen.reach + seen.step * factor,
                    seen.step / factor if kind == "DepthToSpace" else seen.step * factor)
    if kind in ("Concat", "Split", "VariadicSplit", "Softmax", "LogSoftmax") or kind in OVER_CHANNELS:
        return seen if axes_of(node) == [1] else None
    if kind in ("Slice", "StridedSlice"):
        before, after = node.input_value(0).get_shape(), node.get_output_shape(0)
        return seen if len(before) == len(after) == 4 and list(before[2:]) == list(after[2:]) else None
    return None


def resized(node: Node, seen: Seen) -> Seen:
    """What is seen after a change of size: its neighbours too, four of them where it is cubic."""
    return Seen(seen.reach + 4 * seen.step * max(Fraction(1), ratio_of(node)), seen.step * ratio_of(node))




def ratio_of(node: Node) -> Fraction:
    """How many times smaller a node's result is than what goes in."""
    before, after = node.input_value(0).get_shape(), node.get_output_shape(0)
    return max(Fraction(int(one), max(1, int(other))) for one, other in zip(before[2:], after[2:], strict=True))


def axes_of(node: Node) -> list[int] | None:
    """The axes that a node works over, counted from 0; None where the graph does not say."""
    said = node.get_attributes()
    axes = len(node.get_output_shape(0))
    found = said.get("axis") if "axis" in said else None
    if found is None:
        constant = constant_of(node, 1) if node.get_input_size() > 1 else None
        found = None if constant is None else constant.reshape(-1).tolist()
    if found is None:
        return None
    return [int(axis) % axes for axis in (found if isinstance(found, list) else [found])]
