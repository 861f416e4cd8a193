"""Where a network's time goes, layer by layer, as OpenVINO's processor plugin tells it: on one core."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from allaprima.engines import AdaINEngine, Engine, Look
from allaprima.errors import OptionError
from allaprima.evaluate.speed import kilo_macs, noisy_picture
from allaprima.runtimes.any_size import AnySize
from allaprima.runtimes.calls import Array
from allaprima.runtimes.compiled import core
from allaprima.runtimes.graph_networks import Call
from allaprima.runtimes.openvino import OpenVINOTransfer
from allaprima.runtimes.openvino_package import Model

RUNS = 60             # the best of which stands for a layer: what else the machine does only adds
LEAST_SHARE = 0.005   # of the whole, below which layers are told together
CONVOLUTIONS = ("Convolution", "ConvolutionBackpropData")


@dataclass(frozen=True, slots=True)
class Layer:
    """A layer as it is computed: OpenVINO's name, its operation and kernel, core milliseconds.

    rate: thousand million products a second, of those that it does; 0 where it is no convolution.
    """

    name: str
    kind: str
    ms: float
    rate: float


@dataclass(frozen=True, slots=True)
class LayerSpeed:
    """A network with given moments, as most frames of a film are painted; rate: as ``NetworkSpeed`` has it."""

    model: str
    width: int
    height: int
    ms: float
    rate: float
    convolutions_ms: float
    layers: list[Layer]


def layer_speed(engine: Engine, look: Look, width: int, height: int) -> LayerSpeed:
    """The layers of a network at that size; raises ``OptionError`` where OpenVINO does not run it."""
    transfer = engine._transfer if isinstance(engine, AdaINEngine) else None
    if not isinstance(transfer, AnySize) or not isinstance(transfer.whole, OpenVINOTransfer):
        raise OptionError(f"cannot tell the layers of {engine.name}: OpenVINO does not run it",
                          "choose a model and --device cpu")
    assert isinstance(engine, AdaINEngine)
    whole, asked = transfer.whole, engine.modulation([look])
    model = whole.build(Call("frozen", "uint8", height, width))
    products = products_of(model)
    compiled = core().compile_model(model, whole.graphs.device, {
        **whole.graphs.properties, "NUM_STREAMS": 1, "INFERENCE_NUM_THREADS": 1, "PERF_COUNT": True})
    request = compiled.create_infer_request()
    inputs: dict[str, Array] = {"images": noisy_picture(height, width)[None], "scale": asked.scale, "bias": asked.bias,
                                "mix": asked.mix}
    best: dict[tuple[str, str], float] = {}
    for _ in range(RUNS):
        request.infer(inputs, share_inputs=True)
        for told in request.profiling_info:
            key = told.node_name, f"{told.node_type} {told.exec_type}"
            best[key] = min(best.get(key, np.inf), told.real_time.total_seconds() * 1e3)
    return summed(engine.name, width, height, best, products)


def summed(model: str, width: int, height: int, best: Mapping[tuple[str, str], float],
           products: Mapping[str, float]) -> LayerSpeed:
    """The layers that count, those that do not as one."""
    total = sum(best.values())
    layers = [Layer(name, kind, ms, products.get(name, 0.0) / ms / 1e6) for (name, kind), ms in best.items()
              if ms >= LEAST_SHARE * total]
    layers.append(Layer("the rest", "", total - sum(layer.ms for layer in layers), 0.0))
    convolutions = sum(ms for (_, kind), ms in best.items() if kind.split()[0] in CONVOLUTIONS)
    rate = kilo_macs(model) * width * height / total / 1e3
    return LayerSpeed(model, width, height, total, rate, convolutions, layers)


def products_of(model: Model) -> dict[str, float]:
    """How many products each convolution of a graph takes, by its name."""
    found = {}
    for node in model.get_ops():
        if node.get_type_name() in CONVOLUTIONS:
            kernel, read, made = ([int(side) for side in shape] for shape in (
                node.input(1).get_shape(), node.input(0).get_shape(), node.output(0).get_shape()))
            # A transposed convolution takes its kernel once for each number it reads, another for each that it makes.
            places = made[2] * made[3] if node.get_type_name() == "Convolution" else read[2] * read[3]
            found[node.get_friendly_name()] = float(np.prod(kernel)) * places
    return found
