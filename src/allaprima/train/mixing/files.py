"""Files of kernels that styles mix: kernels and matrices in 8 bits, biases in 16, and whose base they belong to."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import load_file, save_file
from torch import Tensor

from allaprima.errors import WeightsError
from allaprima.nets.mixed import MixedNetwork
from allaprima.train.ranges import Ranges

STEPS = 127  # of 8 bits, to either side
SAID = "kernels"  # in the file's head
LINEAR = ("mapping.0", "mapping.2", "coefficients", "rows", "null_rows")


def in_bytes(differences: Tensor, leading: int) -> tuple[Tensor, Tensor]:
    """Differences in 8 bits, and the scales of their kernels: what its first ``leading`` dimensions number."""
    largest = differences.flatten(leading).abs().amax(dim=leading)
    scale = (largest / STEPS).clamp(min=1e-12)
    steps = differences / scale.reshape(*scale.shape, *[1] * (differences.ndim - leading))
    return steps.round().clamp(-STEPS, STEPS).to(torch.int8), scale


@torch.no_grad()
def tensors_of(network: MixedNetwork) -> dict[str, Tensor]:
    """What of a network its file holds, by name."""
    held: dict[str, Tensor] = {}
    for name in LINEAR:
        layer = network.get_submodule(name)
        held |= {f"{name}.{part}": value.detach().half() for part, value in layer.named_parameters()}
        weight = f"{name}.weight"
        held[weight], held[f"scales.{weight}"] = in_bytes(layer.get_parameter("weight").detach(), 1)
    for name, common, differences in zip(network.names, network.common, network.differences, strict=True):
        for key, values, leading in ((f"common.{name}", common, 1), (f"differences.{name}", differences, 2)):
            if common.ndim < 2:
                held[key] = values.detach().half()
                continue
            held[key], held[f"scales.{key}"] = in_bytes(values.detach(), leading)
    return {name: value.cpu().contiguous() for name, value in held.items()}


def write_kernels(network: MixedNetwork, path: Path, base: Path, ranges: Ranges) -> Path:
    """Writes a network's file of kernels; ``base``: the file that holds the network that they belong to."""
    said = {"base": hashlib.sha256(base.read_bytes()).hexdigest(), "count": network.count, "ranges": ranges}
    partial = path.with_suffix(".partial")
    save_file(tensors_of(network), partial, {SAID: json.dumps(said)})
    partial.replace(path)
    return path


def count_in(path: Path) -> int | None:
    """How many differences of a convolution a file of kernels holds; None where it is none."""
    try:
        with safe_open(path, "pt") as file:
            said = (file.metadata() or {}).get(SAID)
        return None if said is None else int(json.loads(said)["count"])
    except (OSError, SafetensorError, ValueError, KeyError, TypeError) as problem:
        raise WeightsError(f"cannot read kernels from {path}: {problem}", "name a file that a run left") from problem


def widened(held: Mapping[str, Tensor], key: str, like: Tensor) -> Tensor:
    """What is held under a key for a tensor of that shape, by its scales where it is in 8 bits."""
    scale = held.get(f"scales.{key}", torch.ones(like.shape[:1]))
    return held[key] * scale.reshape(*scale.shape, *[1] * (like.ndim - scale.ndim))


@torch.no_grad()
def read_kernels_into(network: MixedNetwork, path: Path) -> None:
    """Gives a network what a file of kernels holds; raises WeightsError where that is of another shape."""
    try:
        held = {name: value.float() for name, value in load_file(path).items()}
        for name in LINEAR:
            for part, value in network.get_submodule(name).named_parameters():
                value.copy_(widened(held, f"{name}.{part}", value))
        for name, common, differences in zip(network.names, network.common, network.differences, strict=True):
            for key, values in ((f"common.{name}", common), (f"differences.{name}", differences)):
                values.copy_(widened(held, key, values))
    except (OSError, SafetensorError, KeyError, RuntimeError) as problem:
        raise WeightsError(f"cannot start from {path}: its kernels do not fit the network: {problem}",
                           "name kernels of the same base, and as many differences") from problem
