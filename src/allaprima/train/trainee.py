"""A network in training: itself, its averaged weights and its optimiser."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from copy import deepcopy
from pathlib import Path
from typing import Generic, TypeVar

import numpy as np
import torch
from safetensors import SafetensorError, safe_open
from torch import Tensor, nn

from allaprima.errors import WeightsError
from allaprima.nets.compact import CompactNetwork
from allaprima.nets.shape import Shape
from allaprima.train.checkpoint import restored
from allaprima.train.narrowing import narrowed
from allaprima.train.settings import Schedule
from allaprima.train.widening import widen_into
from allaprima.weights import stored_tensors

NetworkT = TypeVar("NetworkT", bound=nn.Module)
MOMENTS = ("exp_avg", "exp_avg_sq")
BETAS = (0.9, 0.99)


class Trainee(Generic[NetworkT]):
    """One network of a run. ``average`` is what the run is for: the weights averaged over the last steps.

    shares: of the rate, by the beginnings of parameters' names, the longest counts; those that none names learn at the
    full rate.
    """

    def __init__(self, network: NetworkT, schedule: Schedule, shares: Mapping[str, float] | None = None) -> None:
        self.network = network
        self.average = deepcopy(network).requires_grad_(False)
        self.schedule = schedule
        self.free = {name: parameter for name, parameter in network.named_parameters() if parameter.requires_grad}
        by_share: dict[float, list[nn.Parameter]] = {}
        for name, parameter in self.free.items():
            by_share.setdefault(share_of(name, shares or {}), []).append(parameter)
        self.optimiser = torch.optim.AdamW([{"params": own, "share": share} for share, own in by_share.items()],
                                           lr=schedule.rate, betas=BETAS, weight_decay=schedule.weight_decay,
                                           fused=all(own.is_cuda for own in self.free.values()))
        averages = dict(self.average.named_parameters())
        self._averages: list[Tensor] = [averages[name] for name in self.free]

    def advance(self, loss: Tensor, step: int, progress: float) -> Tensor:
        """Takes one step down the loss; returns the norm of its gradient before clipping.

        A gradient that is not finite is left out: of some ten thousand steps in half precision one may have none.
        """
        schedule = self.schedule
        for group in self.optimiser.param_groups:
            group["lr"] = group["share"] * rate_at(schedule, step, progress)
        self.optimiser.zero_grad(set_to_none=True)
        loss.backward()  # type: ignore[no-untyped-call]
        norm: Tensor = nn.utils.clip_grad_norm_(self.free.values(), schedule.clip)
        if norm.is_cuda:
            # What a fused optimiser skips a step by, without waiting for the device: gradient scalers set the same.
            self.optimiser.found_inf = (~norm.isfinite()).float()  # type: ignore[attr-defined]
        elif not norm.isfinite():
            return norm
        self.optimiser.step()
        share = 1 - min(schedule.averaging, (1 + step) / (10 + step))
        with torch.no_grad():
            torch._foreach_lerp_(self._averages, list[Tensor](self.free.values()), share)
        return norm

    def tensors(self) -> dict[str, Tensor]:
        """Everything a checkpoint has to hold, by name."""
        held: dict[str, Tensor] = {f"network.{name}": value for name, value in self._kept(self.network).items()}
        held |= {f"average.{name}": value for name, value in self._kept(self.average).items()}
        for name, parameter in self.free.items():
            state = self.optimiser.state.get(parameter, {})
            held |= {f"{moment}.{name}": state[moment] for moment in MOMENTS if moment in state}
        return held

    def _kept(self, network: NetworkT) -> dict[str, Tensor]:
        """What of a network changes, or is measured for the run: all but parameters that do not learn."""
        frozen = {name for name, _ in network.named_parameters()} - self.free.keys()
        return {name: value for name, value in network.state_dict().items() if name not in frozen}

    def restore(self, held: Mapping[str, Tensor], step: int) -> None:
        """Takes up where a checkpoint of ``step`` steps stopped."""
        for part, network in (("network", self.network), ("average", self.average)):
            for name, value in self._kept(network).items():
                value.copy_(restored(held, f"{part}.{name}", value))
        for name, parameter in self.free.items():
            moments = {moment: restored(held, f"{moment}.{name}", parameter).to(parameter.device)
                       .contiguous(memory_format=memory_format_of(parameter)) for moment in MOMENTS}
            counted = torch.tensor(float(step), device=parameter.device if parameter.is_cuda else "cpu")
            self.optimiser.state[parameter] = {"step": counted, **moments}


def share_of(name: str, shares: Mapping[str, float]) -> float:
    """The share that is named for the longest beginning of a parameter's name; 1 where none is."""
    parts = name.split(".")
    beginnings = (".".join(parts[:count]) for count in range(len(parts), 0, -1))
    return next((shares[beginning] for beginning in beginnings if beginning in shares), 1.0)


def memory_format_of(parameter: Tensor) -> torch.memory_format:
    """The layout that a parameter is held in."""
    laid_out = parameter.dim() == 4 and parameter.is_contiguous(memory_format=torch.channels_last)
    return torch.channels_last if laid_out else torch.contiguous_format


def rate_at(schedule: Schedule, step: int, progress: float) -> float:
    """The learning rate: a linear warm-up, under a cosine from ``rate`` to ``last_rate`` over the whole run."""
    cosine = 0.5 * (1 + math.cos(math.pi * min(progress, 1.0)))
    rate = schedule.last_rate + (schedule.rate - schedule.last_rate) * cosine
    return rate * min(1.0, (step + 1) / max(schedule.warmup_steps, 1))


def read_weights(path: Path) -> dict[str, Tensor]:
    """A weights file's tensors by name, in float32; matrices in 8 bits come with a scale for each row."""
    try:
        held = {name: torch.from_numpy(value.astype(np.float32)) for name, value in stored_tensors(path).items()}
        return {name: value if (scales := held.get(f"{name}.scales")) is None else value * scales.reshape(
            -1, *[1] * (value.ndim - 1)) for name, value in held.items() if not name.endswith(".scales")}
    except (OSError, SafetensorError, ValueError, KeyError, TypeError) as problem:
        raise WeightsError(f"cannot read weights from {path}: {problem}", "name a safetensors file") from problem


def read_network(path: Path) -> tuple[dict[str, Tensor], Shape]:
    """A compact network's tensors in float32, and its shape: as the file says it, or as its kernels show it."""
    held = read_weights(path)
    try:
        with safe_open(path, "pt") as file:
            stated = (file.metadata() or {}).get("shape")
        if stated is not None:
            return held, Shape(**json.loads(stated))
        blocks = {name.split(".")[1] for name in held if name.startswith("eighth.")}
        quarter = {name.split(".")[1] for name in held if name.startswith("quarter.")}
        half, fourth, eighth = (held[f"{name}.weight"].shape[0] for name in ("to_half", "to_quarter", "to_eighth"))
        return held, Shape(half, fourth, eighth, len(blocks), len(quarter), "skip_half.convolution.weight" in held)
    except (KeyError, TypeError, ValueError) as problem:
        raise WeightsError(f"cannot use {path}: it holds no compact network",
                           "name the weights of balanced, fast or quality") from problem


def load_into(module: NetworkT, path: Path) -> NetworkT:
    """The module with a file's weights in it; names that the module lacks are passed over, missing ones are errors."""
    held = read_weights(path)
    missing = [name for name in module.state_dict() if name not in held]
    if missing:
        raise WeightsError(f"cannot use {path}: it holds no {missing[0]} ({len(missing)} tensors are missing)",
                           "name the weights that this network was trained to")
    module.load_state_dict({name: held[name] for name in module.state_dict()})
    return module


@contextmanager
def seeded(seed: int) -> Iterator[None]:
    """Draws the initial weights made inside from a seed, and leaves torch's own generator as it was."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        yield


def started_network(shape: Shape, start: Path | None, seed: int) -> CompactNetwork:
    """A new network, or one that starts from weights, cut out of them where they are wider.

    What the network has more than the weights, be it channels, blocks or the skip at 1/2 size, adds nothing at first.
    """
    with seeded(seed):
        network = CompactNetwork(shape)
    if start is None:
        return network
    held, held_shape = read_network(start)
    with torch.device("meta"):
        expected = CompactNetwork(held_shape).state_dict()
    wrong = [name for name, value in expected.items() if name not in held or held[name].shape != value.shape]
    if wrong:
        raise WeightsError(f"cannot start from {start}: its {wrong[0]} is missing or does not fit",
                           "name the weights that a compact network was trained to")
    if all(own >= other for own, other in zip(shape, held_shape, strict=True)):
        widen_into(network, held)
    else:
        network.load_state_dict(narrowed(held, held_shape, shape))
    return network
