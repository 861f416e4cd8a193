"""The networks as the page takes them: graphs without weights, and weights in 16 bits that the page widens itself.

A fitted style is the same graph with other kernels, so that the page fetches a network once and of each style its
difference. How a kernel lies in the graph (phases of an upsampling one, squares of the first) is told beside each.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from allaprima import weights
from allaprima.engines.export.compact import add_compact
from allaprima.engines.export.encoder import add_encoder
from allaprima.engines.export.graph import Graph
from allaprima.errors import OptionError

OUTSIDE = "weights.bin"  # what the graphs call the weights that the page puts beside them

Json = dict[str, object]


@dataclass(frozen=True, slots=True)
class PageNetwork:
    """A network's files for the page.

    graph: ONNX without weights. kernels, mapping: safetensors. mixed: the file of the kernels
    that styles mix, as it is shipped; None where there is none. about: its shape, where its weights go, and the sha256
    of that file, by which styles name their units.
    """

    graph: bytes
    kernels: bytes
    mapping: bytes
    mixed: bytes | None
    about: Json


def page_network(model: str) -> PageNetwork:
    """A compact network for the page: any size, any style, moments of the frames before taken and given."""
    entry, tensors = weights.named(model), stored(model)
    if entry.shape is None:
        raise OptionError(f"cannot put {model} into the page: only compact networks can be", "choose balanced or fast")
    graph = Graph(model, outside=OUTSIDE)
    add_compact(graph, weights.load(model), entry.shape, {}, None, carried=True)
    convolutions = {name: values for name, values in tensors.items() if is_kernel(name)}
    rest = {name: values for name, values in tensors.items() if name not in convolutions}
    layers = [[name, place.channels.stop - place.channels.start]
              for name, place in entry.shape.normalised_layers().items()]
    kernels = weights.kernels_of(model)
    about: Json = {"sha256": entry.sha256, "channels": entry.shape.channels(), "layers": layers, "gate": entry.gate,
                   "kiloMacs": entry.shape.kilo_macs(), "places": places_of(graph, tensors),
                   "kernels": None if kernels is None else weights.named(kernels).sha256}
    mixed = None
    if kernels is not None:
        weights.verify(kernels)
        mixed = weights.path_of(kernels).read_bytes()
    return PageNetwork(graph.content({"what": model}), saved(convolutions), saved(rest), mixed, about)


def page_encoder() -> tuple[bytes, bytes, Json]:
    """The style encoder's graph without weights, its weights as they are shipped, and where they go."""
    tensors = stored("style-encoder")
    graph = Graph("style-encoder", outside=OUTSIDE)
    add_encoder(graph, weights.load("style-encoder"))
    return graph.content({"what": "style-encoder"}), weights.path_of("style-encoder").read_bytes(), {
        "places": places_of(graph, tensors), "styleSize": weights.named("style-encoder").style_size or 256}


def stored(name: str) -> dict[str, NDArray[np.generic]]:
    """The tensors of shipped weights as they lie in their file, verified."""
    weights.verify(name)
    return weights.stored_tensors(weights.path_of(name))


def saved(tensors: Mapping[str, NDArray[np.generic]]) -> bytes:
    """The tensors as a safetensors file."""
    from safetensors.numpy import save

    return save(dict(tensors))


def is_kernel(name: str) -> bool:
    """Whether a tensor of a compact network belongs to a convolution."""
    return ".convolution." in name or name.split(".")[0] in ("to_half", "to_quarter", "to_eighth", "to_rgb")


def places_of(graph: Graph, tensors: Mapping[str, NDArray[np.generic]]) -> list[Json]:
    """Each constant that lies outside the graph: of which tensor it is made, how, where it goes, its bytes."""
    found: list[Json] = []
    for name, place in graph.places.items():
        layer, _, part = name.rpartition(".")
        modulated = f"{layer}.convolution.{part}"
        found.append({"tensor": modulated if modulated in tensors else name, "as": arrangement(layer, part),
                      "offset": place.offset, "length": place.length})
    return found


def arrangement(layer: str, part: str) -> str:
    """How a tensor lies in the graph: plainly, as phases, as squares, or as the bias of the last one's phases."""
    if layer == "to_rgb":
        return "phases" if part == "weight" else "phase-bias"
    if layer.startswith("up_to_"):
        return "phases"
    return "squares" if layer in ("to_half", "levels.0.first") and part == "weight" else "plain"
