"""Networks of others, as ONNX files: read by OpenVINO's own reader of ONNX and nothing else, looked into, compiled.

Nothing of a file is run but the operators that OpenVINO has itself; a file that names others is refused.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from allaprima.errors import WeightsError
from allaprima.runtimes.compiled import Graph, core, translated

if TYPE_CHECKING:  # descriptions are read, and networks known by name, where no OpenVINO is
    from allaprima.runtimes.openvino_package import Model, Node, openvino

SUFFIX = ".onnx"
LARGEST_FILE = 2 << 30  # bytes; an ONNX file cannot be larger
MOST_NODES = 20_000
_UNKNOWN = re.compile(r"No conversion rule found for operations: (.*)")


@dataclass(frozen=True, slots=True)
class Port:
    """An input or output of a network. shape: None for sides that are free; of floats or whole numbers."""

    name: str
    shape: tuple[int | None, ...]
    floats: bool


def is_network(name: str) -> bool:
    """Whether the name is that of a network's file."""
    return name.lower().endswith(SUFFIX)


def file_digest(path: Path) -> str:
    """The sha256 of a network's file; raises WeightsError where it cannot be read or is too large."""
    digest = hashlib.sha256()
    try:
        if path.stat().st_size > LARGEST_FILE:
            raise WeightsError(f"cannot read the network {path}: it is larger than {LARGEST_FILE >> 30} GiB",
                               "export a smaller one")
        with path.open("rb") as file:
            while piece := file.read(1 << 20):
                digest.update(piece)
    except OSError as error:
        raise WeightsError(f"cannot read the network {path}: {error.strerror or error}",
                           "check the name, and that you may read it") from error
    return digest.hexdigest()


def read_network(path: Path) -> Model:
    """The network in an ONNX file; raises WeightsError, in a sentence, for what is none or cannot be run here."""
    from allaprima.runtimes.openvino_package import openvino

    file_digest(path)
    try:
        reader = openvino.frontend.FrontEndManager().load_by_framework("onnx")
        model = reader.convert(reader.load(str(path)))
        if not model.inputs or not model.outputs:
            raise ValueError("nothing goes in or comes out")
    except Exception as error:  # the reader's own errors have no common class
        unknown = _UNKNOWN.search(str(error))
        if unknown:
            raise WeightsError(f"cannot run the network {path}: it has operators of its own ({unknown[1][:120]})",
                               "export it with standard ONNX operators only") from error
        raise WeightsError(f"cannot read the network {path}: it is no ONNX network, or not whole",
                           "export it anew: docs/networks.md tells how") from error
    if len(model.get_ops()) > MOST_NODES:
        raise WeightsError(f"cannot run the network {path}: it has {len(model.get_ops())} operators, more than "
                           f"{MOST_NODES}", "export a smaller one")
    return model


def inputs_of(model: Model) -> list[Port]:
    """What a network takes; raises WeightsError where an input's number of axes is unknown."""
    return [port_of(port, "input") for port in model.inputs]


def outputs_of(model: Model) -> list[Port]:
    """What a network gives."""
    return [port_of(port, "output") for port in model.outputs]


def port_of(port: openvino.Output, kind: str) -> Port:
    """An input or an output."""
    shape = port.get_partial_shape()
    name = port.get_any_name() if port.get_names() else kind
    if shape.rank.is_dynamic:
        raise WeightsError(f"the network's {kind} {name} has an unknown number of axes",
                           "export it with pictures of four axes: 1, channels, height, width")
    sides = tuple(None if side.is_dynamic else int(side.get_length()) for side in shape)
    return Port(name, sides, bool(port.get_element_type().is_real()))


def shaped(model: Model, shapes: Mapping[str, tuple[int, ...]]) -> Model:
    """The same network for inputs of those shapes, what depends on shapes alone computed; raises WeightsError."""
    from openvino.passes import ConstantFolding, Manager

    from allaprima.runtimes.openvino_package import openvino

    try:
        own = model.clone()
        own.reshape({name: openvino.PartialShape(list(shape)) for name, shape in shapes.items()})
        passes = Manager()
        passes.register_pass(ConstantFolding())
        passes.run_passes(own)
    except RuntimeError as error:
        sizes = ", ".join("x".join(map(str, shape)) for shape in shapes.values())
        raise WeightsError(f"the network does not work on inputs of the shapes {sizes}",
                           "export it with free height and width, or correct the size in its description") from error
    return own


def compiled(model: Model, precision: str, threads: int) -> Graph:
    """A shaped network ready to be called, on the processor. precision: f32, bf16 or f16."""
    with translated("compile a network"):
        return Graph(core().compile_model(model, "CPU", {
            "PERFORMANCE_HINT": "LATENCY", "INFERENCE_PRECISION_HINT": precision, "INFERENCE_NUM_THREADS": threads,
            "ENABLE_CPU_PINNING": False}), 1)


def last_operator(model: Model) -> Node:
    """What computes the first output, moves of axes left out."""
    node = model.outputs[0].get_node().input_value(0).get_node()
    while node.get_type_name() in ("Transpose", "Convert", "Squeeze", "Unsqueeze"):
        node = node.input_value(0).get_node()
    return node


def constant_of(node: Node, index: int) -> NDArray[np.generic] | None:
    """The constant that an input of a node is; None where it is computed."""
    source = node.input_value(index).get_node()
    return np.asarray(source.data) if source.get_type_name() == "Constant" else None
