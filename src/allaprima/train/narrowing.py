"""A narrower network cut out of a wider one: the start of a small network that imitates a large one.

Channels that are added to each other are one space and are kept or dropped together; of every space those stay whose
kernels in the convolutions that read them are largest (Li et al. 2017, arXiv:1608.08710, ranks by the writing kernels;
ours are normalised after writing, so that their own size says nothing).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import torch
from torch import Tensor

from allaprima.errors import WeightsError
from allaprima.nets.shape import Shape


@dataclass(frozen=True, slots=True)
class Space:
    """Features that are added to each other: how many are kept, and the layers that write and that read them."""

    width: int
    writers: tuple[str, ...]
    readers: tuple[str, ...]


def narrowed(held: Mapping[str, Tensor], wide: Shape, narrow: Shape) -> dict[str, Tensor]:
    """The tensors of a network of shape ``narrow``, taken from those of one of shape ``wide``.

    Raises WeightsError where the two differ in more than widths or the narrow one is wider somewhere.
    """
    if wide[3:] != narrow[3:] or any(own > other for own, other in zip(narrow[:3], wide[:3], strict=True)):
        raise WeightsError(f"cannot cut a network of shape {tuple(narrow)} out of one of shape {tuple(wide)}",
                           "start from weights with the same blocks and at least its widths, or from nothing")
    cut = {name: value.clone() for name, value in held.items()}
    for space in spaces_of(narrow):
        importance = sum((kernel_of(held, name).abs().sum(dim=(0, 2, 3)) for name in space.readers), torch.zeros(()))
        chosen = importance.topk(space.width).indices.sort().values
        for name in space.readers:
            key = kernel_name(cut, name)
            cut[key] = cut[key][:, chosen]
        for name in space.writers:
            write_rows(cut, name, chosen)
    return cut


def spaces_of(shape: Shape) -> list[Space]:
    """Every space of a network of that shape."""
    eighth = [f"eighth.{index}" for index in range(shape.eighth_blocks)]
    quarter = [f"quarter.{index}" for index in range(shape.quarter_blocks)]
    skip = ("skip_half",) if shape.skip_half else ()
    return [
        Space(shape.half, ("to_half",), ("to_quarter", *skip)),
        Space(shape.quarter, ("to_quarter",), ("to_eighth", "skip_quarter")),
        Space(shape.eighth, ("to_eighth", *(f"{block}.second" for block in eighth)),
              (*(f"{block}.first" for block in eighth), "up_to_quarter")),
        *(Space(shape.eighth, (f"{block}.first",), (f"{block}.second",)) for block in eighth),
        Space(shape.quarter, ("up_to_quarter", "skip_quarter", *(f"{block}.second" for block in quarter)),
              (*(f"{block}.first" for block in quarter), "up_to_half")),
        *(Space(shape.quarter, (f"{block}.first",), (f"{block}.second",)) for block in quarter),
        Space(shape.half, ("up_to_half", *skip), ("to_rgb",)),
    ]


def kernel_name(held: Mapping[str, Tensor], layer: str) -> str:
    """The name of a layer's kernel, be it modulated or plain."""
    modulated = f"{layer}.convolution.weight"
    return modulated if modulated in held else f"{layer}.weight"


def kernel_of(held: Mapping[str, Tensor], layer: str) -> Tensor:
    """A layer's kernel (out, in, height, width)."""
    return held[kernel_name(held, layer)]


def write_rows(held: dict[str, Tensor], layer: str, chosen: Tensor) -> None:
    """Keeps the chosen outputs of a layer, with the scales and biases that styles give them."""
    key = kernel_name(held, layer)
    channels = held[key].shape[0]
    held[key] = held[key][chosen]
    if f"{layer}.bias" in held:
        held[f"{layer}.bias"] = held[f"{layer}.bias"][chosen]
    both = torch.cat([chosen, channels + chosen])
    for part in ("weight", "bias"):
        name = f"{layer}.modulation.{part}"
        if name in held:
            held[name] = held[name][both]
