"""A network of the shape of ``fast`` with weights of chance: what it paints is worthless, what it costs is right."""

from __future__ import annotations

import numpy as np

from allaprima import weights
from allaprima.engines import AdaINEngine, Style
from allaprima.engines.adain import compact_modulation, settings_of
from allaprima.engines.fitted import Fitted, in_bytes
from allaprima.engines.fitted_networks import FittedNetworks
from allaprima.engines.looks import CODE_LENGTH
from allaprima.functional.guides import Guides
from allaprima.nets.shape import Shape
from allaprima.runtimes.calls import Runtime, Tensors

SHAPE = Shape(16, 32, 64)
GATE = 0.2


SHA256 = "0" * 64


def chance_tensors() -> dict[str, np.ndarray]:
    """The network's tensors, the same ones every time."""
    import torch

    from allaprima.nets.compact import CompactNetwork

    torch.manual_seed(0)
    return {key: value.numpy() for key, value in CompactNetwork(SHAPE).state_dict().items()}


def quick_engine(runtime: Runtime, name: str = "fast") -> AdaINEngine:
    """The engine of such a network, with the shipped style encoder; styles may be fitted to it."""
    tensors, encoder = chance_tensors(), weights.load("style-encoder")
    size = weights.named("balanced").style_size
    assert size is not None
    encode, modulate = runtime.style_encoder(encoder), compact_modulation(tensors, encoder, SHAPE, GATE, SHA256)
    settings = settings_of(name, SHA256, runtime)

    def engine(tensors: Tensors, networks: FittedNetworks | None = None, guides: Guides | None = None) -> AdaINEngine:
        return AdaINEngine(name, runtime.compact(tensors, SHAPE), encode, "chance", size, modulate, settings,
                           runtime.batch_size, networks, guides=guides)

    return engine(tensors, FittedNetworks(SHA256, tensors, None,
                                          lambda tensors, _, guides: engine(tensors, guides=guides)))


def chance_fit(seed: int, sha256: str = SHA256, size: float = 0.2, brush: int | None = 360) -> Fitted:
    """A fit of that network by chance: some of its kernels in 8 bits, some numbers in 16."""
    random = np.random.default_rng(seed)
    kernels = {}
    for name, tensor in chance_tensors().items():
        if name.endswith("convolution.weight") or name.startswith("to_"):
            kernels[name] = in_bytes((size * tensor.std() * random.normal(size=tensor.shape)).astype(np.float32))
    row = random.normal(size=2 * SHAPE.channels()).astype(np.float32)
    return Fitted("fast", sha256, kernels, row, 0.1 * row, {"to_quarter": (0.0, 2.5)}, brush)


def chance_style(name: str, seed: int, *fits: Fitted) -> Style:
    """A style by chance, with those fits."""
    code = np.abs(np.random.default_rng(seed).normal(size=CODE_LENGTH)).astype(np.float32)
    return Style(name, code, (400, 100, 25, 9), "804ca2835ecf", fitted=fits)
