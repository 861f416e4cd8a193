"""A compact network as ONNX: a picture of any size, scales and biases in; the painted picture out.

The same arithmetic as ``nets.compact`` and ``runtimes.graph_networks``, the margin of reflected pixels inside.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from allaprima.engines.export.graph import Graph
from allaprima.engines.export.normalisation import Normalisation
from allaprima.engines.export.operations import (
    Range,
    bordered,
    convolution,
    kernel_for_squares,
    squares_as_channels,
    unbordered,
    upsampled_convolution,
)
from allaprima.functional.padding import MARGIN, MULTIPLE
from allaprima.nets.shape import Shape
from allaprima.runtimes.calls import Modulation, Ranges, Row, Tensors
from allaprima.runtimes.graph_networks import range_of
from allaprima.runtimes.graph_operations import phase_kernels

MINUS_HALF = np.full((1, 1, 1, 1), -0.5, np.float32)


class Inside(NamedTuple):
    """What the graph knows of its picture: its sides (2,) int64, and the rows and columns that a margin adds."""

    sides: str
    pads: str


def add_compact(graph: Graph, tensors: Tensors, shape: Shape, ranges: Ranges, modulation: Modulation | None, *,
                carried: bool) -> None:
    """Puts the network into the graph, with its inputs and outputs.

    modulation: one look, whose rows then lie in the graph; None to take them as inputs. ranges: of convolutions that
    are computed in 8 bits. carried: see ``Normalisation``.
    """
    picture = graph.input("picture", (1, 3, "height", "width"))
    channels = shape.channels()
    rows = {name: given_row(graph, name, length, None if modulation is None else getattr(modulation, name))
            for name, length in (("scale", channels), ("bias", channels), ("mix", 1))}
    place = placed(graph, picture)
    normalise = Normalisation(graph, rows["scale"], rows["bias"], channels, place.sides, carried=carried)
    content = graph.call("Pad", graph.narrowed(picture), place.pads, mode="reflect")
    painted = graph.widened(painted_in_margin(graph, tensors, shape, ranges, normalise, content))
    start = graph.whole(MARGIN + 1, MARGIN + 1)  # the margin, and the border of one that phases have
    cut = graph.call("Slice", painted, start, graph.call("Add", start, place.sides), graph.whole(2, 3))
    whole = graph.exactly(np.ones((1, 1), np.float32))
    shown = graph.call("Mul", cut, rows["mix"])
    kept = graph.call("Mul", picture, graph.call("Sub", whole, rows["mix"]))
    edges = [graph.exactly(np.array(edge, np.float32)) for edge in (0, 1)]
    graph.output("painted", graph.call("Clip", graph.call("Add", shown, kept), *edges), (1, 3, "height", "width"))
    normalise.finish()


def given_row(graph: Graph, name: str, length: int, row: Row | None) -> str:
    """A row of numbers: an input, or the constant that is given."""
    return graph.input(name, (1, length)) if row is None else graph.exactly(np.asarray(row, np.float32))


def placed(graph: Graph, picture: str) -> Inside:
    """How a picture of any size lies in a margin that makes its sides multiples of eight."""
    sides = graph.call("Slice", graph.call("Shape", picture), graph.whole(2), graph.whole(4), graph.whole(0))
    beyond = graph.call("Mod", graph.call("Neg", sides), graph.whole(MULTIPLE))
    before = graph.whole(0, 0, MARGIN, MARGIN)
    after = graph.call("Concat", graph.whole(0, 0), graph.call("Add", beyond, graph.whole(MARGIN)), axis=0)
    return Inside(sides, graph.call("Concat", before, after, axis=0))


def painted_in_margin(graph: Graph, tensors: Tensors, shape: Shape, ranges: Ranges, normalise: Normalisation,
                      content: str) -> str:
    """The network's picture (1, 3, H + 2, W + 2), with a border of one, of content (1, 3, H, W) in [0, 1]."""
    places = shape.normalised_layers()
    relu: Callable[[str], str] = lambda x: graph.call("Relu", x)  # noqa: E731  a name for an operation

    def within(name: str, kernel: Row) -> Range | None:
        found = range_of(name, kernel, ranges)
        return None if found is None else Range(*found)

    def modulated(name: str, x: str, *, up: bool = False) -> str:
        kernel = tensors[f"{name}.convolution.weight"]
        known = within(name, kernel)
        y = (upsampled_convolution(graph, x, name, kernel, known) if up
             else convolution(graph, x, name, kernel, within=known))
        return normalise(y, places[name].channels, places[name].reduction)

    def block(name: str, x: str) -> str:
        return graph.call("Add", x, modulated(f"{name}.second", relu(modulated(f"{name}.first", x))))

    def reduced(name: str, x: str) -> str:
        kernel = tensors[f"{name}.weight"]
        return relu(convolution(graph, x, name, kernel, tensors[f"{name}.bias"], stride=2, within=within(name, kernel)))

    centred = graph.call("Add", content, graph.constant(MINUS_HALF))
    at_half = relu(convolution(graph, squares_as_channels(graph, centred), "to_half",
                               kernel_for_squares(tensors["to_half.weight"]), tensors["to_half.bias"]))
    at_quarter = reduced("to_quarter", at_half)
    x = reduced("to_eighth", at_quarter)
    for index in range(shape.eighth_blocks):
        x = block(f"eighth.{index}", x)
    x = relu(graph.call("Add", modulated("up_to_quarter", x, up=True), modulated("skip_quarter", at_quarter)))
    for index in range(shape.quarter_blocks):
        x = block(f"quarter.{index}", x)
    x = modulated("up_to_half", x, up=True)
    if shape.skip_half:
        x = graph.call("Add", x, modulated("skip_half", at_half))
    phases = unbordered(graph, bordered(graph, relu(x)), "to_rgb", phase_kernels(tensors["to_rgb.weight"]),
                        np.tile(tensors["to_rgb.bias"] + np.float32(0.5), 4).astype(np.float32))
    return graph.call("DepthToSpace", phases, blocksize=2, mode="DCR")
