"""How large what goes into a network's convolutions gets: what 8-bit arithmetic has to reach."""

from __future__ import annotations

from collections.abc import Callable, Iterable

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from allaprima.nets.compact import CompactNetwork
from allaprima.nets.normalisation import Measure

Ranges = dict[str, tuple[float, float]]

OUTLIERS = 1e-4      # the share of values on either side that may fall outside
DIGITS = 4
SAMPLED = 200_000    # values a convolution and picture


def input_ranges(network: CompactNetwork, painted: Iterable[tuple[Tensor, Tensor]]) -> Ranges:
    """The lowest and the highest input of every 3x3 convolution by its name, over all of the pictures painted.

    painted: contents (1, 3, H, W) in [0, 1] with mapped styles (1, 256). In every picture one value in ten thousand may
    lie outside on either side; the range is the widest of all pictures'.
    """
    return ranges_met(network, lambda content, mapped: network.paint(
        content, Measure(*network.scales_and_biases(mapped))), painted)


@torch.inference_mode()
def ranges_met(network: nn.Module, paint: Callable[[Tensor, Tensor], Tensor],
               painted: Iterable[tuple[Tensor, Tensor]]) -> Ranges:
    """The same for a network that paints in another way.

    paint: gives the picture of a content (1, 3, H, W) and of what else belongs to it.
    """
    ranges: Ranges = {}
    generator = torch.Generator().manual_seed(0)

    def watch(name: str, x: Tensor) -> None:
        values = x.flatten()
        places = torch.randint(len(values), (SAMPLED,), generator=generator).to(values.device)
        low, high = edges(values[places].float().cpu().numpy())
        known = ranges.get(name, (low, high))
        ranges[name] = min(low, known[0]), max(high, known[1])

    layers = {name.removesuffix(".convolution"): layer for name, layer in network.named_modules()
              if isinstance(layer, nn.Conv2d) and layer.kernel_size == (3, 3)}
    hooks = [layer.register_forward_pre_hook(lambda _, given, name=name: watch(name, given[0]))
             for name, layer in layers.items()]
    try:
        for content, beside in painted:
            paint(content, beside)
    finally:
        for hook in hooks:
            hook.remove()
    return {name: (rounded(low), rounded(high)) for name, (low, high) in ranges.items()}


def edges(values: NDArray[np.float32]) -> tuple[float, float]:
    """Below and above which one value in ten thousand lies; found without sorting them all."""
    outside = round(OUTLIERS * (len(values) - 1))
    places = outside, len(values) - 1 - outside
    parted = np.partition(values, places)
    return float(parted[places[0]]), float(parted[places[1]])


def rounded(value: float) -> float:
    """The value to a few significant digits, as a manifest holds it."""
    return float(f"{value:.{DIGITS}g}")
