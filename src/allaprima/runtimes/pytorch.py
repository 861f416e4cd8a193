"""PyTorch: the exact runtime that the others are measured against."""

from __future__ import annotations

from collections.abc import Mapping
from typing import cast

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from allaprima.errors import OptionError
from allaprima.functional.padding import MARGIN
from allaprima.functional.statistics import mean_and_deviation
from allaprima.nets.adain import AdaINNetwork
from allaprima.nets.compact import CompactNetwork
from allaprima.nets.shape import Shape
from allaprima.nets.stages import compact_layout, reference_layout
from allaprima.nets.style_encoder import StyleEncoder
from allaprima.nets.vgg import STYLE_LAYERS, VGG19, ranks_of
from allaprima.runtimes.any_size import AnySize
from allaprima.runtimes.calls import (
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
from allaprima.runtimes.convolutions import convolutions
from allaprima.runtimes.memory import free_bytes
from allaprima.runtimes.tile_sizes import Tiling, tiling_for
from allaprima.runtimes.tiles import needs_of
from allaprima.runtimes.torch_errors import memory_named
from allaprima.runtimes.torch_painting import Mode, Painting, as_tensors, content_of, frozen_rows, placed, rows_of
from allaprima.runtimes.torch_stages import TorchStages, Values, compact_values, reference_values

COMPACT, REFERENCE = 430, 1100  # bytes a pixel that painting on a processor takes beside the weights, in fp32


class TorchRuntime:
    """Compiles networks for torch; ``device`` is "cpu", "mps" or "cuda"."""

    name = "torch"
    batch_size = 1

    def __init__(self, device: str = "cpu", precision: Precision = "fp32") -> None:
        self.device = device
        self.precision = self.floats = float_of(precision)

    def compact(self, tensors: Tensors, shape: Shape, ranges: Ranges | None = None) -> Transfer:
        """A compact network, padded by a margin so that no border shows; always in floats."""
        painting = compact_painting(tensors, shape, self.device, self.precision)
        return compact_at_any_size(TorchTransfer(painting), painting)

    def reference(self, encoder: Tensors, decoder: Tensors) -> Transfer:
        """The published AdaIN network: unbiased deviations, no padding of ours."""
        painting = reference_painting(encoder, decoder, self.device, self.precision)
        return reference_at_any_size(TorchTransfer(painting), painting)

    def style_encoder(self, tensors: Tensors) -> Encoder:
        """The style encoder; its codes come out raw, the whitening undone."""
        network = StyleEncoder()
        network.load_state_dict(as_tensors(tensors))
        self._placed(network)

        def encode(picture: NDArray[np.float32]) -> Row:
            with torch.inference_mode(), convolutions(torch.device(self.device)):
                code = network.whitening.inverse(network(self._picture(picture)))
            return cast(Row, code[0].cpu().numpy())

        return encode

    def vgg_code(self, tensors: Tensors) -> Encoder:
        """VGG-19's channel means and biased deviations at relu1_1 to relu4_1; it may be in low rank."""
        network = VGG19(last=STYLE_LAYERS[-1], ranks=ranks_of(tensors))
        network.load_state_dict(as_tensors(tensors), strict=False)
        self._placed(network)

        def encode(picture: NDArray[np.float32]) -> Row:
            with torch.inference_mode(), convolutions(torch.device(self.device)):
                features = network(self._picture(picture), STYLE_LAYERS)
                pairs = [mean_and_deviation(features[layer]) for layer in STYLE_LAYERS]
                code = torch.cat([part.flatten() for pair in pairs for part in pair])
            return cast(Row, code.cpu().numpy())

        return encode

    def _placed(self, network: nn.Module) -> nn.Module:
        network.requires_grad_(False).eval().to(self.device)
        return network.to(memory_format=torch.channels_last)

    def _picture(self, picture: NDArray[np.float32]) -> Tensor:
        return torch.from_numpy(np.ascontiguousarray(picture)).permute(2, 0, 1)[None].to(self.device)


def float_of(precision: Precision) -> Precision:
    """The precision, if torch's networks compute in it; raises OptionError for int8."""
    if precision == "int8":
        raise OptionError("cannot compute in int8 with torch: it works in floats", "choose another: --precision auto")
    return precision


def compact_painting(tensors: Tensors, shape: Shape, device: str, precision: Precision) -> Painting:
    """A compact network on a device."""

    def build() -> nn.Module:
        network = CompactNetwork(shape)
        network.load_state_dict(as_tensors(tensors))
        return network

    return Painting(build, compact_layout(shape, MARGIN), device, precision)


def reference_painting(encoder: Tensors, decoder: Tensors, device: str, precision: Precision) -> Painting:
    """The published network on a device."""

    def build() -> nn.Module:
        network = AdaINNetwork()
        network.encoder.load_state_dict(as_tensors(encoder), strict=False)
        network.decoder.load_state_dict(as_tensors(decoder))
        return network

    return Painting(build, reference_layout(AdaINNetwork.channels), device, precision)


def compact_at_any_size(whole: Transfer, painting: Painting) -> Transfer:
    """A compact network's transfer of whole pictures, with its tiles beyond what memory holds."""
    return at_any_size(whole, painting, compact_values(cast(CompactNetwork, painting.network(torch.float32))), COMPACT)


def reference_at_any_size(whole: Transfer, painting: Painting) -> Transfer:
    """The published network's transfer of whole pictures, with its tiles beyond what memory holds."""
    return at_any_size(whole, painting, reference_values(cast(AdaINNetwork, painting.network(torch.float32))),
                       REFERENCE)


def at_any_size(whole: Transfer, painting: Painting, values: Values, bytes_a_pixel: int) -> Transfer:
    """A transfer of whole pictures, with the tiles of its stages beyond what memory holds."""

    def foreseen(height: int, width: int, pixels: str) -> Tiling | None:
        if painting.device.type != "cpu":  # what a GPU has is found out by asking for it
            return None
        return tiling_for(height, width, needs_of(painting.layout, bytes_a_pixel, pixels), 1, free_bytes())

    stages = TorchStages(values, lambda tile: content_of(placed(tile, painting.device)), painting.device,
                         painting.dtype)
    return AnySize(whole, painting.layout, stages, foreseen)


class TorchTransfer:
    """A painting network called with numpy batches, call by call."""

    def __init__(self, painting: Painting) -> None:
        self.painting, self.channels = painting, painting.layout.channels

    def measure(self, images: Batch, modulation: Modulation, given: Moments | None = None,
                momentum: float = 1.0) -> tuple[Batch, Moments]:
        """Pictures normalised by the mixture of own and given moments, and that mixture."""
        rows = rows_of(modulation, given, momentum)
        painted, mean, variance = self._run("measure" if given is None else "mixed", images, rows)
        return painted, Moments(cast(Row, mean), cast(Row, variance))

    def frozen(self, images: Batch, modulation: Modulation) -> Batch:
        """Pictures painted with a folded modulation."""
        [painted] = self._run("frozen", images, frozen_rows(modulation))
        return painted

    def _run(self, mode: Mode, images: Batch, rows: Mapping[str, Row]) -> list[Batch]:
        with (memory_named(f"paint {images.shape[2]}x{images.shape[1]} on {self.painting.device}"),
              torch.inference_mode(), convolutions(self.painting.device)):
            inputs = {"images": self._placed(images)} | {name: self._placed(row) for name, row in rows.items()}
            return [cast(Batch, output.cpu().numpy()) for output in self.painting(mode, inputs)]

    def _placed(self, values: Batch) -> Tensor:
        return placed(values, self.painting.device)
