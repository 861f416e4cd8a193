"""Calling a compact network in training."""

from __future__ import annotations

import torch
from torch import Tensor

from allaprima.nets.compact import CompactNetwork
from allaprima.nets.normalisation import Measure
from allaprima.runtimes.precision import working


def paint(network: CompactNetwork, content: Tensor, code: Tensor, strength: Tensor) -> Tensor:
    """Pictures of contents (N, 3, H, W) in whitened codes (N, 1920) at strengths (N,).

    Convolutions work in the device's working precision; the small arithmetic of styles stays in float32.
    """
    mapped = torch.lerp(network.null_style.expand(code.shape[0], -1), network.mapping(code), strength[:, None])
    modulations = network.scales_and_biases(mapped)
    content = content.contiguous(memory_format=torch.channels_last)
    with working(content.device.type):
        return network.paint(content, Measure(*modulations))
