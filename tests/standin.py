"""A network of the shape of ``fast`` with weights of chance: what it paints is worthless, what it costs is right."""

from __future__ import annotations

from allaprima import weights
from allaprima.engines import AdaINEngine
from allaprima.engines.adain import compact_modulation, settings_of
from allaprima.nets.shape import Shape
from allaprima.runtimes.calls import Runtime

SHAPE = Shape(16, 32, 64)
GATE = 0.2


def quick_engine(runtime: Runtime, name: str = "fast") -> AdaINEngine:
    """The engine of such a network, with the shipped style encoder."""
    import torch

    from allaprima.nets.compact import CompactNetwork

    torch.manual_seed(0)
    tensors = {key: value.numpy() for key, value in CompactNetwork(SHAPE).state_dict().items()}
    encoder = weights.load("style-encoder")
    size = weights.named("balanced").style_size
    assert size is not None
    return AdaINEngine(name, runtime.compact(tensors, SHAPE), runtime.style_encoder(encoder), "chance", size,
                       compact_modulation(tensors, encoder, SHAPE, GATE), settings_of(name, "0" * 64, runtime),
                       runtime.batch_size)
