"""The stages of networks in torch: maps in, maps and their moments out."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import cast

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F

from allaprima.nets.adain import LAYER, AdaINNetwork
from allaprima.nets.compact import CompactNetwork, Modulated, doubled
from allaprima.nets.normalisation import Frozen
from allaprima.nets.stages import Stage, computed
from allaprima.runtimes.calls import Array
from allaprima.runtimes.convolutions import convolutions
from allaprima.runtimes.tiles import Tile
from allaprima.runtimes.torch_errors import memory_named

LARGEST_FP16 = 65504.0

Values = Callable[[Stage, Mapping[str, Tensor]], Mapping[str, Tensor]]
"""What a network's stage computes, by name, of the maps, the picture (1, 3, h, w), "scale" and "bias" that it reads."""


@dataclass(frozen=True, slots=True)
class TorchOperations:
    """The operations of a compact network."""

    network: CompactNetwork
    normalise: Frozen | None

    def halved(self, picture: Tensor) -> Tensor:
        """Squares of 2x2 as channels, about zero."""
        return F.pixel_unshuffle(picture - 0.5, 2)

    def reduced(self, name: str, x: Tensor, stride: int) -> Tensor:
        """A convolution, then ReLU."""
        return F.relu(self.network.get_submodule(name)(x))

    def convolved(self, name: str, x: Tensor) -> Tensor:
        """A normalised convolution, before it is normalised."""
        layer = cast(Modulated, self.network.get_submodule(name))
        convolved: Tensor = layer.convolution(doubled(x) if name.startswith("up_") else x)
        return convolved

    def normalised(self, name: str, x: Tensor) -> Tensor:
        """Its output by scale and bias."""
        assert self.normalise is not None
        layer = self.network.normalised_layers[name]
        return self.normalise(x, layer.channels, layer.reduction)

    def relu(self, x: Tensor) -> Tensor:
        """What is above zero."""
        return F.relu(x)

    def added(self, x: Tensor, y: Tensor) -> Tensor:
        """Their sum."""
        return x + y


def compact_values(network: CompactNetwork) -> Values:
    """The stages of a compact network."""

    def values(stage: Stage, read: Mapping[str, Tensor]) -> Mapping[str, Tensor]:
        normalise = Frozen(read["scale"], read["bias"]) if "scale" in read else None
        return computed(stage, TorchOperations(network, normalise), read)

    return values


def reference_values(network: AdaINNetwork) -> Values:
    """The stage of the published network: VGG's features."""
    return lambda stage, read: {stage.name: network.encoder(read["picture"], (LAYER,))[LAYER]}


class TorchStages:
    """Runs a network's stages over tiles, one after the other.

    content: a tile's picture (1, h, w, 3) as (1, 3, h, w) in [0, 1].
    """

    def __init__(self, values: Values, content: Callable[[Array], Tensor], device: torch.device,
                 dtype: torch.dtype) -> None:
        self.values, self.content, self.device, self.dtype = values, content, device, dtype

    def __call__(self, stage: Stage, tile: Tile, inputs: Sequence[Mapping[str, Array]]) -> list[list[Array]]:
        """The stage's maps and moments, tile by tile."""
        return [self._one(stage, tile, given) for given in inputs]

    def _one(self, stage: Stage, tile: Tile, given: Mapping[str, Array]) -> list[Array]:
        narrow = self.dtype != torch.float32
        with (memory_named(f"paint a tile of {tile.width}x{tile.height} on {self.device}"), torch.inference_mode(),
              convolutions(self.device), torch.autocast(self.device.type, self.dtype, narrow)):
            read = {name: self.content(values) if name == "picture" else self._placed(values)
                    for name, values in given.items()}
            values = self.values(stage, read)
            results: list[Array] = [kept(values[name], tile.kept) for name in stage.keeps]
            for name, layer in stage.measures.items():
                inside = read[f"inside_{layer.reduction}"].reshape(1, 1, *values[name].shape[2:])
                results += moments(values[name].float(), inside, read[f"counted_{layer.reduction}"])
        return results

    def _placed(self, values: Array) -> Tensor:
        return torch.from_numpy(np.ascontiguousarray(values)).to(self.device).float()


def kept(x: Tensor, dtype: str) -> Array:
    """A map in host memory, in the type that it is kept in."""
    if dtype == "float16":
        x = x.clamp(-LARGEST_FP16, LARGEST_FP16).half()
    return cast(Array, x.float().cpu().numpy() if dtype == "float32" else x.cpu().numpy())


def moments(x: Tensor, inside: Tensor, counted: Tensor) -> list[Array]:
    """Channel means and biased variances, (1, C, 1, 1), of the positions of x (1, C, H, W) that count."""
    mean = (x * inside).sum(dim=(2, 3), keepdim=True) * counted[..., None]
    variance = ((x - mean).square() * inside).sum(dim=(2, 3), keepdim=True) * counted[..., None]
    return [cast(Array, part.cpu().numpy()) for part in (mean, variance)]
