"""A wider, deeper network that paints what a smaller one does: the start of a large network from a small one's skill.

After Net2Net (Chen et al. 2016, arXiv:1511.05641), which keeps the function too; we do not copy channels but add new
ones that nothing reads yet: their kernels are drawn anew, so that no two learn the same, and what would read them
starts at zero. Added blocks and skips add nothing at first.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import cast

import torch
from torch import Tensor

from allaprima.nets.compact import CompactNetwork, Modulated


@torch.no_grad()
def widen_into(network: CompactNetwork, held: Mapping[str, Tensor]) -> None:
    """Gives a freshly made network what a smaller one knows; until it trains, it paints the same."""
    for name, own in network.state_dict().items():
        if name in held:
            parts = 2 if ".modulation." in name else 1  # scales, then biases
            for new, old in zip(own.chunk(parts), held[name].chunk(parts), strict=True):
                put_in(new, old)
    for name in network.normalised_layers:
        if f"{name}.convolution.weight" not in held and not name.endswith(".first"):
            silence(cast(Modulated, network.get_submodule(name)))


def put_in(new: Tensor, old: Tensor) -> None:
    """Puts a smaller tensor at the front of a larger one; the rows that it fills read nothing else."""
    new[:old.shape[0]] = 0
    new[tuple(slice(size) for size in old.shape)] = old


def silence(layer: Modulated) -> None:
    """Makes a modulated convolution add exactly nothing, whatever the style: scale and bias become zero."""
    channels = layer.convolution.out_channels
    layer.modulation.weight.zero_()
    layer.modulation.bias[:channels] = -1
    layer.modulation.bias[channels:] = 0
