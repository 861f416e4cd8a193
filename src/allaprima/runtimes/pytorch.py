"""PyTorch on the CPU (or Apple's GPU): the exact runtime that the others are measured against."""

from __future__ import annotations

from typing import Protocol, cast

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional as F

from allaprima.errors import OptionError
from allaprima.functional.padding import MARGIN, padding_for
from allaprima.functional.statistics import mean_and_deviation
from allaprima.nets.adain import AdaINNetwork
from allaprima.nets.compact import CompactNetwork
from allaprima.nets.normalisation import Frozen, Measure, Normalisation, Regional
from allaprima.nets.shape import Shape
from allaprima.nets.stages import Layout, compact_layout, reference_layout
from allaprima.nets.style_encoder import StyleEncoder
from allaprima.nets.vgg import STYLE_LAYERS, VGG19
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
from allaprima.runtimes.memory import free_bytes
from allaprima.runtimes.share_maps import mix_map, share_maps
from allaprima.runtimes.tile_sizes import Tiling, tiling_for
from allaprima.runtimes.tiles import needs_of
from allaprima.runtimes.torch_errors import memory_named
from allaprima.runtimes.torch_stages import TorchStages, Values, compact_values, reference_values

FULL_SCALE: dict[np.dtype[np.generic], float] = {np.dtype(np.uint8): 255.0, np.dtype(np.uint16): 65535.0,
                                                 np.dtype(np.float32): 1.0}
DTYPES = {"fp32": torch.float32, "fp16": torch.float16, "bf16": torch.bfloat16}
COMPACT, REFERENCE = 430, 1100  # bytes a pixel that painting on a processor takes beside the weights, in fp32


class Painter(Protocol):
    """A network of ``nets`` that paints with a normalisation given from outside."""

    def paint(self, content: Tensor, normalise: Normalisation) -> Tensor: ...


class TorchRuntime:
    """Compiles networks for torch; ``device`` is "cpu", "mps" or "cuda"."""

    name = "torch"
    batch_size = 1

    def __init__(self, device: str = "cpu", precision: Precision = "fp32") -> None:
        if precision == "int8":
            raise OptionError("cannot compute in int8 with torch: it works in floats",
                              "choose another: --precision auto")
        self.device = device
        self.precision = self.floats = precision

    def compact(self, tensors: Tensors, shape: Shape, ranges: Ranges | None = None) -> Transfer:
        """A compact network, padded by a margin so that no border shows; always in floats."""
        network = CompactNetwork(shape)
        network.load_state_dict(as_tensors(tensors))
        self._placed(network)
        return self._any_size(network, compact_layout(shape, MARGIN), compact_values(network), bytes_a_pixel=COMPACT)

    def reference(self, encoder: Tensors, decoder: Tensors) -> Transfer:
        """The published AdaIN network: unbiased deviations, no padding of ours."""
        network = AdaINNetwork()
        network.encoder.load_state_dict(as_tensors(encoder), strict=False)
        network.decoder.load_state_dict(as_tensors(decoder))
        self._placed(network)
        layout = reference_layout(network.channels)
        return self._any_size(network, layout, reference_values(network), bytes_a_pixel=REFERENCE)

    def style_encoder(self, tensors: Tensors) -> Encoder:
        """The style encoder; its codes come out raw, the whitening undone."""
        network = StyleEncoder()
        network.load_state_dict(as_tensors(tensors))
        self._placed(network)

        def encode(picture: NDArray[np.float32]) -> Row:
            with torch.inference_mode():
                code = network.whitening.inverse(network(self._picture(picture)))
            return cast(Row, code[0].cpu().numpy())

        return encode

    def vgg_code(self, tensors: Tensors) -> Encoder:
        """VGG-19's channel means and biased deviations at relu1_1 to relu4_1."""
        network = VGG19(last=STYLE_LAYERS[-1])
        network.load_state_dict(as_tensors(tensors), strict=False)
        self._placed(network)

        def encode(picture: NDArray[np.float32]) -> Row:
            with torch.inference_mode():
                features = network(self._picture(picture), STYLE_LAYERS)
                pairs = [mean_and_deviation(features[layer]) for layer in STYLE_LAYERS]
                code = torch.cat([part.flatten() for pair in pairs for part in pair])
            return cast(Row, code.cpu().numpy())

        return encode

    def _any_size(self, network: Painter, layout: Layout, values: Values, bytes_a_pixel: int) -> Transfer:
        device, dtype = torch.device(self.device), DTYPES[self.precision]
        whole = TorchTransfer(network, layout, device, dtype)

        def foreseen(height: int, width: int, pixels: str) -> Tiling | None:
            if self.device != "cpu":  # what a GPU has is found out by asking for it
                return None
            return tiling_for(height, width, needs_of(layout, bytes_a_pixel, pixels), 1, free_bytes())

        return AnySize(whole, layout, TorchStages(values, whole.content, device, dtype), foreseen)

    def _placed(self, network: nn.Module) -> nn.Module:
        network.requires_grad_(False).eval().to(self.device)
        return network.to(memory_format=torch.channels_last)

    def _picture(self, picture: NDArray[np.float32]) -> Tensor:
        return torch.from_numpy(np.ascontiguousarray(picture)).permute(2, 0, 1)[None].to(self.device)


class TorchTransfer:
    """A painting network called with numpy batches."""

    def __init__(self, network: Painter, layout: Layout, device: torch.device, dtype: torch.dtype) -> None:
        self.network, self.channels = network, layout.channels
        self.device, self.dtype = device, dtype
        self.margin, self.unbiased = layout.margin, layout.unbiased

    def measure(self, images: Batch, modulation: Modulation, given: Moments | None = None,
                momentum: float = 1.0) -> tuple[Batch, Moments]:
        """Pictures normalised by the mixture of own and given moments, and that mixture."""
        height, width = images.shape[1:3]
        normalise = Measure(
            self._row(modulation.scale), self._row(modulation.bias), keep=self._row(modulation.keep),
            given=None if given is None else (self._row(given.mean), self._row(given.variance)),
            momentum=torch.full((1, 1), momentum, device=self.device),
            padding=None if self.margin is None else padding_for(height, width, self.margin), unbiased=self.unbiased)
        painted = self._painted(images, normalise, modulation.mix)
        mean, variance = normalise.moments()
        return painted, Moments(mean.float().cpu().numpy(), variance.float().cpu().numpy())

    def frozen(self, images: Batch, modulation: Modulation) -> Batch:
        """Pictures painted with a folded modulation."""
        return self._painted(images, Frozen(self._row(modulation.scale), self._row(modulation.bias)), modulation.mix)

    def regional(self, images: Batch, modulation: Modulation, shares: NDArray[np.float32]) -> Batch:
        """One picture painted in several looks, each place in the masked mean of them."""
        height, width = images.shape[1:3]
        place = None if self.margin is None else padding_for(height, width, self.margin)
        maps = {reduction: self._row(part) for reduction, part in share_maps(shares, place, (2, 4, 8)).items()}
        normalise = Regional(self._row(modulation.scale), self._row(modulation.bias), maps)
        return self._painted(images, normalise, mix_map(modulation.mix, shares))

    def _row(self, row: Row) -> Tensor:
        return torch.from_numpy(np.ascontiguousarray(row)).to(self.device)

    def _painted(self, images: Batch, normalise: Normalisation, mix: Row) -> Batch:
        narrow = self.dtype != torch.float32
        with (memory_named(f"paint {images.shape[2]}x{images.shape[1]} on {self.device}"), torch.inference_mode(),
              torch.autocast(self.device.type, self.dtype, narrow)):
            content = self.content(images)
            height, width = content.shape[2:]
            if self.margin is None:
                painted = self.network.paint(content, normalise)[:, :, :height, :width]
            else:
                place = padding_for(height, width, self.margin)
                sides = (place.left, place.right, place.top, place.bottom)
                padded = F.pad(content, sides, mode="reflect").contiguous(memory_format=torch.channels_last)
                painted = self.network.paint(padded, normalise)
                painted = painted[:, :, place.top:place.top + height, place.left:place.left + width]
            share = self._row(mix)
            share = share.permute(0, 3, 1, 2) if share.ndim == 4 else share[:, :, None, None]
            mixed = torch.lerp(content, painted.float(), share)
            return self._pictures(mixed, images.dtype)

    def content(self, images: Array) -> Tensor:
        """Pictures (N, H, W, 3) as (N, 3, H, W) in [0, 1], on the device."""
        if images.dtype == np.uint16:  # torch's uint16 lacks most operations
            images = images.astype(np.float32) / np.float32(65535)
        content: Tensor = torch.from_numpy(np.ascontiguousarray(images)).to(self.device).permute(0, 3, 1, 2).float()
        return content / 255 if images.dtype == np.uint8 else content

    def _pictures(self, painted: Tensor, dtype: np.dtype[np.generic]) -> Batch:
        scaled = painted.clamp(0, 1) * FULL_SCALE[dtype]
        if dtype == np.uint8:
            return cast(Batch, scaled.round().to(torch.uint8).permute(0, 2, 3, 1).contiguous().cpu().numpy())
        pictures = scaled.permute(0, 2, 3, 1).contiguous().cpu().numpy()
        return cast(Batch, pictures if dtype == np.float32 else np.rint(pictures).astype(np.uint16))


def as_tensors(arrays: Tensors) -> dict[str, Tensor]:
    """The arrays as torch tensors that share their memory."""
    return {name: torch.from_numpy(array) for name, array in arrays.items()}
