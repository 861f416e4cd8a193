"""Files of kernels that styles mix: kernels and matrices in steps, and whose base they belong to.

Steps are as coarse as the picture allows and entropy-coded (``kernel_coding``). While a run goes on its kernels are
left in a plain layout, which takes no time: steps of 8 bits to each kernel's largest number, not coded. Both are read.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from safetensors import SafetensorError, safe_open
from safetensors.numpy import save_file
from torch import Tensor

from allaprima.errors import WeightsError
from allaprima.kernel_coding import packed_tensors
from allaprima.nets.mixed import LINEAR, MixedNetwork
from allaprima.train.mixing.codes import CODES
from allaprima.train.mixing.gauge import with_plain_units
from allaprima.train.mixing.steps import ERROR, STEPS, Steps, coarse
from allaprima.train.ranges import Ranges
from allaprima.weights import stored_tensors

SAID = "kernels"  # in the file's head


def in_bytes(differences: Tensor, leading: int) -> Steps:
    """Differences in 8 bits, and the scales of their kernels: what its first ``leading`` dimensions number."""
    largest = differences.flatten(leading).abs().amax(dim=leading)
    scale = (largest / STEPS).clamp(min=1e-12)
    steps = differences / scale.reshape(*scale.shape, *[1] * (differences.ndim - leading))
    return steps.round().clamp(-STEPS, STEPS).to(torch.int8), scale


def plain(network: MixedNetwork) -> dict[str, Steps]:
    """A network's matrices and kernels in 8 bits, each row and kernel to its largest number."""
    found = {f"{name}.weight": in_bytes(network.get_submodule(name).get_parameter("weight").detach(), 1)
             for name in LINEAR}
    for name, common, differences in zip(network.names, network.common, network.differences, strict=True):
        if common.ndim > 1:
            found[f"common.{name}"] = in_bytes(common.detach(), 1)
            found[f"differences.{name}"] = in_bytes(differences.detach(), 2)
    return found


def tensors_of(network: MixedNetwork, steps: Mapping[str, Steps]) -> dict[str, NDArray[np.generic]]:
    """What of a network its file holds, by name: its matrices and kernels in those steps, its vectors as they are."""
    vectors = {f"{name}.bias": network.get_submodule(name).get_parameter("bias") for name in LINEAR}
    for name, common, differences in zip(network.names, network.common, network.differences, strict=True):
        if common.ndim < 2:
            vectors |= {f"common.{name}": common, f"differences.{name}": differences}
    held = {name: value.detach() for name, value in vectors.items()}
    for name, (values, scale) in steps.items():
        held |= {name: values, f"scales.{name}": scale}
    return {name: np.ascontiguousarray(value.cpu().numpy()) for name, value in held.items()}


def write_kernels(network: MixedNetwork, path: Path, base: Path, ranges: Ranges, codes: Tensor | None = None,
                  error: float = ERROR, measured_by: str = CODES) -> Path:
    """Writes a network's file of kernels.

    base: the file that holds the network that they belong to. codes: whitened, (N, 1920), of styles as they will be
    met; by them it is coded in a third of the bytes of the plain layout, which takes some seconds: what it holds are
    kernels in other numbers, that mix the same. error: see ``steps.coarse``. measured_by: the weights that give codes.
    """
    said = {"base": hashlib.sha256(base.read_bytes()).hexdigest(), "count": network.count, "ranges": ranges,
            "codes": measured_by}
    words = {SAID: json.dumps(said)}
    network = with_plain_units(network)
    if codes is not None:
        held, listed = packed_tensors(tensors_of(*coarse(network, codes, error)))
        words |= listed
    else:
        held = tensors_of(network, plain(network))
    partial = path.with_suffix(".partial")
    save_file(held, partial, words)
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


def ranges_in(path: Path) -> Ranges:
    """The ranges of the convolutions' inputs that a file of kernels tells."""
    with safe_open(path, "pt") as file:
        said = json.loads(file.metadata()[SAID])
    return {name: (low, high) for name, (low, high) in said["ranges"].items()}


def widened(held: Mapping[str, Tensor], key: str, like: Tensor) -> Tensor:
    """What is held under a key for a tensor of that shape, by its scales where it is in 8 bits."""
    scale = held.get(f"scales.{key}", torch.ones(like.shape[:1]))
    return held[key] * scale.reshape(*scale.shape, *[1] * (like.ndim - scale.ndim))


@torch.no_grad()
def read_kernels_into(network: MixedNetwork, path: Path) -> None:
    """Gives a network what a file of kernels holds; raises WeightsError where that is of another shape."""
    try:
        held = {name: torch.from_numpy(value.astype(np.float32)) for name, value in stored_tensors(path).items()}
        for name, value in network.learnt().items():
            value.copy_(widened(held, name, value))
    except (OSError, SafetensorError, ValueError, TypeError, KeyError, RuntimeError) as problem:
        raise WeightsError(f"cannot start from {path}: its kernels do not fit the network: {problem}",
                           "name kernels of the same base, and as many differences") from problem
