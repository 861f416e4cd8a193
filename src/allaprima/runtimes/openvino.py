"""OpenVINO on Intel's and AMD's processors and Intel's GPUs: graphs of our own, kept compiled, torch never loaded."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, cast

import numpy as np
from numpy.typing import NDArray

from allaprima.errors import DeviceError, OptionError
from allaprima.functional.padding import MARGIN
from allaprima.nets.shape import Shape
from allaprima.nets.stages import Layout, Stage, compact_layout, reference_layout
from allaprima.parsing import parsed_count
from allaprima.runtimes import graph_networks as networks
from allaprima.runtimes.any_size import AnySize
from allaprima.runtimes.calls import (
    Array,
    Batch,
    Encoder,
    Modulation,
    Moments,
    Precision,
    Ranges,
    Row,
    Tensors,
    Transfer,
)
from allaprima.runtimes.compiled import Graphs, core, weights_digest
from allaprima.runtimes.graph_normalisation import Mode
from allaprima.runtimes.graph_stages import compact_stage, reference_stage
from allaprima.runtimes.memory import free_bytes
from allaprima.runtimes.openvino_package import Model
from allaprima.runtimes.processor import THREADS, multiplies_bytes, spared
from allaprima.runtimes.tile_sizes import tiling_for
from allaprima.runtimes.tiles import Tile, needs_of

GPU_BATCH = 2  # one is uploaded while the other is painted
DEVICES = {"cpu": "CPU", "intel-gpu": "GPU"}
HINTS: dict[Precision, str] = {"fp32": "f32", "fp16": "f16", "bf16": "bf16"}
CAPABILITIES: dict[Precision, str] = {"fp32": "FP32", "fp16": "FP16", "bf16": "BF16"}
FLOATS: dict[str, tuple[Precision, ...]] = {"cpu": ("bf16", "fp32"), "intel-gpu": ("fp16", "fp32")}


class OpenVINORuntime:
    """Compiles networks with OpenVINO; ``device`` is "cpu" or "intel-gpu".

    precision: "auto" is int8 on processors that sum products of 8-bit numbers at once, elsewhere the fastest floats
    that the device computes in: bf16 or fp32 on a processor, fp16 or fp32 on a GPU. 8 bits are for networks of known
    ranges and for 8-bit pictures; everything else is in ``floats``, and other pictures are in fp32.
    threads: of the processor; None for all that this process may use. A batch is painted a picture a thread, which
    leaves none of them waiting for the others; one picture alone by all of them.
    """

    name = "openvino"

    def __init__(self, device: str = "cpu", precision: Precision | Literal["auto"] = "auto",
                 threads: int | None = None) -> None:
        self.device = device
        self.target = DEVICES[device]
        if self.target not in core().available_devices:
            raise DeviceError(f"cannot use the device {device!r}: OpenVINO finds only "
                              f"{', '.join(core().available_devices)}", "choose another: --device cpu")
        self.precision: Precision = self._precision(precision)
        self.floats: Precision = self._fastest() if self.precision == "int8" else self.precision
        self.properties: dict[str, str | int | bool] = {"PERFORMANCE_HINT": "LATENCY",
                                                        "INFERENCE_PRECISION_HINT": HINTS[self.floats]}
        self.batch_size = GPU_BATCH
        if device == "cpu":
            self.batch_size = threads or usable_cores()
            self.properties |= {"INFERENCE_NUM_THREADS": self.batch_size, "ENABLE_CPU_PINNING": False}

    def _precision(self, wanted: Precision | Literal["auto"]) -> Precision:
        if wanted == "auto":
            return "int8" if self.device == "cpu" and multiplies_bytes() else self._fastest()
        if wanted == "int8":
            if self.device != "cpu":
                raise OptionError(f"cannot compute in int8 on {self.device}: it was never tried there",
                                  "choose another: --precision auto")
            return wanted
        if CAPABILITIES[wanted] not in self._capabilities():
            raise OptionError(f"cannot compute in {wanted} on {self.device}: this one has no such arithmetic",
                              "choose another: --precision auto")
        return wanted

    def _fastest(self) -> Precision:
        capabilities = self._capabilities()
        return next(precision for precision in FLOATS[self.device] if CAPABILITIES[precision] in capabilities)

    def _capabilities(self) -> list[str]:
        return cast("list[str]", core().get_property(self.target, "OPTIMIZATION_CAPABILITIES"))

    def compact(self, tensors: Tensors, shape: Shape, ranges: Ranges | None = None) -> Transfer:
        """A compact network, padded by a margin so that no border shows."""
        used = dict(ranges or {}) if self.precision == "int8" else {}
        graphs = self._graphs("compact", f"{shape} {weights_digest(tensors)} {sorted(used.items())}")
        traits = Traits(compact_layout(shape, MARGIN), bytes_a_pixel=130)
        return self._any_size(graphs, traits, lambda call: networks.compact(tensors, shape, call, used),
                              lambda stage, tile: compact_stage(tensors, shape, stage, tile, used))

    def reference(self, encoder: Tensors, decoder: Tensors) -> Transfer:
        """The published AdaIN network: unbiased deviations, no padding of ours."""
        used = networks.vgg_tensors(encoder)
        graphs = self._graphs("reference", weights_digest(used) + weights_digest(decoder))
        traits = Traits(reference_layout(networks.VGG_WIDTH), bytes_a_pixel=640)
        return self._any_size(graphs, traits, lambda call: networks.reference(used, decoder, call),
                              lambda stage, tile: reference_stage(used, stage, tile))

    def style_encoder(self, tensors: Tensors) -> Encoder:
        """The style encoder, in fp32, for pictures of any even size; its codes come out raw."""
        return self._encoder("style_encoder", tensors, networks.style_encoder)

    def vgg_code(self, tensors: Tensors) -> Encoder:
        """VGG-19's channel means and biased deviations at relu1_1 to relu4_1, in fp32; it may be in low rank."""
        return self._encoder("vgg_code", networks.vgg_tensors(tensors), networks.vgg_code)

    def _any_size(self, graphs: Graphs, traits: Traits, build: Callable[[networks.Call], Model],
                  build_stage: Callable[[Stage, Tile], Model]) -> Transfer:
        stages = OpenVINOStages(graphs, build_stage)
        whole = OpenVINOTransfer(graphs, self.batch_size, traits, build)
        return AnySize(whole, traits.layout, stages, lambda height, width, pixels: tiling_for(
            height, width, needs_of(traits.layout, traits.bytes_a_pixel, pixels), self.batch_size, free_bytes()))

    def _graphs(self, kind: str, identity: str) -> Graphs:
        return Graphs(self.target, self.properties, f"{kind} {identity}")

    def _encoder(self, kind: str, tensors: Tensors, build: Callable[[Tensors], Model]) -> Encoder:
        graphs = self._graphs(kind, weights_digest(tensors))

        def encode(picture: NDArray[np.float32]) -> Row:
            graph = graphs.graph("any size", lambda: build(tensors), precise=True)
            [[code]] = graph([{"picture": np.ascontiguousarray(picture, np.float32)[None]}])
            return cast(Row, code[0])

        return encode


@dataclass(frozen=True, slots=True)
class Traits:
    """What of a painting network its calls must know.

    bytes_a_pixel: what painting takes beside the weights: measured in fp32 at
    2560x1440 (the compact network) and 1280x720 (the reference), rounded up.
    """

    layout: Layout
    bytes_a_pixel: int


class OpenVINOStages:
    """Runs a network's stages over tiles; compiled for each shape of tile on its first call."""

    def __init__(self, graphs: Graphs, build: Callable[[Stage, Tile], Model]) -> None:
        self.graphs, self.build = graphs, build

    def __call__(self, stage: Stage, tile: Tile, inputs: Sequence[Mapping[str, Array]]) -> list[list[Array]]:
        """The stage's maps and moments, tile by tile."""
        graph = self.graphs.graph(f"stage {stage.name} {tile}", lambda: self.build(stage, tile),
                                  at_once=tile.at_once, precise=tile.pixels != "uint8")
        results: list[list[Array]] = []
        for outputs in graph(inputs):
            kept, moments = outputs[:len(stage.keeps)], cast(list[Row], outputs[len(stage.keeps):])
            for mean, missed, squares in zip(moments[::3], moments[1::3], moments[2::3], strict=True):
                kept += [mean + missed, squares - missed**2]
            results.append(kept)
        return results


class OpenVINOTransfer:
    """A painting network called with numpy batches; compiled for each shape and type of pixels on its first call."""

    def __init__(self, graphs: Graphs, at_once: int, traits: Traits, build: Callable[[networks.Call], Model]) -> None:
        self.graphs, self.at_once, self.traits, self.build = graphs, at_once, traits, build
        self.channels = traits.layout.channels
        self.fitting: dict[tuple[networks.Call, int], int] = {}

    def measure(self, images: Batch, modulation: Modulation, given: Moments | None = None,
                momentum: float = 1.0) -> tuple[Batch, Moments]:
        """Pictures normalised by the mixture of own and given moments, and that mixture."""
        rows = {"scale": modulation.scale, "bias": modulation.bias, "keep": modulation.keep, "mix": modulation.mix}
        if given is not None:
            rows |= {"given_mean": given.mean, "given_variance": given.variance,
                     "momentum": np.full((1, 1), momentum, np.float32)}
        painted, mean, variance = self._run("measure" if given is None else "mixed", images, rows)
        return painted, Moments(cast(Row, mean), cast(Row, variance))

    def frozen(self, images: Batch, modulation: Modulation) -> Batch:
        """Pictures painted with a folded modulation."""
        [painted] = self._run("frozen", images, {"scale": modulation.scale, "bias": modulation.bias,
                                                 "mix": modulation.mix})
        return painted

    def _run(self, mode: Mode, images: Batch, rows: dict[str, Row]) -> list[Batch]:
        batch, height, width = images.shape[:3]
        call = networks.Call(mode, str(images.dtype), height, width)
        at_once = self._fitting(call, batch)
        graph = self.graphs.graph(str(call), lambda: self.build(call), at_once=at_once,
                                  precise=images.dtype != np.uint8, spared=spared() if at_once == 1 else 0)
        inputs: list[dict[str, Array]] = []
        for index in range(batch):  # one row may stand for the whole batch
            picture: dict[str, Array] = {"images": np.ascontiguousarray(images[index:index + 1])}
            inputs.append(picture | {
                name: np.ascontiguousarray(row[index:index + 1] if len(row) > 1 else row, np.float32)
                for name, row in rows.items()})
        outputs = graph(inputs)
        if batch == 1:
            return cast(list[Batch], outputs[0])
        return [cast(Batch, np.concatenate(parts)) for parts in zip(*outputs, strict=True)]

    def _fitting(self, call: networks.Call, batch: int) -> int:
        """How many pictures of a batch to paint at once: as many as free memory allowed before the first of them.

        A batch that is shorter than one before, as where a shot ends, is painted by what is compiled already.
        """
        wanted = max([min(batch, self.at_once), *(known for one, known in self.fitting if one == call)])
        if (call, wanted) not in self.fitting:
            need, free = self.traits.bytes_a_pixel * call.height * call.width, free_bytes()
            self.fitting[call, wanted] = wanted if free is None else max(1, min(wanted, free // need))
        return self.fitting[call, wanted]


def usable_cores() -> int:
    """Processors that this process may run on; ``ALLAPRIMA_THREADS`` says fewer, so that several share a machine."""
    asked = parsed_count(os.environ.get(THREADS, ""), 4096)
    if asked:
        return asked
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
