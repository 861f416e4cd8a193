"""What can be exported, as a value: the file's bytes beside what went into it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from allaprima import weights
from allaprima.engines.adain import compact_modulation
from allaprima.engines.export.compact import add_compact
from allaprima.engines.export.encoder import add_encoder, add_mapping
from allaprima.engines.export.graph import OPSET, Graph
from allaprima.engines.export.protobuf import Value
from allaprima.engines.fitted import mixed_guides, mixed_ranges, mixed_tensors
from allaprima.engines.looks import Look
from allaprima.errors import OptionError, WeightsError
from allaprima.nets.shape import Shape
from allaprima.runtimes.calls import Modulation, Ranges, Tensors

ExportPrecision = Literal["fp32", "fp16", "int8"]
Carried = Literal["own", "given"]


@dataclass(frozen=True, slots=True)
class Network:
    """A compact network that is to be exported: the base's tensors, with what a style was fitted by added to them.

    modulation: the look that is put into the file; None where scales and biases are inputs.
    """

    name: str
    tensors: Tensors
    shape: Shape
    ranges: Ranges
    modulation: Modulation | None = None


@dataclass(frozen=True, slots=True)
class Exported:
    """An ONNX file's content, and its inputs and outputs, as the file names them."""

    content: bytes
    inputs: tuple[Value, ...]
    outputs: tuple[Value, ...]
    opset: int = OPSET


def network_of(model: str, look: Look | None = None) -> Network:
    """The compact network of that name, or the one that paints in a look; raises OptionError for other models."""
    entry = weights.named(model)
    if entry.shape is None:
        raise OptionError(f"cannot export {model}: only compact networks can be", "choose balanced or fast")
    tensors = weights.load(model)
    if look is None:
        return Network(model, tensors, entry.shape, entry.ranges or {})
    modulate = compact_modulation(tensors, weights.load("style-encoder"), entry.shape, entry.gate, entry.sha256)
    mixture = look.style.mixture(entry.sha256)
    if mixed_guides(mixture) is not None:
        raise OptionError(f"cannot export {look.style.name}: it is told where in the frame it is, by what stands in no "
                          "network's file", "fit it without: --set guides=0")
    if not mixture and any(part.mixture(entry.sha256) for part, _ in look.style.parts):
        raise WeightsError(f"cannot export {look.style.name}: its parts are networks of their own",
                           "save the blend as a style first: allaprima style")
    return Network(f"{look.style.name} ({model})", mixed_tensors(tensors, mixture), entry.shape,
                   mixed_ranges(entry.ranges, mixture) if mixture else entry.ranges or {}, modulate(look))


def exported_network(network: Network, precision: ExportPrecision = "fp32", moments: Carried = "own",
                     words: Mapping[str, str] | None = None) -> Exported:
    """The network as an ONNX file.

    precision: "fp16" computes in float16 (moments in float32), "int8" rounds what convolutions of known ranges take to
    8 bits. moments: "given" takes those of frames before as inputs and gives out what was normalised by.
    """
    if precision == "int8" and not network.ranges:
        raise OptionError(f"cannot export {network.name} in int8: the ranges of its convolutions are not known",
                          "choose another: --precision fp16")
    graph = Graph(network.name, "float16" if precision == "fp16" else "float32")
    add_compact(graph, network.tensors, network.shape, network.ranges if precision == "int8" else {},
                network.modulation, carried=moments == "given")
    return finished(graph, words)


def exported_encoder(model: str | None, precision: ExportPrecision = "fp32",
                     words: Mapping[str, str] | None = None) -> Exported:
    """The style encoder as an ONNX file; with the mapping of a compact network, which gives its scales and biases."""
    if precision == "int8":
        raise OptionError("cannot export the style encoder in int8: the ranges of its convolutions are not known",
                          "choose another: --precision fp16")
    graph = Graph("style-encoder", "float16" if precision == "fp16" else "float32")
    whitened = add_encoder(graph, weights.load("style-encoder"))
    if model is not None:
        network = network_of(model)
        add_mapping(graph, whitened, network.tensors, network.shape)
    return finished(graph, words)


def finished(graph: Graph, words: Mapping[str, str] | None) -> Exported:
    """The graph's file."""
    return Exported(graph.content(words or {}), tuple(graph.inputs), tuple(graph.outputs))
