"""PyTorch on NVIDIA's GPUs: paintings recorded as CUDA graphs, copies beside them. Experimental: run on one so far.

All but the graph and the streams is the same on every device; tests run it on the processor.
"""

from __future__ import annotations

import gc
import threading
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from typing import Literal

import numpy as np
import torch

from allaprima.errors import DeviceError, OptionError
from allaprima.nets.shape import Shape
from allaprima.runtimes.calls import Batch, Encoder, Precision, Ranges, Row, Tensors, Transfer
from allaprima.runtimes.convolutions import convolutions
from allaprima.runtimes.cuda_graphs import Lane
from allaprima.runtimes.pytorch import (
    TorchRuntime,
    TorchTransfer,
    compact_at_any_size,
    compact_painting,
    float_of,
    reference_at_any_size,
    reference_painting,
)
from allaprima.runtimes.torch_errors import memory_named
from allaprima.runtimes.torch_painting import Mode, Painting

BATCH = 8        # small pictures leave a GPU idle one by one; half of a batch is copied while the other half is painted
LANES = 2
KEPT_SHAPES = 4  # recorded calls of one network, the least used leave first: each holds its features' memory


class CudaRuntime:
    """Compiles networks for an NVIDIA GPU; "auto" is fp16, which has three bits more for a picture than bf16.

    device: "cuda", or one of several: "cuda:1"; the tests' "cpu" runs all but the graphs. Raises ``DeviceError`` where
    torch finds no GPU.
    """

    name = "cuda"
    batch_size = BATCH

    def __init__(self, precision: Precision | Literal["auto"] = "auto", device: str = "cuda") -> None:
        self.device = device
        gpu = device.startswith("cuda")
        if gpu and not torch.cuda.is_available():
            raise DeviceError("cannot use the device 'cuda': torch finds no NVIDIA GPU that it can use",
                              "choose another: --device cpu; 'allaprima doctor' says what is missing")
        if precision == "bf16" and gpu and not torch.cuda.is_bf16_supported(including_emulation=False):
            raise OptionError("cannot compute in bf16 on this GPU: it has no such arithmetic",
                              "choose another: --precision fp16")
        self.precision = self.floats = float_of(("fp16" if gpu else "fp32") if precision == "auto" else precision)
        self._plain = TorchRuntime(device, "fp32")

    def compact(self, tensors: Tensors, shape: Shape, ranges: Ranges | None = None) -> Transfer:
        """A compact network, padded by a margin so that no border shows; always in floats."""
        painting = compact_painting(tensors, shape, self.device, self.precision)
        return compact_at_any_size(CudaTransfer(painting), painting)

    def reference(self, encoder: Tensors, decoder: Tensors) -> Transfer:
        """The published AdaIN network: unbiased deviations, no padding of ours."""
        painting = reference_painting(encoder, decoder, self.device, self.precision)
        return reference_at_any_size(CudaTransfer(painting), painting)

    def style_encoder(self, tensors: Tensors) -> Encoder:
        """The style encoder, in fp32, picture by picture."""
        return self._plain.style_encoder(tensors)

    def vgg_code(self, tensors: Tensors) -> Encoder:
        """VGG-19's own statistics, in fp32, picture by picture."""
        return self._plain.vgg_code(tensors)


class CudaTransfer(TorchTransfer):
    """A painting network called with numpy batches; recorded for each shape and type of pixels on its first call.

    A batch goes through in two halves, a lane for each. Raises ``OutOfMemory`` where the GPU's does not suffice.
    """

    def __init__(self, painting: Painting) -> None:
        super().__init__(painting)
        self._lanes: OrderedDict[str, list[Lane]] = OrderedDict()
        self._lock = threading.Lock()
        self._failed = False

    def _run(self, mode: Mode, images: Batch, rows: Mapping[str, Row]) -> list[Batch]:
        attempt = f"paint {images.shape[2]}x{images.shape[1]} on {self.painting.device}"
        with self._lock, memory_named(attempt), torch.inference_mode():
            part = -(-len(images) // LANES)
            inputs = [part_of(images, rows, start, part) for start in range(0, len(images), part)]
            if self._failed:  # what that attempt held may hang on its error still
                gc.collect()
                self._failed = False
            try:
                lanes = self._lanes_for(mode, inputs[0], len(inputs))
                for lane, each in zip(lanes, inputs, strict=True):
                    lane.begin(each)
                return joined(lanes, len(images))
            except RuntimeError:  # what is recorded holds memory that the next attempt, with less, will need
                self._lanes.clear()
                self._failed = True
                raise

    def device_ms(self) -> float:
        """Milliseconds a picture of the latest kind of call on the device alone, without the copies."""
        with self._lock, torch.inference_mode():
            key = next(reversed(self._lanes))
            return self._lanes[key][0].replay_ms() / self._lanes[key][0].pictures

    def _lanes_for(self, mode: Mode, like: Mapping[str, Batch], count: int) -> list[Lane]:
        key = f"{mode} {like['images'].dtype} {like['images'].shape}"
        lanes = self._lanes.setdefault(key, [])
        self._lanes.move_to_end(key)
        while len(self._lanes) > KEPT_SHAPES:
            self._lanes.popitem(last=False)
        if len(lanes) < count:
            with convolutions(self.painting.device, searched=True):
                while len(lanes) < count:
                    lanes.append(Lane(lambda inputs: self.painting(mode, inputs), like, self.painting.device))
        return lanes[:count]


def joined(lanes: Sequence[Lane], count: int) -> list[Batch]:
    """What the lanes give, one after the other, for so many pictures: the last lane's may be fewer than it has."""
    outputs: list[Batch] = []
    start = 0
    for lane in lanes:
        given = lane.end()
        outputs = outputs or [np.empty((count, *part.shape[1:]), part.dtype) for part in given]
        for output, part in zip(outputs, given, strict=True):
            output[start:start + len(part)] = part[:count - start]
        start += len(given[0])
    return outputs


def part_of(images: Batch, rows: Mapping[str, Row], start: int, part: int) -> dict[str, Batch]:
    """So many pictures and their rows from there on; the last one is repeated where a batch ends."""
    whole = start + part <= len(images)
    chosen = slice(start, start + part) if whole else np.minimum(np.arange(start, start + part), len(images) - 1)
    inputs: dict[str, Batch] = {"images": images[chosen]}
    for name, row in rows.items():
        inputs[name] = row[chosen] if len(row) > 1 else np.repeat(row, part, axis=0)
    return inputs
